"""A program without noise: every uniform number at its middle, so that symmetric noise is at its median."""

from __future__ import annotations

from dataclasses import replace

from wherenow.engine.ir import Node, Program


def quiet(program: Program) -> Program:
    """The same program in which each noise stream stands at 1/2."""
    still = Node("constant", value=0.5)
    nodes = tuple(still if n.operation in ("uniform", "uniform_first") else n for n in program.nodes)
    return replace(program, nodes=nodes)
