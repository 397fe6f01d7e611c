"""Threshold curves: the verdict on a claim against each number in its formula.

Where an article says "much larger" a formula must say how much, and the number is ours. The claim is asked again with
the number between half and twice what it is: if the verdict hangs on it, one sees so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wherenow.case.types import Case
from wherenow.claims.check import check_formula
from wherenow.claims.findings import CONVINCING
from wherenow.claims.formula import parse_formula
from wherenow.claims.judge import read_claims, run_counterfactuals
from wherenow.claims.robustness import robustness
from wherenow.claims.share import Share
from wherenow.claims.signals import Signals
from wherenow.claims.sources import declared_model, run_signals
from wherenow.claims.syntax import Apply, First, Node, Number, Temporal, Until, children
from wherenow.ensemble.runs import Runs
from wherenow.errors import Text

FACTORS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.7, 2.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """``shares[k]`` is the share of draws in which the formula holds with the number at ``values[k]``.

    ``part`` is ``model`` or ``counterfactual``; ``number`` is what the claim says.
    """

    claim: str
    part: str
    number: float
    values: tuple[float, ...]
    shares: tuple[Share, ...]

    @property
    def decides(self) -> bool:
        """Whether the verdict (above 0.8 or not, below 0.2 or not) is another somewhere between half and twice.

        Numbers at which some draw has no value have no verdict.
        """
        told = [(s.low, s.high) for s in self.shares]
        words = {
            (low >= CONVINCING, high <= 1 - CONVINCING) for low, high in told if low is not None and high is not None
        }
        return len(words) > 1

    def to_dict(self) -> dict[str, Any]:
        return {"claim": self.claim, "part": self.part, "number": self.number, "values": list(self.values),
                "shares": [s.to_dict() for s in self.shares], "decides": self.decides}  # fmt: skip


def threshold_curves(case: Case, runs: Runs, counterfactuals: Mapping[str, Runs] | None = None) -> tuple[Curve, ...]:
    """A curve for each number in the formulas of the claims whose threshold is ours; dates are no such numbers.

    ``runs`` and ``counterfactuals`` as for :func:`wherenow.claims.judge.judge`.
    """
    if counterfactuals is None:
        counterfactuals = run_counterfactuals(case, runs.draws, threads=runs.record.threads, engine=runs.record.engine)
    found: list[Curve] = []
    for reading in read_claims(case):
        claim = reading.claim
        if not claim.threshold:
            continue
        if reading.model is not None:
            found += _curves(case, claim.id, "model", reading.model.formula.text, run_signals(case, runs), len(runs))
        if reading.expect is not None and claim.against is not None:
            signals = run_signals(case, runs, counterfactuals[claim.against.scenario.id])
            found += _curves(case, claim.id, "counterfactual", reading.expect.formula.text, signals, len(runs))
    return tuple(found)


def _curves(case: Case, claim: str, part: str, text: Text, signals: Signals, draws: int) -> Iterator[Curve]:
    for number in numbers(parse_formula(text).root):
        values = tuple(number.value * factor for factor in FACTORS)
        yield Curve(
            claim, part, number.value, values, tuple(_share(case, text, number, v, signals, draws) for v in values)
        )


def _share(case: Case, text: Text, number: Number, value: float, signals: Signals, draws: int) -> Share:
    written = text.content[: number.span.start] + repr(value) + text.content[number.span.end :]
    checked = check_formula(parse_formula(replace(text, content=written)), declared_model(case))
    found = robustness(checked, signals)
    undefined = int((~np.broadcast_to(found.defined, draws)).sum())
    return Share(int(np.broadcast_to(found.holds, draws).sum()), draws, undefined)


def numbers(node: Node) -> Iterator[Number]:
    """The numbers of a formula but for dates, windows and nought, in reading order."""
    match node:
        case Number():
            if node.value != 0:
                yield node
        case Apply(arguments=arguments):
            yield from numbers(arguments[0])
        case First(condition=condition) | Temporal(condition=condition):
            yield from numbers(condition)
        case Until(left=left, right=right):
            yield from numbers(left)
            yield from numbers(right)
        case _:
            for child in children(node):
                yield from numbers(child)
