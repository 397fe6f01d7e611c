"""The smallest sets of links whose cut breaks a claim, one, two or three at once, found within a time budget."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from wherenow.explain.verdict import CARRIES
from wherenow.explain.workbench import Workbench
from wherenow.model.cuts import Pair

LARGEST = 3
_SIZES = {1: "Each of these alone breaks it", 2: "So do these two at once", 3: "So do these three at once"}


@dataclass(frozen=True, slots=True)
class Breaking:
    """``sets``: minimal sets of cuts, each of which takes the claim away in at least half of the draws in which it
    holds; no part of one does so alone. ``necessary``: the links that do so alone. ``whole_search`` says whether every
    set up to ``size`` of the links asked was tried before time ran out.
    """

    claim: str
    sets: tuple[frozenset[Pair], ...]
    size: int
    whole_search: bool

    @property
    def necessary(self) -> tuple[Pair, ...]:
        return tuple(sorted(link for one in self.sets if len(one) == 1 for link in one))

    @property
    def words(self) -> tuple[str, ...]:
        """Sentences on what breaks the claim, and on how far was looked."""
        told = []
        for size in range(1, LARGEST + 1):
            mine = sorted(sorted(f"{a} → {b}" for a, b in one) for one in self.sets if len(one) == size)
            if mine:
                told.append(f"{_SIZES[size]}: {'; '.join(' with '.join(one) for one in mine)}.")
        if not told:
            told.append("Nothing that was tried breaks it.")
        if self.whole_search:
            told.append(f"Every set of up to {self.size} of the links asked was tried.")
        else:
            told.append(f"Time ran out among sets of {self.size}: there may be others.")
        return tuple(told)

    def to_dict(self) -> dict[str, Any]:
        return {"claim": self.claim, "sets": [sorted(map(list, one)) for one in self.sets], "size": self.size,
                "whole_search": self.whole_search, "words": list(self.words)}  # fmt: skip


def breaking_sets(
    bench: Workbench,
    claim: str,
    links: Iterable[Pair] | None = None,
    seconds: float = 10.0,
    draws: int | None = None,
    largest: int = LARGEST,
) -> Breaking:
    """The minimal sets of ``links`` (all of the workbench where None) up to ``largest`` whose cut breaks ``claim``.

    Sets are tried smallest first, links that cost the claim's margin most first, until ``seconds`` are over. Raises
    KeyError for a claim that the model cannot be asked about.
    """
    numbers = {reading.claim.id: row for row, reading in enumerate(bench.readings)}
    row = numbers[claim]
    expected = bench.readings[row].expect is not None
    deadline = time.monotonic() + seconds
    base = next(bench.each([frozenset()], draws, expected))
    held = base.holds[row]
    asked = [frozenset({link}) for link in (bench.links if links is None else links)]
    costs: dict[Pair, float] = {}
    found: list[frozenset[Pair]] = []
    whole = True
    for size in range(1, largest + 1):
        if size > 1:
            ranked = sorted(costs, key=lambda link: -costs[link])
            tried = (frozenset(c) for c in combinations(ranked, size))
            asked = [s for s in tried if not any(f <= s for f in found)]
        for cuts, answers in zip(asked, bench.each(asked, draws, expected), strict=True):
            holds = answers.holds[row]
            if size == 1:
                (link,) = cuts
                costs[link] = float(np.median(base.margin(row)) - np.median(answers.margin(row)))
            if held.any() and (held & ~holds).sum() >= CARRIES * held.sum():
                found.append(cuts)
            if time.monotonic() > deadline:
                whole = False
                break
        if not whole:
            return Breaking(claim, tuple(found), size, whole)
    return Breaking(claim, tuple(found), largest, whole)
