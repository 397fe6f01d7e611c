"""Measures, and writes benchmarks/results.json and docs/performance.md.

``python -m benchmarks.run`` measures all; ``--only waiting app`` some parts, whose entries then take the place of their
old ones. Keep the machine otherwise idle. Peers alternate with ours in one process, on one core. The exit
status is 1 where a task of users takes much longer than in the version for which the page was last written.
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
    "arrays": ours.large_arrays,
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
    parser.add_argument("--only", choices=PARTS, nargs="+", help="measure these parts only")
    chosen = parser.parse_args().only or PARTS
    parts: dict[str, list[dict[str, Any]]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, part in PARTS.items():
        if name in chosen:
            pin(0 if name in ("waiting", "corpus") else 1)
            parts[name] = [_reported(found).to_dict() for found in part()]
            beside = RESULTS.with_suffix(".new")
            beside.write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            os.replace(beside, RESULTS)
    write_page(parts, Path(__file__).parents[1] / "docs")
    sys.exit(any(e.get("slower") for name in chosen for e in parts[name]))


def _reported(found: Entry) -> Entry:
    ratio = "" if found.ratio is None else f"{found.ratio:.3g} ×"
    met = {None: "", True: "met", False: "MISSED"}[found.met]
    print(
        f"{found.name:55} {found.ours * 1e3:10.2f} ms {ratio:>10}  {found.goal:14} {met:7} {found.note}"
        + "; SLOWER" * found.slower,
        file=sys.stderr,
    )
    return found


if __name__ == "__main__":
    main()
