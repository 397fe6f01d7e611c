"""Node-by-node rebuilding of a program, shared by all passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wherenow.engine.ir import Node, Output, Program, State

Rule = Callable[[Node, list[Node]], Node | int]
"""Maps an operation on new positions, and the new nodes so far, to its replacement or the position of its equal."""


def rebuild(program: Program, rule: Rule) -> Program:
    """``program`` with every node replaced as ``rule`` says, and everything that points to it."""
    nodes: list[Node] = []
    place: list[int] = []
    for node in program.nodes:
        arguments = tuple([place[a] for a in node.arguments])
        if arguments != node.arguments:
            node = Node(node.operation, arguments, node.index, node.value)
        found = rule(node, nodes)
        if isinstance(found, Node):
            nodes.append(found)
            found = len(nodes) - 1
        place.append(found)
    return moved(program, nodes, place)


def moved(program: Program, nodes: list[Node], place: list[int]) -> Program:
    """``program`` over other nodes; ``place[old]`` is the new position of a node."""
    return replace(
        program,
        nodes=tuple(nodes),
        states=tuple([State(s.name, place[s.initial], place[s.change], s.continuous) for s in program.states]),
        outputs=tuple([Output(o.name, place[o.node]) for o in program.outputs]),
        histories=tuple(place[h] for h in program.histories),
    )
