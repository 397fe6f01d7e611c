"""Rewrite expressions node by node and preserve their structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
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
    if isinstance(node, Reference) and node.subscripts:
        return change(replace(node, subscripts=tuple(_subscript(s, change, subscript) for s in node.subscripts)))
    return change(with_parts(node, partial(rewrite, change=change, subscript=subscript)))


def with_parts(node: Expression, change: Change) -> Expression:
    """Return ``node`` with its operands or arguments changed, or ``node`` itself if none changes."""
    if isinstance(node, (Number, Reference, Table, PerElement)):  # most nodes of a model; `match` takes longer
        return node
    if isinstance(node, Binary):
        first, second = change(node.left), change(node.right)
        return node if first is node.left and second is node.right else Binary(node.operator, first, second, node.span)
    if isinstance(node, Call):
        arguments = tuple([change(a) for a in node.arguments])
        return node if all(map(is_, arguments, node.arguments)) else Call(node.function, arguments, node.span)
    if isinstance(node, Unary):
        operand = change(node.operand)
        return node if operand is node.operand else Unary(node.operator, operand, node.span)
    old = (node.condition, node.then, node.otherwise)
    condition, then, otherwise = new = [change(part) for part in old]
    return node if all(map(is_, new, old)) else Conditional(condition, then, otherwise, node.span)


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
