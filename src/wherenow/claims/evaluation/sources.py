"""The sources of a case's formulas: its data, its runs, and the declarations of both before any run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from wherenow.case.case_types import Case
from wherenow.claims.checking.formula_check import matching
from wherenow.claims.evaluation.signals import Declared, Signal, Signals
from wherenow.claims.formulas.claim_syntax import Formula
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Kind

if TYPE_CHECKING:
    from wherenow.ensemble.runs import Ensemble

AGAINST = "against"


def declared_data(case: Case) -> Declared:
    """Return what formulas on data may read: the data series by name."""
    units = {name: series.unit for name, series in case.data.items()}
    return Declared(case.model.time.unit, {"": units}, _dates(case), tuple(case.model.units))


@lru_cache(maxsize=4)
def declared_model(case: Case) -> Declared:
    """Return what formulas on the model may read: every scalar, in the run under test and in ``@against``.

    Raises InputError if the model cannot be elaborated.
    """
    elements = elaborate(case.model).elements.values()
    units = {e.name: e.variable.unit for e in elements if e.kind is not Kind.LOOKUP}
    return Declared(case.model.time.unit, {"": units, AGAINST: units}, _dates(case), tuple(case.model.units))


def data_signals(case: Case) -> Signals:
    """Return the data as signals with one "draw"."""
    series = {name: Signal(s.times, s.values[:, None]) for name, s in case.data.items() if len(s)}
    return Signals(declared_data(case), {"": series})


def run_signals(case: Case, runs: Ensemble, against: Ensemble | None = None) -> Signals:
    """Return runs as signals, with the counterfactual runs on the same draws as ``@against``."""
    series = {"": _of(runs)} if against is None else {"": _of(runs), AGAINST: _of(against)}
    return Signals(declared_model(case), series)


def _of(runs: Ensemble) -> Mapping[str, Signal]:
    return {name: Signal(runs.times, values) for name, values in zip(runs.names, runs.values, strict=True)}


def _dates(case: Case) -> Mapping[str, float]:
    return {event.id: event.time for event in case.events.values()}


def outputs_of(formulas: Iterable[Formula], declared: Declared) -> tuple[str, ...]:
    """Return the scalars that model formulas read, each once; runs must save them."""
    names = (n for f in formulas for s in f.series for n in matching(s, declared.units[""]))
    return tuple(dict.fromkeys(names))
