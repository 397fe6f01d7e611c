"""Common subexpressions: the same operation on the same arguments is computed once."""

from __future__ import annotations

from dataclasses import replace

from wherenow.engine.ir import Node, Program
from wherenow.engine.passes.rebuild import Rebuilt, rebuild

COMMUTATIVE = frozenset({"add", "mul", "eq", "ne", "and", "or"})


def share(program: Program) -> Program:
    """Merge equal nodes, with arguments whose order does not matter in ascending order."""
    return rebuild(program, Sharing().shared)


class Sharing:
    """The state of sharing: ``known`` maps nodes to their positions."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, tuple[int, ...], int, str], int] = {}

    def shared(self, node: Node, nodes: Rebuilt) -> Node | int:
        if node.operation in COMMUTATIVE and node.arguments[0] > node.arguments[1]:
            node = replace(node, arguments=node.arguments[::-1])
        value = "" if node.arguments else node.value.hex()  # hex tells -0.0 from 0.0
        found = self.known.setdefault((node.operation, node.arguments, node.index, value), len(nodes))
        return node if found == len(nodes) else nodes.all_of(found)
