"""Files that are whole at any moment, written beside their place and then moved there; and files that say if they are.

A sealed file ends with the SHA-256 of all before it, so that a part lost or a byte changed since shows.
"""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from wherenow.errors import UsageError

_SEAL = b"\nwherenow sha256 "
_LENGTH = len(_SEAL) + 64
_LEFT = 3600.0
"""Seconds after which what a killed process left beside a file is swept up by the next one that writes it."""


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A place beside ``path`` to write to; what was written is at ``path`` once the block has ended without error.

    Whoever reads ``path``, and whenever this process or the machine ends, finds the old file or the new one, never a
    part; two that write it at once do not meet, and the later one stays. Raises UsageError where the place cannot be
    written.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}-{uuid4().hex[:8]}.part")
    try:
        try:
            yield beside
            with beside.open("rb+") as file:
                os.fsync(file.fileno())  # its name must not reach the disk before its content
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        _sweep(target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from error


def _sweep(target: Path) -> None:
    for left in target.parent.glob(f".{_literal(target.name)}.*-????????.part"):
        try:
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink()
        except OSError:
            continue  # another process swept it, or may and this one may not


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def seal(path: Path) -> None:
    """Adds the seal to a file that has none."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest().encode()
    with path.open("ab") as file:
        file.write(_SEAL + digest)


def sealed(path: Path) -> bool:
    """Whether the file has a seal. Raises ValueError where it has one and is not what was sealed."""
    content = path.read_bytes()
    body, end = content[:-_LENGTH], content[-_LENGTH:]
    if not end.startswith(_SEAL):
        return False
    if hashlib.sha256(body).hexdigest().encode() != end[len(_SEAL) :]:
        raise ValueError("the file was damaged since it was written")
    return True


def inflated(path: Path, most: float = 1.05) -> bool:
    """Whether a zip file says that it unpacks to more than ``most`` times its length. Raises what zipfile raises."""
    with zipfile.ZipFile(path) as packed:
        return sum(entry.file_size for entry in packed.infolist()) > most * path.stat().st_size
