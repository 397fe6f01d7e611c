"""Atomic file writes, and seals that detect damage.

A sealed file ends with the SHA-256 of everything before it, so that truncation or a changed byte is detected.
"""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from uuid import uuid4

from wherenow.errors import UsageError

_SEAL = b"\nwherenow sha256 "
_LENGTH = len(_SEAL) + 64
_LEFT = 3600.0
"""Seconds after which the next writer of a file removes what a killed process left beside it."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``, and move it to ``path`` when the block ends without an error.

    A reader always finds the old file or the new one, never a part, even if this process or the machine stops.
    Concurrent writers do not interfere; the last one wins. Raises UsageError if the place cannot be written.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}-{uuid4().hex[:8]}.part")
    try:
        try:
            yield beside
            with beside.open("rb+") as file:
                os.fsync(file.fileno())  # the name must not reach the disk before the content
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        _sweep(target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from error


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text to ``path`` in UTF-8, with the same ends of lines on every system, atomically; return the path."""
    with atomic_write(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)


def _sweep(target: Path) -> None:
    for leftover in target.parent.glob(f".{escape(target.name)}.*-????????.part"):
        try:
            if time.time() - leftover.stat().st_mtime > _LEFT:
                leftover.unlink()
        except OSError:
            continue  # another process may have removed it, or may remove it while this one may not


def seal(path: Path) -> None:
    """Append the seal to a file that has none."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest().encode()
    with path.open("ab") as file:
        file.write(_SEAL + digest)


def sealed(path: Path) -> bool:
    """Return whether the file has a seal. Raises ValueError if the seal does not match the content."""
    content = path.read_bytes()
    body, end = content[:-_LENGTH], content[-_LENGTH:]
    if not end.startswith(_SEAL):
        return False
    if hashlib.sha256(body).hexdigest().encode() != end[len(_SEAL) :]:
        raise ValueError("the file was damaged since it was written")
    return True


def inflated(path: Path, most: float = 1.05) -> bool:
    """Return whether a zip file claims to unpack to more than ``most`` times its length. Raises what zipfile raises."""
    with zipfile.ZipFile(path) as packed:
        return sum(entry.file_size for entry in packed.infolist()) > most * path.stat().st_size
