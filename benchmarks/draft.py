"""How well the embedded reader reads: precision, recall, misses by form, and the time of a draft."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.draft_scores import annotation, folders, missed_by_form, score
from benchmarks.draft_user import first_outlook
from benchmarks.draft_worlds import SHAPES, world
from benchmarks.measure import Entry, entry
from wherenow.draft.readers.embedded import read

BARS = {"links": (0.55, 0.55), "events": (0.80, 0.85), "actors": (0.70, 0.80), "claims": (0.55, 0.60)}
"""Least precision and recall of each kind."""


def scores() -> Iterator[Entry]:
    """An entry for each annotated text, and one for the links that were missed in any of them."""
    missed, total = Counter[str](), Counter[str]()
    for folder in folders():
        text = (folder / "article.txt").read_text("utf-8")
        begun = time.perf_counter()
        found = read(text).as_tree()
        took = time.perf_counter() - begun
        right = annotation(folder)
        told, met = [], True
        for kind, one in score(found, right).items():
            least = BARS.get(kind, (0.0, 0.0))
            met &= one.precision >= least[0] and one.recall >= least[1]
            told.append(f"{kind} {one.precision:.2f}/{one.recall:.2f}")
        if "links" in right:
            for form, (lost, of) in missed_by_form(found, right).items():
                missed[form] += lost
                total[form] += of
        measured = entry(
            folder.name, f"{len(text.split())} words", took, below=20, note="precision/recall: " + ", ".join(told)
        )
        yield Entry(**{**measured.to_dict(), "met": bool(measured.met) and met})  # type: ignore[arg-type]
    forms = ", ".join(f"{form} {missed[form]} of {count}" for form, count in total.most_common())
    yield entry("links missed, by form", f"{sum(total.values())} links", 0.0, note=forms)
    yield _worlds()
    yield first_outlook()


def _worlds() -> Entry:
    """The links of 24 invented worlds that are found with their signs."""
    begun = time.perf_counter()
    wanted = right = extra = 0
    for number in range(len(SHAPES)):
        made = world(number, 0, capitals=False)
        got = {(link.cause, link.effect, link.sign) for link in read(made.text).links if not link.negated}
        wanted, right, extra = wanted + len(made.links), right + len(made.links & got), extra + len(got - made.links)
    note = f"{right} of {wanted} links with their signs, {extra} spurious"
    return entry("24 invented worlds", f"{wanted} links", time.perf_counter() - begun, note=note)
