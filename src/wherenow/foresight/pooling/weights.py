"""Weights of the ingredients: stacking on past origins, partially pooled, with a correction for hindsight.

Weights maximise the log score of past forecasts (Yao, Vehtari, Simpson & Gelman 2018, "Using stacking to average
Bayesian predictive distributions", Bayesian Analysis 13) under a Dirichlet prior, so that two data points have little
influence. They are learned in levels: for all forecasts, then by horizon with the first as prior, then by series and
horizon with the second as prior.

The authors of a structure knew the record, so its forecasts of that record look better than those of new data will be.
For a model with ``k`` parameters chosen on ``N`` data, the difference is k/(N − k − 1) nats a datum (:func:`optimism`).
This part of the model's gain over history earns no weight: the excess of the model's weight over its prior weight is
multiplied by the share of the gain that remains (heuristic shrinkage; van Houwelingen & le Cessie 1990, "Predictive
value of statistical models", Statistics in Medicine 9).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.model_forecasts import CORRECTED, FITTED

MODELS = (FITTED, CORRECTED)
_SHARE = 1 / 3
"""The model's weight before any evidence."""
_ALL, _LEVEL = 6.0, 15.0
"""The weight of a prior, in forecasts: for all forecasts, and for a level below."""
_SPLIT = 2.0
"""The same for the split between model and history: one forecast each, as in the rule of succession."""
_HISTORIES = {"random walk": 0.35, "analogues": 0.25}
"""Prior weights of histories above 0.1: on short series simple methods do best (Makridakis &
Hibon 2000, "The M3-Competition", International Journal of Forecasting 16)."""
_CORRECTED = 0.6
"""The prior share of the corrected forecast in the model's weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One past forecast of one datum.

    Parameters
    ----------
    series, horizon : the series and the horizon class.
    origin, time : the date of the forecast, and the date that it is for.
    densities : the log density of the datum, by ingredient.
    """

    series: str
    horizon: int
    origin: float
    time: float
    densities: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weight of each ingredient, by (series, horizon class); ``None`` matches any."""

    table: Mapping[tuple[str | None, int | None], Mapping[str, float]]

    def of(self, series: str, horizon: int, available: Sequence[str]) -> dict[str, float]:
        """Return the weights of the ``available`` ingredients, which sum to 1.

        The weight of a missing ingredient goes to its own kind: the model's weight stays with the model while any of
        its forecasts is available.
        """
        table = self.table
        learned = table.get((series, horizon)) or table.get((None, horizon)) or table[None, None]
        groups = [[i for i in available if (i in MODELS) is model] for model in (True, False)]
        totals = [sum(w for i, w in learned.items() if (i in MODELS) is model) for model in (True, False)]
        if not groups[0] or not groups[1]:
            totals = [1.0, 1.0]
        weights: dict[str, float] = {}
        for group, total in zip(groups, totals, strict=True):
            inner = np.array([max(learned.get(i, 0.0), 1e-9) for i in group])
            weights |= {i: float(total * w) for i, w in zip(group, inner / max(inner.sum(), 1e-300), strict=True)}
        return weights


def optimism(parameters: int, data: int) -> float:
    """Return the optimism, in nats per datum, of a structure with ``parameters`` chosen on ``data``.

    Source: Hurvich & Tsai 1989, "Regression and time series model selection in small samples", Biometrika 76. Each
    parameter counts as one choice made with the record. The result is infinite with too few data.
    """
    return parameters / (data - parameters - 1) if data > parameters + 1 else np.inf


def learn(evidence: Sequence[Evidence], histories: Sequence[str], hindsight: float = 0.0) -> Weights:
    """Learn weights from past forecasts.

    Parameters
    ----------
    evidence : past forecasts and the density that each ingredient gave the outcome.
    histories : the names of the ingredients that come from the series alone.
    hindsight : the optimism of the model's forecasts, in nats per datum; 0 for a model older than the evidence.
    """
    count = counts(evidence)
    usual = np.array([_HISTORIES.get(h, 0.1) for h in histories])
    prior = {
        **dict(zip(histories, ((1 - _SHARE) * usual / usual.sum()).tolist(), strict=True)),
        FITTED: _SHARE * (1 - _CORRECTED),
        CORRECTED: _SHARE * _CORRECTED,
    }
    table: dict[tuple[str | None, int | None], Mapping[str, float]] = {}
    table[None, None] = _fit(evidence, count, prior, _ALL, _SPLIT)
    for horizon in sorted({e.horizon for e in evidence}):
        rows = [i for i, e in enumerate(evidence) if e.horizon == horizon]
        table[None, horizon] = _fit([evidence[i] for i in rows], count[rows], table[None, None], _LEVEL, _LEVEL)
        for series in sorted({evidence[i].series for i in rows}):
            own = [i for i in rows if evidence[i].series == series]
            table[series, horizon] = _fit([evidence[i] for i in own], count[own], table[None, horizon], _LEVEL, _LEVEL)
    retained = _retained(evidence, count, table[None, None], hindsight)
    return Weights({key: _shrunk(weights, retained) for key, weights in table.items()})


def _retained(evidence: Sequence[Evidence], count: Array, weights: Mapping[str, float], hindsight: float) -> float:
    """Return the share of the model's gain over history that hindsight in its structure does not explain."""
    logs, model = _logs(evidence, tuple(weights))
    current = np.array(list(weights.values()))
    gain = mixture(logs[:, model], current[model]) - mixture(logs[:, ~model], current[~model])
    finite = np.isfinite(gain)
    total = float(count[finite] @ gain[finite])
    return 1.0 if total <= 0 else max(0.0, 1 - hindsight * float(count[finite].sum()) / total)


