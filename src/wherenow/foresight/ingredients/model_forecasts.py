"""The model's predictive distribution of the data, and the same with its intercept corrected.

The predictive distribution is the model's path with the discrepancy carried forward and measurement error. The
discrepancy reverts to zero, so a model that is at the wrong level at the cut-off is pulled back to that level. The
*corrected* forecast takes the level from the latest data and only the change from the model, and continues the
difference between data and model as a random walk (intercept correction; Clements & Hendry 1996, "Intercept corrections
and structural change", Journal of Applied Econometrics 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.level import filtered, steps, walk
from wherenow.foresight.ingredients.record import Record
from wherenow.inference.posterior import Posterior
from wherenow.inference.predict import Predicted, ahead

FITTED, CORRECTED = "model as fitted", "model, intercept corrected"


@dataclass(frozen=True, slots=True, eq=False)
class FittedStructure:
    """A fitted structure of the model, the case as written or a variant of it, and its weight."""

    name: str
    case: Case
    posterior: Posterior
    weight: float


def shares(structures: tuple[FittedStructure, ...], draws: int) -> list[int]:
    """Divide ``draws`` among the structures in proportion to their weights."""
    weights = np.array([s.weight for s in structures])
    edges = np.round(draws * np.cumsum(weights) / weights.sum()).astype(int)
    return [int(n) for n in np.diff(edges, prepend=0)]


def model_forecasts(
    structures: tuple[FittedStructure, ...],
    records: Mapping[str, Record],
    at: Mapping[str, Array],
    seed: int = 0,
    draws: int = 1000,
    threads: int | None = None,
) -> dict[str, dict[str, Array]]:
    """Draw data at dates after the cut-off, jointly over series and time.

    Parameters
    ----------
    structures : the fitted structures; draws are divided among them by weight.
    records : the known data of the series.
    at : dates after the last datum, by series; series that the model does not observe are left out.

    Returns
    -------
    Draws ``[date, draw]`` in the series' unit, by series and ingredient (:data:`FITTED`, :data:`CORRECTED`). A series
    whose path is an input to the model is left out, because the model does not forecast it.
    """
    parts: list[dict[str, dict[str, Array]]] = []
    for structure, n in zip(structures, shares(structures, draws), strict=True):
        if n:
            dates = {s: t for s, t in at.items() if s in structure.case.observations and s in records}
            predicted = ahead(structure.case, structure.posterior, dates, seed, n, threads) if dates else {}
            parts.append(_both({s: p for s, p in predicted.items() if not p.given}, records, seed))
    if not parts:
        return {}
    mixed = np.random.default_rng(seed).permutation(draws)  # shuffle, so that any part has draws of all structures
    return {
        series: {i: np.concatenate([part[series][i] for part in parts], axis=1)[:, mixed] for i in parts[0][series]}
        for series in parts[0]
        if all(series in part for part in parts)
    }


def _both(predicted: Mapping[str, Predicted], records: Mapping[str, Record], seed: int) -> dict[str, dict[str, Array]]:
    residuals = {name: _residuals(p, records[name]) for name, p in predicted.items()}
    typical = {name: replace(r, y=np.median(paths, axis=1)) for name, (r, paths) in residuals.items()}
    moves = steps(typical)
    forecasts: dict[str, dict[str, Array]] = {}
    for number, (name, p) in enumerate(predicted.items()):
        r, paths = residuals[name]
        rng = np.random.default_rng([seed, number])
        level = filtered(r.times, paths, r.wide, r.starts, moves[name].step, moves[name].noise)
        errors = walk(level, float(r.times[-1]), p.times, moves[name], rng, p.path.shape[1])
        forecasts[name] = {FITTED: r.back(r.scale.to(p.values)), CORRECTED: r.back(r.scale.path(p.path) + errors)}
    return forecasts


def _residuals(p: Predicted, record: Record) -> tuple[Record, Array]:
    """Return the data within the run as a record, and data minus model on the scale, ``[datum, draw]``."""
    within = np.isin(record.times, p.fitted_at)
    r = replace(
        record, times=record.times[within], y=record.y[within], wide=record.wide[within], starts=record.starts[within]
    )
    return r, r.y[:, None] - record.scale.path(p.fitted)
