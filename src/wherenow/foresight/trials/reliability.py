"""The reliability of probabilities: isotonic regression, score decomposition, track records.

The reliability curve is the isotonic regression of outcomes on stated probabilities, and splits the Brier score into
miscalibration, discrimination and uncertainty (CORP; Dimitriadis, Gneiting & Jordan 2021, "Stable reliability diagrams
for probabilistic classifiers", PNAS 118). Consistency bands show where the curve would lie if the probabilities were
right, allowing for questions that overlap in time and therefore have correlated outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.distributions.families import Array

_EDGES = np.round(np.arange(0.0, 1.01, 0.1), 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reliability:
    """A comparison of probabilities with outcomes.

    Parameters
    ----------
    said, curve : the stated probabilities, ascending, and the fitted frequency of outcomes (isotonic).
    low, high : the 90% consistency band of the curve.
    brier, log : mean scores.
    miscalibration, discrimination, uncertainty : brier = miscalibration − discrimination + uncertainty.
    miscalibration_high : the 95% quantile of the miscalibration of correct probabilities.
    """

    said: Array
    curve: Array
    low: Array
    high: Array
    brier: float
    log: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    miscalibration_high: float

    @property
    def calibrated(self) -> bool:
        """Whether the miscalibration is no more than that of correct probabilities."""
        return self.miscalibration <= self.miscalibration_high


def reliability(p: Array, came: NDArray[np.bool_], worlds: NDArray[np.bool_]) -> Reliability:
    """Judge probabilities.

    Parameters
    ----------
    p : stated probabilities, ``[question]``.
    came : outcomes, ``[question]``.
    worlds : simulated outcomes if the probabilities were right, ``[question, world]``.
    """
    order = np.argsort(p, kind="stable")
    p, outcomes, others = p[order], came[order].astype(float), worlds[order].astype(float)
    curve = fitted(p, outcomes)
    curves = np.stack([fitted(p, world) for world in others.T], axis=1)
    miscalibrations = [np.mean((p - w) ** 2) - np.mean((curves[:, i] - w) ** 2) for i, w in enumerate(others.T)]
    low, high = np.quantile(curves, (0.05, 0.95), axis=1)
    brier = float(np.mean((p - outcomes) ** 2))
    uncertainty = float(outcomes.mean() * (1 - outcomes.mean()))
    calibrated = float(np.mean((curve - outcomes) ** 2))
    return Reliability(
        said=p,
        curve=curve,
        low=low,
        high=high,
        brier=brier,
        log=log_score(p, outcomes),
        miscalibration=brier - calibrated,
        discrimination=uncertainty - calibrated,
        uncertainty=uncertainty,
        miscalibration_high=float(np.quantile(miscalibrations, 0.95)),
    )


def fitted(p: Array, came: Array) -> Array:
    """Compute the isotonic regression of ``came`` on the ascending ``p``; equal probabilities share one value."""
    from scipy.optimize import isotonic_regression  # slow to import, and single questions do not need it

    stated, first, counts = np.unique(p, return_index=True, return_counts=True)
    means = np.add.reduceat(came, first) / counts
    curve = isotonic_regression(means, weights=counts.astype(float)).x
    return np.asarray(curve[np.searchsorted(stated, p)])


def log_score(p: Array, came: Array | NDArray[np.bool_]) -> float:
    """Return the mean negative logarithm of the probability of the outcome."""
    return float(-np.mean(np.log(np.clip(np.where(came > 0, p, 1 - p), 1e-12, 1.0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The track record of probabilities from ``low`` to ``high``.

    Parameters
    ----------
    questions, came : the number of past questions with such a probability, and how many of them came true.
    least, most : how many would come true if the probabilities were right (90% consistency band).
    """

    low: float
    high: float
    questions: int
    came: int
    least: int
    most: int

    def __str__(self) -> str:
        if not self.questions:
            return f"no past question had a probability of {self.low:.0%}–{self.high:.0%}"
        return f"of {self.questions} questions given {100 * self.low:.0f}–{self.high:.0%}, {self.came} came true"


def track_record(p: Array, came: NDArray[np.bool_], worlds: NDArray[np.bool_]) -> tuple[Track, ...]:
    """Compute the track record by tenths of probability."""
    tenth = tenths(p)
    tracks = []
    for k in range(10):
        rows = tenth == k
        sums = worlds[rows].sum(axis=0) if rows.any() else np.zeros(1)
        least, most = np.quantile(sums, (0.05, 0.95))
        tracks.append(
            Track(
                low=float(_EDGES[k]),
                high=float(_EDGES[k + 1]),
                questions=int(rows.sum()),
                came=int(came[rows].sum()),
                least=int(np.floor(least)),
                most=int(np.ceil(most)),
            )
        )
    return tuple(tracks)


def tenths(p: Array) -> NDArray[np.intp]:
    """Return the index of the tenth that contains each probability."""
    return np.minimum((np.round(np.asarray(p), 6) * 10 + 1e-9).astype(np.intp), 9)


def worlds_of(
    p: Array, up: NDArray[np.bool_], series: Sequence[str], start: Array, stop: Array, n: int, seed: int = 0
) -> NDArray[np.bool_]:
    """Simulate outcomes in ``n`` worlds where the probabilities are right, ``[question, world]``.

    In each world every series follows its own random walk. A question comes true if the walk's change from ``start`` to
    ``stop`` is among the share ``p`` of the largest changes (``up``) or else of the smallest. Questions that overlap in
    time are therefore correlated as real ones are.

    Parameters
    ----------
    p, up, series, start, stop : one value per question.
    """
    rng = np.random.default_rng(seed)
    names = np.array(series)
    out = np.zeros((len(p), n), bool)
    for name in dict.fromkeys(series):
        rows = names == name
        times, number = np.unique(np.concatenate([start[rows], stop[rows]]), return_inverse=True)
        walk = np.cumsum(
            np.sqrt(np.diff(times, prepend=times[0]))[:, None] * rng.standard_normal((len(times), n)), axis=0
        )
        first, last = np.split(number, 2)
        rank = scipy.special.ndtr((walk[last] - walk[first]) / np.sqrt(stop[rows] - start[rows])[:, None])
        share = p[rows][:, None]
        out[rows] = np.where(up[rows][:, None], rank > 1 - share, rank < share)
    return out
