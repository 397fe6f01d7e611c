"""Unfold array equations to scalar ones: the expression of one element, with every reference to a scalar element.

Array functions over whole dimensions become calls over elements; a computed subscript becomes a choice by position.
XMILE 1.0, 4.1.4 (arrays) and Vensim reference manual, "Subscripts".

For ``total[region] = SUM(people[region, *])`` and the element ``north``, the binding is ``{region: north}``. It
resolves ``region``; the star is an axis that the function reduces, so each of its elements gets a reference, and the
result is ``people[north,a] + people[north,b] + …``. An equation may treat one element differently from the others.

A binding may hold a tuple of elements, one for each element of the equation: then the equation is unfolded for all of
them at once, with a :class:`~wherenow.language.syntax.PerElement` wherever they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import product
from operator import and_

from wherenow.errors import Diagnostic, Text, did_you_mean
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import (
    Binary,
    Call,
    Each,
    Expression,
    ExpressionError,
    IndexRange,
    Number,
    PerElement,
    Reference,
    Span,
    Subscript,
    Table,
    children,
    walk,
)
from wherenow.model.elaboration.scope import Axis, Computed, Scope, range_axis
from wherenow.model.elaboration.subscripts import OUTSIDE, ApartError, Bound, Dimensions, count_of, element_at
from wherenow.model.model_types import Kind, Variable
from wherenow.model.rewrite import with_parts


def element_name(variable: str, elements: tuple[str, ...]) -> str:
    """Return the name of a scalar element: ``x`` or ``x[a,b]``."""
    return f"{variable}[{','.join(elements)}]" if elements else variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolder:
    """Builds scalar expressions. ``defined`` holds the scalar element names that some equation defines.

    ``array_functions`` unfold calls, by name; ``shared`` holds expressions of several elements, by the name of the new
    element for each. A binding with tuples of elements unfolds an equation for all its elements at once.
    """

    variables: Mapping[str, Variable]  # variables of the model, by name
    dimensions: Dimensions  # dimensions of the model
    defined: Container[str]
    array_functions: Mapping[str, Callable[[Unfolder, Call, Scope], Expression]] = field(default_factory=dict)
    shared: dict[str, Expression] = field(default_factory=dict)
    shared_names: dict[object, str] = field(default_factory=dict)  # names of shared expressions, by their origin
    names: dict[object, tuple[str | float, ...]] = field(default_factory=dict)  # names by variable and subscripts

    def unfold(
        self, expression: Expression, binding: Mapping[str, Bound], text: Text, problems: list[Diagnostic]
    ) -> Expression:
        """Return the scalar form of ``expression`` under ``binding``; on failure, add a problem and return 0."""
        try:
            return self.scalar(expression, Scope(binding))
        except ExpressionError as wrong:
            problems.append(wrong.problem(text))
            return Number(0.0)

    def flow_elements(
        self, name: str, binding: Mapping[str, Bound], text: Text, problems: list[Diagnostic]
    ) -> Iterator[tuple[str, ...]]:
        """Yield the flow elements that feed or drain each element of a stock, over all dimensions that the stock
        lacks.
        """
        flow = self.variables.get(name)
        over = [d for d in flow.dimensions if self.dimensions.elements_for(d, binding) is None] if flow else []
        for elements in product(*map(self.dimensions.elements, over)):
            bound = {**binding, **dict(zip(over, elements, strict=True))}
            flow_element = self.unfold(Reference(name), bound, text, problems)
            if isinstance(flow_element, Reference):
                yield (flow_element.name,) * count_of(binding)
            elif isinstance(flow_element, PerElement):
                yield tuple(map(str, flow_element.items))

    def scalar(self, node: Expression, scope: Scope) -> Expression:
        """Return the scalar form of an expression in a scope."""
        match node:
            case Reference():
                return self._reference(node, scope)
            case Binary("=" | "<>" as operator, Reference() as left, Reference() as right, span) if (
                same := self._same_element(left, right, scope)
            ) is not None:
                return _numbers([float(s == (operator == "=")) for s in same], span)
            case Call():
                return self._call(node, scope)
            case _:
                return with_parts(node, partial(self.scalar, scope=scope))

    # -- references

    def _same_element(self, left: Reference, right: Reference, scope: Scope) -> list[bool] | None:
        """Return whether two subscripts name the same element, for each element of the equation.

        None if one of them is not a subscript, or their dimensions share no elements.
        """
        sides: list[tuple[Bound, tuple[str, ...]]] = []
        for side in (left, right):
            if side.name in self.variables:
                return None
            if side.name in self.dimensions:
                element = self._current(side, scope)
            else:
                element = side.name if side.name in self.dimensions.owners else None
            if element is None:
                return None
            sides.append((element, self.dimensions.elements(side.name)))
        (first, first_range), (second, second_range) = sides
        if not set(first_range) & set(second_range):
            return None
        return [element_at(first, i) == element_at(second, i) for i in range(count_of(scope.binding))]

    def _reference(self, node: Reference, scope: Scope) -> Expression:
        variable = self.variables.get(node.name)
        if variable is None:
            return self._subscript_value(node, scope)
        if not variable.dimensions:
            if node.subscripts:
                raise ExpressionError(f"'{node.name}' is not an array", node.span, "leave the subscripts out")
            return node
        subscripts = node.subscripts or tuple(Reference(d, (), node.span) for d in variable.dimensions)
        if len(subscripts) != len(variable.dimensions):
            n, m = len(variable.dimensions), len(subscripts)
            over = ", ".join(variable.dimensions)
            raise ExpressionError(f"'{node.name}' has {n} dimensions ({over}), not {m}", node.span)
        uses: dict[str, int] = {}
        choices = [self._elements(s, d, scope, uses) for s, d in zip(subscripts, variable.dimensions, strict=True)]
        if not any(isinstance(choice, Computed) for choice in choices):
            return self._named(node, tuple([choice for choice in choices if not isinstance(choice, Computed)]))
        # An index is known only during the run, so the call gets every possible element and chooses one.
        candidates = [choice.elements if isinstance(choice, Computed) else (choice,) for choice in choices]
        if not all(candidates):
            return Number(0.0, node.span)
        computed = [choice for choice in choices if isinstance(choice, Computed)]
        indices = [part for c in computed for part in (c.place, Number(float(len(c.elements))))]
        values = [self._named(node, subscripts) for subscripts in product(*candidates)]
        return Call("element_at", (Number(float(len(computed))), *indices, *values), node.span)

    def _named(self, node: Reference, subscripts: tuple[Bound, ...]) -> Expression:
        """Return the element at known subscripts, or one for each element of the equation."""
        names = self._names(node, subscripts)
        return Reference(str(names[0]), (), node.span) if len(names) == 1 else PerElement(names, node.span)

    def _names(self, node: Reference, subscripts: tuple[Bound, ...]) -> tuple[str | float, ...]:
        """Return the name that a reference means, or one for each element of the equation: 0 outside the array."""
        count = max([len(e) for e in subscripts if isinstance(e, tuple)], default=1)
        cached = self.names.get((node.name, subscripts)) if count > 1 else None
        if cached is not None:
            return cached
        each = [tuple([element_at(e, i) for e in subscripts]) for i in range(count)]
        names = tuple([0.0 if OUTSIDE in elements else element_name(node.name, elements) for elements in each])
        if missing := next((n for n in names if n not in self.defined and n != 0.0), ""):
            raise ExpressionError(f"no equation defines '{missing}'", node.span)
        if count > 1:
            self.names[node.name, subscripts] = names
        return names

    def _elements(self, subscript: Subscript, dimension: str, scope: Scope, uses: dict[str, int]) -> Bound | Computed:
        """Return the element that a subscript names over ``dimension``, or a computed index and its candidates."""
        whole = self.dimensions.whole(dimension)
        match subscript:
            case Each(name):
                axis = (name or dimension, uses.get(name or dimension, 0))
                if name is None:  # `d!` in Vensim denotes the same axis wherever it occurs; an unnamed one is new
                    uses[dimension] = axis[1] + 1
                if axis in scope.axes:
                    return scope.axes[axis]
                bound = self.dimensions.elements_for(dimension, scope.binding)
                if bound is None:
                    raise ExpressionError("'*' is outside a function over an array", subscript.span)
                return bound
            case IndexRange():
                key = range_axis(subscript, dimension)
                if key in scope.axes:
                    return scope.axes[key]
                raise ExpressionError("a range is outside a function over an array", subscript.span)
            case Number(value):
                if value != int(value) or not 1 <= value <= len(whole):
                    raise ExpressionError(
                        f"'{dimension}' has positions 1 to {len(whole)}, not {value:g}", subscript.span
                    )
                return whole[int(value) - 1]
            case Reference(name, ()):
                if name in self.dimensions:
                    current = self.dimensions.elements_for(name, scope.binding)
                    if current is None and name not in whole:
                        raise ExpressionError(f"the equation does not run over dimension '{name}'", subscript.span)
                    return current if current is not None else name
                if name in whole or name in self.dimensions.by_name[dimension].elements:
                    return name
                if name not in self.variables:
                    hint = did_you_mean(name, [*whole, *self.dimensions.by_name])
                    raise ExpressionError(
                        f"'{name}' is not an element of dimension '{dimension}'", subscript.span, hint
                    )
                return Computed(self.scalar(subscript, scope), whole)
            case Binary("+" | "-", Reference(name, ()) as place, Number(shift)) if name in self.dimensions:
                by = int(shift if subscript.operator == "+" else -shift)
                places = [p + by for p in self._positions(place, subscript, scope)]
                inside = [whole[p - 1] if 1 <= p <= len(whole) else OUTSIDE for p in places]
                if set(inside) == {OUTSIDE}:
                    return Computed(Number(0.0), ())
                return inside[0] if len(inside) == 1 else tuple(inside)
            case _:
                return Computed(self.scalar(subscript, scope), whole)

    def _subscript_value(self, node: Reference, scope: Scope) -> Expression:
        """Return the position of a dimension or element that is used as a number (XMILE 4.1.4; Vensim)."""
        name = node.name
        if name in self.dimensions:
            return _numbers([float(place) for place in self._positions(node, node, scope)], node.span)
        if name in self.dimensions.owners:
            return Number(float(self.dimensions.position(name, self.dimensions.owners[name][0])), node.span)
        hint = did_you_mean(name, [*self.variables, *self.dimensions.by_name])
        raise ExpressionError(f"unknown name '{name}'", node.span, hint)

    def _current(self, dimension: Reference, scope: Scope) -> Bound | None:
        """Return the element of a dimension that is used as a number, ``d`` or Vensim's ``d!``, if it is bound."""
        if dimension.subscripts:
            return scope.axes.get((dimension.name, 0))
        return self.dimensions.elements_for(dimension.name, scope.binding)

    def _positions(self, dimension: Reference, node: Expression, scope: Scope) -> list[int]:
        """Return the position of the current element in a dimension, counted from 1."""
        name, current = dimension.name, self._current(dimension, scope)
        if current is None:
            raise ExpressionError(f"the equation does not run over dimension '{name}'", node.span)
        return [self.dimensions.position(e, name) for e in ((current,) if isinstance(current, str) else current)]

    # -- calls

    def _call(self, node: Call, scope: Scope) -> Expression:
        row = FUNCTIONS.get(node.function)
        if row is None:
            variable = self.variables.get(node.function)
            if variable is not None and len(node.arguments) == 1:
                table = Reference(node.function, (), node.span)
                return self._call(Call("lookup", (table, node.arguments[0]), node.span), scope)
            hint = did_you_mean(node.function, [*FUNCTIONS, *self.variables])
            raise ExpressionError(f"unknown function '{node.function}'", node.span, hint)
        if row.kind is FunctionKind.ARRAY:
            return self._array(row.name, node, scope)
        if row.kind is FunctionKind.LOOKUP:
            source = node.arguments[0]
            table_variable = self.variables.get(source.name) if isinstance(source, Reference) else None
            if table_variable is not None and not _has_table(table_variable):
                raise ExpressionError(f"'{table_variable.name}' has no table to look up in", source.span)
        arguments = tuple([self.scalar(a, scope) for a in node.arguments])
        if row.name in _STAGED and any(isinstance(n, PerElement) for a in arguments[1:3] for n in walk(a)):
            raise ApartError  # each element may have its own number of stages
        return Call(row.name, arguments, node.span)

    def _array(self, name: str, node: Call, scope: Scope) -> Expression:
        special = self.array_functions.get(name)
        if special is not None:
            if count_of(scope.binding) > 1:
                raise ApartError
            return special(self, node, scope)
        if len(node.arguments) > 1:  # plain values, as in min(a, b), or arrays that the equation does not run over
            parts = (part for a in node.arguments for part in self._values(a, scope))
            return Call(name, tuple(parts), node.span)
        if ranges := self._moving_ranges(node.arguments[0]):
            return self._over_moving(name, node, ranges, scope)
        values = self.over(node.arguments[0], scope)
        if name == "size":
            return Number(float(len(values)), node.span)
        return Call(name, tuple(values), node.span)

    def _bare(self, argument: Expression) -> tuple[str, ...]:
        """Return the dimensions of a bare array; none for anything else."""
        bare = isinstance(argument, Reference) and not argument.subscripts and argument.name in self.variables
        return self.variables[argument.name].dimensions if bare and isinstance(argument, Reference) else ()

    def _values(self, argument: Expression, scope: Scope) -> list[Expression]:
        """Return a single value, or those of a bare array over dimensions that the equation does not bind."""
        over = self._bare(argument)
        loose = over and all(self.dimensions.elements_for(d, scope.binding) is None for d in over)
        return self.over(argument, scope) if loose else [self.scalar(argument, scope)]

    def _moving_ranges(self, argument: Subscript) -> dict[Axis, tuple[IndexRange, str]]:
        """Return the ranges (``v[1:k]``) whose ends are known only at run time, by axis, with their dimension."""
        found: dict[Axis, tuple[IndexRange, str]] = {}
        for node in walk(argument):
            if isinstance(node, Reference) and (variable := self.variables.get(node.name)):
                for subscript, dimension in zip(node.subscripts, variable.dimensions, strict=False):
                    if isinstance(subscript, IndexRange) and self._ends(subscript, dimension) is None:
                        found[range_axis(subscript, dimension)] = (subscript, dimension)
        return found

    def _over_moving(
        self, name: str, node: Call, ranges: Mapping[Axis, tuple[IndexRange, str]], scope: Scope
    ) -> Expression:
        """Return a reduction over the elements between ends that are known only at run time."""
        argument = node.arguments[0]
        if name not in _SELECTING:
            raise ExpressionError(f"'{name}' takes a range between elements or whole numbers only", node.span)
        axes = self.axes(argument)
        parts: list[Expression] = []
        for elements in product(*axes.values()):
            at = dict(zip(axes, elements, strict=True))
            inside = []
            for axis, (limits, dimension) in ranges.items():
                place = Number(float(self.dimensions.position(at[axis], dimension)))
                first, last = (self.scalar(end, scope) for end in (limits.first, limits.last))
                inside.append((first <= place) & (place <= last))
            value = Number(1.0) if name == "size" else self.scalar(argument, scope.within(at))
            parts += [reduce(and_, inside), value]
        return Call("vector_select", (Number(_SELECTING[name]), Number(0.0), *parts), node.span)

    def over(self, argument: Expression, scope: Scope) -> list[Expression]:
        """Return the scalar forms of an argument for all elements of its open dimensions, last dimension fastest."""
        if isinstance(argument, Reference) and (over := self._bare(argument)):
            argument = replace(argument, subscripts=tuple(Each(None, argument.span) for _ in over))
        bare = argument.name if isinstance(argument, Reference) and not argument.subscripts else ""
        if bare in self.dimensions and bare not in self.variables:  # the argument is a dimension, as in SIZE(dimension)
            axes = {(bare, 0): self.dimensions.elements(bare)}
        else:
            axes = self.axes(argument)
        combinations = product(*axes.values())
        return [self.scalar(argument, scope.within(dict(zip(axes, c, strict=True)))) for c in combinations]

    def axes(self, argument: Subscript) -> dict[Axis, tuple[str, ...]]:
        """Return the dimensions that an argument leaves open (``*``, ``*:d``, ``d!``, ``first:last``) with their
        elements.
        """
        found: dict[Axis, tuple[str, ...]] = {}
        if isinstance(argument, Reference) and (variable := self.variables.get(argument.name)):
            uses: dict[str, int] = {}
            for subscript, dimension in zip(argument.subscripts, variable.dimensions, strict=False):
                whole = self.dimensions.whole(dimension)
                if isinstance(subscript, Each):
                    name = subscript.dimension or dimension
                    if name not in self.dimensions:
                        raise ExpressionError(f"unknown dimension '{name}'", subscript.span)
                    found[(name, uses.get(name, 0))] = self.dimensions.elements(name)
                    if subscript.dimension is None:
                        uses[dimension] = uses.get(dimension, 0) + 1
                elif isinstance(subscript, IndexRange):
                    low, high = self._ends(subscript, dimension) or (1, len(whole))
                    found[range_axis(subscript, dimension)] = whole[low - 1 : high]
        elif isinstance(argument, Reference) and argument.name in self.dimensions and argument.subscripts:
            found[argument.name, 0] = self.dimensions.elements(argument.name)
        row = FUNCTIONS.get(argument.function) if isinstance(argument, Call) else None
        if row is not None and row.kind is FunctionKind.ARRAY and len(children(argument)) == 1:
            return found  # an inner reduction closes its own dimensions; min(a, b) of plain values does not
        for child in children(argument):
            found.update(self.axes(child))
        return found

    def _ends(self, limits: IndexRange, dimension: str) -> tuple[int, int] | None:
        """Return the end positions of a range, None if they are known only at run time."""
        places = []
        for end in (limits.first, limits.last):
            match end:
                case Number(value):
                    places.append(int(value))
                case Reference(name, ()) if name in self.dimensions.whole(dimension):
                    places.append(self.dimensions.position(name, dimension))
                case _:
                    return None
        return places[0], places[1]


_SELECTING: Mapping[str, float] = {"sum": 6.0, "prod": 7.0, "min": 8.0, "max": 9.0, "mean": 10.0, "size": 6.0}
"""The numerical action of ``vector_select`` for each reduction."""


_STAGED = frozenset({"delayn", "delayn_batched", "smthn"})
"""Functions whose number of states depends on their order and, for delays, on the delay time."""


def _numbers(values: list[float], span: Span) -> Expression:
    """Return a number, or one for each element of an equation."""
    return Number(values[0], span) if len(values) == 1 else PerElement(tuple(values), span)


def _has_table(variable: Variable) -> bool:
    return variable.kind in (Kind.LOOKUP, Kind.SERIES) or any(
        isinstance(e.expression, Table)
        or (isinstance(e.expression, Call) and e.expression.arguments and isinstance(e.expression.arguments[0], Table))
        for e in variable.equations
    )
