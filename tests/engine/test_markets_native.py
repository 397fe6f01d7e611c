"""Markets of several sizes in one program: each is compiled for its number of curves."""

import numpy as np

from wherenow.engine.backend import Inputs
from wherenow.engine.ir import Output, Program
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.native import Native
from wherenow.engine.reference import ReferenceBackend
from wherenow.model.model_types import TimeSpec


def test_markets_of_several_sizes_in_one_program_have_the_bits_of_the_reference():
    b, sizes = Builder(), (3, 1, 4)
    numbers = [b("parameter", index=i) for i in range(5 * max(sizes))]
    supply = b("mul", b("parameter", index=20), b("add", b("time"), b.constant(1.0)))
    prices = [b("clearing", supply, *numbers[: 5 * n]) for n in sizes]
    wanted = [b("wanted", *numbers[:5], price) for price in prices]
    outputs = [Output(f"o{i}", position) for i, position in enumerate([*prices, *wanted])]
    time = TimeSpec(start=0.0, stop=3.0, step=1.0, save=1.0)
    inputs = {"parameters": tuple(f"p{i}" for i in range(21)), "defaults": (1.0,) * 21}
    program = Program(nodes=tuple(b.nodes), states=(), outputs=tuple(outputs), time=time, **inputs)
    rng = np.random.default_rng(0)
    values = rng.uniform(0.5, 5.0, (21, 40))
    values[1:20:5] = rng.integers(0, 7, (4, 40))
    for width in (2, 4, 8):
        got = Native(program, width=width, threads=1).run(Inputs(values)).values
        np.testing.assert_array_equal(got, ReferenceBackend(program).run(Inputs(values)).values)
