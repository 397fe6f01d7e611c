"""The kernel of a program: with loops over equations with the same body if it has arrays, else straight-line code."""

from __future__ import annotations

from wherenow.engine.ir import Program, unfolded
from wherenow.engine.llvm.loop_emission import planned
from wherenow.engine.llvm.straight import Emission, Kernel
from wherenow.errors import UsageError
from wherenow.gc_pause import gc_paused
from wherenow.model.model_types import Method


@gc_paused()
def emit_kernel(program: Program, width: int) -> Kernel:
    """Return the kernel of ``program`` for vectors of ``width`` draws; raises UsageError for an unsupported method."""
    if program.time.method not in (Method.EULER, Method.RK4):
        raise UsageError(f"this needs a fixed step, which {program.time.method} does not have", "use euler or rk4")
    return (planned(program, width) or Emission(unfolded(program), width)).kernel()
