"""Check how a posterior fits: the share of data in bands of replicated data, and each datum predicted from all others.

A posterior has been fitted to the data that its bands are compared with, and a series of n data can lie wholly within a
90% band by chance (0.9^n for independent data, more often if the discrepancy persists). So every count comes with its
range in nine of ten data sets if the model is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.inference.checking.leave_one_out import LeaveOneOut, leave_one_out
from wherenow.inference.likelihood.density import likelihood
from wherenow.inference.posterior import Posterior
from wherenow.inference.predict import replicated

DRAWS = 1000
"""Draws of the posterior for judging a fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFit:
    """How one series fits the posterior: the number of data, the shares in the 50% and 90% bands, and what a mean PIT
    other than 1/2 says.

    ``bias`` is the mean share of replicated data below a datum, minus a half: positive if data are high. ``p`` is the
    posterior predictive p-value of the distance of data from the middle: the share of replicated data sets whose mean
    distance from their median, in units of the band, exceeds the data's. Near 0 the data are further off than the model
    allows, near 1 closer than it expects. ``discrepancy`` is the median size of the model's discrepancy, in the error's
    scale, and ``error`` the median factor by which the stated error is multiplied.

    ``likely`` is the range of the number of data in the 90% band in nine of ten replicated data sets; ``all_inside``
    the share of these with all data inside. ``leave_one_out`` has the leave-one-out predictions; it is None if the
    model's value does not depend on the parameters, as for a series that it reads: such a series checks nothing.
    """

    series: str  # name of the data series
    data: int  # number of data
    in_half: float  # share of data in the 50% bands
    in_ninety: float  # share of data in the 90% bands
    bias: float
    discrepancy: float | None
    p: float
    error: float | None = None
    likely: tuple[int, int] = (0, 0)
    all_inside: float = 0.0
    leave_one_out: LeaveOneOut | None = None

    @property
    def inside(self) -> int:
        """The number of data in the 90% band."""
        return round(self.in_ninety * self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over all series that check something.

    They are the number of data, how many lie in the 90% and 50% intervals of their leave-one-out predictive
    distributions, the range of each in nine of ten correct models, and the PITs in ten equal bins.
    """

    data: int  # number of data
    ninety: int  # number of data in the 90% intervals
    ninety_likely: tuple[int, int]  # range of ``ninety`` in nine of ten correct models
    half: int  # number of data in the 50% intervals
    half_likely: tuple[int, int]  # range of ``half`` in nine of ten correct models
    bins: tuple[int, ...]  # numbers of probability integral transforms in each tenth, lowest first

    @property
    def sentence(self) -> str:
        low, high = self.ninety_likely
        return (
            f"each predicted from the others, {self.ninety} of {self.data} data lie in the 90% intervals "
            f"({low} to {high} expected) and {self.half} in the 50% ones "
            f"({self.half_likely[0]} to {self.half_likely[1]})"
        )


def checking(rows: Iterable[SeriesFit]) -> tuple[SeriesFit, ...]:
    """Return the fits that check something: not those of series that the model reads."""
    return tuple(row for row in rows if row.leave_one_out is not None)


def share_inside(rows: Iterable[SeriesFit]) -> float:
    """Return the share of data in the 90% bands, over the fits that check something."""
    checked = checking(rows)
    return sum(row.inside for row in checked) / max(sum(row.data for row in checked), 1)


def tally(rows: Iterable[SeriesFit]) -> Tally:
    """Return the counts over all series."""
    checks = [row.leave_one_out for row in rows if row.leave_one_out is not None]
    pits = np.array([pit for series in checks for pit in series.pits])
    ninety, half = (sum(series.inside(share) for series in checks) for share in (0.9, 0.5))
    bins = np.bincount(np.minimum((pits * 10).astype(int), 9), minlength=10)
    n = len(pits)
    return Tally(
        data=n,
        ninety=ninety,
        ninety_likely=binomial_range(n, 0.9),
        half=half,
        half_likely=binomial_range(n, 0.5),
        bins=tuple(int(b) for b in bins),
    )


def binomial_range(n: int, share: float, within: float = 0.9) -> tuple[int, int]:
    """Return the central range of the number among ``n`` independent events of probability ``share``.

    It excludes at either end as much as possible without exceeding half of what is not ``within``.
    """
    upto = scipy.special.bdtr(np.arange(n + 1), n, share)
    return int(np.searchsorted(upto, (1 - within) / 2)), int(np.searchsorted(upto, (1 + within) / 2))


def fit(case: Case, posterior: Posterior, seed: int = 0, threads: int | None = None) -> tuple[SeriesFit, ...]:
    """Return the posterior predictive check of every observed series (Gelman, Meng & Stern 1996)."""
    target = likelihood(case, threads)
    values = posterior.chosen(DRAWS, seed)
    paths = target.observer.predict(target.space.names, values)
    discrepancy = target.discrepancy(posterior.flat)
    row_of = {g.name: row for row, g in enumerate(target.gaussians)}
    others = leave_one_out(target, values, paths)
    rows = []
    for name, predicted in replicated(case, target, values, paths, seed).items():
        data = case.data[name].values[np.isin(case.data[name].times, predicted.times)]
        low, quarter, three, high = np.quantile(predicted.values, (0.05, 0.25, 0.75, 0.95), axis=1)
        share = (predicted.values < data[:, None]).mean()
        within = ((low[:, None] <= predicted.values) & (predicted.values <= high[:, None])).sum(axis=0)
        row = row_of.get(name)
        rows.append(
            SeriesFit(
                series=name,
                data=len(data),
                in_half=float(np.mean((quarter <= data) & (data <= three))),
                in_ninety=float(np.mean((low <= data) & (data <= high))),
                bias=float(share) - 0.5,
                discrepancy=None if row is None else float(np.median(discrepancy.sizes[row])),
                p=_distance_p(predicted.scale.to(predicted.values), predicted.scale.to(data)),
                error=None if row is None else float(np.median(discrepancy.errors[row])),
                likely=(int(np.quantile(within, 0.05)), int(np.quantile(within, 0.95))),
                all_inside=float((within == len(data)).mean()),
                leave_one_out=None if predicted.given else others[name],
            )
        )
    return tuple(rows)


def _distance_p(replicates: Array, data: Array) -> float:
    """Return how often a replicated set is further from the medians, on average over its data, than ``data``."""
    middle = np.median(replicates, axis=1)
    spread = np.maximum(np.quantile(np.abs(replicates - middle[:, None]), 0.9, axis=1), 1e-300)
    apart = np.abs((replicates - middle[:, None]) / spread[:, None]).mean(axis=0)
    observed = float(np.abs((data - middle) / spread).mean())
    return float(((apart > observed).sum() + 0.5 * (apart == observed).sum()) / len(apart))
