"""A small running case of one's own to start from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from wherenow.case.folder import SETTINGS
from wherenow.case.publish import new_folder
from wherenow.errors import UsageError

TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"[^\W_][\w.-]*")


def new_case(folder: Path | str, name: str = "") -> Path:
    """Make the folder of a small complete case (a lake, a town, a drought) called ``name``, by default as the folder.

    Raises UsageError where the folder is not empty or the name is no plain word.
    """
    folder = Path(folder)
    name = name or folder.resolve().name
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a case: use letters, digits, '-', '_' and '.'")
    with new_folder(folder) as beside:
        shutil.copytree(TEMPLATE, beside, dirs_exist_ok=True, copy_function=shutil.copyfile)
        settings = beside / SETTINGS
        content = settings.read_text("utf-8")
        settings.write_text(re.sub(r"(?m)^name: .*$", f"name: {_quoted(name)}", content, count=1), "utf-8")
    return folder


def _quoted(name: str) -> str:
    """A name that YAML would take for a number or a word of its own needs quotes."""
    return name if re.fullmatch(r"[a-z][a-z-]+", name) and name not in ("true", "false", "null") else f'"{name}"'
