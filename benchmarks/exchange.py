"""What it takes to read a model file, by its length: generated models as Vensim and XMILE text.

The goal: under two seconds for five thousand lines, and time that grows with the length, no faster.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generated import generate
from benchmarks.measure import Entry, entry
from wherenow.exchange.model_files import import_model
from wherenow.exchange.vensim.writing.vensim_writer import write_vensim

LINES = 5_000
TIMES = 3
SECONDS = 2.0
SIZES = (1, 4)
"""Of which the first has about :data:`LINES` lines."""


def seconds(path: Path) -> float:
    """The least of several readings of ``path``, in time of this thread."""
    found = []
    for _ in range(TIMES):
        start = time.thread_time()
        import_model(path)[0]
        found.append(time.thread_time() - start)
    return min(found)


def reading() -> Iterator[Entry]:
    """Reading time of both forms at :data:`LINES` lines, and how it grows from there to four times as many."""
    with tempfile.TemporaryDirectory() as folder:
        for form, lines_each in (("mdl", 5.6), ("xmile", 1.1)):
            taken = []
            for size in SIZES:
                path = Path(folder) / f"model{size}.{form}"
                _write(path, round(LINES * size / lines_each))
                taken.append((sum(1 for _ in path.open(encoding="utf-8")), seconds(path)))
            (lines, first), (most, last) = taken[0], taken[-1]
            growth = (last / most) / (first / lines)
            note = f"{first / lines * 1e6:.0f} µs per line; {growth:.2f} times that at {most:,} lines"
            yield entry(f"reading a .{form}", f"{lines:,} lines", first, below=SECONDS, note=note)


def _write(path: Path, equations: int) -> None:
    """A generated model in the form of ``path``'s suffix."""
    xmile = path.with_suffix(".xmile")
    xmile.write_text(generate(equations).xmile(), encoding="utf-8")
    if path.suffix == ".mdl":
        write_vensim(import_model(xmile)[0], path)
