"""Builds the graph of a program: equal operations become one node, constants fold, the unused falls away.

Folding and the few identities used here are exact in IEEE 754, so they change no bit of any result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from wherenow.engine.ir import Node, Output, Program, State
from wherenow.language.syntax import Table
from wherenow.model.types import TimeSpec

_COMMUTATIVE = frozenset({"add", "mul", "eq", "ne", "and", "or"})

_FOLD: Mapping[str, Callable[..., float | bool]] = MappingProxyType({
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "neg": lambda a: -a, "abs": abs, "min": lambda a, b: b if b < a else a, "max": lambda a, b: b if b > a else a,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "and": lambda a, b: a and b, "or": lambda a, b: a or b, "not": lambda a: not a,
    "truth": lambda a: a != 0.0, "number": float,
})  # fmt: skip


class Builder:
    """Collects nodes. Every method that makes one gives its position, to be used as an argument of others."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._known: dict[tuple[str, tuple[int, ...], int, str], int] = {}
        self._truths: dict[int, bool] = {}  # constant truth values by position

    def __call__(self, operation: str, *arguments: int, index: int = 0, value: float = 0.0) -> int:
        """The position of this operation: of an equal node where there is one, of its folded value where constant."""
        simpler = self._simplify(operation, arguments)
        if simpler is not None:
            return simpler
        if operation in _COMMUTATIVE:
            arguments = tuple(sorted(arguments))
        return self._keep(Node(operation, arguments, index, value))

    def constant(self, value: float) -> int:
        return self._keep(Node("constant", (), 0, float(value)))

    def node(self, position: int) -> Node:
        """The operation at a position."""
        return self._nodes[position]

    def constant_value(self, position: int) -> float | None:
        """The number at a position, where it is a constant one."""
        node = self._nodes[position]
        return node.value if node.operation == "constant" else None

    def _keep(self, node: Node) -> int:
        key = (node.operation, node.arguments, node.index, node.value.hex())  # hex tells -0.0 from 0.0
        if key not in self._known:
            self._known[key] = len(self._nodes)
            self._nodes.append(node)
        return self._known[key]

    def _truth(self, value: bool) -> int:
        zero = self.constant(0.0)
        position = self._keep(Node("eq" if value else "ne", (zero, zero)))
        self._truths[position] = value
        return position

    def _known_value(self, position: int) -> float | bool | None:
        truth = self._truths.get(position)
        return truth if truth is not None else self.constant_value(position)

    def _simplify(self, operation: str, arguments: tuple[int, ...]) -> int | None:
        values = [self._known_value(a) for a in arguments]
        if operation == "select" and values[0] is not None:
            return arguments[1] if values[0] else arguments[2]
        if operation == "select" and arguments[1] == arguments[2]:
            return arguments[1]
        if operation == "truth" and self._nodes[arguments[0]].operation == "number":
            return self._nodes[arguments[0]].arguments[0]
        if operation == "mul" and 1.0 in values:
            return arguments[1 - values.index(1.0)]
        if operation in ("div", "pow") and values[1] == 1.0:
            return arguments[0]
        if operation == "sub" and values[1] == 0.0 and math.copysign(1.0, float(values[1])) > 0:
            return arguments[0]
        if operation == "pow" and values[1] == 2.0:
            return self("mul", arguments[0], arguments[0])
        known = [v for v in values if v is not None]
        if not arguments or len(known) < len(values):
            return None
        if operation == "div" and known[1] != 0.0:
            return self.constant(known[0] / known[1])
        if operation in _FOLD:
            folded = _FOLD[operation](*known)
            return self._truth(folded) if isinstance(folded, bool) else self.constant(folded)
        return None

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
        """The program with only what its outputs need, directly or through states and histories."""
        states, histories, outputs = tuple(states), tuple(histories), tuple(outputs)
        used, used_states, used_histories = self._reach(states, outputs, histories)
        renumber = {old: new for new, old in enumerate(sorted(used))}
        new_state = {old: new for new, old in enumerate(sorted(used_states))}
        new_history = {old: new for new, old in enumerate(sorted(used_histories))}

        def moved(node: Node) -> Node:
            index = node.index
            if node.operation == "state":
                index = new_state[index]
            elif node.operation == "past":
                index = new_history[index]
            return replace(node, arguments=tuple(renumber[a] for a in node.arguments), index=index)

        return Program(
            nodes=tuple(moved(self._nodes[old]) for old in sorted(used)),
            states=tuple(
                replace(states[i], initial=renumber[states[i].initial], change=renumber[states[i].change])
                for i in sorted(used_states)
            ),
            outputs=tuple(Output(o.name, renumber[o.node]) for o in outputs),
            time=time,
            parameters=tuple(parameters),
            defaults=tuple(parameters.values()),
            series=tuple(series),
            series_tables=tuple(series.values()),
            tables=tables,
            histories=tuple(renumber[histories[i]] for i in sorted(used_histories)),
            streams=streams,
        )

    def _reach(
        self, states: tuple[State, ...], outputs: tuple[Output, ...], histories: tuple[int, ...]
    ) -> tuple[set[int], set[int], set[int]]:
        used: set[int] = set()
        used_states: set[int] = set()
        used_histories: set[int] = set()
        stack = [o.node for o in outputs]
        while stack:
            position = stack.pop()
            if position in used:
                continue
            used.add(position)
            node = self._nodes[position]
            stack.extend(node.arguments)
            if node.operation == "state" and node.index not in used_states:
                used_states.add(node.index)
                stack += [states[node.index].initial, states[node.index].change]
            if node.operation == "past" and node.index not in used_histories:
                used_histories.add(node.index)
                stack.append(histories[node.index])
        return used, used_states, used_histories
