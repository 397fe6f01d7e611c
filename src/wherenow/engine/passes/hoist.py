"""Hoisting by binding time: values known once, once per draw or once per step precede the work of every step.

The nodes are put into four sections, constant · per draw · per step · per draw and step, each in its old order.
Backends evaluate each section where it belongs: only the last is inside the step loop.
"""

from __future__ import annotations

from wherenow.engine.ir import Node, Program, bindings, heads
from wherenow.engine.passes.rebuild import Rebuilt


def hoist(program: Program) -> Program:
    """Order the nodes of ``program`` by binding time."""
    bound = bindings(program)
    order = sorted(heads(program.nodes), key=lambda at: bound[at[0]])
    nodes = Rebuilt(program)
    nodes.place = place = [0] * len(bound)
    after = 0
    for old, node in order:
        place[old : old + node.length] = range(after, after + node.length)
        after += node.length
    for _, n in order:
        arguments = tuple([nodes.argument(a) for a in n.arguments])
        nodes.add(Node(n.operation, arguments, nodes.indices(n.index), n.value, n.length))
    return nodes.program(program)
