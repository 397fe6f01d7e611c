"""Folders that are written completely or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wherenow.errors import UsageError


@contextmanager
def new_folder(folder: Path, replaces: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield a temporary folder to write into, which is renamed to ``folder`` at the end, or removed on an error.

    ``replaces`` lists files by which to recognize an earlier folder of the same kind, which is then replaced.

    Raises UsageError if ``folder`` exists and is not empty, or cannot be made.
    """
    earlier = bool(replaces) and all((folder / name).is_file() for name in replaces)
    if not earlier and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists already; choose another name, or remove it first")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror or error}") from error
    try:
        yield beside
        beside.chmod(0o755)  # mkdtemp creates it without access for others
        if earlier:
            _exchange(beside, folder)
        else:
            os.replace(beside, folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _exchange(newer: Path, folder: Path) -> None:
    """Replace ``folder`` by ``newer``, and restore it if that fails."""
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    os.replace(folder, aside)
    try:
        os.replace(newer, folder)
    except OSError:
        os.replace(aside, folder)
        raise
    shutil.rmtree(aside)
