"""Cache results of commands between processes, so that the same files are not computed twice.

The key is a hash of everything that a result depends on: every file of the case folder, the arguments, every file of
wherenow, the numerical libraries, and the machine. A result is JSON, so that reading one cannot execute anything. It is
stored by :mod:`wherenow.cache_store`, which writes it atomically, bounds the cache, and ignores damaged entries.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from wherenow import cache_store

MOST_FILES = 2000
MOST_BYTES = 1 << 28
DEEPEST = 4
"""Limits of a folder. A larger folder is not hashed, and its results are not cached."""
OUTPUTS = (".html", ".svg", ".png", ".md", ".part")
"""Suffixes of files that commands write and none reads: they are not part of a case."""
_LIBRARIES = ("numpy", "scipy", "llvmlite", "statsforecast")


def cached(question: str, folder: Path, make: Callable[[], Any], **asked: object) -> Any:
    """Return the result of ``make``, a value of JSON types, from the cache if it is there.

    Parameters
    ----------
    question
        Names the result: two functions have two questions.
    folder
        The case. Results for anything but a folder are not cached.
    asked
        The arguments on which the result depends, each with a ``repr`` of its value.

    A result is stored only if no file changed meanwhile. If ``make`` raises, nothing is stored.
    """
    before = fingerprint(folder)
    if before is None:
        return json.loads(json.dumps(make()))  # the result has lists for tuples whether it is cached or not
    name = _name(question, str(folder), before, repr(sorted(asked.items())))
    if (body := cache_store.entry(name)) is not None:
        return json.loads(body)
    body = json.dumps(make(), separators=(",", ":")).encode()
    if fingerprint(folder) == before:
        cache_store.keep(name, body)
    return json.loads(body)


def fingerprint(folder: Path) -> str | None:
    """Hash the name and content of every file of a case folder; None if it is not a folder or is too large.

    Dates of files do not count: rewriting a file with the same content changes nothing, and changing its content does
    even if its date is restored.
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
            content = path.read_bytes() if path.is_file() else b""  # only the name of a pipe or device counts
            digest.update(f"{name}\n{path.is_file()} {len(content)}\n".encode("utf-8", "surrogateescape"))
            digest.update(content)
    except OSError:
        return None  # reading the case reports the problem
    return digest.hexdigest()


def _files(folder: Path, before: str, levels: int) -> Iterator[tuple[str, Path]]:
    """List all files in a folder by relative path, sorted, without outputs and hidden folders."""
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
            raise OSError("folders are nested deeper than in a case")


def _name(*parts: str) -> str:
    return cache_store.key_of(*parts, *machine(), cache_store.version_of()) + cache_store.RESULT


@cache
def machine() -> tuple[str, ...]:
    """Describe what results depend on besides files and arguments."""
    return (*map(_version, _LIBRARIES), platform.python_version(), platform.system(), platform.machine())


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # imported here, so that --help need not wait for it

    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:  # the library belongs to an extra that is not installed
        return library
