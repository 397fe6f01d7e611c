"""Creation of a new case that runs, as a starting point."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from wherenow.case.builtin import included
from wherenow.case.editing.atomic_folder import new_folder
from wherenow.case.reading.folder import SETTINGS
from wherenow.errors import UsageError, did_you_mean

TEMPLATE = Path(__file__).parent / "template"
RESULTS = ("*.nc", "*.json", "*.sqlite")
"""Results that commands store in a case's folder; they belong to that case, so a copy leaves them out."""
_NAME = re.compile(r"[^\W_][\w.-]*")


def new_case(folder: Path | str, name: str = "", source: Path = TEMPLATE) -> Path:
    """Create the folder of a case called ``name``, by default like the folder.

    ``source`` is the case folder to copy without its results, by default a small complete one (lake, town, drought).

    Raises UsageError if the folder is not empty, the name is not a plain word, or ``source`` is not a case folder.
    """
    folder = Path(folder)
    name = name or folder.resolve().name
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a case: use letters, digits, '-', '_' and '.'")
    if not (source / SETTINGS).is_file():
        hint = did_you_mean(source.name, included()) or "see: wherenow gallery"
        raise UsageError(f"{source} is not a case folder", hint)
    with new_folder(folder) as beside:
        ignored = shutil.ignore_patterns(*RESULTS, ".*")
        shutil.copytree(source, beside, dirs_exist_ok=True, copy_function=shutil.copyfile, ignore=ignored)
        settings = beside / SETTINGS
        content = settings.read_text("utf-8")
        settings.write_text(re.sub(r"(?m)^name: .*$", f"name: {_quoted(name)}", content, count=1), "utf-8")
    return folder


def _quoted(name: str) -> str:
    """Quote a name that YAML would read as a number or a keyword."""
    return name if re.fullmatch(r"[a-z][a-z-]+", name) and name not in ("true", "false", "null") else f'"{name}"'
