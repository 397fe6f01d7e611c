"""Fans: quantiles over the draws of shown variables and of observed series, with the data on them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.observation import Observation
from wherenow.case.reading.measures import observation_factor
from wherenow.claims.checking.formula_check import Checked, check_formula
from wherenow.claims.evaluation.robustness import quantity
from wherenow.claims.evaluation.signals import Signal, Signals, interpolate
from wherenow.claims.evaluation.sources import declared_model, run_signals
from wherenow.claims.formulas.claim_syntax import Series
from wherenow.claims.formulas.formula import parse_formula
from wherenow.ensemble.runs import Ensemble, quantiles_over_draws
from wherenow.errors import UsageError, did_you_mean
from wherenow.model.model_types import Kind
from wherenow.outlook.outlook_types import SHARES, Array, Datum, Fan

MOST = 12
"""Maximum number of variables shown for a case that names none."""


def to_show(case: Case) -> tuple[str, ...]:
    """Return the names that the case's outlook shows; if it names none, its first stocks, or other computed
    variables.
    """
    kinds = {name: variable.kind for name, variable in case.model.variables.items()}
    stocks = [name for name, kind in kinds.items() if kind is Kind.STOCK]
    computed = [name for name, kind in kinds.items() if kind is not Kind.LOOKUP]
    return case.outlook.show or tuple((stocks or computed)[:MOST])


def shown_names(case: Case, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scalars to show; an array's name covers all its elements.

    Raises UsageError for a name that the model does not have.
    """
    units = declared_model(case).units[""]
    found: dict[str, None] = {}
    for name in names:
        matched = [n for n in units if n == name or n.startswith(f"{name}[")]
        if not matched:
            raise UsageError(f"there is no variable {name!r} to show", did_you_mean(name, units))
        found.update(dict.fromkeys(matched))
    return tuple(found)


@lru_cache(maxsize=8)
def read_observations(case: Case) -> dict[str, tuple[Observation, Checked]]:
    """Return the observations with their formulas. Raises InputError if a formula is invalid."""
    declared = declared_model(case)
    return {
        name: (observation, check_formula(parse_formula(observation.of), declared, signal=True))
        for name, observation in case.observations.items()
    }


def shown_fans(case: Case, runs: Ensemble, names: tuple[str, ...]) -> tuple[Fan, ...]:
    """Return a fan for each scalar name, with the data of the first series that observes it directly, in its
    own unit.
    """
    observed = {c.formula.root: name for name, (_, c) in reversed(read_observations(case).items())}
    fans = []
    for name in names:
        saved = runs.saved[runs.names.index(name)]
        series = _in_model_unit(case, observed.get(_plain(name), ""))
        label = saved.label or saved.variable
        if saved.elements:
            label = f"{label}: {', '.join(e.replace('_', ' ') for e in saved.elements)}"
        central = runs.at_centre(name)
        fans.append(_fan(name, label, saved.unit, runs.times, runs[name], central, series))
    return tuple(fans)


def observed_fans(case: Case, runs: Ensemble) -> tuple[Fan, ...]:
    """Return a fan for each observation formula, with its data: how well the ensemble fits the data."""
    signals = run_signals(case, runs)
    middles = {n: Signal(runs.times, v[:, None]) for n, v in zip(runs.names, runs.central, strict=True)}
    central = Signals(declared_model(case), {"": middles})
    fans = []
    for name, (_, checked) in read_observations(case).items():
        if name not in case.data:
            continue
        over, middle = quantity(checked, signals), quantity(checked, central)
        assert over.times is not None
        series, factor = case.data[name], observation_factor(case, name)
        values, centre = factor * over.values, factor * middle.values[:, 0]
        fans.append(_fan(str(checked.formula), name, series.unit, over.times, values, centre, series))
    return tuple(fans)


def _in_model_unit(case: Case, name: str) -> DataSeries | None:
    """Return the data of an observed series in the unit of the observed variable; None if there are none."""
    if name not in case.data:
        return None
    series, factor = case.data[name], observation_factor(case, name)
    return series if factor == 1.0 else replace(series, values=series.values / factor)


def _plain(name: str) -> Series:
    variable, _, rest = name.partition("[")
    return Series(variable, tuple(rest.removesuffix("]").split(",")) if rest else ())


def _fan(
    name: str, label: str, unit: str, times: Array, values: Array, central: Array, series: DataSeries | None
) -> Fan:
    quantiles = quantiles_over_draws(values, SHARES)
    if series is None or not len(series):
        return Fan(name=name, label=label, unit=unit, times=times, quantiles=quantiles, central=central)
    band = interpolate(times, quantiles[[0, -1]].T, np.asarray(series.times, float))
    within = ~np.isnan(band).any(axis=1)
    inside = (band[:, 0] <= series.values) & (series.values <= band[:, 1])
    share = float(inside[within].mean()) if within.any() else None
    return Fan(
        name=name,
        label=label,
        unit=unit,
        times=times,
        quantiles=quantiles,
        central=central,
        series=series.name,
        data=Datum.all_of(series),
        inside=share,
    )
