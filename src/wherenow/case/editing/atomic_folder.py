"""Folders that appear whole or not at all."""

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
    """A folder beside ``folder`` to write into, which takes its name at the end; removed if anything fails.

    ``replaces``: a folder that holds all these files is an earlier one of the same kind, and makes way.

    Raises UsageError where ``folder`` exists already (unless it is an empty folder), or cannot be made.
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
        beside.chmod(0o755)  # mkdtemp makes it private
        if earlier:
            _exchange(beside, folder)
        else:
            os.replace(beside, folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _exchange(newer: Path, folder: Path) -> None:
    """Put ``newer`` in the place of ``folder``, which is given back if that fails."""
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    os.replace(folder, aside)
    try:
        os.replace(newer, folder)
    except OSError:
        os.replace(aside, folder)
        raise
    shutil.rmtree(aside)
