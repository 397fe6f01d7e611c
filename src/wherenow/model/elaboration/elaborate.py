"""Elaborate a model to its meaning: a :class:`System` of scalar elements in evaluation order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from wherenow.errors import Diagnostic, InputError, Severity, Text, did_you_mean
from wherenow.gc_pause import gc_paused
from wherenow.language.syntax import Call, Expression, Number, walk
from wherenow.model.elaboration.dependencies import needed_first, needed_now, states_first
from wherenow.model.elaboration.macros import expand_macros
from wherenow.model.elaboration.non_negative import keep_non_negative
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.elaboration.unfold import Unfolder, element_name
from wherenow.model.elaboration.vectors import ARRAY_FUNCTIONS
from wherenow.model.system import Element, System
from wherenow.model.types import Equation, Kind, Model, Variable

LEAVES = frozenset({Kind.PARAMETER, Kind.SERIES, Kind.LOOKUP})


def elaborate(model: Model) -> System:
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
_latest: deque[tuple[Model, _Examined]] = deque(maxlen=4)
"""Results for recent models, because units, links and claims of one model all need them."""


def examine(model: Model) -> _Examined:
    """Return the system, or None if the model has errors, and every problem found. Recent results are cached."""
    for known, found in tuple(_latest):
        if known is model:
            return found
    found = _examined(model)
    _latest.append((model, found))
    return found


@gc_paused()
def _examined(model: Model) -> _Examined:
    problems = unwritten(model)
    if problems:
        return None, tuple(problems)
    try:
        model = expand_macros(model)
    except InputError as wrong:
        return None, wrong.diagnostics
    dimensions = Dimensions(model.dimensions)
    defined = _cover(model.variables.values(), dimensions, problems)
    unfolder = Unfolder(
        variables=model.variables, dimensions=dimensions, defined=defined, array_functions=ARRAY_FUNCTIONS
    )
    elements: dict[str, Element] = {}
    for name, (variable, equation, subscripts) in defined.items():
        elements[name] = _element(name, variable, equation, subscripts, unfolder, problems)
        for made in list(unfolder.shared):
            own = Variable(name=made, kind=Kind.AUXILIARY, equations=(), label=made, sector=variable.sector)
            elements[made] = Element(
                name=made, variable=own, expression=unfolder.shared.pop(made), initial=None, equation=equation
            )
    if problems:
        return None, tuple(problems)
    elements = keep_non_negative(elements)
    order = _order({n: needed_now(e.expression) for n, e in elements.items() if not _leaf(e)}, elements, problems, "")
    first = _order(_first_needs(elements), elements, problems, " to find its first value")
    if problems:
        return None, tuple(problems)
    return System(model, elements, order, first), ()


def unwritten(model: Model) -> list[Diagnostic]:
    """Report each equation that is not written yet, as those of a causal-loop diagram are."""
    return [
        _at(equation.text, f"'{variable.label or variable.name}' has no equation yet: only its causes are listed",
            "a diagram opens as a map of links; to run, every variable needs an equation")
        for variable in model.variables.values()
        for equation in variable.equations
        if any(_is_unwritten(e) for e in (equation.expression, equation.initial) if e is not None)
    ]  # fmt: skip


def _is_unwritten(expression: Expression) -> bool:
    return any(isinstance(node, Call) and node.function == "a_function_of" for node in walk(expression))


def _leaf(element: Element) -> bool:
    return element.kind in LEAVES or element.kind is Kind.STOCK


def _cover(
    variables: Iterable[Variable], dimensions: Dimensions, problems: list[Diagnostic]
) -> dict[str, tuple[Variable, Equation, tuple[str, ...]]]:
    """Return which equation defines each element."""
    found: dict[str, tuple[Variable, Equation, tuple[str, ...]]] = {}
    for variable in variables:
        unknown = [d for d in variable.dimensions if d not in dimensions]
        if unknown:
            hint = did_you_mean(unknown[0], dimensions.by_name)
            problems.append(_at(variable.text, f"unknown dimension '{unknown[0]}'", hint))
            continue
        mine: dict[tuple[str, ...], Equation] = {}
        for equation in dimensions.broad_first(variable.equations):
            if len(equation.subscripts) != len(variable.dimensions):
                n, m = len(variable.dimensions), len(equation.subscripts)
                problems.append(_at(equation.text, f"'{variable.name}' has {n} dimensions, this equation {m}"))
                continue
            for elements in dimensions.covered(equation):
                known = mine.get(elements)
                if known is not None and _breadth(known, dimensions) == _breadth(equation, dimensions):
                    name = element_name(variable.name, elements)
                    problems.append(_at(equation.text, f"'{name}' is defined twice"))
                mine[elements] = equation  # the narrower equation wins, as in Vensim
        for elements in _in_order(mine, variable, dimensions):
            found[element_name(variable.name, elements)] = (variable, mine[elements], elements)
    return found


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


def _element(
    name: str,
    variable: Variable,
    equation: Equation,
    subscripts: tuple[str, ...],
    unfolder: Unfolder,
    problems: list[Diagnostic],
) -> Element:
    binding = unfolder.dimensions.bind(equation, subscripts)
    for dimension, subscript in zip(variable.dimensions, subscripts, strict=True):
        binding.setdefault(dimension, subscript)  # in an element's own equation too, a bare array is the same element
    expression = unfolder.unfold(equation.expression, binding, equation.text, problems)
    initial = equation.initial
    if initial is not None:
        text = equation.initial_text if equation.initial_text.content else equation.text
        initial = unfolder.unfold(initial, binding, text, problems)
    if variable.kind is Kind.STOCK:
        if initial is None:
            problems.append(_at(equation.text, f"stock '{name}' has no initial value"))
            initial = Number(0.0)
    elif initial is not None:
        expression, initial = Call("active_initial", (expression, initial)), None
    if variable.kind is Kind.FLOW and variable.non_negative:
        expression = Call("max", (expression, Number(0.0)))
    flows = [
        tuple(f for n in names for f in unfolder.flow_elements(n, binding, variable.text, problems))
        for names in (variable.inflows, variable.outflows)
    ]
    return Element(
        name=name,
        variable=variable,
        expression=expression,
        initial=initial,
        equation=equation,
        subscripts=subscripts,
        inflows=flows[0],
        outflows=flows[1],
    )


def _first_needs(elements: Mapping[str, Element]) -> dict[str, dict[str, None]]:
    """Return, for each element whose first value some state needs, what that first value depends on."""
    roots: dict[str, None] = {}
    for element in elements.values():
        if element.kind is Kind.STOCK and element.initial is not None:
            roots[element.name] = None
            roots.update(states_first(element.initial))
        roots.update(states_first(element.expression))
    needs: dict[str, dict[str, None]] = {}
    stack = list(roots)
    while stack:
        name = stack.pop()
        element = elements[name]
        if name in needs or element.kind in LEAVES:
            continue
        needs[name] = needed_first(element.initial if element.initial is not None else element.expression)
        stack.extend(needs[name])
    return needs


def _order(
    needs: Mapping[str, Mapping[str, None]],
    elements: Mapping[str, Element],
    problems: list[Diagnostic],
    purpose: str,
) -> tuple[str, ...]:
    """Sort names so that each comes after its dependencies; a cycle becomes a problem."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, wanted in needs.items():
        sorter.add(name, *(w for w in wanted if w in needs))
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        start = min(range(len(circle) - 1), key=lambda i: circle[i])
        circle = circle[start:-1] + circle[: start + 1]
        shown = " → ".join(circle)
        problems.append(
            _at(
                elements[circle[0]].equation.text,
                f"circular definition: {shown}: each needs the next at the same time{purpose}",
                "put a stock, a smooth or a delay into the circle"
                if not purpose
                else "give one of them its own initial value",
            )
        )
        return ()


def _at(text: Text, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(message, text.locate(0), hint=hint, excerpt=text.excerpt(0))
