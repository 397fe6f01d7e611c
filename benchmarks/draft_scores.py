"""Precision and recall of a draft against an annotated text, and misses by form; rules of shared/draft/README.md."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Item = Mapping[str, Any]
TEXTS = Path(__file__).parents[1] / "tests" / "draft" / "texts"
SHARED = Path(__file__).parents[2] / "shared"


@dataclass(frozen=True)
class Score:
    """How many proposals count, how many were wanted, and how many agree."""

    found: int
    wanted: int
    matched: int

    @property
    def precision(self) -> float:
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.matched / self.wanted if self.wanted else 1.0


def _overlap(one: Item, other: Item, part: str) -> bool:
    first, last = f"{part}_start", f"{part}_end"
    return bool(max(one[first], other[first]) < min(one[last], other[last]))


def _link(one: Item, other: Item) -> bool:
    signs = {other["sign"], other.get("sign_as_written", other["sign"])}
    spans = _overlap(one, other, "cause") and _overlap(one, other, "effect")
    return spans and one["sign"] in signs and one["negated"] == other["negated"]


def _event(one: Item, other: Item) -> bool:
    short = min(len(one["date"]), len(other["date"]))
    return bool(one["date"][:short] == other["date"][:short] and one["sentence"] == other["sentence"])


def _names(item: Item) -> set[str]:
    return {re.sub(r"\W+", " ", name).strip().lower() for name in (item["name"], *item["aliases"])}


def _actor(one: Item, other: Item) -> bool:
    return any(f" {a} " in f" {b} " or f" {b} " in f" {a} " for a in _names(one) for b in _names(other))


def _claim(one: Item, other: Item) -> bool:
    return one["sentence"] == other["sentence"] and one["kind"] in {other["kind"], *other.get("kind_alt", ())}


def _quantity(one: Item, other: Item) -> bool:
    near = abs(one["value"] - other["value"]) <= 1e-6 * max(1, abs(other["value"]))
    return bool(one["sentence"] == other["sentence"] and near)


SAME: Mapping[str, Callable[[Item, Item], bool]] = {
    "links": _link,
    "events": _event,
    "actors": _actor,
    "claims": _claim,
    "quantities": _quantity,
}


def annotation(folder: Path) -> dict[str, Any]:
    """What people found in the text of a folder: ``annotation.json``, or the table of ``claims.md``."""
    if (folder / "annotation.json").exists():
        found: dict[str, Any] = json.loads((folder / "annotation.json").read_text("utf-8"))
        return found
    rows = re.findall(
        r"^\| ([\w-]+) \| (P\d+S\d+) \| (\w+) \|", (folder / "claims.md").read_text("utf-8"), re.MULTILINE
    )
    return {"claims": [{"id": name, "sentence": sentence, "kind": kind} for name, sentence, kind in rows]}


def _pairs(found: Sequence[Item], wanted: Sequence[Item], same: Callable[[Item, Item], bool]) -> dict[int, int]:
    """The wanted item that each found one agrees with, one to one."""
    pairs: dict[int, int] = {}
    for i, one in enumerate(found):
        free = (j for j, other in enumerate(wanted) if j not in pairs.values() and same(one, other))
        if (j := next(free, None)) is not None:
            pairs[i] = j
    return pairs


def score(draft: Mapping[str, Sequence[Item]], right: Mapping[str, Any]) -> dict[str, Score]:
    """The score of each kind; wrong proposals in sentences that are doubtful or distract count neither way."""
    neutral = {*right.get("distractors", ()), *(d["sentence"] for d in right.get("doubtful", ()))}
    scores = {}
    for kind, same in SAME.items():
        if kind in right:
            pairs = _pairs(draft[kind], right[kind], same)
            where = [item.get("sentence") or item.get("first_sentence") for item in draft[kind]]
            counted = sum(i in pairs or sentence not in neutral for i, sentence in enumerate(where))
            scores[kind] = Score(counted, len(right[kind]), len(pairs))
    return scores


def missed_by_form(draft: Mapping[str, Sequence[Item]], right: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Links missed, and links annotated, of each form of statement."""
    pairs = set(_pairs(draft["links"], right["links"], _link).values())
    total = Counter(link["form"] for link in right["links"])
    missed = Counter(link["form"] for j, link in enumerate(right["links"]) if j not in pairs)
    return {form: (missed[form], count) for form, count in total.most_common()}


def folders() -> list[Path]:
    """The annotated texts there are: ours, and those that came with the work."""
    theirs = [*sorted((SHARED / "draft").glob("*/")), SHARED / "iraq-us"]
    return [f for f in (*sorted(TEXTS.glob("*/")), *theirs) if (f / "article.txt").exists()]
