"""The basis of an outlook: how the model fits, what the data taught, what could not be learned, and how far the
probabilities depend on thresholds and priors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.simulated import simulated_content
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import run_signals
from wherenow.claims.findings import number
from wherenow.ensemble.draws import POSTERIOR, Draws
from wherenow.ensemble.runs import Array, Ensemble
from wherenow.foresight.trials.scorecard import Scorecard
from wherenow.foresight.trials.store import stored_trial
from wherenow.inference.checking.fit import SeriesFit, Tally, checking, fit, share_inside, tally
from wherenow.inference.checking.identifiability import Learned, learned
from wherenow.inference.checking.power_scaling import PriorShift, prior_shifts
from wherenow.inference.posterior import posterior_of
from wherenow.parts import content_of, part

MOST = 10
"""Maximum number of influential parameters that are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """The margin of a forecast in each draw, in ``unit`` ('' if relative); NaN if undefined."""

    id: str
    says: str
    unit: str
    values: Array

    def share(self, threshold: float) -> float:
        """Return the probability if the forecast were stricter by ``threshold``."""
        return float((self.values > threshold).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What a fit taught. ``fits``, ``taught`` and ``record`` are empty without a fit; ``backtest`` is None if none is
    stored.

    ``influences`` are those of the ``MOST`` parameters that a forecast depends on most; ``shifts`` say what other
    priors of the most important parameters would change.
    """

    margins: tuple[Margins, ...]  # margins of each forecast
    influences: tuple[Influence, ...]
    shifts: tuple[PriorShift, ...]
    fits: tuple[SeriesFit, ...] = ()
    taught: tuple[Learned, ...] = ()
    record: Mapping[str, Any] | None = None
    backtest: Scorecard | None = None

    @property
    def checked(self) -> tuple[SeriesFit, ...]:
        """The fits that check something: not those of series that the model reads."""
        return checking(self.fits)

    @property
    def inside(self) -> float:
        """The share of these data in the 90% bands."""
        return share_inside(self.fits)

    @property
    def leave_one_out(self) -> Tally:
        """Where the data lie in their leave-one-out predictive distributions."""
        return tally(self.fits)

    @property
    def pits(self) -> tuple[float, ...]:
        """The place of each datum in its leave-one-out predictive distribution."""
        return tuple(pit for fit in self.checked if fit.leave_one_out for pit in fit.leave_one_out.pits)

    @property
    def unlearned(self) -> tuple[Learned, ...]:
        """The parameters about which the data say next to nothing."""
        return tuple(row for row in self.taught if row.unlearned)

    @property
    def open(self) -> tuple[str, ...]:
        """The parameters that the answer depends on although the data say next to nothing about them."""
        silent = {row.name for row in self.unlearned}
        return tuple(i.name for i in self.influences if i.name in silent)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types; of margins, the quantiles at each twentieth."""
        shares = np.linspace(0.05, 0.95, 19)
        return {
            "margins": [{"id": m.id, "unit": m.unit, "quantiles": _quantiles(m.values, shares)} for m in self.margins],
            "influences": [{"name": i.name, "correlations": dict(i.correlations)} for i in self.influences],
            "prior_shifts": [asdict(s) for s in self.shifts],
            "fit": [asdict(f) for f in self.fits],
            "leave_one_out": asdict(self.leave_one_out) if self.fits else None,
            "learned": [{**asdict(row), "unlearned": row.unlearned} for row in self.taught],
            "backtest": None if self.backtest is None else self.backtest.to_dict(),
        }


def learning(case: Case, runs: Ensemble, forecasts: Mapping[str, Checked], threads: int | None = None) -> Learning:
    """Collect what the outlook on ``runs`` is based on. Fit and learning are those of the posterior stored beside the
    case.
    """
    signals = run_signals(case, runs)
    margins, holds = [], {}
    for name, checked in forecasts.items():
        found = robustness(checked, signals)
        values = np.array(np.broadcast_to(found.values, len(runs)))
        margins.append(Margins(name, case.claims[name].says, found.unit or "", values))
        holds[name] = np.array(found.truth(len(runs), f"the forecast '{name}'"))
    influential = influences_on({m.id: m.values for m in margins}, runs.draws, MOST)
    shifts = prior_shifts(case.priors, runs.draws.names, runs.draws.values, holds) if holds else ()
    shown = tuple(s for s in shifts if s.discernible)[:MOST]
    posterior = posterior_of(case) if runs.record.basis == POSTERIOR else None
    trial = stored_trial(case)
    card = trial.card if trial else None
    if posterior is None:
        return Learning(margins=tuple(margins), influences=influential, shifts=shown, backtest=card)
    read = content_of(simulated_content(case), posterior)
    return Learning(
        margins=tuple(margins),
        influences=influential,
        shifts=shown,
        fits=part("fit", lambda: fit(case, posterior, threads=threads), read),
        taught=part("learned", lambda: learned(case, posterior), read),
        record=posterior.record,
        backtest=card,
    )


def _quantiles(values: Array, shares: Array) -> list[float | str | None]:
    defined = values[~np.isnan(values)]
    if not defined.size:
        return [None] * len(shares)
    return [number(float(q)) for q in np.quantile(defined, shares, method="inverted_cdf")]


FAR = 3.3
"""Standard errors that one in a thousand unrelated parameters would exceed by chance (normal, two-sided)."""


@dataclass(frozen=True, slots=True)
class Influence:
    """A parameter and its rank correlation with the margin of each forecast, by the forecasts' ids."""

    name: str
    correlations: Mapping[str, float]

    @property
    def strongest(self) -> float:
        return max((abs(c) for c in self.correlations.values()), default=0.0)


def influences_on(margins: Mapping[str, Array], draws: Draws, most: int = 20) -> tuple[Influence, ...]:
    """Return the parameters that correlate most with a forecast's margin, the strongest first, without insignificant
    ones.

    Spearman's rank correlation between a parameter's draws and the forecast's ``margins[draw]``, over the draws in
    which these are finite.
    """
    if not draws.names or not margins:
        return ()
    drawn = _ranks(draws.values)
    by_forecast = {}
    for name, values in margins.items():
        defined = np.isfinite(values)
        rows = drawn if defined.all() else _ranks(draws.values[:, defined])
        by_forecast[name] = rows @ _ranks(values[None, defined])[0]
    found = [
        Influence(name, {f: float(values[i]) for f, values in by_forecast.items()})
        for i, name in enumerate(draws.names)
    ]
    least = FAR / math.sqrt(max(len(draws), 1))  # smallest significant rank correlation
    beyond = [influence for influence in found if influence.strongest >= least]
    return tuple(sorted(beyond, key=lambda influence: -influence.strongest)[:most])


def _ranked(row: Array) -> Array:
    """Return the ranks of values, with the mean rank for ties (scipy.stats takes long to import)."""
    _, places, counts = np.unique(row, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _ranks(rows: Array) -> Array:
    """Return ranks along each row, centred and of norm one, so that a product of two rows is their correlation."""
    ranks = np.array([_ranked(row) for row in rows])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    found: Array = centred / np.where(lengths > 0, lengths, 1.0)
    return found
