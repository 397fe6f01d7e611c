"""A cache of lowered programs on disk: an unchanged large system is lowered and optimised only once.

The key is a hash of the system's content (its equations as trees, so that white space does not matter), the requested
outputs and the source of every package that affects the result. The file is JSON, so that reading it cannot execute
code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any

from wherenow import cache_store
from wherenow.engine.ir import Node, Output, Program, State, heads
from wherenow.language.syntax import Binary, Call, Conditional, Expression, Number, PerElement, Reference, Table, Unary
from wherenow.model.model_types import Method, TimeSpec
from wherenow.model.system import System

MANY = 100
"""Minimum number of elements for caching a program: below, lowering takes no longer than reading a file."""
_ROOMS = ("language", "model", "engine")


def stored(system: System, outputs: Sequence[str], make: Callable[[], Program]) -> Program:
    """Return the program that ``make`` builds for these outputs of a system, from disk if it was built before."""
    if len(system.elements) < MANY:
        return make()
    name = f"{_key(system, outputs)}.program"
    body = cache_store.entry(name)
    if body is not None:
        return decode(body)
    program = make()
    cache_store.keep(name, encode(program))
    return program


def _key(system: System, outputs: Sequence[str]) -> str:
    items: dict[int, tuple[int, object]] = {}  # number and content of each item, by its identity
    parts = [
        (p.names, p.kind.value, _plain(p.expression, items), None if p.initial is None else _plain(p.initial, items))
        for p in system.folded.parts()
    ]
    content = (system.time, system.order, system.initial_order, tuple(outputs), parts, list(items.values()))
    return cache_store.key_of(repr(content), cache_store.version_of(*_ROOMS))


def _plain(node: Expression, items: dict[int, tuple[int, object]]) -> object:
    """Write an expression as nested tuples, unique for each tree.

    A name is a string, a number a float, a call has a list, what differs by element a number in ``items``.
    """
    if isinstance(node, Reference) and not node.subscripts:
        return node.name
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Binary):
        return node.operator, _plain(node.left, items), _plain(node.right, items)
    if isinstance(node, Call):
        return node.function, [_plain(a, items) for a in node.arguments]
    if isinstance(node, Unary):
        return node.operator, _plain(node.operand, items)
    if isinstance(node, Conditional):
        return "", *[_plain(part, items) for part in (node.condition, node.then, node.otherwise)]
    if isinstance(node, PerElement):
        return {items.setdefault(id(node.items), (len(items), node.items))[0]}
    if isinstance(node, Table):
        return node.xs, node.ys, node.between, node.outside
    raise AssertionError(node)  # subscripts are unfolded in a system


def encode(program: Program) -> bytes:
    """Write a program as JSON, with one column for each field of its nodes."""
    nodes = [node for _, node in heads(program.nodes)]
    kinds = {operation: i for i, operation in enumerate(dict.fromkeys(n.operation for n in nodes))}
    rows = [(kinds[n.operation], n.arguments, n.index, n.value, n.length) for n in nodes]
    parts = {
        **{field.name: getattr(program, field.name) for field in fields(program)},
        "operations": list(kinds),
        "nodes": list(zip(*rows, strict=True)),
        "columns": [[c.start, c.stop, c.step] if isinstance(c, range) else [c] for c in program.columns],
        "time": asdict(program.time),
        "series_tables": [_points(t) for t in program.series_tables],
        "tables": [_points(t) for t in program.tables],
    }
    return json.dumps(parts, separators=(",", ":")).encode()


def decode(body: bytes) -> Program:
    """Read the program that :func:`encode` wrote, with numbers identical to the last bit."""
    parts = json.loads(body)
    operations: list[str] = parts.pop("operations")
    nodes = []
    for kind, arguments, index, value, length in zip(*parts["nodes"], strict=True):
        nodes += [Node(operations[kind], tuple(arguments), index, value, length)] * length
    read = {
        "nodes": nodes,
        "columns": [range(*c) if len(c) == 3 else tuple(c[0]) for c in parts["columns"]],
        "states": [State(*s) for s in parts["states"]],
        "outputs": [Output(*o) for o in parts["outputs"]],
        "series_tables": [_table(t) for t in parts["series_tables"]],
        "tables": [_table(t) for t in parts["tables"]],
    }
    time = parts.pop("time")
    time = TimeSpec(**{**time, "method": Method(time["method"])})
    return Program(time=time, **{name: tuple(items) for name, items in {**parts, **read}.items()})


def _points(table: Table) -> list[Any]:
    return [table.xs, table.ys, table.between, table.outside]


def _table(parts: list[Any]) -> Table:
    xs, ys, between, outside = parts
    return Table(tuple(xs), tuple(ys), between, outside)
