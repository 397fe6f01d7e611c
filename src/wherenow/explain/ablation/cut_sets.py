"""Search for minimal cut sets: the smallest sets of one, two or three links whose cut breaks a claim, within a time
budget.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, tee
from typing import Any

import numpy as np

from wherenow.explain.ablation.ablation import Ablation, variables_of
from wherenow.explain.ablation.verdict import CARRIES
from wherenow.model.cuts import Pair

LARGEST = 3
LISTED = 8
"""Sets of one size that the text reports; the JSON answer has all."""
_SIZES = {2: "Two cuts together break it", 3: "Three cuts together break it"}
_TRIED = {1: "", 2: "Every single link was tried. ", 3: "Every single link and every two were tried. "}
_OF = {1: "links", 2: "sets of two", 3: "sets of three"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSets:
    """The minimal cut sets of a claim, and how far the search went.

    ``sets``: minimal sets of cuts, each of which breaks the claim in at least half of the draws in which it holds,
    while no part of one does so alone. Small sets come first, then those that remove most beyond what the strongest of
    their links removes alone. ``left`` is the share of draws in which the claim holds with each set cut, ``share``
    without cuts. ``whole_search`` is True if every set up to ``size`` of the given links was tried before time ran out.
    Otherwise ``tried`` of ``among`` sets of that size were, including every set of the ``within`` links that cost the
    claim most. ``seconds_left`` estimates how long the rest of ``size`` would take.
    """

    claim: str  # claim id
    share: float
    sets: tuple[frozenset[Pair], ...]
    left: tuple[float, ...]
    size: int
    whole_search: bool
    tried: int
    among: int
    within: int
    seconds_left: float

    @property
    def words(self) -> tuple[str, ...]:
        """Sentences on how often the claim holds, what breaks it, and how far the search went."""
        if self.share == 0:
            return ("It holds in no draw: there is nothing to break.",)
        sentences = [f"Without cuts it holds in {100 * self.share:.0f}% of draws, with a cut in the share beside it."]
        for size in range(1, LARGEST + 1):
            mine = [
                " with ".join(sorted(f"{a} → {b}" for a, b in one)) + f" ({100 * left:.0f}%)"
                for one, left in zip(self.sets, self.left, strict=True)
                if len(one) == size
            ]
            if mine:
                alone = "One cut breaks it" if len(mine) == 1 else "Each of these alone breaks it"
                more = f"; and {len(mine) - LISTED:,} more" if len(mine) > LISTED else ""
                sentences.append(f"{_SIZES.get(size, alone)}: {'; '.join(mine[:LISTED])}{more}.")
        if not self.sets:
            sentences.append("No set that was tried breaks it.")
        if self.whole_search:
            sentences.append(f"Every set of up to {self.size} of the links that can matter to it was tried.")
        else:
            strongest = f", all those of the {self.within} links that cost it most" if self.size > 1 else ""
            sentences.append(
                f"{_TRIED[self.size]}Time ran out after {self.tried:,} of {self.among:,} {_OF[self.size]}{strongest}: "
                f"there may be others. The rest would take about {_duration(self.seconds_left)}."
            )
        return tuple(sentences)

    def to_dict(self) -> dict[str, Any]:
        sets = [sorted(map(list, one)) for one in self.sets]
        return {**asdict(self), "sets": sets, "left": list(self.left), "words": list(self.words)}


def breaking_sets(
    ablation: Ablation, claim: str, links: Iterable[Pair] | None = None, seconds: float = 10.0
) -> CutSets:
    """Find the minimal sets of ``links`` (all of the ablation if None), of up to three, whose cut breaks ``claim``.

    Sets are tried smallest first until ``seconds`` are over. Single links start with those that the claim names, then
    those nearest to what it reads. Larger sets start with the links that cost the claim's margin most, so that at any
    time all sets of the first ``within`` links have been tried. Links that cannot reach what the claim reads are left
    out. Raises KeyError for a claim without a formula on the model.
    """
    numbers = {reading.claim.id: row for row, reading in enumerate(ablation.readings)}
    row = numbers[claim]
    deadline = time.monotonic() + seconds
    (base,) = ablation.each([frozenset()])
    held = base.holds[row]
    share = float(held.mean())
    ordered = _nearest(ablation, row, _mattering(ablation, row, ablation.links if links is None else links))
    costs: dict[Pair, float] = {}
    lost: dict[frozenset[Pair], float] = {}
    found: list[frozenset[Pair]] = []

    def found_after(**search: Any) -> CutSets:
        """Return the sets found so far, and how far the search went."""

        def order(one: frozenset[Pair]) -> tuple[int, float, list[Pair]]:
            alone = max((lost[frozenset({link})] for link in one if len(one) > 1), default=0.0)
            return len(one), alone - lost[one], sorted(one)

        found.sort(key=order)
        remaining = tuple(share * (1 - lost[one]) for one in found)
        return CutSets(claim=claim, share=share, sets=tuple(found), left=remaining, among=among, **search)

    for size in range(1, LARGEST + 1):
        enough = {link for one in found if len(one) == 1 for link in one}
        ranked = sorted(costs.keys() - enough, key=lambda link: (-costs[link], link)) if size > 1 else ordered
        places = {link: place for place, link in enumerate(ranked)}
        smaller = [one for one in found if 1 < len(one) < size]
        among, begun = math.comb(len(ranked), size), time.monotonic()
        asked, listed = tee(s for s in _growing(ranked, size) if not any(f <= s for f in smaller))
        for tried, (cuts, answers) in enumerate(zip(listed, ablation.each(asked), strict=True), 1):
            lost[cuts] = float((held & ~answers.holds[row]).sum() / max(1, held.sum()))
            if size == 1:
                (link,) = cuts
                costs[link] = float(np.median(base.margin(row)) - np.median(answers.margin(row)))
            if lost[cuts] >= CARRIES:
                found.append(cuts)
            if time.monotonic() > deadline:
                rest = (time.monotonic() - begun) / tried * (among - tried)
                within = max(places[link] for link in cuts)
                return found_after(size=size, whole_search=False, tried=tried, within=within, seconds_left=rest)
    return found_after(size=LARGEST, whole_search=True, tried=among, within=len(ordered), seconds_left=0.0)


def _growing(ranked: Sequence[Pair], size: int) -> Iterator[frozenset[Pair]]:
    """Yield all sets of a given size, those of the first links before any that holds a later one.

    It is lazy, because 500 links have 20 million sets of three.
    """
    for last in range(size - 1, len(ranked)):
        for others in combinations(ranked[:last], size - 1):
            yield frozenset((*others, ranked[last]))


def _mattering(ablation: Ablation, row: int, links: Iterable[Pair]) -> list[Pair]:
    """Return the links whose cut can change anything that a claim reads, in the run or in its counterfactual."""
    reading = ablation.readings[row]
    model, expect = variables_of(reading.model), variables_of(reading.expect)
    branches = [branch for branch in ablation.branches if row in branch.rows]

    def matters(link: Pair) -> bool:
        if not model.isdisjoint(ablation.reach.changed_by([link])):
            return True
        return any(not expect.isdisjoint(ablation.reach.changed_by([link], branch.touched)) for branch in branches)

    return [link for link in links if matters(link)]


def _duration(seconds: float) -> str:
    """Return a duration in words, such as "2 minutes" for 90, rounded up because it is an estimate."""
    sizes = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, size = next((one for one in sizes if seconds >= one[1]), sizes[-1])
    n = math.ceil(seconds / size)
    return f"{n:,} {unit}" if n == 1 else f"{n:,} {unit}s"


def _nearest(ablation: Ablation, row: int, links: Iterable[Pair]) -> list[Pair]:
    """Return ``links``, those that a claim names first, then by the number of steps to what it reads."""
    reading = ablation.readings[row]
    steps = ablation.reach.steps_to(variables_of(reading.model) | variables_of(reading.expect))
    named = set(reading.claim.mechanism)
    return sorted(links, key=lambda link: (link not in named, steps.get(link[1], math.inf), link))
