"""Measures, and writes benchmarks/results.json and docs/performance.md.

``python -m benchmarks.run`` measures all; ``--only NAME`` one part, whose entries then take the place of its old ones.
Keep the machine otherwise idle. Peers run in the same process, in turns with ours, on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import app, corpus, draft, exchange, ours, peers, read, scale, waiting, why
from benchmarks.measure import Entry, pin
from benchmarks.page import write_page

PARTS: Mapping[str, Callable[[], Iterator[Entry]]] = {
    "waiting": waiting.measured,
    "corpus": corpus.models,
    "samples": peers.samples,
    "generated": peers.generated,
    "first": ours.first_result,
    "reading": exchange.reading,
    "iraq": ours.iraq,
    "read": read.read,
    "million": ours.million,
    "costs": ours.costs,
    "scale": scale.scale,
    "why": why.table,
    "app": app.measured,
    "draft": draft.scores,
}
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one part only")
    chosen = parser.parse_args().only
    parts: dict[str, list[dict[str, Any]]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, part in PARTS.items():
        if chosen in (None, name):
            pin(0 if name in ("waiting", "corpus") else 1)
            parts[name] = [_told(found).to_dict() for found in part()]
            beside = RESULTS.with_suffix(".new")
            beside.write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            os.replace(beside, RESULTS)
    write_page(parts, Path(__file__).parents[1] / "docs")


def _told(found: Entry) -> Entry:
    ratio = "" if found.ratio is None else f"{found.ratio:.3g} ×"
    met = {None: "", True: "met", False: "MISSED"}[found.met]
    print(
        f"{found.name:55} {found.ours * 1e3:10.2f} ms {ratio:>10}  {found.goal:14} {met:7} {found.note}",
        file=sys.stderr,
    )
    return found


if __name__ == "__main__":
    main()
