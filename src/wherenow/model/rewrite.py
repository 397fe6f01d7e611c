"""Expressions changed node by node, the shape around them kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    IndexRange,
    Number,
    Reference,
    Subscript,
    Table,
    Unary,
)

Change = Callable[[Expression], Expression]


def rewrite(node: Expression, change: Change, subscript: Change | None = None) -> Expression:
    """``node`` with ``change`` applied to each expression, those inside first.

    ``subscript`` is applied instead to what stands directly among a reference's subscripts (names there mean elements
    and dimensions first); without it those are left as they are, but for the expressions inside them.
    """
    return change(_inside(node, change, subscript))


def _inside(node: Expression, change: Change, subscript: Change | None) -> Expression:
    """``node`` with its parts changed; itself where none did, since most of a model stays as it is."""
    match node:
        case Number() | Table():
            return node
        case Reference(subscripts=subscripts):
            if not subscripts:
                return node
            return replace(node, subscripts=tuple(_subscript(s, change, subscript) for s in subscripts))
        case Unary(operator, operand, span):
            made = rewrite(operand, change, subscript)
            return node if made is operand else Unary(operator, made, span)
        case Binary(operator, left, right, span):
            first, second = rewrite(left, change, subscript), rewrite(right, change, subscript)
            return node if first is left and second is right else Binary(operator, first, second, span)
        case Conditional(condition, then, otherwise, span):
            parts = [rewrite(part, change, subscript) for part in (condition, then, otherwise)]
            return Conditional(parts[0], parts[1], parts[2], span)
        case Call(function, arguments, span):
            given = tuple(rewrite(a, change, subscript) for a in arguments)
            same = all(new is old for new, old in zip(given, arguments, strict=True))
            return node if same else Call(function, given, span)


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
