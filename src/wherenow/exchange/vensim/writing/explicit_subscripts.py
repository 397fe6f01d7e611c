"""References with all their subscripts: Vensim has neither bare arrays nor positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Each, Expression, ExpressionError, Number, Reference, Subscript
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.model_types import Equation, Variable
from wherenow.model.rewrite import rewrite


@dataclass(frozen=True, slots=True)
class Explicit:
    """A writer of subscripts that a model leaves implicit."""

    variables: Mapping[str, Variable]
    dimensions: Dimensions

    def references(self, expression: Expression, variable: Variable, equation: Equation) -> Expression:
        """Write every subscript in ``expression``, which belongs to an equation of ``variable``.

        Raises
        ------
        ExpressionError
            for a subscript that Vensim cannot express.
        """
        pairs = zip(equation.subscripts, variable.dimensions, strict=True)
        single = {d: s for s, d in pairs if s not in self.dimensions}

        def opened(node: Expression) -> Expression:
            """Expand a bare array in a function over arrays to the whole array."""
            row = FUNCTIONS.get(node.function) if isinstance(node, Call) else None
            if not isinstance(node, Call) or row is None or row.kind is not FunctionKind.ARRAY:
                return node
            if len(node.arguments) == 1:
                return replace(node, arguments=(whole(node.arguments[0]),))
            if node.function not in ("min", "max"):
                return node
            return replace(node, arguments=tuple(reduced(node, a) for a in node.arguments))

        def reduced(node: Call, argument: Expression) -> Expression:
            """Reduce one of several arguments where it is a bare array over dimensions that the equation lacks."""
            over = self.variables[argument.name].dimensions if is_bare(argument) else ()
            bound = any(d in equation.subscripts or d in single for d in over)
            return Call(node.function, (whole(argument),), argument.span) if over and not bound else argument

        def is_bare(node: Expression) -> TypeGuard[Reference]:
            return isinstance(node, Reference) and not node.subscripts and node.name in self.variables

        def whole(node: Expression) -> Expression:
            over = self.variables[node.name].dimensions if is_bare(node) else ()
            if len(set(over)) < len(over):
                raise ExpressionError("Vensim has no form for a dimension summed over twice", node.span)
            return replace(node, subscripts=tuple(Each(d, node.span) for d in over)) if over and is_bare(node) else node

        def written(node: Expression) -> Expression:
            if not isinstance(node, Reference) or node.name not in self.variables:
                return node
            over = self.variables[node.name].dimensions
            if not over:
                return node
            if not node.subscripts:
                return replace(node, subscripts=tuple(Reference(self._bound(d, single), (), node.span) for d in over))
            subscripts = tuple(self._subscript(s, d, node) for s, d in zip(node.subscripts, over, strict=False))
            return replace(node, subscripts=subscripts)

        return rewrite(rewrite(expression, opened), written)

    def _bound(self, dimension: str, single: Mapping[str, str]) -> str:
        """Name a dimension where only one of its elements is in use."""
        return self.dimensions.element_for(dimension, single) or dimension if single else dimension

    def _subscript(self, subscript: Subscript, dimension: str, node: Reference) -> Subscript:
        match subscript:
            case Each(None):
                if sum(isinstance(s, Each) and s.dimension is None for s in node.subscripts) > 1 and (
                    self.variables[node.name].dimensions.count(dimension) > 1
                ):
                    raise ExpressionError("Vensim has no form for a dimension summed over twice", subscript.span)
                return Each(dimension, subscript.span)
            case Number(value):
                whole = self.dimensions.elements(self.dimensions.root(dimension))
                if value != int(value) or not 1 <= value <= len(whole):
                    raise ExpressionError(f"there is no element {value:g} of '{dimension}'", subscript.span)
                return Reference(whole[int(value) - 1], (), subscript.span)
            case Reference(name, ()) if (
                name in self.variables and name not in self.dimensions and name not in self.dimensions.owners
            ):
                raise ExpressionError("Vensim has no computed subscripts", subscript.span)
            case _:
                return subscript
