"""Writes the figures of docs/reliability.md: what the long checks found, and what loading costs on this machine.

``make validate`` leaves a file for each long check in ``benchmarks/reliability/`` (:mod:`tests.robust.figures`);
``python -m benchmarks.reliability`` measures the rest and puts all of it into the page.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.robust.protections import PROTECTIONS

from benchmarks.measure import machine
from wherenow.files import atomic_write

ROOT = Path(__file__).parents[1]
NOTED = Path(__file__).with_name("reliability")
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
MIB = 1 << 20


def main() -> None:
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(NOTED.glob("*.json"))}
    seen = [json.loads(path.read_text("utf-8"))["on"] for path in NOTED.glob("protections/*.json")]
    rows = ["| what | goal | found | on |", "|---|---|---|---|", *_noted(found), *_needed(seen), *_loading()]
    page = PAGE.read_text("utf-8")
    table = f"{BEGIN}\n" + "\n".join(rows) + f"\n\nMachine: {machine()}.\n{END}"
    with atomic_write(PAGE) as beside:
        beside.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: table, page, flags=re.DOTALL), "utf-8")


def _noted(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    fuzz = [f for name, f in found.items() if name.startswith("fuzz-")]
    if fuzz:
        tried, results = sum(f["inputs"] for f in fuzz), sum(f["results"] for f in fuzz)
        each = ", ".join(f"{f['target']} {f['inputs']:,}" for f in fuzz)
        said = f"{tried:,} ({each}); {results:,} results, {tried - results:,} reported as wrong"
        yield f"| broken inputs tried | 100,000 with the 2,100 of `make test` | {said} | {max(f['on'] for f in fuzz)} |"
        grown = max(f["grown"] for f in fuzz) / MIB
        yield f"| largest growth of a process over 1,000 of them | < 700 MiB | {grown:.0f} MiB | {fuzz[0]['on']} |"
    if kills := found.get("kills"):
        said = f"{kills['kills']}, {kills['in_time']} of them before the work had ended"
        yield f"| kills survived ({', '.join(kills['works'])}) | 200 | {said} | {kills['on']} |"
    if soak := found.get("soak"):
        said = (f"{soak['minutes']:g} minutes, {soak['answers']:,} answers, {soak['left']:,} who left; memory "
                f"{soak['before'] / MIB:.0f} → {soak['after'] / MIB:.0f} MiB")  # fmt: skip
        yield f"| four people on the app | an hour, + < 64 MiB | {said} | {soak['on']} |"


def _needed(seen: list[str]) -> Iterator[str]:
    if seen:
        said = f"{len(seen)} of {len(PROTECTIONS)}"
        yield f"| protections whose test failed or did not end without them | all | {said} | {max(seen)} |"


def _loading() -> Iterator[str]:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    command = [sys.executable, "-c"]
    for what, goal, words in (
        ("`import wherenow`", 0.3, [*command, "import wherenow"]),
        ("`wherenow --help`", 0.4, [str(Path(sys.executable).with_name("wherenow")), "--help"]),
    ):
        seconds = min(_seconds(words) for _ in range(7))
        bare = min(_seconds([*command, "pass"]) for _ in range(7))
        yield f"| {what}, least of 7 | < {goal:g} s | {seconds:.2f} s, of which Python itself {bare:.2f} s | {today} |"


def _seconds(words: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "100"})
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
