"""Rewrite expressions node by node and preserve their structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_

from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    IndexRange,
    Number,
    PerElement,
    Reference,
    Subscript,
    Table,
    Unary,
)

Change = Callable[[Expression], Expression]


def rewrite(node: Expression, change: Change, subscript: Change | None = None) -> Expression:
    """Return ``node`` with ``change`` applied to each expression, inner ones first.

    ``subscript`` is applied instead to the direct subscripts of a reference (names there mean elements and dimensions
    first). Without it they stay as they are, except for expressions inside them.
    """
    return change(_inside(node, change, subscript))


def _inside(node: Expression, change: Change, subscript: Change | None) -> Expression:
    """Return ``node`` with its parts changed, or ``node`` itself if none did, since most of a model stays the same."""
    if isinstance(node, (Number, Table, PerElement)):  # most nodes of a large model; `match` takes longer
        return node
    if isinstance(node, Reference):
        if not node.subscripts:
            return node
        return replace(node, subscripts=tuple(_subscript(s, change, subscript) for s in node.subscripts))
    if isinstance(node, Binary):
        left, right = node.left, node.right
        first, second = change(_inside(left, change, subscript)), change(_inside(right, change, subscript))
        return node if first is left and second is right else Binary(node.operator, first, second, node.span)
    if isinstance(node, Call):
        given = tuple([change(_inside(a, change, subscript)) for a in node.arguments])
        same = all(map(is_, given, node.arguments))
        return node if same else Call(node.function, given, node.span)
    if isinstance(node, Unary):
        made = change(_inside(node.operand, change, subscript))
        return node if made is node.operand else Unary(node.operator, made, node.span)
    if isinstance(node, Conditional):
        old = (node.condition, node.then, node.otherwise)
        condition, then, otherwise = (change(_inside(part, change, subscript)) for part in old)
        same = condition is old[0] and then is old[1] and otherwise is old[2]
        return node if same else Conditional(condition, then, otherwise, node.span)
    raise AssertionError(node)


def _subscript(node: Subscript, change: Change, subscript: Change | None) -> Subscript:
    if isinstance(node, Each):
        return node
    if isinstance(node, IndexRange):
        first, last = (_end(end, change, subscript) for end in (node.first, node.last))
        return replace(node, first=first, last=last)
    return _end(node, change, subscript)


def _end(node: Expression, change: Change, subscript: Change | None) -> Expression:
    if isinstance(node, Reference) and not node.subscripts:
        return subscript(node) if subscript is not None else node
    return rewrite(node, change, subscript)
