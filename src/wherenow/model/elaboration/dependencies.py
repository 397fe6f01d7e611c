"""Find the dependencies of an equation at the same time, and for its initial value.

The function table decides: an argument with ``now=False`` only feeds a state and does not constrain the order of a
step; ``first`` says whether it is needed to find the call's first value.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain

from wherenow.language.functions import FUNCTIONS, Argument, AtStart, Function
from wherenow.language.syntax import Call, Expression, PerElement, Reference, Subscript, children, walk


def _arguments(function: Function, given: int) -> Iterator[Argument]:
    for i in range(given):
        yield function.arguments[min(i, len(function.arguments) - 1)]


def named(items: tuple[str | float, ...]) -> tuple[str, ...]:
    """Return the names among the items of a body's elements, without the numbers."""
    return items if {*map(type, items)} == {str} else tuple(i for i in items if isinstance(i, str))  # type: ignore[return-value]


def read_now(expression: Expression) -> Iterator[tuple[str | float, ...]]:
    """Yield the names whose values at a time are needed for the expression's value at that time, in reading order.

    The items of a body's elements are one tuple, of names or numbers.
    """
    stack: list[Subscript] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Reference):
            yield (node.name,)
        elif isinstance(node, PerElement):
            yield node.items
        elif isinstance(node, Call) and (function := FUNCTIONS.get(node.function)) and _delays(function):
            pairs = zip(node.arguments, _arguments(function, len(node.arguments)), strict=True)
            stack.extend(reversed([a for a, row in pairs if row.now]))
            continue
        stack.extend(children(node)[::-1])


def needed_now(expression: Expression) -> dict[str, None]:
    """Return the names whose values at a time are needed for the expression's value at that time, in reading order."""
    return dict.fromkeys(chain.from_iterable(map(named, read_now(expression))))


@cache
def _delays(function: Function) -> bool:
    """Return whether some argument only feeds a state."""
    return not all(row.now for row in function.arguments)


def needed_first(expression: Expression) -> dict[str, None]:
    """Return the names whose first values are needed for the expression's first value, in reading order."""
    names: dict[str, None] = {}
    stack: list[Subscript] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Reference):
            names[node.name] = None
        elif isinstance(node, PerElement):
            names.update(dict.fromkeys(named(node.items)))
        elif isinstance(node, Call) and (function := FUNCTIONS.get(node.function)):
            if function.name in ("active_initial", "sample_if_true", "integ"):
                stack.append(node.arguments[-1])  # only the last argument, the initial value, is needed at the start
                continue
            rows = list(_arguments(function, len(node.arguments)))
            given = any(row.name == "initial" for row in rows)
            for argument, row in reversed(list(zip(node.arguments, rows, strict=True))):
                if row.first is AtStart.ALWAYS or (row.first is AtStart.FALLBACK and not given):
                    stack.append(argument)
            continue
        stack.extend(reversed(children(node)))
    return names


def states_first(expression: Expression) -> dict[str, None]:
    """Return the names whose first values are needed by the functions with memory inside an expression."""
    names: dict[str, None] = {}
    for node in walk(expression):
        if isinstance(node, Call) and (function := FUNCTIONS.get(node.function)) and function.kind == "memory":
            names.update(needed_first(node))
    return names


def mentioned(expression: Expression) -> dict[str, None]:
    """Return every name in the expression, in reading order."""
    return {node.name: None for node in walk(expression) if isinstance(node, Reference)}
