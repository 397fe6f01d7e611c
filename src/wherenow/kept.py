"""Results of commands, kept between processes: what was computed from the same files is not computed again.

A result is kept under a hash of everything that it depends on: every file of the case folder, what was asked, every
file of wherenow, the libraries that compute, and the machine. It is JSON, so that reading one cannot run anything, and
lies among what :mod:`wherenow.disk` keeps: whole, within its bound, and ignored where a byte of it changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wherenow import disk

MOST_FILES = 2000
MOST_BYTES = 1 << 28
DEEPEST = 4
"""Levels of folders. A folder with more than any of these is not hashed, and its results are not kept."""
OUTPUTS = (".html", ".svg", ".png", ".md", ".part")
"""Suffixes of files that commands write and none reads: they are no part of a case."""
_LIBRARIES = ("numpy", "scipy", "llvmlite", "statsforecast")


def kept(question: str, folder: Path, make: Callable[[], Any], **asked: object) -> Any:
    """What ``make`` gives, a value of JSON's types; from disk where it was made before from the same.

    Parameters
    ----------
    question
        names what is made: two functions have two questions.
    folder
        The case. A result about anything but a folder is not kept.
    asked
        The arguments on which the result depends, each with a ``repr`` of its value.

    A result is kept only where no file changed while it was made. Where ``make`` raises, nothing is kept.
    """
    before = fingerprint(folder)
    if before is None:
        return json.loads(json.dumps(make()))  # lists for tuples, whether kept or not
    name = _name(question, str(folder), before, repr(sorted(asked.items())))
    if (body := disk.entry(name)) is not None:
        return json.loads(body)
    body = json.dumps(make(), separators=(",", ":")).encode()
    if fingerprint(folder) == before:
        disk.keep(name, body)
    return json.loads(body)


def fingerprint(folder: Path) -> str | None:
    """A hash over the name and content of every file of a case folder; None for what is none or is too large.

    Dates of files do not count: a file that was written again as it was changes nothing, and one that was changed and
    dated back does.
    """
    digest = hashlib.sha256()
    bytes_left = MOST_BYTES
    try:
        if not folder.is_dir():
            return None
        for number, (name, path) in enumerate(_files(folder, "", DEEPEST)):
            bytes_left -= path.stat().st_size
            if bytes_left < 0 or number >= MOST_FILES:
                return None
            content = path.read_bytes() if path.is_file() else b""  # of a pipe or a device its name counts
            digest.update(f"{name}\n{path.is_file()} {len(content)}\n".encode("utf-8", "surrogateescape"))
            digest.update(content)
    except OSError:
        return None  # who reads the case tells what is wrong
    return digest.hexdigest()


def _files(folder: Path, before: str, levels: int) -> Iterator[tuple[str, Path]]:
    """Everything in a folder that is none itself, by its path within, in order; outputs and hidden folders left out."""
    with os.scandir(folder) as listed:
        found = sorted((entry.name, entry.is_dir()) for entry in listed)
    for name, is_folder in found:
        if name.lower().endswith(OUTPUTS) or (is_folder and name.startswith(".")):
            continue
        if not is_folder:
            yield before + name, folder / name
        elif levels:
            yield from _files(folder / name, f"{before}{name}/", levels - 1)
        else:
            raise OSError("folders lie deeper than those of a case do")


def _name(*parts: str) -> str:
    return disk.key_of(*parts, *_machine(), disk.version_of()) + disk.RESULT


@cache
def _machine() -> tuple[str, ...]:
    """What results depend on beside files and arguments."""
    return (*map(_version, _LIBRARIES), platform.python_version(), platform.system(), platform.machine())


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:  # of an extra
        return library
