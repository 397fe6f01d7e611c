"""Exogenous paths: inputs that events move, and paths under an intervention."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.case.case_types import Effect
from wherenow.case.inputs.actions import changed, value_at
from wherenow.case.inputs.series import effect_table
from wherenow.language.syntax import Table
from wherenow.model.intervention import Act, Intervention
from wherenow.model.model_types import TimeSpec

TIME = TimeSpec(start=2000.0, stop=2010.0, step=0.25, save=0.25, unit="year")
GRID = [TIME.start + k * TIME.step for k in range(TIME.steps + 1)]
times = st.floats(1998, 2012)


def add(amount: float, lasting: float = math.inf) -> Effect:
    return Effect("x", "add", amount, lasting)


def put(amount: float, lasting: float = math.inf) -> Effect:
    return Effect("x", "set", amount, lasting)


def path(*effects: tuple[float, Effect], default: float = 0.0) -> list[float]:
    """The input at each step."""
    table = effect_table(default, effects, TIME)
    return [value_at(table, t) for t in GRID]


def test_without_events_an_input_keeps_its_default():
    assert path(default=3.0) == [3.0] * len(GRID)


def test_an_effect_holds_from_its_date_on():
    assert path((2005.0, add(2.0))) == [0.0 if t < 2005 else 2.0 for t in GRID]


def test_an_effect_ends_after_its_time():
    assert path((2005.0, add(2.0, 1.0))) == [2.0 if 2005 <= t < 2006 else 0.0 for t in GRID]


def test_the_latest_set_counts_and_all_adds_come_on_top():
    found = path((2001.0, put(10.0)), (2002.0, put(20.0, 1.0)), (2002.0, add(1.0)))
    at = dict(zip(GRID, found, strict=True))
    assert (at[2000.0], at[2001.0], at[2002.0], at[2003.0]) == (0.0, 10.0, 21.0, 11.0)


@given(times, st.floats(0.01, 3), st.floats(-5, 5))
def test_an_effect_shorter_than_a_step_keeps_its_integral(start, lasting, amount):
    stop = TIME.stop + TIME.step  # the last step goes on for one more
    expected = amount * max(0.0, min(start + lasting, stop) - max(start, TIME.start))
    assert sum(path((start, add(amount, lasting)))) * TIME.step == pytest.approx(expected, abs=1e-4)


@given(st.lists(st.tuples(times, st.floats(-3, 3), st.floats(0.1, 4)), max_size=5), st.randoms())
def test_the_order_in_which_adds_are_written_does_not_matter(moves, random):
    effects = [(t, add(a, d)) for t, a, d in moves]
    shuffled = effects.copy()
    random.shuffle(shuffled)
    assert path(*shuffled) == pytest.approx(path(*effects), abs=1e-12)


RAMP = Table((2000.0, 2010.0), (0.0, 10.0))


@pytest.mark.parametrize(
    ("action", "at_2003", "at_2006", "at_2009"),
    [
        (Intervention(variable="x", act=Act.SET, value=7.0, start=2005.0), 3, 7, 7),
        (Intervention(variable="x", act=Act.SET, value=7.0, start=2005.0, stop=2008.0), 3, 7, 9),
        (Intervention(variable="x", act=Act.HOLD, start=2005.0), 3, 5, 5),
        (Intervention(variable="x", act=Act.SCALE, value=0.5, start=2005.0), 3, 3, 4.5),
        (Intervention(variable="x", act=Act.ADD, value=2.0, start=2005.0), 3, 8, 11),
        (Intervention(variable="x", act=Act.PATH, points=((2005.0, 0.0), (2007.0, 4.0)), start=2005.0), 3, 2, 4),
    ],
    ids=["set", "set-until", "hold", "scale", "add", "path"],
)
def test_a_path_under_an_action_changes_from_its_start_only(action, at_2003, at_2006, at_2009):
    found = changed(RAMP, action, TIME)
    assert value_at(found, 2003.0) == pytest.approx(at_2003)
    assert value_at(found, 2006.0) == pytest.approx(at_2006)
    assert value_at(found, 2009.0) == pytest.approx(at_2009)
    assert value_at(found, 2004.75) == pytest.approx(4.75)
    assert value_at(found, 2005.0) == pytest.approx(value_at(found, 2005.0 + 1e-9), abs=1e-6)


def test_a_step_path_jumps_at_its_date_and_not_before():
    step = Table((2000.0, 2005.0), (1.0, 2.0), "previous")
    assert [value_at(step, t) for t in (2004.99, 2005.0)] == [1.0, 2.0]
    ahead = Table((2000.0, 2005.0), (1.0, 2.0), "next")
    assert [value_at(ahead, t) for t in (2000.0, 2000.01, 2005.0)] == [1.0, 2.0, 2.0]
