"""Small models from a few lines of text, and runs of them by every backend that must agree to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from wherenow.engine.backend import Array, Inputs, Trajectories, default_inputs
from wherenow.engine.ir import Program
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.reference import ReferenceBackend
from wherenow.errors import Text
from wherenow.language.parser import parse
from wherenow.language.syntax import Number, Table
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Dimension, Equation, Kind, Method, ModelSpec, TimeSpec, Variable

Written = str | float | Table | tuple[str, str] | tuple[str, Table]


@pytest.fixture(scope="session", autouse=True)
def cache_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> Iterable[None]:
    """Nothing compiled by an earlier run is taken for compiled by this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHERENOW_CACHE", str(tmp_path_factory.mktemp("kernels")))
        yield


def variable(name: str, written: Written, dims: tuple[str, ...] = ()) -> Variable:
    """An equation is text, a stock (rate, initial), a parameter a number, a lookup a table; ("series", table)."""
    match written:
        case float() | int():
            return Variable(
                name=name,
                kind=Kind.PARAMETER,
                equations=(Equation(expression=Number(float(written)), subscripts=dims),),
                dimensions=dims,
            )
        case Table():
            return Variable(
                name=name, kind=Kind.LOOKUP, equations=(Equation(expression=written, subscripts=dims),), dimensions=dims
            )
        case ("series", Table() as table):
            return Variable(
                name=name, kind=Kind.SERIES, equations=(Equation(expression=table, subscripts=dims),), dimensions=dims
            )
        case (rate, initial):
            assert isinstance(initial, str)
            equation = Equation(
                expression=parse(Text(rate)), subscripts=dims, initial=parse(Text(initial)), text=Text(rate)
            )
            return Variable(name=name, kind=Kind.STOCK, equations=(equation,), dimensions=dims)
    return Variable(
        name=name,
        kind=Kind.AUXILIARY,
        equations=(Equation(expression=parse(Text(written)), subscripts=dims, text=Text(written)),),
        dimensions=dims,
    )


def model_of(
    variables: Mapping[str, Written],
    start: float = 0.0,
    stop: float = 10.0,
    step: float = 1.0,
    save: float | None = None,
    method: str = "euler",
    over: Mapping[str, tuple[str, ...]] | None = None,
    dimensions: Mapping[str, Iterable[str]] | None = None,
) -> ModelSpec:
    time = TimeSpec(start=start, stop=stop, step=step, save=save or step, unit="year", method=Method(method))
    made = {n: variable(n, w, (over or {}).get(n, ())) for n, w in variables.items()}
    return ModelSpec(
        name="test",
        time=time,
        variables=made,
        dimensions={n: Dimension(n, tuple(e)) for n, e in (dimensions or {}).items()},
    )


def program_of(variables: Mapping[str, Written], outputs: Iterable[str] | None = None, **settings: object) -> Program:
    return lower(elaborate(model_of(variables, **settings)), outputs)  # type: ignore[arg-type]


def same_bits(one: Array, other: Array) -> bool:
    """Equal to the last bit and the sign of zero; any NaN is like any other."""
    nan = np.isnan(one) & np.isnan(other)
    return one.shape == other.shape and bool(np.all(nan | (one.view(np.uint64) == other.view(np.uint64))))


def agreed(program: Program, inputs: Inputs, width: int = 4) -> Trajectories:
    """The run that both backends give; fails where a bit differs."""
    reference = ReferenceBackend(program).run(inputs)
    native = Native(program, width=width, threads=1).run(inputs)
    for name in reference.names:
        ours, theirs = (np.ascontiguousarray(run[name]) for run in (native, reference))
        assert same_bits(ours, theirs), f"{name}: native {ours} reference {theirs}"
    assert native.nonfinite_draws == reference.nonfinite_draws
    return reference


class Engine:
    """What tests of this room begin with."""

    model = staticmethod(model_of)
    program = staticmethod(program_of)
    same_bits = staticmethod(same_bits)
    agreed = staticmethod(agreed)

    @staticmethod
    def solve(
        variables: Mapping[str, Written], outputs: Iterable[str] | None = None, **settings: object
    ) -> Trajectories:
        """The run of one draw at defaults, the same by both backends; ``[name]`` is ``(saves, 1)``."""
        program = program_of(variables, outputs, **settings)
        return agreed(program, default_inputs(program))

    @staticmethod
    def path(expression: str, others: Mapping[str, Written] | None = None, **settings: object) -> Array:
        """The values over time of one equation."""
        return Engine.solve({**(others or {}), "x": expression}, ["x"], **settings)["x"][:, 0]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()
