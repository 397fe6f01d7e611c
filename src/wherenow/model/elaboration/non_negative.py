"""Stocks that cannot go below zero (XMILE 1.0, 4.2; isee systems, "Flow prioritization").

Outflows take, in the order written, no more than the stock holds and receives during the step; an inflow that turns
negative takes no more than the stock holds. If a flow fills or drains several stocks, no such priority is defined, and
if the rate is a formula, there is no flow to limit: the flows then stay as they are, and the stock stops at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from wherenow.language.syntax import Call, Expression, Number
from wherenow.model.elaboration.dependencies import named, read_now
from wherenow.model.model_types import Kind
from wherenow.model.system import Element, divide_bodies


def keep_non_negative(parts: Mapping[str, Element]) -> Mapping[str, Element]:
    """Return elements and bodies, by name, with the flows around non-negative stocks limited.

    A body is divided into its elements if their flows come from several equations, or if their limits differ.
    """
    stocks = [p for p in parts.values() if p.kind is Kind.STOCK and p.variable.non_negative]
    while stocks:
        try:
            return _Limits(parts).of(stocks)
        except _MixedError as mixed:
            parts = divide_bodies(parts, mixed.names)
            stocks = [p for p in parts.values() if p.kind is Kind.STOCK and p.variable.non_negative]
    return parts


class _MixedError(Exception):
    """The elements of a stock, or of its flows, have different limits. ``names`` holds the names of these parts."""

    def __init__(self, parts: Iterable[Element]) -> None:
        self.names = {part.name for part in parts}


class _Limits:
    """The limiting of flows in progress: ``parts`` has the limits added so far."""

    def __init__(self, parts: Mapping[str, Element]) -> None:
        self.parts = dict(parts)
        self.part_of = {name: part.name for part in parts.values() for name in part.names}
        self.drained = Counter(n for part in parts.values() for flow in part.outflows for n in flow)
        self.filled = Counter(n for part in parts.values() for flow in part.inflows for n in flow)
        self._read: dict[str, tuple[Expression, dict[str, bool]]] = {}

    def of(self, stocks: Iterable[Element]) -> Mapping[str, Element]:
        for stock in stocks:
            self._limit(stock)
        return self.parts

    def _limit(self, stock: Element) -> None:
        """Limit the flows of a stock, or its rate if its flows have no priority."""
        # rate that would empty the stock in one step
        emptying = stock.reference / Call("dt", ())
        if self._tied(stock):
            self.parts[stock.name] = replace(stock, expression=Call("max", (stock.expression, -emptying)))
            return
        inflows, outflows = ([self._flow(stock, f) for f in fs] for fs in (stock.inflows, stock.outflows))
        for inflow in inflows:
            flow = self.parts[inflow]
            if not flow.variable.non_negative and flow.kind is Kind.FLOW:
                self.parts[inflow] = replace(flow, expression=Call("max", (flow.expression, -emptying)))
        remaining = emptying
        for inflow in inflows:
            if not self._reaches(stock, inflow, outflows):  # inflows count only if they are known before the outflows
                remaining = remaining + self.parts[inflow].reference
        for outflow in outflows:
            flow = self.parts[outflow]
            if flow.kind in (Kind.PARAMETER, Kind.SERIES):
                continue
            room = Call("max", (remaining, Number(0.0)))
            self.parts[outflow] = replace(flow, expression=Call("min", (flow.expression, room)))
            remaining = remaining - flow.reference

    def _tied(self, stock: Element) -> bool:
        """Return whether no priority is defined among the flows of a stock."""
        if not (stock.inflows or stock.outflows):
            return True
        shared = {
            any(self.filled[flow[i]] > 1 for flow in stock.inflows)
            or any(self.drained[flow[i]] > 1 for flow in stock.outflows)
            for i in range(len(stock.names))
        }
        if len(shared) > 1:
            raise _MixedError([stock])
        return shared.pop()

    def _flow(self, stock: Element, names: tuple[str, ...]) -> str:
        """Return the part whose elements are those of one flow of a stock."""
        part = self.parts[self.part_of[names[0]]]
        if part.names != names:
            raise _MixedError([stock, *(self.parts[self.part_of[name]] for name in names)])
        return part.name

    def _reaches(self, stock: Element, start: str, goals: list[str]) -> bool:
        """Return whether the value of a goal at a time is needed for that of ``start``, element by element."""
        # The answer for a body must hold for all its elements: if they differ, it is divided into them.
        if not _leads_to(goals, start, lambda name: self._needs(self.parts[name])):
            return False
        if _leads_to(goals, start, lambda name: [n for n, sure in self._needs(self.parts[name]).items() if sure]):
            return True
        if stock.is_body:
            raise _MixedError([stock, *(self.parts[name] for name in (start, *goals))])
        return _leads_to(goals, start, self._element_needs)

    def _needs(self, part: Element) -> dict[str, bool]:
        """Return the parts that a part needs now: true where each element needs its own element there, or all."""
        if part.kind is Kind.STOCK:
            return {}
        cached = self._read.get(part.name)
        if cached is None or cached[0] is not part.expression:
            plain, needs = set[str](), dict[str, bool]()
            for items in read_now(part.expression):
                names = named(items)
                if len(items) == 1:
                    plain.update(names)
                owner = self.part_of[names[0]] if names else ""
                if names and self.parts[owner].names == items:
                    needs[owner] = True
                    continue
                for name in {self.part_of[n] for n in names}:
                    needs.setdefault(name, False)
            for name in needs:
                needs[name] = needs[name] or plain.issuperset(self.parts[name].names)
            self._read[part.name] = cached = part.expression, needs
        return cached[1]

    def _element_needs(self, name: str) -> Iterator[str]:
        """Yield the elements that one element needs now."""
        part = self.parts[self.part_of[name]]
        if part.kind is not Kind.STOCK:
            place = part.names.index(name)
            for items in read_now(part.expression):
                needed = items[place] if len(items) > 1 else items[0]
                if isinstance(needed, str):
                    yield needed


def _leads_to(goals: list[str], start: str, needs: Callable[[str], Iterable[str]]) -> bool:
    """Return whether a goal is among what ``start`` needs, directly or through others."""
    seen, waiting = {start}, [start]
    while waiting:
        for name in needs(waiting.pop()):
            if name in goals:
                return True
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
