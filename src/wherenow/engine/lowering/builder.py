"""Collects the operations of a program as they are written; :mod:`wherenow.engine.passes` makes them fewer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wherenow.engine.ir import Node, Output, Program, State
from wherenow.language.syntax import Table
from wherenow.model.types import TimeSpec


class Builder:
    """Every method that makes a node gives its position, to be used as an argument of others. Leaves are made once."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._leaves: dict[tuple[str, int, str], int] = {}

    def __call__(self, operation: str, *arguments: int, index: int = 0, value: float = 0.0) -> int:
        """The position of this operation."""
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
        """The operation at a position."""
        return self._nodes[position]

    def constant_value(self, position: int) -> float | None:
        """The number at a position, where a constant stands there."""
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
        """The program of everything collected."""
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
