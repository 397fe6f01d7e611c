"""A cache on disk, shared between processes: compiled kernels, lowered programs, answers of cuts and of commands, each
under a hash of everything that it depends on.

The folder is ``$WHERENOW_CACHE``, or the user's cache folder. An entry is written atomically and begins with the
SHA-256 of the rest; an entry that does not match is ignored. All entries together take at most :data:`MOST` bytes:
those unused for longest are deleted.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from wherenow.errors import UsageError
from wherenow.files import atomic_write

MOST = 1 << 29
"""Maximum total size of the entries in bytes; beyond it they are reduced to three quarters of it."""
ANSWERS = ".answers"
RESULT = ".result"
SUFFIXES = (".kernel", ".program", ANSWERS, RESULT)
_DIGEST = 32


def folder() -> Path:
    """Return the folder of the cache."""
    if given := os.environ.get("WHERENOW_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "wherenow"


@cache
def version_of(*packages: str) -> str:
    """Hash every file of the given packages of wherenow, including grammars and templates; all packages if none is
    given.

    Entries that another version wrote have another hash and are not used.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    found = [  # os.walk takes half as long as Path.rglob, and every command that caches its result calls this
        os.path.join(at, name)
        for part in packages or ("",)
        for at, _, names in os.walk(package / part)
        for name in names
        if "." in name and not name.endswith(".pyc")
    ]
    for path in sorted(found):
        content = Path(path).read_bytes()
        digest.update(f"{path.removeprefix(str(package))}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def key_of(*parts: str) -> str:
    """Return the hash of everything that the entry depends on."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def entry(name: str) -> bytes | None:
    """Return the entry under ``name`` (a key and a suffix); None if there is none or it is damaged."""
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = content[_DIGEST:]
    if hashlib.sha256(body).digest() != content[:_DIGEST]:
        return None
    with suppress(OSError):  # the folder may be read-only
        os.utime(path)
    return body


def keep(name: str, body: bytes) -> None:
    """Store an entry if possible; a full or read-only disk only costs time at the next start."""
    path = folder() / name
    with suppress(OSError, UsageError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # results are private to the user
        with atomic_write(path) as beside:
            beside.write_bytes(hashlib.sha256(body).digest() + body)
        _bound(path.parent)


def _bound(place: Path) -> None:
    """Delete the entries unused for longest if the cache is too large."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(place) as listed:
        for one in listed:
            if one.name.endswith(SUFFIXES):
                with suppress(FileNotFoundError):  # another process was faster
                    stat = one.stat()
                    found.append((stat.st_mtime, stat.st_size, one.path))
    size = sum(bytes_ for _, bytes_, _ in found)
    if size <= MOST:
        return
    for _, bytes_, path in sorted(found):
        Path(path).unlink(missing_ok=True)
        size -= bytes_
        if size <= MOST * 3 // 4:
            return
