"""Writing expressions for an XMILE file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce

from wherenow.language.functions import FUNCTIONS
from wherenow.language.printer import to_xmile
from wherenow.language.syntax import (
    Binary,
    Call,
    Each,
    Expression,
    ExpressionError,
    Number,
    Reference,
    Subscript,
    Table,
)
from wherenow.model.elaboration.scope import Scope
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.elaboration.unfold import Unfolder
from wherenow.model.elaboration.vectors import ARRAY_FUNCTIONS
from wherenow.model.model_types import Dimension, Variable
from wherenow.model.rewrite import rewrite

EMPTY = "???"
"""The text of an equation without a value, after xmutil; the reader reports it."""

_KEYWORDS = re.compile(r'"[^"]*"|(?<![\w.$])(?:if|then|else)(?![\w.$])')
"""Words that PySD knows in capitals only."""


def shown(name: str) -> str:
    """Spell a dimension's or element's name in its declaration: with blanks, as PySD expects."""
    return name.replace("_", " ")


class XmileSpelling:
    """A writer of one model's or macro's equations; tables inside them get names and are collected."""

    def __init__(
        self, variables: Mapping[str, Variable], dimensions: Mapping[str, Dimension], others: Iterable[str] = ()
    ) -> None:
        self._variables = variables
        self._names = {*variables, *dimensions, *others}
        self._new: list[tuple[str, Table]] = []
        self._unfolder = Unfolder(
            variables=variables, dimensions=Dimensions(dimensions), defined=_Anything(), array_functions=ARRAY_FUNCTIONS
        )

    def text(self, expression: Expression) -> str:
        """Write ``expression``; :data:`EMPTY` if it is not a number."""
        if isinstance(expression, Number) and math.isnan(expression.value):
            return EMPTY
        text = to_xmile(rewrite(expression, self._written))
        return _KEYWORDS.sub(lambda m: m[0] if m[0].startswith('"') else m[0].upper(), text)

    def element(self, expression: Expression, binding: Mapping[str, str]) -> Expression:
        """Write ``expression`` for one element, with the element in place of each dimension.

        Where that is impossible (a macro's call, a function of a whole array), the expression is unchanged.
        """
        if isinstance(expression, Table):
            return expression
        try:
            return rewrite(self._unfolder.scalar(expression, Scope(binding)), _folded)
        except ExpressionError:
            return expression

    def taken_out(self) -> Iterator[tuple[str, Table]]:
        """Return the tables collected since the last call, by name."""
        found, self._new = self._new, []
        return iter(found)

    def _written(self, node: Expression) -> Expression:
        match node:
            case Number(value) if math.isnan(value):
                return Reference("nan")
            case Number(value) if math.isinf(value):
                return Call("inf", ()) if value > 0 else -Call("inf", ())
            case Table():
                return Reference(self._named(node))
            case Call("lookup", (Reference(name, ()), argument)) if name not in FUNCTIONS:
                return Call(name, (argument,), node.span)
            case Reference(name, subscripts) if subscripts and name in self._variables:
                over = self._variables[name].dimensions
                return replace(node, subscripts=tuple(_whole(s, i, over, subscripts) for i, s in enumerate(subscripts)))
            case _:
                return node

    def _named(self, table: Table) -> str:
        for name, known in self._new:
            if known == table:
                return name
        count = 1
        while (name := f"table_{count}") in self._names:
            count += 1
        self._names.add(name)
        self._new.append((name, table))
        return name


def _whole(subscript: Subscript, place: int, over: tuple[str, ...], beside: tuple[Subscript, ...]) -> Subscript:
    """Write ``*:d`` as ``*`` where d is the dimension there, and neither the array nor a subscript has it again."""
    if not isinstance(subscript, Each) or place >= len(over) or subscript.dimension != over[place]:
        return subscript
    along = sum(isinstance(other, Each) and other.dimension == subscript.dimension for other in beside)
    return Each(None, subscript.span) if over.count(over[place]) == along == 1 else subscript


def _folded(node: Expression) -> Expression:
    """Turn the scalar element ``x[a,b]`` into a reference with subscripts, and a reduction over elements into
    operators.
    """
    if isinstance(node, Call) and len(node.arguments) > 1 and node.function in ("sum", "mean", "prod", "min", "max"):
        return _reduced(node)
    if not isinstance(node, Reference) or node.subscripts or not node.name.endswith("]"):
        return node
    name, _, inside = node.name[:-1].partition("[")
    return Reference(name, tuple(Reference(e) for e in inside.split(",")), node.span)


def _reduced(node: Call) -> Expression:
    """Write a reduction: XMILE's SUM and the like take a whole array, its MIN and MAX two values."""
    if node.function in ("min", "max"):
        return reduce(lambda left, right: Call(node.function, (left, right)), node.arguments)
    operator = "*" if node.function == "prod" else "+"
    total = reduce(lambda left, right: Binary(operator, left, right), node.arguments)
    return total / len(node.arguments) if node.function == "mean" else total


class _Anything:
    """A set of elements that contains every element; undefined ones are reported when the file is read."""

    def __contains__(self, name: object) -> bool:
        return True
