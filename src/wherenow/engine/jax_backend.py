"""The JAX backend: the same programs on any device that XLA compiles for, and differentiable.

It reads the same step table and draws the same noise as the other backends, bit for bit. Elementary functions and the
fusing of products with sums are XLA's, so that values are the reference's to rounding: tests hold them within 1e-9 of
it, relative. JAX is an optional part of the installation; nothing of it is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from wherenow.engine.backend import Inputs, Trajectories, check_inputs, saved_times
from wherenow.engine.ir import Program
from wherenow.engine.reference import diagnose
from wherenow.errors import UsageError
from wherenow.model.types import Method


def jax_trace() -> Any:
    """The module :mod:`wherenow.engine.jax_trace`; raises UsageError where JAX is not installed."""
    try:
        return import_module("wherenow.engine.jax_trace")
    except ImportError as error:
        if not (error.name or "").startswith("jax"):
            raise
        raise UsageError("the jax engine needs JAX, which is not installed", "pip install 'wherenow[jax]'") from error


class Jax:
    """Runs a program on JAX's default device; compiled once for each number of draws.

    Raises UsageError where JAX is not installed, or the program's method is not Euler or RK4.
    """

    def __init__(self, program: Program) -> None:
        if program.time.method not in (Method.EULER, Method.RK4):
            raise UsageError(f"the jax engine has no method {program.time.method}")
        self.program = program
        self._trace = jax_trace()
        self._simulate: Any = None

    def run(self, inputs: Inputs, *, checkpoint: int | None = None) -> Trajectories:
        """All saved values of all draws; see :class:`~wherenow.engine.backend.Backend`.

        Raises UsageError where inputs do not fit, or states are to be saved or continued from.
        """
        program = self.program
        inputs = check_inputs(program, inputs)
        if checkpoint is not None or inputs.start is not None:
            raise UsageError("the jax engine neither saves nor continues from states", "the native engine does")
        with self._trace.double_precision():
            if self._simulate is None:
                self._simulate = self._trace.compiled(self._trace.simulation(program))
            values = np.array(self._simulate(inputs.parameters, *self._trace.surroundings(program, inputs)))
        bad = tuple(int(d) for d in np.nonzero(~np.isfinite(values).all(axis=(0, 1)))[0])
        names = tuple(o.name for o in program.outputs)
        return Trajectories(
            names, saved_times(program), values, bad, diagnose=lambda draw: diagnose(program, inputs, draw)
        )
