"""Node-by-node rebuilding of a program, shared by all passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from wherenow.engine.ir import Columns, Node, Output, Program, State, heads


class Rebuilt(list[Node]):
    """The nodes of a program being rebuilt, at each of their positions; ``place[old]`` is the new position."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.columns = Columns()
        self.place: Sequence[int] = []
        self._old = program.columns
        self._known: dict[int, int] = {}

    def argument(self, old: int) -> int:
        """Return the argument that reads the same values as an old one."""
        if old >= 0:
            return self.place[old]
        if old not in self._known:
            column = self._old[-1 - old]
            if isinstance(column, range) and column.step > 0:
                self._known[old] = self.columns(self.place[column.start : column.stop : column.step])
            else:
                self._known[old] = self.columns([self.place[p] for p in column])
        return self._known[old]

    def indices(self, old: int, number: Sequence[int] | None = None) -> int:
        """Return the index of a node, or those of its elements, renumbered."""
        if old >= 0:
            return old if number is None else number[old]
        column = self._old[-1 - old]
        return self.columns(column if number is None else [number[i] for i in column])

    def add(self, node: Node) -> int:
        """Add a node and return the argument that denotes it."""
        self.extend([node] * node.length)
        return self.all_of(len(self) - node.length)

    def all_of(self, first: int) -> int:
        """Return the argument that denotes the node at a position with all its elements."""
        length = self[first].length
        return first if length == 1 else self.columns(range(first, first + length))

    def program(self, program: Program) -> Program:
        """Return ``program`` over these nodes."""
        place = self.place
        return replace(
            program,
            nodes=tuple(self),
            columns=tuple(self.columns.all),
            states=tuple([State(s.name, place[s.initial], place[s.change], s.continuous) for s in program.states]),
            outputs=tuple([Output(o.name, place[o.node]) for o in program.outputs]),
            histories=tuple(place[h] for h in program.histories),
        )


Rule = Callable[[Node, Rebuilt], Node | int]
"""Maps an operation on new positions, and the new nodes so far, to its replacement or an argument equal to it."""


def rebuild(program: Program, rule: Rule) -> Program:
    """Replace every node of ``program`` as ``rule`` says, and renumber everything that points to it."""
    nodes = Rebuilt(program)
    nodes.place = place = list[int]()
    for _, node in heads(program.nodes):
        before, arguments = node.length, tuple([nodes.argument(a) for a in node.arguments])
        if arguments != node.arguments or node.index < 0:
            # equal arguments for all elements give equal values
            length = before if node.index < 0 or any(a < 0 for a in arguments) else 1
            node = Node(node.operation, arguments, nodes.indices(node.index), node.value, length)
        replacement = rule(node, nodes)
        if isinstance(replacement, Node):
            replacement = nodes.add(replacement)
        place.extend([replacement] * before if replacement >= 0 else nodes.columns[replacement])
    return nodes.program(program)
