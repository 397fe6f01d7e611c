"""Planted worlds: series with a mechanism that a model knows, misses, or has wrong, forecast from many origins.

In every world a series drifts by a mechanism (a wave of known phase) on top of a random walk. The model knows the
mechanism, or has it wrong in one way. Its forecast as fitted starts from its own level and believes its own spread; the
corrected forecast and the histories are made by the product's own code.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wherenow.case.case_types import DataSeries
from wherenow.errors import Text
from wherenow.foresight.ingredients.history import ANALOGUES, METHODS, analogues
from wherenow.foresight.ingredients.level import Known, filtered, steps, walk
from wherenow.foresight.ingredients.model_forecasts import CORRECTED, FITTED
from wherenow.foresight.ingredients.record import record
from wherenow.foresight.trials.trial import Origin, Trial, judge
from wherenow.inference.likelihood.measurement_error import ErrorScale

HORIZONS = (1.0, 2.0, 3.0)
YEARS = 36
NOW = YEARS - 3
"""The first year of which nothing was known when a structure was chosen with hindsight."""
SIMPLE = ("random walk", "drift", "climatology")
"""The histories that are quick enough for hundreds of worlds."""
KINDS = ("true", "missing mechanism", "wrong sign", "wrong level", "overconfident", "regime change")
NOTHING = "no mechanism"
"""Random walks: any structure that forecasts them does so by hindsight."""
STEP, WAVE, PERIOD = 0.5, 2.0, 9.0
CHANGE, NEW_DRIFT = 22, 1.0
"""From when on, in the world with a regime change, everything also drifts by this much a year."""


def series(name: str, times: np.ndarray, values: np.ndarray) -> DataSeries:
    n = len(times)
    return DataSeries(
        name=name,
        dates=tuple(f"{t:g}" for t in times),
        times=times,
        values=values,
        unit="1",
        source=("ours",) * n,
        licence=("none",) * n,
        quality=("read",) * n,
        note=("",) * n,
        text=Text(name),
    )


def world(kind: str, seed: int, number: int = 8, draws: int = 400, chosen: int = 0) -> list[Origin]:
    """Forecasts of ``number`` series from each year of the second and last thirds of the record.

    Where ``chosen`` is given, the structure is chosen with hindsight: the model has, beside its mechanism, a curve
    for each series, with that number of terms, that fits the whole record up to :data:`NOW`.
    """
    rng = np.random.default_rng([seed, (*KINDS, NOTHING).index(kind)])
    times = np.arange(YEARS, dtype=float)
    phase = rng.uniform(0, PERIOD, number)
    waves = WAVE * np.sin(2 * np.pi * (times[:, None] + phase) / PERIOD)
    waves *= kind != NOTHING
    y = 20 + waves + np.cumsum(STEP * rng.standard_normal((YEARS, number)), axis=0)
    if kind == "regime change":
        y += NEW_DRIFT * np.maximum(times - CHANGE, 0)[:, None]
    path = 20 + _mechanism(kind, waves)
    if chosen:
        curve = np.cos(np.pi * np.arange(chosen) * (times[:, None] + 0.5) / NOW)
        path += curve @ np.linalg.lstsq(curve[:NOW], (y - path)[:NOW], rcond=None)[0]
    return [_origin(kind, t, times, y, path, rng, draws) for t in range(10, YEARS - 1)]


def _origin(kind, t, times, y, path, rng, draws):
    names = [f"s{i}" for i in range(y.shape[1])]
    records = {n: record(series(n, times[: t + 1], y[: t + 1, i])) for i, n in enumerate(names)}
    what = Known(records, steps(records))
    dates = times[t + 1 : t + 4]
    made, came = {}, {}
    residuals = {
        n: replace(r, y=y[: t + 1, i] - path[: t + 1, i], scale=ErrorScale())
        for i, (n, r) in enumerate(records.items())
    }
    wandering = steps(residuals)
    for i, name in enumerate(names):
        ahead = path[t + 1 : t + 4, i][:, None]
        last = y[t, i] - path[t, i] if kind != "wrong level" else 0.0
        fitted = ahead + last + _noise(kind, len(dates), rng, draws)
        x = residuals[name]
        known = filtered(x.times, x.y[:, None], x.wide, x.starts, wandering[name].step, wandering[name].noise)
        corrected = ahead + walk(known, float(t), dates, wandering[name], rng, draws)
        r, m = records[name], what.steps[name]
        histories = {n: METHODS[n](r, m, dates, rng, draws) for n in SIMPLE}
        histories[ANALOGUES] = analogues(what, name, dates, rng, draws)
        made[name] = {FITTED: fitted, CORRECTED: corrected} | {
            n: r.back(v) for n, v in histories.items() if v is not None
        }
        came[name] = y[t + 1 : t + 4, i]
    return Origin(origin=float(t), what=what, dates=dict.fromkeys(names, dates), came=came, draws=made)


def _mechanism(kind, waves):
    match kind:
        case "missing mechanism":
            return np.zeros_like(waves)
        case "wrong sign":
            return -waves
        case "wrong level":
            return waves + 2.5
        case _:
            return waves


def _noise(kind, n, rng, draws):
    size = STEP / 5 if kind == "overconfident" else STEP
    return np.cumsum(size * rng.standard_normal((n, draws)), axis=0)


def tried(kind: str, seed: int, **settings) -> Trial:
    """A world, judged as forecast by a model that was written before all of it."""
    return judge(kind, world(kind, seed, **settings), HORIZONS)
