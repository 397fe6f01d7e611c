"""A non-finite value is reported with its variable, time, draw and inputs; the other draws continue."""

from __future__ import annotations

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.native import Native
from wherenow.engine.reference import ReferenceBackend
from wherenow.errors import SimulationError

BACKENDS = pytest.mark.parametrize("backend", [ReferenceBackend, Native])
VARIABLES = {"p": 1.0, "level": ("-1", "3"), "ratio": "p / level", "x": "ratio + 1", "whole": "level + p"}


def run(engine, backend, p, variables=VARIABLES, outputs=("x", "whole"), **settings):
    program = engine.program(variables, outputs, **settings)
    return backend(program).run(default_inputs(program, len(p), p=np.array(p)))


@BACKENDS
def test_the_first_such_value_is_reported_with_variable_time_draw_and_inputs(engine, backend):
    told = run(engine, backend, [0.0, 0.0, 2.0, 5.0], outputs=("x", "ratio", "whole", "level", "p")).nonfinite
    assert told is not None
    assert (told.variable, told.operation, told.time, told.draw) == ("ratio", "div", 3.0, 0)
    assert dict(told.inputs) == {"p": 0.0, "level": 0.0}


@BACKENDS
def test_every_draw_with_such_a_value_is_listed_and_the_others_are_unharmed(engine, backend):
    variables = {**VARIABLES, "ratio": "1 / (level - p)"}
    ran = run(engine, backend, [0.5, 2.0, -0.5, -1.0], variables, ("x",), stop=3.0)
    assert ran.nonfinite_draws == (1,)
    alone = run(engine, backend, [0.5, -0.5, -1.0], variables, ("x",), stop=3.0)
    assert engine.same_bits(ran.values[:, :, [0, 2, 3]].copy(), np.ascontiguousarray(alone.values))


@BACKENDS
def test_a_finite_run_has_nothing_to_report(engine, backend):
    ran = run(engine, backend, [1.0, 2.0], outputs=("whole",))
    assert ran.nonfinite is None
    assert ran.strict() is ran


@BACKENDS
def test_a_strict_run_raises_the_story(engine, backend):
    with pytest.raises(SimulationError, match=r"time 3 in draw 1.*and 1 more"):
        run(engine, backend, [1.0, 2.0], stop=2.0).strict() and run(
            engine, backend, [1.0, 2.0, 3.0], {**VARIABLES, "ratio": "if p > 1 then p / level else 0"}
        ).strict()


@BACKENDS
def test_a_state_that_overflows_is_reported_by_its_change(engine, backend):
    ran = run(engine, backend, [1.0], {"p": 1.0, "s": ("s * s", "10 * p")}, ("s",), stop=12.0)
    assert ran.nonfinite_draws == (0,)
    assert "s" in str(ran.nonfinite)
