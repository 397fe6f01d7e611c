"""Inverses of matrices: one operation whatever the size, with the bits of the reference wherever it is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.model_files.opening import bare_case
from wherenow.engine.backend import default_inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.exchange.vensim import parse_vensim
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Method

MODEL = """k = 0.3 ~~|
s = INTEG(s * 0.1 + SUM(v[R!, C!]) * 0.001, 1) ~~|
R: (r1-r5) ~~|
C: (c1-c5) ~~|
m[R, C] = SIN(1.7 * R * C) * {varies} + IF THEN ELSE(R = C, 9, 0) ~~|
v[R, C] = INVERT MATRIX(m[R, C], 5) ~~|
first = INTEG(0, v[r2, c3]) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 3 ~~|
TIME STEP = 0.5 ~~|
SAVEPER = 1 ~~|
"""


@pytest.mark.parametrize("method", [Method.EULER, Method.RK4, Method.RK45])
@pytest.mark.parametrize("varies", ["2", "k", "(1 + Time)", "s"])
def test_an_inverse_has_the_bits_of_the_reference(varies: str, method: Method) -> None:
    model = parse_vensim(MODEL.format(varies=varies)).model
    case = bare_case(replace(model, time=replace(model.time, method=method)), Path(__file__))
    native, reference = (simulate(case, central(), threads=1, engine=e) for e in ("native", "reference"))
    assert np.array_equal(native.values, reference.values)
    rows = {name: native.values[i, :, 0] for i, name in enumerate(native.names)}
    matrix = np.array([[rows[f"m[r{i},c{j}]"][0] for j in range(1, 6)] for i in range(1, 6)])
    inverse = np.array([[rows[f"v[r{i},c{j}]"][0] for j in range(1, 6)] for i in range(1, 6)])
    np.testing.assert_allclose(matrix @ inverse, np.eye(5), atol=1e-12)
    assert rows["first"][0] == inverse[1, 2]
    assert native.names == tuple(n for n in native.names if "inverse" not in n)


def test_a_matrix_of_forty_two_rows_is_one_operation() -> None:
    text = MODEL.format(varies="k").replace("r1-r5", "r1-r42").replace("c1-c5", "c1-c42").replace("C], 5", "C], 42")
    program = lower(elaborate(parse_vensim(text).model), outputs=["v[r1,c1]", "v[r42,c1]"])
    counts = Counter(n.operation for n in program.nodes)
    assert (counts["inverse"], counts["div"]) == (1, 0)


def test_the_element_that_holds_an_inverse_is_a_number_too() -> None:
    program = lower(elaborate(parse_vensim(MODEL.format(varies="2")).model))
    run = Native(program, threads=1).run(default_inputs(program, 1))
    rows = dict(zip(run.names, run.values[:, 0, 0].tolist(), strict=True))
    assert rows["inverse 1"] == rows["v[r1,c1]"]
