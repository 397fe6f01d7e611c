"""Equations written out element by element: those of arrays with a repeated dimension, and matrix products.

Stella's ``A'`` is the transpose of a matrix and ``A *.* B`` the inner product (isee systems help, "Specialized Array
Manipulation"). Where a dimension occurs twice, its position decides, since its name is ambiguous.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import add

from wherenow.exchange.xmile.reading.xmile_equations import WHOLE
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Each, Expression, ExpressionError, Number, Reference, Subscript, Table, walk
from wherenow.model.model_types import Dimension, Equation, Variable
from wherenow.model.rewrite import rewrite


def by_element(
    equation: Equation, variables: Mapping[str, Variable], dimensions: Mapping[str, Dimension]
) -> list[Equation]:
    """Return one equation for each element, or the equation itself if names are unambiguous.

    Raises ExpressionError if an index is not constant or sizes differ.
    """
    expression, over = equation.expression, equation.subscripts
    twice = len(set(over)) < len(over) and set(over) <= set(dimensions) and not isinstance(expression, Number | Table)
    if not twice and not any(isinstance(n, Call) and n.function in ("transpose", "inner") for n in walk(expression)):
        return [equation]
    made = []
    for elements in product(*(dimensions[d].elements if d in dimensions else (d,) for d in over)):
        names = tuple(zip(over, elements, strict=True))
        place = _Place(names, variables, dimensions)
        initial = place.written(equation.initial) if equation.initial is not None else None
        made.append(replace(equation, expression=place.written(expression), subscripts=elements, initial=initial))
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """One element of a left-hand side: ``here`` pairs each of its dimensions with the element."""

    here: tuple[tuple[str, str], ...]
    variables: Mapping[str, Variable]
    dimensions: Mapping[str, Dimension]

    def written(self, expression: Expression) -> Expression:
        """Return ``expression`` for this element."""
        return rewrite(rewrite(expression, self._opened), self._change)

    def _opened(self, node: Expression) -> Expression:
        """Expand a bare array in a function over arrays to the whole array."""
        row = FUNCTIONS.get(node.function) if isinstance(node, Call) else None
        if row is None or row.kind is not FunctionKind.ARRAY or not isinstance(node, Call) or len(node.arguments) != 1:
            return node
        (array,) = node.arguments
        known = self.variables.get(array.name) if isinstance(array, Reference) and not array.subscripts else None
        if known is None or not isinstance(array, Reference):
            return node
        return replace(node, arguments=(replace(array, subscripts=tuple(Each(None) for _ in known.dimensions)),))

    def _change(self, node: Expression) -> Expression:
        match node:
            case Reference(name, ()) if name in self.variables and self.variables[name].dimensions:
                over = self.variables[name].dimensions
                return replace(node, subscripts=tuple(map(Reference, self._elements(over, node))))
            case Reference(_, subscripts) if subscripts and subscripts != WHOLE:
                named = [s.name for s in subscripts if isinstance(s, Reference) and s.name in dict(self.here)]
                found = iter(self._elements(tuple(named), node))
                return replace(node, subscripts=tuple(self._subscript(s, named, found) for s in subscripts))
            case Call("transpose", _):
                return self._entry(node, [e for _, e in self.here])
            case Call("inner", (left, right)):
                elements = [e for _, e in self.here]
                rows = len(self._over(left)) - 1
                if rows + len(self._over(right)) - 1 != len(elements):
                    message = "the inner product has another number of dimensions than the left side"
                    raise ExpressionError(message, node.span)
                inner = self._over(left)[-1]
                terms: list[Expression] = [
                    self._entry(left, [*elements[:rows], e]) * self._entry(right, [e, *elements[rows:]])
                    for e in self.dimensions[inner].elements
                ]
                return replace(reduce(add, terms), span=node.span)
        return node

    def _subscript(self, subscript: Subscript, named: list[str], found: object) -> Subscript:
        if isinstance(subscript, Reference) and subscript.name in named:
            return replace(subscript, name=next(found))  # type: ignore[call-overload]
        return subscript

    def _elements(self, over: tuple[str, ...], node: Expression) -> tuple[str, ...]:
        """Return the elements of dimensions: by position where all are those of the left-hand side, else by name."""
        if over == tuple(d for d, _ in self.here):
            return tuple(e for _, e in self.here)
        found = []
        for dimension in over:
            places = [e for d, e in self.here if d == dimension]
            if len(places) != 1:
                what = "not on the left side" if not places else "on the left side more than once"
                raise ExpressionError(f"dimension '{dimension}' is {what}: name the element that is meant", node.span)
            found.append(places[0])
        return tuple(found)

    def _over(self, operand: Expression) -> tuple[str, ...]:
        if isinstance(operand, Call) and operand.function in ("transpose", "transposed"):
            return tuple(reversed(self._over(operand.arguments[0])))
        if isinstance(operand, Reference) and operand.name in self.variables and operand.subscripts == WHOLE:
            return self.variables[operand.name].dimensions
        raise ExpressionError("this takes whole arrays by their names", operand.span)

    def _entry(self, operand: Expression, elements: list[str]) -> Expression:
        if isinstance(operand, Call) and operand.function in ("transpose", "transposed"):
            return self._entry(operand.arguments[0], list(reversed(elements)))
        over = self._over(operand)
        fits = len(over) == len(elements) and all(
            e in self.dimensions[d].elements for d, e in zip(over, elements, strict=True)
        )
        if not fits or not isinstance(operand, Reference):
            raise ExpressionError("the dimensions do not fit those of the left side", operand.span)
        return replace(operand, subscripts=tuple(map(Reference, elements)))
