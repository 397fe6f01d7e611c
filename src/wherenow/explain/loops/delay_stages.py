"""Expand smooths and delays into stocks, so that their effect can be followed link by link.

``y = smth1(x, 2)`` becomes a stock ``y·1`` that approaches x, and y, which reads it (XMILE 1.0, 3.5.4). Calls of
variable order, with noise inside, or with other kinds of memory stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, walk
from wherenow.model.model_types import Kind
from wherenow.model.rewrite import rewrite
from wherenow.model.system import Element, System

MARK = "·"
"""The separator between the name of an element and the number of one of its stages."""
_ORDERS = {"smth1": 1, "smth3": 3, "delay1": 1, "delay3": 3}


def staged(system: System) -> System:
    """Return the system with every smooth and delay of first and third order as a chain of stocks."""
    elements: dict[str, Element] = {}
    for element in system.elements.values():
        made = list(_apart(element)) if element.kind in (Kind.AUXILIARY, Kind.FLOW, Kind.STOCK) else [element]
        elements.update((one.name, one) for one in made)
    return System(system.model, elements, system.order, system.initial_order)


def _apart(element: Element) -> Iterator[Element]:
    """Return the stages of an element, and the element that reads them."""
    stages: list[Element] = []

    def look(node: Expression) -> Expression:
        order = _ORDERS.get(FUNCTIONS[node.function].name) if isinstance(node, Call) else None
        if order is None or not isinstance(node, Call) or _noisy(node):
            return node
        source, over, *rest = node.arguments
        initial = rest[0] if rest else source
        smooths = node.function.startswith("smth")
        part = over if order == 1 else Binary("/", over, Number(float(order)))
        into, out = source, source
        for _ in range(order):
            here = Reference(f"{element.name}{MARK}{len(stages) + 1}")
            leaving: Expression = here if smooths else Binary("/", here, part)
            rate = Binary("/", Binary("-", into, here), part) if smooths else Binary("-", into, leaving)
            first = initial if smooths else Binary("*", initial, part)
            stages.append(_stage(element, here.name, rate, first))
            into = out = leaving
        return out

    expression = rewrite(element.expression, look)
    yield from stages
    yield replace(element, expression=expression) if stages else element


def _stage(element: Element, name: str, rate: Expression, first: Expression) -> Element:
    variable = replace(element.variable, name=name, kind=Kind.STOCK)
    return Element(name=name, variable=variable, expression=rate, initial=first, equation=element.equation)


def _noisy(node: Expression) -> bool:
    kinds = (FUNCTIONS[n.function].kind for n in walk(node) if isinstance(n, Call))
    return any(kind is FunctionKind.NOISE for kind in kinds)
