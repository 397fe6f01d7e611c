"""The files of a case folder, their order, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from wherenow.case.located_yaml.problems import UNCHANGED, Edited, Problems, current
from wherenow.case.located_yaml.validation import validate
from wherenow.case.located_yaml.yaml_reader import LARGEST_FILE, Branch, YamlMapping, YamlScalar, location, read_yaml
from wherenow.errors import Text, did_you_mean

T = TypeVar("T")

SETTINGS = "case.yaml"
DISPLAY = "display.yaml"
"""The display of the case: it changes no number, and so is not part of the hash."""
FETCH = "fetch.yaml"
"""Sources of series: not part of the hash, since nothing changes until a series is fetched."""
UNFITTED = ("actors.yaml", "claims.yaml", "forecasts.yaml", "levers.yaml", "scenarios.yaml", "loops.yaml")
"""Lists which no fit reads."""
LISTS = ("events.yaml", *UNFITTED, "observations.yaml", "macros.yaml")
FOLDERS = ("model", "data", "later")
"""The folders of a case that are read."""
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".xlsm", ".ods", ".numbers", ".parquet")
"""Suffixes of tables."""


def model_files(folder: Path) -> list[Path]:
    return sorted((folder / "model").glob("*.yaml"))


def data_files(folder: Path) -> list[Path]:
    return sorted((folder / "data").glob("*.csv"))


def case_files(folder: Path, sentences: str = "sentences.csv") -> tuple[Path, ...]:
    """List the files that make the case, in the order of its hash: settings, model, lists, sentences, data.

    Files of ``later/`` are excluded: figures from after the cut-off do not change the case.
    """
    named = [SETTINGS, *LISTS, sentences]
    present = [folder / name for name in named if (folder / name).is_file()]
    return (*present[:1], *model_files(folder), *present[1:], *data_files(folder))


def case_hashes(folder: Path, files: Iterable[Path], edited: Edited = UNCHANGED) -> tuple[str, str]:
    """Compute SHA-256 over the name, length and content of each file, and of those that a fit may read.

    A fit reads settings, model, data, events, observations and macros. Unreadable files are reported elsewhere.
    """
    whole, of_fit = hashlib.sha256(), hashlib.sha256()
    for path in files:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            continue
        content = current(path, edited)
        fitted = path.name not in UNFITTED and (path.suffix != ".csv" or path.parent.name == "data")
        for digest in (whole, of_fit) if fitted else (whole,):
            digest.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode())
            digest.update(content)
    return whole.hexdigest(), of_fit.hexdigest()


def check_names(folder: Path, problems: Problems, sentences: str = "sentences.csv") -> None:
    """Warn of files that look like parts of a case but would not be read."""
    known = (SETTINGS, *LISTS, DISPLAY, FETCH)
    for path in sorted(folder.glob("*.y*ml")):
        if path.name not in known:
            hint = did_you_mean(path.name, known) or f"known are {', '.join(known)} and model/*.yaml"
            problems.warning("this file is not read: a case has no file of that name", path, hint)
    for path in (*(folder / name for name in (*known, sentences)), *model_files(folder), *data_files(folder)):
        if path.is_symlink() and not path.exists():
            problems.error("this link leads to no file", path, "put the file here, or delete the link")
        elif path.is_dir():
            problems.error("this is a folder, and a case has a file of that name", path, "rename it")
    for part, suffix in (("model", ".yaml"), ("data", ".csv"), ("later", ".csv")):
        for path in sorted((folder / part).glob("*")):
            if path.is_file() and path.suffix != suffix and not _aside(path):
                hint = "save its sheet as CSV" if suffix == ".csv" else ""
                problems.warning(f"this file is not read: {part}/ holds *{suffix}", path, hint)
            elif path.is_dir() and any(path.rglob(f"*{suffix}")):
                problems.warning(f"no file in this folder is read: {part}/ holds *{suffix}", path)
    for path in sorted(folder.glob("*")):
        if path.is_dir() and path.name not in FOLDERS and (meant := did_you_mean(path.name, FOLDERS)):
            problems.warning("no file in this folder is read", path, meant)
        if path.suffix.lower() in TABLES and path.name != sentences:
            problems.warning("this file is not read", path, "data are read from data/*.csv")


def copied(path: Path, contents: dict[bytes, Path], edited: Edited) -> Path | None:
    """Return the file of ``contents`` that has the same content as ``path``, which is added to them otherwise."""
    try:
        small = path.is_file() and path.stat().st_size <= LARGEST_FILE
        content = current(path, edited) if small or path in edited else b""
    except OSError:
        return None
    return None if not content or (first := contents.setdefault(content, path)) is path else first


def _aside(path: Path) -> bool:
    """Check whether a file is plainly not part of a case: hidden, or notes for people."""
    return path.name.startswith((".", "~")) or path.suffix.lower() in (".md", ".txt", ".rst", ".pdf", "")


def read_tree(path: Path, problems: Problems) -> Branch | None:
    """Return the content of a file as written; None if it is missing, empty, or unreadable, which is reported."""
    tree = read_yaml(path, problems) if path.is_file() else None
    return None if isinstance(tree, YamlScalar) and tree.is_null else tree


def as_mapping(tree: Branch | None, file: str, problems: Problems) -> YamlMapping | None:
    """Return the tree if it is a mapping; None if it is absent, or not a mapping, which is reported."""
    if tree is None or isinstance(tree, YamlMapping):
        return tree
    problems.unreadable(f"{Path(file).name} must be a mapping (name: …)", location(tree))
    return None


def entries(tree: YamlMapping | None, form: type[T], problems: Problems) -> Iterator[tuple[str, Text, T]]:
    """Yield each entry's name, the place of its key, and its content; invalid entries are reported and skipped."""
    if tree is None:
        return
    for key, below in tree.entries.items():
        content = validate(below, form, problems)
        if content is None:
            problems.spoiled.add(key)
        else:
            yield key, tree.keys[key].text, content
