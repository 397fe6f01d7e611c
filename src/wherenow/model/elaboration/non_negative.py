"""Stocks that cannot go below zero (XMILE 1.0, 4.2; isee systems, "Flow prioritization").

Outflows take, in the order written, no more than the stock holds and receives during the step; an inflow that turns
negative takes no more than the stock holds. Where a flow is tied to several stocks, no such priority is defined, and
where the rate is a formula, there is no flow to limit: then the flows stay as they are, and the stock stops at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, Unary
from wherenow.model.elaboration.dependencies import needed_now
from wherenow.model.model_types import Kind
from wherenow.model.system import Element


def keep_non_negative(elements: Mapping[str, Element]) -> dict[str, Element]:
    """Return ``elements`` with the flows around non-negative stocks limited."""
    changed = dict(elements)
    stocks = [e for e in elements.values() if e.kind is Kind.STOCK and e.variable.non_negative]
    if not stocks:
        return changed
    drained = Counter(f for e in elements.values() for f in e.outflows)
    filled = Counter(f for e in elements.values() for f in e.inflows)
    for stock in stocks:
        tied = not (stock.inflows or stock.outflows)
        tied |= any(drained[f] > 1 for f in stock.outflows) or any(filled[f] > 1 for f in stock.inflows)
        held: Expression = Binary("/", Reference(stock.name), Call("dt", ()))
        if tied:
            rate = Call("max", (stock.expression, Unary("-", held)))
            changed[stock.name] = replace(stock, expression=rate)
            continue
        for inflow in stock.inflows:
            if (flow := changed.get(inflow)) is not None and not flow.variable.non_negative and flow.kind is Kind.FLOW:
                changed[inflow] = replace(flow, expression=Call("max", (flow.expression, Unary("-", held))))
        left = held
        for inflow in stock.inflows:
            # inflows count only if they are known before the outflows
            if not any(_reaches(inflow, outflow, changed) for outflow in stock.outflows):
                left = Binary("+", left, Reference(inflow))
        for outflow in stock.outflows:
            if (flow := changed.get(outflow)) is None or flow.kind in (Kind.PARAMETER, Kind.SERIES):
                continue
            room = Call("max", (left, Number(0.0)))
            changed[outflow] = replace(flow, expression=Call("min", (flow.expression, room)))
            left = Binary("-", left, Reference(outflow))
    return changed


def _reaches(start: str, goal: str, elements: Mapping[str, Element]) -> bool:
    """Return whether ``goal``'s value at a time is needed for that of ``start``."""
    seen, waiting = {start}, [start]
    while waiting:
        element = elements.get(waiting.pop())
        if element is None or element.kind is Kind.STOCK:
            continue
        for name in needed_now(element.expression):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
