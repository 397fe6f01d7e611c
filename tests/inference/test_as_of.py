from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import needed_outputs
from wherenow.claims.judge import judge
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.execution import Execution
from wherenow.foresight.trials.trial import trial
from wherenow.inference.as_of import known_at
from wherenow.inference.calibrate import Effort, calibrate
from wherenow.inference.likelihood.density import likelihood
from wherenow.language.syntax import Table
from wherenow.model.model_types import Kind


@pytest.fixture(scope="module")
def town():
    return read_case(Path(__file__).parents[1] / "cases" / "town")


def test_events_after_the_time_did_not_happen(town):
    early = min(e.time for e in town.events.values()) - 0.5
    assert known_at(town, early).events == {} or all(e.time <= early for e in known_at(town, early).events.values())


def test_inputs_no_longer_move_with_events_that_did_not_happen(town):
    early = min(e.time for e in town.events.values()) - 0.5
    known = known_at(town, early)
    for name in known.inputs:
        table = known.model.variables[name].equations[0].expression
        assert isinstance(table, Table)
        assert set(table.ys) == {known.inputs[name].default}


def test_exogenous_paths_hold_their_last_known_value(town):
    for name, variable in known_at(town, 2005.0).model.variables.items():
        if variable.kind is Kind.SERIES and name not in town.inputs:
            for equation in variable.equations:
                assert isinstance(equation.expression, Table)
                assert len(equation.expression.xs) == 1 or equation.expression.xs[-1] <= 2005.0


def test_the_cut_off_moves_with_the_time(town):
    assert known_at(town, 2005.5).cutoff == 2005.5
    assert known_at(town, 2005.5).cutoff_date == "2005-07-01"


class _Unread(Mapping):
    """Fails the test that reads it."""

    def _read(self, *_):
        raise AssertionError("later figures were read")

    __getitem__ = __iter__ = __len__ = _read


def test_no_fit_or_backtest_reads_later_figures(line):
    case = replace(line, later=_Unread())
    likelihood(case)
    calibrate(case, 1, Effort(runs=2, particles=64, moves=4, rounds=1), execution=Execution(threads=1))
    trial(
        case,
        [6.0],
        (2.0,),
        effort=Effort(runs=2, particles=64, moves=4, rounds=1),
        execution=Execution(threads=1),
        draws=50,
    )


def test_no_claim_reads_later_figures(town):
    case = replace(town, later=_Unread())
    judge(case, simulate(case, draw(case, 4), None, needed_outputs(case)))
