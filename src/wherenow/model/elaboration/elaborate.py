"""Elaborate a model to its meaning: a :class:`System` of scalar elements in evaluation order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import chain, groupby
from typing import NamedTuple

from wherenow.errors import Diagnostic, InputError, Severity, did_you_mean
from wherenow.gc_pause import gc_paused
from wherenow.language.syntax import Call, Deferred, Number, PerElement, walk
from wherenow.model.elaboration.dependencies import needed_first, needed_now, states_first
from wherenow.model.elaboration.macros import expand_macros
from wherenow.model.elaboration.non_negative import keep_non_negative
from wherenow.model.elaboration.subscripts import ApartError, Bound, Dimensions
from wherenow.model.elaboration.unfold import Unfolder, element_name
from wherenow.model.elaboration.vectors import ARRAY_FUNCTIONS
from wherenow.model.model_types import Equation, Kind, ModelSpec, Variable
from wherenow.model.system import Element, Elements, System, divide_bodies

MANY = 2_000
"""Minimum number of elements in a model for unfolding array equations for all their elements at once."""
MEMBERS = 8
"""Minimum number of elements in one such equation."""
LEAVES = frozenset({Kind.PARAMETER, Kind.SERIES, Kind.LOOKUP})


def elaborate(model: ModelSpec) -> System:
    """Elaborate ``model``.

    Raises
    ------
    InputError
        With every unknown name, wrong subscript, duplicate definition and circular definition.
    """
    system, problems = examine(model)
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if system is None or errors:
        raise InputError(errors)
    return system


_Examined = tuple[System | None, tuple[Diagnostic, ...]]
_latest: deque[tuple[ModelSpec, _Examined]] = deque(maxlen=4)
"""Results for recent models, because units, links and claims of one model all need them."""


def examine(model: ModelSpec) -> _Examined:
    """Return the system, or None if the model has errors, and every problem found. Recent results are cached."""
    for known, found in tuple(_latest):
        if known is model:
            return found
    found = _examined(model)
    _latest.append((model, found))
    return found


@gc_paused()
def _examined(model: ModelSpec) -> _Examined:
    problems = unwritten(model.variables.values())
    if problems:
        return None, tuple(problems)
    try:
        model = expand_macros(model)
    except InputError as wrong:
        return None, wrong.diagnostics
    dimensions = Dimensions(model.dimensions)
    defined = _cover(model.variables.values(), dimensions, problems)
    many = sum(len(definition.names) for definition in defined) >= MANY
    if many and not problems and (system := _in_bodies(model, dimensions, defined)):
        return system, ()
    unfolder = _unfolder(model, dimensions, defined)
    elements = {e.name: e for definition in defined for e in _unfold_each(definition, unfolder, problems)}
    if problems:
        return None, tuple(problems)
    elements = dict(keep_non_negative(elements))
    order = _order({n: needed_now(e.expression) for n, e in elements.items() if not _leaf(e)}, elements, problems, "")
    first = _order(_first_needs(elements.values(), elements), elements, problems, " to find its first value")
    if problems:
        return None, tuple(problems)
    return System(model, elements, order, first), ()


class _Defined(NamedTuple):
    """Consecutive elements of a variable that one of its equations defines."""

    variable: Variable
    equation: Equation
    subscripts: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    equations: tuple[Equation, ...] = ()  # equation of each element, if they differ in a number

    @property
    def bound(self) -> tuple[Bound, ...]:
        """The element of each dimension, or a tuple with one for each defined element."""
        return tuple([e[0] if len(set(e)) == 1 else e for e in zip(*self.subscripts, strict=True)])


def _unfolder(model: ModelSpec, dimensions: Dimensions, defined: Sequence[_Defined]) -> Unfolder:
    return Unfolder(
        variables=model.variables,
        dimensions=dimensions,
        defined=frozenset(chain.from_iterable(d.names for d in defined)),
        array_functions=ARRAY_FUNCTIONS,
        names={(d.variable.name, d.bound): d.names for d in defined if len(d.names) > 1},
    )


def _unfold_each(defined: _Defined, unfolder: Unfolder, problems: list[Diagnostic]) -> Iterator[Element]:
    """Unfold elements one by one; yield each, and those that its expression shares with others."""
    variable = defined.variable
    equations = defined.equations or (defined.equation,) * len(defined.names)
    for equation, subscripts, name in zip(equations, defined.subscripts, defined.names, strict=True):
        yield _unfolded(_Defined(variable, equation, (subscripts,), (name,)), unfolder, problems)
        for shared in list(unfolder.shared):
            auxiliary = Variable(name=shared, kind=Kind.AUXILIARY, equations=(), label=shared, sector=variable.sector)
            yield Element(
                names=(shared,), variable=auxiliary, expression=unfolder.shared.pop(shared), equation=equation
            )


def _in_bodies(model: ModelSpec, dimensions: Dimensions, defined: list[_Defined]) -> System | None:
    """Unfold each equation over an array for all its elements at once, if they differ only in names and numbers.

    Returns None if that is impossible; unfolding the elements one by one then reports what is wrong.
    """
    problems: list[Diagnostic] = []
    defined = list(_joined(defined, dimensions))
    unfolder = _unfolder(model, dimensions, defined)
    parts: dict[str, Element] = {}
    for definition in defined:
        if len(definition.names) >= MEMBERS and definition.variable.kind not in (Kind.SERIES, Kind.LOOKUP):
            try:
                parts[definition.names[0]] = _unfolded(definition, unfolder, problems)
                continue
            except ApartError:
                pass
        parts.update((e.name, e) for e in _unfold_each(definition, unfolder, problems))
    parts = dict(keep_non_negative(parts)) if not problems else parts
    while not problems:
        part_of: dict[str, Element] = {}
        for part in parts.values():
            part_of.update(dict.fromkeys(part.names, part))
        try:
            order = _sorted({n: needed_now(p.expression) for n, p in parts.items() if not _leaf(p)}, part_of)
            first = _sorted(_first_needs(parts.values(), part_of), part_of)
        except CycleError as error:
            circle = {name for name in error.args[1] if parts[name].is_body}
            if not circle:
                return None
            # A body is one node of the graph, so a[d] = a[d - 1] + 1 looks circular until each element is a node.
            parts = divide_bodies(parts, circle)
            continue
        names = [tuple(chain.from_iterable(parts[n].names for n in which)) for which in (order, first)]
        return System(model, Elements(part_of), *names)
    return None


def _joined(defined: Iterable[_Defined], dimensions: Dimensions) -> Iterator[_Defined]:
    """Join consecutive elements of an array whose equations differ only in a number."""

    def but_for_number(definition: _Defined) -> tuple[object, ...]:
        variable, equation, *_ = definition
        if _number(definition.variable, equation) is None or any(s in dimensions for s in equation.subscripts):
            return id(variable), id(equation)
        return id(variable), equation.expression if variable.kind is Kind.STOCK else Kind.PARAMETER

    for _, group in groupby(defined, but_for_number):
        first, *others = members = list(group)
        if others:
            first = first._replace(
                subscripts=tuple(chain.from_iterable(m.subscripts for m in members)),
                names=tuple(chain.from_iterable(m.names for m in members)),
                equations=tuple([m.equation for m in members]),
            )
        yield first


def _number(variable: Variable, equation: Equation) -> float | None:
    """Return the value of a parameter or the first value of a stock, if it is a plain number."""
    expression = equation.initial if variable.kind is Kind.STOCK else equation.expression
    if not isinstance(expression, Number) or isinstance(expression, Deferred):
        return None
    return expression.value if variable.kind in (Kind.STOCK, Kind.PARAMETER) else None


def unwritten(variables: Iterable[Variable]) -> list[Diagnostic]:
    """Report each equation that is not written yet, as those of a causal-loop diagram are."""
    return [
        equation.text.problem(
            f"'{variable.label or variable.name}' has no equation yet: only its causes are listed",
            "a diagram opens as a map of links; to run, every variable needs an equation",
        )
        for variable in variables
        for equation in variable.equations
        if any(isinstance(n, Call) and n.function == "a_function_of" for e in equation.expressions for n in walk(e))
    ]


def _leaf(element: Element) -> bool:
    return element.kind in LEAVES or element.kind is Kind.STOCK


def _cover(variables: Iterable[Variable], dimensions: Dimensions, problems: list[Diagnostic]) -> list[_Defined]:
    """Return the elements that each equation defines."""
    definitions: list[_Defined] = []
    for variable in variables:
        unknown = [d for d in variable.dimensions if d not in dimensions]
        if unknown:
            hint = did_you_mean(unknown[0], dimensions.by_name)
            problems.append(variable.text.problem(f"unknown dimension '{unknown[0]}'", hint))
            continue
        equation_of: dict[tuple[str, ...], Equation] = {}
        for equation in dimensions.broad_first(variable.equations):
            if len(equation.subscripts) != len(variable.dimensions):
                n, m = len(variable.dimensions), len(equation.subscripts)
                problems.append(equation.text.problem(f"'{variable.name}' has {n} dimensions, this equation {m}"))
                continue
            covered = dict.fromkeys(dimensions.covered(equation), equation)
            for elements in [e for e in covered if e in equation_of]:
                if _breadth(equation_of[elements], dimensions) == _breadth(equation, dimensions):
                    name = element_name(variable.name, elements)
                    problems.append(equation.text.problem(f"'{name}' is defined twice"))
            equation_of |= covered  # the narrower equation wins, as in Vensim
        for _, group in groupby(_in_order(equation_of, variable, dimensions), lambda e: id(equation_of[e])):  # noqa: B023
            subscripts = tuple(group)
            names = tuple([element_name(variable.name, elements) for elements in subscripts])
            definitions.append(_Defined(variable, equation_of[subscripts[0]], subscripts, names))
    return definitions


def _in_order(defined: Iterable[tuple[str, ...]], variable: Variable, dimensions: Dimensions) -> list[tuple[str, ...]]:
    """Return elements in the order of their dimensions, independent of the order of the equations that define them."""
    if len(variable.equations) < 2:
        return list(defined)
    places = [{e: i for i, e in enumerate(dimensions.elements(d))} for d in variable.dimensions]
    return sorted(defined, key=lambda t: [place.get(e, len(place)) for place, e in zip(places, t, strict=True)])


def _breadth(equation: Equation, dimensions: Dimensions) -> tuple[int, int]:
    sizes = [len(dimensions.elements(s)) for s in equation.subscripts]
    total = 1
    for size in sizes:
        total *= size
    return sum(s in dimensions for s in equation.subscripts), total


def _unfolded(defined: _Defined, unfolder: Unfolder, problems: list[Diagnostic]) -> Element:
    """Unfold an equation for some of its elements at once."""
    variable, equation, subscripts, names, equations = defined
    elements = defined.bound
    binding = {s: e for s, e in zip(equation.subscripts, elements, strict=True) if s in unfolder.dimensions}
    for dimension, bound in zip(variable.dimensions, elements, strict=True):
        binding.setdefault(dimension, bound)  # a bare array means the current element, even in an element's equation
    expression = unfolder.unfold(equation.expression, binding, equation.text, problems)
    initial = equation.initial
    if initial is not None:
        initial = unfolder.unfold(initial, binding, equation.initial_place, problems)
    if equations:
        numbers = PerElement(tuple([n for e in equations if (n := _number(variable, e)) is not None]))
        expression, initial = (expression, numbers) if variable.kind is Kind.STOCK else (numbers, initial)
    if variable.kind is Kind.STOCK:
        if initial is None:
            problems.append(equation.text.problem(f"stock '{names[0]}' has no initial value"))
            initial = Number(0.0)
    elif initial is not None:
        expression, initial = Call("active_initial", (expression, initial)), None
    if variable.kind is Kind.FLOW and variable.non_negative:
        expression = Call("max", (expression, Number(0.0)))
    inflows, outflows = (
        tuple([f for n in flows for f in unfolder.flow_elements(n, binding, variable.text, problems)])
        for flows in (variable.inflows, variable.outflows)
    )
    return Element(
        variable=variable,
        equation=equation,
        equation_of_each=equations,
        names=names,
        subscripts=subscripts,
        expression=expression,
        initial=initial,
        inflows=inflows,
        outflows=outflows,
    )


def _first_needs(parts: Iterable[Element], elements: Mapping[str, Element]) -> dict[str, dict[str, None]]:
    """Return, for each element whose first value some state needs, what that first value depends on."""
    roots: dict[str, None] = {}
    for element in parts:
        if element.kind is Kind.STOCK and element.initial is not None:
            roots[element.name] = None
            roots.update(states_first(element.initial))
        roots.update(states_first(element.expression))
    needs: dict[str, dict[str, None]] = {}
    stack = list(roots)
    while stack:
        name = stack.pop()
        element = elements[name]
        name = element.name
        if name in needs or element.kind in LEAVES:
            continue
        needs[name] = needed_first(element.initial if element.initial is not None else element.expression)
        stack.extend(needs[name])
    return needs


def _sorted(needs: Mapping[str, Mapping[str, None]], elements: Mapping[str, Element]) -> tuple[str, ...]:
    """Sort names of elements and bodies so that each comes after what it needs; raises CycleError."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, needed in needs.items():
        sorter.add(name, *dict.fromkeys([n for w in needed if (n := elements[w].name) in needs]))
    return tuple(sorter.static_order())


def _order(
    needs: Mapping[str, Mapping[str, None]],
    elements: Mapping[str, Element],
    problems: list[Diagnostic],
    purpose: str,
) -> tuple[str, ...]:
    """Sort names so that each comes after its dependencies; a cycle becomes a problem."""
    try:
        return _sorted(needs, elements)
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        start = min(range(len(circle) - 1), key=lambda i: circle[i])
        circle = circle[start:-1] + circle[: start + 1]
        message = f"circular definition: {' → '.join(circle)}: each needs the next at the same time{purpose}"
        hint = (
            "give one of them its own initial value" if purpose else "put a stock, a smooth or a delay into the cycle"
        )
        problems.append(elements[circle[0]].equation.text.problem(message, hint))
        return ()
