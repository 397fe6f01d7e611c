"""Scenarios against the base: the same draws run twice, and the difference draw by draw."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wherenow.case.types import Case, Scenario
from wherenow.claims.check import Checked
from wherenow.claims.robustness import robustness
from wherenow.claims.sources import run_signals
from wherenow.ensemble.runs import Runs
from wherenow.outlook.settled import Settled
from wherenow.outlook.types import Comparison, ForecastChange, SeriesChange

Z90 = 1.6448536269514722  # the standard normal distribution's 95% quantile
Truths = dict[str, tuple[str, NDArray[np.bool_]]]


def truths(case: Case, runs: Runs, forecasts: dict[str, Checked], known: Settled | None = None) -> Truths:
    """For each forecast what it says, and in which draws of ``runs`` it holds; ``known`` is what is settled of them."""
    if known is not None:
        return {name: (_says(case, name), known.holds(case, c, runs)) for name, c in forecasts.items()}
    signals = run_signals(case, runs)
    return {
        name: (_says(case, name), robustness(checked, signals).truth(len(runs), f"the forecast '{name}'"))
        for name, checked in forecasts.items()
    }


def _says(case: Case, name: str) -> str:
    """A forecast's sentence: as it is registered, where it is, else as the claim has it."""
    return case.predictions[name].says if name in case.predictions else case.claims[name].says


def compare(case: Case, base: Runs, other: Runs, scenario: Scenario, forecasts: dict[str, Checked],
            shown: tuple[str, ...], before: Truths | None = None,
            known: Settled | None = None) -> Comparison:  # fmt: skip
    """What ``scenario`` changes in the forecasts, and in the shown series at the end of the run.

    ``before`` are the truths of the base, where they are known already, and ``known`` what is settled of them in
    ``other``.
    """
    before = before or truths(case, base, forecasts)
    after = truths(case, other, forecasts, known)
    changes = tuple(_change(name, says, held, after[name][1]) for name, (says, held) in before.items())
    series = tuple(_ends(base, other, name) for name in shown)
    title = scenario.title or scenario.id
    return Comparison(scenario.id, title, scenario.about, changes, series, other.record)


def _change(name: str, says: str, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> ForecastChange:
    low, high = paired_interval(int((after & ~before).sum()), int((before & ~after).sum()), len(before))
    base, p = float(before.mean()), float(after.mean())
    return ForecastChange(name, says, base, p, p - base, low, high)


def paired_interval(gained: int, lost: int, draws: int) -> tuple[float, float]:
    """90% interval of a difference of two shares on the same draws.

    ``gained`` draws hold only with the change, ``lost`` only without it. Wald's interval after half a draw is added to
    each of the four cells (Agresti & Min 2005, section 3).
    """
    n, b, c = draws + 2, gained + 0.5, lost + 0.5
    middle = (b - c) / n
    half = Z90 * math.sqrt(((b + c) / n - middle**2) / n)
    return max(middle - half, -1.0), min(middle + half, 1.0)


def _ends(base: Runs, other: Runs, name: str) -> SeriesChange:
    saved = base.saved[base.names.index(name)]
    with np.errstate(invalid="ignore"):  # infinite less infinite, in draws that failed
        difference = other[name][-1] - base[name][-1]
    finite = difference[np.isfinite(difference)]
    low, median, high = np.quantile(finite, (0.05, 0.5, 0.95)) if finite.size else (math.nan,) * 3
    higher, lower = (float(np.mean(side)) if finite.size else 0.0 for side in (finite > 0, finite < 0))
    label = saved.label or saved.name
    return SeriesChange(name, label, saved.unit, float(base.times[-1]), higher, lower,
                        float(median), float(low), float(high))  # fmt: skip
