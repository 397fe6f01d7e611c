"""What is kept on disk between processes: compiled kernels, lowered programs, answers of cuts and of commands, each
under a hash of everything that it depends on.

The folder is ``$WHERENOW_CACHE``, else the user's cache folder. An entry is written beside its place and moved there,
so that no reader sees half of one, and begins with the SHA-256 of the rest: one that does not match is as good as
none. Together entries take no more than :data:`MOST` bytes: what was not used for longest goes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from wherenow.errors import UsageError
from wherenow.files import whole

MOST = 1 << 29
"""Bytes that entries may take together; past it they are cut to three quarters of it."""
ANSWERS = ".answers"
RESULT = ".result"
SUFFIXES = (".kernel", ".program", ANSWERS, RESULT)
_DIGEST = 32


def folder() -> Path:
    """Where entries are kept."""
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
    """A hash of every file of these packages, grammars and templates among them; of all packages where none is
    named. What another version of them made is not used.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for part in packages or ("",) for path in (package / part).rglob("*.*")):
        if path.suffix != ".pyc" and path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(package).as_posix()}\n{len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def key_of(*parts: str) -> str:
    """The hash of everything that an entry depends on."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def entry(name: str) -> bytes | None:
    """What was kept under ``name`` (a key and a suffix); None where there is nothing, or not what was written."""
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = content[_DIGEST:]
    if hashlib.sha256(body).digest() != content[:_DIGEST]:
        return None
    with suppress(OSError):  # of a folder that may only be read
        os.utime(path)
    return body


def keep(name: str, body: bytes) -> None:
    """Keeps an entry where that is possible; a full or read-only disk only costs time at the next start."""
    path = folder() / name
    with suppress(OSError, UsageError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # results are nobody else's business
        with whole(path) as beside:
            beside.write_bytes(hashlib.sha256(body).digest() + body)
        _bound(path.parent)


def _bound(place: Path) -> None:
    """Deletes the entries longest unused where all of them are too much."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(place) as listed:
        for one in listed:
            if one.name.endswith(SUFFIXES):
                with suppress(FileNotFoundError):  # another process came first
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