def _shrunk(weights: Mapping[str, float], kept: float) -> dict[str, float]:
    """Multiply the excess of the model's weight over its prior weight by ``kept``."""
    share = sum(w for n, w in weights.items() if n in MODELS)
    if share <= _SHARE:
        return dict(weights)
    shrunk = _SHARE + kept * (share - _SHARE)
    return {n: w * (shrunk / share if n in MODELS else (1 - shrunk) / (1 - share)) for n, w in weights.items()}


def _logs(evidence: Sequence[Evidence], names: tuple[str, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """Return log densities ``[forecast, ingredient]``, NaN if missing, and which ingredients are the model's."""
    logs = np.array([[e.densities.get(n, np.nan) for n in names] for e in evidence]).reshape(len(evidence), len(names))
    return logs, np.array([n in MODELS for n in names])


def counts(evidence: Sequence[Evidence]) -> Array:
    """Weight forecasts so that those of one series, origin and horizon class count as one together."""
    keys = [(e.series, e.origin, e.horizon) for e in evidence]
    number = Counter(keys)
    return np.array([1 / number[k] for k in keys])


def _fit(
    evidence: Sequence[Evidence], count: Array, prior: Mapping[str, float], pseudo: float, between: float
) -> dict[str, float]:
    """Fit the weights of one level: within the histories, within the model's forecasts, and between the two."""
    logs, model = _logs(evidence, tuple(prior))
    inner = np.array(list(prior.values()))
    share = inner[model].sum()
    for group in (model, ~model):
        within = inner[group] / inner[group].sum()
        inner[group] = stack(logs[:, group], count, within, pseudo * (0.5 if group is model else 1.0))
    mixed = np.stack([mixture(logs[:, group], inner[group]) for group in (model, ~model)], axis=1)
    both = np.isfinite(mixed).all(axis=1)
    split = stack(mixed[both], count[both], np.array([share, 1 - share]), between)
    inner[model] *= split[0]
    inner[~model] *= split[1]
    return dict(zip(prior, inner.tolist(), strict=True))


def mixture(logs: Array, weights: Array) -> Array:
    """Return the log density of a mixture of the ingredients with a density; NaN if all are NaN."""
    available = np.isfinite(logs)
    total = (available * weights).sum(axis=1)
    top = np.where(available, logs, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = (np.where(available, np.exp(logs - top[:, None]), 0.0) * weights).sum(axis=1)
        return np.where(available.any(axis=1), top + np.log(density / total), np.nan)


def stack(logs: Array, count: Array, prior: Array, pseudo: float, rounds: int = 200) -> Array:
    """Maximise Σ count·log(mixture) + Σ pseudo·prior·log(weight) over weights, by expectation–maximisation.

    Parameters
    ----------
    logs : log densities ``[forecast, ingredient]``, NaN if an ingredient made no forecast; it is then replaced by
        the mixture of the others.
    count : the weight of each forecast, ``[forecast]``.
    prior : weights before any evidence, ``[ingredient]``.
    pseudo : the number of forecasts that the prior is worth.
    """
    rows = np.isfinite(logs).any(axis=1)
    logs, count = logs[rows], count[rows]
    if not len(logs):
        return prior.copy()
    available = np.isfinite(logs)
    top = np.where(available, logs, -np.inf).max(axis=1, keepdims=True)
    density = np.where(available, np.exp(np.maximum(logs - top, -700)), 0.0)
    weights, total = prior.copy(), pseudo + count.sum()
    missing = (~available).astype(float) if not available.all() else None
    for _ in range(rounds):
        parts = density * weights
        part = parts / parts.sum(axis=1, keepdims=True)
        if missing is not None:  # the mixture of the others replaces a missing ingredient, which so keeps its weight
            part = part * (1 - missing @ weights)[:, None] + missing * weights
        updated = (pseudo * prior + count @ part) / total
        if np.abs(updated - weights).max() < 1e-6:
            break
        weights = updated
    return np.asarray(weights)
