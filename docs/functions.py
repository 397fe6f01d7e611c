"""Write the function reference from the function table: ``python docs/functions.py FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from wherenow.language.functions import FUNCTIONS, Function

_TITLES = {
    "pointwise": "Arithmetic",
    "clock": "Time and settings",
    "memory": "Functions with memory",
    "noise": "Noise",
    "lookup": "Tables",
    "array": "Arrays",
}


def function_reference() -> str:
    """Return the page in Markdown: one table per kind, one row per function."""
    parts = [
        "# Functions",
        "`make docs` generates this page from the function table (`language/functions.py`).",
        "`x` and `y` mean any unit, the same throughout a row; `1` is dimensionless; `time` is the unit of time.",
    ]
    rows = list(dict.fromkeys(FUNCTIONS.values()))
    for kind, title in _TITLES.items():
        lines = [f"## {title}", "", "| function | argument units | unit | meaning | source |", "|---|---|---|---|---|"]
        parts.append("\n".join([*lines, *(_row(row) for row in rows if row.kind == kind)]))
    return "\n\n".join(parts) + "\n"


def _row(row: Function) -> str:
    arguments = ", ".join(f"{a.name}?" if a.optional else a.name for a in row.arguments)
    units = ", ".join(a.unit for a in row.arguments)
    also = [*row.aliases, *([f"Vensim `{row.vensim}`"] if row.vensim else [])]
    names = f" (also {', '.join(also)})" if also else ""
    return f"| `{row.name}({arguments})`{names} | {units} | {row.unit} | {row.meaning} | {row.source} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(function_reference(), "utf-8")
