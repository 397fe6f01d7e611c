"""Data that a model file only names, found in a table beside the model, as Vensim loads them from a run's results.

A table has times in its first column (or row) and one column for each variable, headed as Vensim prints names; Vensim's
own ``.dat`` text form is a name on its own line and then lines of time and value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from wherenow.exchange.encodings import decode
from wherenow.exchange.external_data import number_in, text_rows
from wherenow.language.syntax import canonical

Points = tuple[tuple[float, ...], tuple[float, ...]]
Key = tuple[str, tuple[str, ...]]
_SUFFIXES = (".tab", ".csv", ".dat", ".tsv")
LARGEST_FILE = 100_000_000


@dataclass(slots=True)
class Companion:
    """The data files of a model: those with its name, or named ``data``."""

    folder: Path
    stem: str
    given: tuple[Path, ...] = ()  # files given by the caller, which are searched first
    _found: dict[Key, tuple[Points, str]] | None = field(default=None)

    def find(self, name: str, elements: tuple[str, ...]) -> Points | None:
        """Find the points of a variable's element; None if no file has them."""
        found = self._read().get((name, elements))
        return found[0] if found else None

    def source(self, name: str) -> str:
        """Return the file that contains the data of ``name``."""
        return next((file for (n, _), (_, file) in self._read().items() if n == name), "")

    def _read(self) -> dict[Key, tuple[Points, str]]:
        if self._found is None:
            self._found = {}
            stems = {self.stem.lower(), f"{self.stem}_data".lower(), "data"}
            files = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
            for path in (*self.given, *files):
                fits = path in self.given or (path.suffix.lower() in _SUFFIXES and path.stem.lower() in stems)
                if fits and path.is_file() and path.stat().st_size <= LARGEST_FILE:
                    for key, points in _table(path).items():
                        self._found.setdefault(key, (points, path.name))
        return self._found


def _table(path: Path) -> dict[Key, Points]:
    text = decode(path.read_bytes()).text
    if path.suffix.lower() == ".dat":
        return _dat(text)
    head = text.partition("\n")[0]
    separator = next((s for s in "\t;" if s in head), ",")
    rows = [row for row in text_rows(text, separator) if any(row)]
    if not rows:
        return {}
    if rows[0] and number_in(rows[0][-1]) is not None:  # each line holds one variable: transpose
        width = max(len(r) for r in rows)
        rows = [[r[j] if j < len(r) else "" for r in rows] for j in range(width)]
    times = [number_in(row[0]) for row in rows[1:]]
    found: dict[Key, Points] = {}
    for j, head in enumerate(rows[0][1:], start=1):
        points = [(t, number_in(row[j])) for t, row in zip(times, rows[1:], strict=True) if j < len(row)]
        pairs = [(t, v) for t, v in points if t is not None and v is not None]
        if pairs:
            found[_key(head)] = _points(pairs)
    return found


def _dat(text: str) -> dict[Key, Points]:
    found: dict[Key, list[tuple[float, float]]] = {}
    pairs: list[tuple[float, float]] = []
    for line in text.splitlines():
        parts = line.split()
        numbers = [number_in(p) for p in parts]
        if len(parts) == 2 and numbers[0] is not None and numbers[1] is not None:
            pairs.append((numbers[0], numbers[1]))
        elif line.strip():
            pairs = found.setdefault(_key(line), [])
    return {key: _points(points) for key, points in found.items() if points}


def _points(pairs: list[tuple[float, float]]) -> Points:
    unique = dict(sorted(pairs, key=lambda pair: pair[0]))  # if two values have the same time, the later one holds
    return tuple(unique), tuple(unique.values())


def _key(head: str) -> Key:
    found = re.fullmatch(r"\s*(.*?)\s*(?:\[([^\[\]]*)\])?\s*", head, re.DOTALL)
    if not found:
        return canonical(head), ()
    return canonical(found[1]), tuple(canonical(e) for e in found[2].split(",")) if found[2] else ()
