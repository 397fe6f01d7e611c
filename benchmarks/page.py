"""Write docs/performance.md and its pictures from the results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Results = Mapping[str, Sequence[Mapping[str, Any]]]
TITLES = {
    "waiting": "What users wait for",
    "corpus": "PySD's test models, with PySD and pysimlin",
    "samples": "Two small models that every tool can run",
    "generated": "Generated models against generated C",
    "first": "From text to a first result",
    "arrays": "Large models with arrays",
    "reading": "Reading model files",
    "iraq": "The Iraq–US case",
    "read": "Streaming evaluation",
    "million": "A million draws",
    "costs": "Costs by size",
    "scale": "On a cluster",
    "why": "Every claim under every cut",
    "app": "The app",
    "draft": "Drafts of annotated texts",
}
WORDS = Path(__file__).with_name("words.md")


def write_page(parts: Results, docs: Path) -> None:
    """Write ``performance.md`` and ``performance/*.svg`` under ``docs``."""
    lines = [
        "# Performance",
        "",
        "`make bench` generates this page from `benchmarks/results.json`; do not edit it. What users wait for is",
        "timed as whole processes on all cores, the median of several; `python -m benchmarks.waiting` compares it",
        "with an earlier version and fails if a task takes 20% longer. Other times are the least of several.",
        "Peers alternate with ours in one process on one core, and their results are compared. A ratio is the",
        "peer's time over ours.",
        "",
    ]
    machines = sorted({e["machine"] for entries in parts.values() for e in entries})
    lines += [f"Machine: {'; '.join(machines)}.", ""]
    for part, title in TITLES.items():
        if part in parts:
            lines += [f"## {title}", "", *_table(parts[part]), ""]
    lines += _pictures(parts.get("costs", ()), docs / "performance")
    lines += ["", WORDS.read_text(encoding="utf-8").rstrip(), ""]
    (docs / "performance.md").write_text("\n".join(lines), encoding="utf-8")


def _table(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = ["| what | size | ours | peer | ratio | goal | |", "|---|---|---:|---:|---:|---|---|"]
    for e in entries:
        peer = "" if e["peer"] is None else _time(e["peer"])
        ratio = "" if e["ratio"] is None else f"{e['ratio']:.3g}"
        met = {None: "", True: "reached", False: "**missed**"}[e["met"]]
        goal = " ".join(w for w in (e["goal"], met) if w)
        rows.append(f"| {e['name']} | {e['size']} | {_time(e['ours'])} | {peer} | {ratio} | {goal} | {e['note']} |")
    return rows


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _pictures(entries: Sequence[Mapping[str, Any]], folder: Path) -> list[str]:
    """Plot time against equations, steps and draws; on these axes a proportional cost is a straight line."""
    import altair

    lines = []
    for what in ("equations", "steps", "draws"):
        points = [
            {what: int(re.search(rf"(\d+) {what}", e["size"])[1]), "ms": e["ours"] * 1e3}  # type: ignore[index]
            for e in entries
            if e["name"] == f"cost: {what}"
        ]
        if not points:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        chart = (
            altair.Chart(altair.Data(values=points), width=260, height=200)
            .mark_line(point=True, color="#0b5fa5")
            .encode(
                x=altair.X(f"{what}:Q", scale=altair.Scale(type="log"), title=what),
                y=altair.Y("ms:Q", scale=altair.Scale(type="log"), title="milliseconds"),
            )
        )
        chart.save(folder / f"{what}.svg")
        lines.append(f"![Time against {what}](performance/{what}.svg)")
    return lines
