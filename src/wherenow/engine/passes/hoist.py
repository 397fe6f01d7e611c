"""Hoisting by binding time: values known once, once per draw or once per step precede the work of every step.

The nodes are put into four sections, constant · per draw · per step · per draw and step, each in its old order.
Backends evaluate each section where it belongs: only the last is inside the step loop.
"""

from __future__ import annotations

from wherenow.engine.ir import Node, Program, bindings
from wherenow.engine.passes.rebuild import moved


def hoist(program: Program) -> Program:
    """``program`` with its nodes ordered by binding time."""
    bound = bindings(program)
    order = sorted(range(len(bound)), key=lambda position: bound[position])
    place = [0] * len(order)
    for new, old in enumerate(order):
        place[old] = new
    nodes = [program.nodes[old] for old in order]
    nodes = [Node(n.operation, tuple([place[a] for a in n.arguments]), n.index, n.value) for n in nodes]
    return moved(program, nodes, place)
