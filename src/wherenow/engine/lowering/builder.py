"""A builder that collects the operations of a program; :mod:`wherenow.engine.passes` reduces them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wherenow.engine.ir import Node, Output, Program, State
from wherenow.language.syntax import Table
from wherenow.model.types import TimeSpec


class Builder:
    """A program under construction.

    Every method that adds a node returns its position, for use as an argument. Leaves are unique.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._leaves: dict[tuple[str, int, str], int] = {}

    def __call__(self, operation: str, *arguments: int, index: int = 0, value: float = 0.0) -> int:
        """Return the position of this operation."""
        if arguments:
            self._nodes.append(Node(operation, arguments, index, value))
            return len(self._nodes) - 1
        key = (operation, index, value.hex())  # hex tells -0.0 from 0.0
        if key not in self._leaves:
            self._leaves[key] = len(self._nodes)
            self._nodes.append(Node(operation, (), index, value))
        return self._leaves[key]

    def constant(self, value: float) -> int:
        return self("constant", value=float(value))

    def node(self, position: int) -> Node:
        """Return the operation at a position."""
        return self._nodes[position]

    def constant_value(self, position: int) -> float | None:
        """Return the number at a position if it is a constant, else None."""
        node = self._nodes[position]
        return node.value if node.operation == "constant" else None

    def program(
        self,
        states: Iterable[State],
        outputs: Iterable[Output],
        histories: Iterable[int],
        time: TimeSpec,
        parameters: Mapping[str, float],
        series: Mapping[str, Table],
        tables: tuple[Table, ...],
        streams: tuple[str, ...],
    ) -> Program:
        """Return the program of all collected nodes."""
        return Program(
            nodes=tuple(self._nodes),
            states=tuple(states),
            outputs=tuple(outputs),
            time=time,
            parameters=tuple(parameters),
            defaults=tuple(parameters.values()),
            series=tuple(series),
            series_tables=tuple(series.values()),
            tables=tables,
            histories=tuple(histories),
            streams=streams,
        )
