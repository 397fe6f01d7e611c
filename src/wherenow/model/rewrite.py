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
    match node:
        case Number() | Table():
            return node
        case Reference():
            if not node.subscripts:
                return node
            return replace(node, subscripts=tuple(_subscript(s, change, subscript) for s in node.subscripts))
        case Unary():
            return replace(node, operand=rewrite(node.operand, change, subscript))
        case Binary():
            left, right = (rewrite(side, change, subscript) for side in (node.left, node.right))
            return replace(node, left=left, right=right)
        case Conditional():
            condition = rewrite(node.condition, change, subscript)
            then, otherwise = (rewrite(p, change, subscript) for p in (node.then, node.otherwise))
            return Conditional(condition, then, otherwise, node.span)
        case Call():
            return replace(node, arguments=tuple(rewrite(a, change, subscript) for a in node.arguments))


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
