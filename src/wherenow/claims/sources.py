"""What a case's formulas read: its data, its runs, and what is declared of both before anything ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from wherenow.case.types import Case
from wherenow.claims.check import matching
from wherenow.claims.signals import Declared, Signal, Signals
from wherenow.claims.syntax import Formula
from wherenow.ensemble.runs import Runs
from wherenow.model.elaborate import elaborate
from wherenow.model.types import Kind

AGAINST = "against"


def declared_data(case: Case) -> Declared:
    """What formulas on data may read: the data series by name."""
    units = {name: series.unit for name, series in case.data.items()}
    return Declared(case.model.time.unit, {"": units}, _dates(case), tuple(case.model.units))


@lru_cache(maxsize=4)
def declared_model(case: Case) -> Declared:
    """What formulas on the model may read: every scalar of it, in the run under test and in ``@against``.

    Raises InputError where the model cannot be elaborated.
    """
    elements = elaborate(case.model).elements.values()
    units = {e.name: e.variable.unit for e in elements if e.kind is not Kind.LOOKUP}
    return Declared(case.model.time.unit, {"": units, AGAINST: units}, _dates(case), tuple(case.model.units))


def data_signals(case: Case) -> Signals:
    """The data as signals of one "draw"."""
    series = {name: Signal(s.times, s.values[:, None]) for name, s in case.data.items() if len(s)}
    return Signals(declared_data(case), {"": series})


def run_signals(case: Case, runs: Runs, against: Runs | None = None) -> Signals:
    """Runs as signals, with the counterfactual runs of the same draws as ``@against``."""
    series = {"": _of(runs)} if against is None else {"": _of(runs), AGAINST: _of(against)}
    return Signals(declared_model(case), series)


def _of(runs: Runs) -> Mapping[str, Signal]:
    return {name: Signal(runs.times, values) for name, values in zip(runs.names, runs.values, strict=True)}


def _dates(case: Case) -> Mapping[str, float]:
    return {event.id: event.time for event in case.events.values()}


def outputs_of(formulas: Iterable[Formula], declared: Declared) -> tuple[str, ...]:
    """The scalars that model formulas read, each once: what runs must save."""
    names = (n for f in formulas for s in f.series for n in matching(s, declared.units[""]))
    return tuple(dict.fromkeys(names))
