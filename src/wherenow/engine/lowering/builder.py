"""A builder that collects the operations of a program; :mod:`wherenow.engine.passes` reduces them."""

from __future__ import annotations

from wherenow.engine.ir import Columns, Node


class Builder:
    """A program under construction.

    Every method that adds a node returns its position, for use as an argument; for a node over an array, the argument
    that denotes the positions of its elements. Leaves are unique.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []  # nodes; a node over an array occurs at each of its positions
        self._leaves: dict[tuple[str, int, str], int] = {}
        self.columns = Columns()

    def __call__(self, operation: str, *arguments: int, index: int = 0, value: float = 0.0) -> int:
        """Return the position of this operation."""
        if arguments:
            over = min(*arguments, index)
            return self._added(Node(operation, arguments, index, value, 1 if over >= 0 else len(self.columns[over])))
        key = (operation, index, value.hex())  # hex tells -0.0 from 0.0
        if key not in self._leaves:
            length = 1 if index >= 0 else len(self.columns[index])
            self._leaves[key] = self._added(Node(operation, (), index, value, length))
        return self._leaves[key]

    def _added(self, node: Node) -> int:
        first = len(self.nodes)
        self.nodes.extend([node] * node.length)
        return first if node.length == 1 else self.columns(range(first, len(self.nodes)))

    def constant(self, value: float) -> int:
        return self("constant", value=float(value))

    def at(self, argument: int, element: int) -> int:
        """Return the position that an argument denotes for an element."""
        return argument if argument >= 0 else self.columns[argument][element]

    def node(self, position: int) -> Node:
        """Return the operation at a position."""
        return self.nodes[position]

    def constant_value(self, position: int) -> float | None:
        """Return the number at a position if it is a constant, else None."""
        if position < 0:
            return None
        node = self.nodes[position]
        return node.value if node.operation == "constant" else None
