"""Programs without noise: every uniform number is 1/2, so that symmetric noise is at its median."""

from __future__ import annotations

from dataclasses import replace

from wherenow.engine.ir import Node, Program


def quiet(program: Program) -> Program:
    """Return the same program with each noise stream fixed at 1/2."""
    still = Node("constant", value=0.5)
    nodes = tuple(still if n.operation in ("uniform", "uniform_first") else n for n in program.nodes)
    return replace(program, nodes=nodes)
