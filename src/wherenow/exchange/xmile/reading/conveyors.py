"""Conveyors, queues and ovens (XMILE 1.0, 3.7.2, 3.7.3, 4.2.1, 4.3) as stocks, flows and fixed delays.

The slats of a conveyor need not be stored one by one. What entered leaves one transit time later, less the leakage, so
the outflow is a delay of the inflow; the material that a leak draws on is a separate stock. With a constant transit
time this is exactly the arithmetic of slats (isee systems, "Conveyor Computation" and "Initializing Discrete Stocks");
a warning names what it omits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

from wherenow.exchange.xmile.reading.containers import Container
from wherenow.exchange.xmile.reading.xmile_equations import EMPTY
from wherenow.exchange.xmile.reading.xmile_variables import ReadingState
from wherenow.exchange.xmile.reading.xml_reader import Tag
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Number,
    Reference,
    Subscript,
    canonical,
    walk,
)
from wherenow.model.model_types import Equation, Kind, Variable

MOST_SLATS = 2_000
"""Maximum number of slats of a conveyor that is used as an array."""
_OVENS = ("oven", "isee:oven")
_DT = Call("dt", ())
_ONE = Number(1.0)


def driven_flows(tags: Iterable[Tag]) -> frozenset[str]:
    """List the outflows of conveyors, queues and ovens, which need no equation of their own."""
    return frozenset(
        canonical(outflow.value)
        for tag in tags
        if tag.name == "stock" and any(tag.find(n) is not None for n in ("conveyor", "queue", *_OVENS))
        for outflow in tag.all("outflow")
    )


def apply_belts(variables: dict[str, Variable], tags: dict[str, Tag], reading: ReadingState) -> dict[str, Container]:
    """Set the equations of the flows around the conveyors, queues and ovens of one model, in place.

    Returns the contents of each of them.
    """
    found: dict[str, Container] = {}
    for name, tag in list(tags.items()):
        if tag.name == "stock" and tag.find("queue") is not None:
            found[name] = Container(refused="it is a queue, whose batches are not tracked separately")
            _queue(variables[name], tag, variables, reading)
    for name, tag in list(tags.items()):
        if tag.name != "stock":
            continue
        belt = tag.find("conveyor")
        oven = next((o for o in map(tag.find, _OVENS) if o is not None), None)
        if belt is None and oven is not None:
            message = f"'{name}' is an oven, which is not supported"
            reading.warnings.append(oven.warning(message, "it is run as a conveyor of its cook time"))
            belt = oven
        if belt is not None:
            if not reading.euler:
                hint = "isee systems advises Euler's method too"
                reading.warnings.append(belt.warning(f"conveyor '{name}' is exact under Euler's method only", hint))
            found[name] = _Conveyor(variables[name], belt, variables, tags, reading).apply()
    return found


def _queue(stock: Variable, tag: Tag, variables: dict[str, Variable], reading: ReadingState) -> None:
    """Offer the contents of a queue to its outflows in order; each takes what its target has room for."""
    message = f"'{stock.name}' is a queue: its batches are not tracked separately"
    reading.warnings.append(tag.warning(message, "each outflow takes what is there and fits downstream"))
    left: Expression = Reference(stock.name) / _DT
    for name in stock.outflows:
        if name in variables:
            _set(variables, name, Call("max", (left, Number(0.0))), stock)
            left = left - Reference(name)
    variables[stock.name] = replace(stock, non_negative=False)


def _set(variables: dict[str, Variable], name: str, expression: Expression, stock: Variable) -> None:
    flow = variables[name]
    text = flow.equations[0].text if flow.equations else flow.text
    dimensions = flow.dimensions or stock.dimensions
    equation = Equation(expression=expression, subscripts=dimensions, text=text)
    variables[name] = replace(flow, equations=(equation,), dimensions=dimensions, non_negative=False)


@dataclass(frozen=True, slots=True)
class _Leak:
    flow: str
    fraction: Expression
    start: float
    end: float


@dataclass(slots=True)
class _Conveyor:
    stock: Variable
    belt: Tag
    variables: dict[str, Variable]
    tags: dict[str, Tag]
    reading: ReadingState

    def apply(self) -> Container:
        """Set the equations of the flows; return the slats."""
        stock = self.stock
        length = self._read("len") or self._read("cook_time")
        known = [f for f in (*stock.inflows, *stock.outflows) if f in self.variables]
        instant = isinstance(length, Number) and length.value <= 0
        if length is None or instant or not any(f in known for f in stock.outflows):
            what = "needs a transit time above 0" if instant or length is None else "has no outflow"
            self.reading.problems.append(self.belt.problem(f"conveyor '{stock.name}' {what}"))
            return Container(refused=f"it {what}")
        self._warn(length)
        leaking_flows = {flow for flow, tag in self.tags.items() if tag.find("leak") is not None}
        main = next((f for f in stock.outflows if f in known and f not in leaking_flows), None)
        leaks = [self._leak(f) for f in stock.outflows if f in known and f != main]
        exponential = self._attribute("exponential_leak")
        leaking: Expression = Number(0.0)
        for leak in leaks:
            leaking = leak.fraction if leaking == Number(0.0) else leaking + leak.fraction
        remaining, belt_full = _contents(length, leaking, leaks, exponential)
        inflows = [Reference(flow) for flow in stock.inflows if flow in self.variables]
        # inflow per unit of time: during the run, and before the start in a steady state
        entering = reduce(add, inflows) if inflows else Number(0.0), self._initial() / belt_full
        for place, leak in enumerate(leaks):
            drawn: Expression = Reference(stock.name)
            if not exponential:
                drawn = Reference(self._zone(leak, place, entering, length))
                drawn = drawn / _times(length, leak.end - leak.start)
            _set(self.variables, leak.flow, leak.fraction * drawn, stock)
        if main is not None:
            _set(self.variables, main, _times(self._delayed(entering, length), remaining), stock)
        self._limit(known)
        initial = self._initial()
        equations = tuple(replace(e, initial=initial) for e in stock.equations)
        self.variables[stock.name] = replace(stock, equations=equations, non_negative=False)
        return Container(refused="it leaks, so that its slats differ") if leaks else self._slats(entering, length)

    def _slats(self, entering: tuple[Expression, Expression], length: Expression) -> Container:
        """Return the contents of each slat, the one that leaves next first."""
        count = round(length.value / self.reading.step) if isinstance(length, Number) else 0
        if not 1 <= count <= MOST_SLATS or self.stock.dimensions:
            return Container(refused=f"its transit time is not a number that makes 1 to {MOST_SLATS:,} slats")
        ago = (self._delayed(entering, _times(_DT, float(k))) for k in range(count, 0, -1))
        return Container(tuple(_times(_DT, entered) for entered in ago))

    # -- settings in the file

    def _read(self, name: str) -> Expression | None:
        tag = self.belt.find(name)
        if tag is None or not tag.value:
            return None
        return self.reading.equations.read(tag.text, f"the {name} of '{self.stock.name}'")

    def _attribute(self, name: str) -> bool:
        return self.belt.attributes.get(name, "false").strip().lower() in ("true", "1")

    def _leak(self, flow: str) -> _Leak:
        """Read the leak fraction from ``<leak>`` or, as Stella writes it, from the flow's equation."""
        tag = self.tags[flow]
        written = tag.find("leak")
        if written is not None and written.value:
            fraction = self.reading.equations.read(written.text, f"the leak of '{flow}'")
        else:
            fraction = self.variables[flow].equations[0].expression
            if fraction is EMPTY:
                self.reading.warnings.append(tag.warning(f"leak '{flow}' has no fraction", "nothing leaks"))
                fraction = Number(0.0)
        if tag.find("leak_integers") is not None:
            self.reading.warnings.append(tag.warning(f"'{flow}' leaks parts of units", "<leak_integers/> is ignored"))
        ends = []
        for name, otherwise in (("leak_start", 0.0), ("leak_end", 1.0)):
            try:
                ends.append(float(tag.attributes.get(name, otherwise)))
            except ValueError:
                self.reading.warnings.append(tag.warning(f"the {name} of '{flow}' is not a number", "it is ignored"))
                ends.append(otherwise)
        if not 0 <= ends[0] < ends[1] <= 1:
            self.reading.warnings.append(tag.warning(f"'{flow}' leaks over no part of its conveyor", "over all of it"))
            ends = [0.0, 1.0]
        return _Leak(flow, fraction, *ends)

    def _initial(self) -> Expression:
        """Return the initial contents."""
        equation = self.stock.equations[0]
        return equation.initial if equation.initial is not None else Number(0.0)

    def _warn(self, length: Expression) -> None:
        name, warn = self.stock.name, self.reading.warnings.append
        if not all(self._is_constant(node) for node in walk(length)):
            what = f"the transit time of conveyor '{name}' may change"
            warn(self.belt.warning(what, "its outflow is what entered one present transit time ago"))
        if self._attribute("discrete"):
            warn(self.belt.warning(f"conveyor '{name}' is run as a continuous one"))
        for tag in self.belt.children:
            honoured = tag.name in ("len", "cook_time", "capacity", "in_limit")
            if not honoured and not (tag.name in ("sample", "arrest") and re.fullmatch(r"[\d.]*", tag.value)):
                warn(tag.warning(f"<{tag.name}> of conveyor '{name}' is ignored"))

    def _is_constant(self, node: Subscript) -> bool:
        if isinstance(node, Reference):
            variable = self.variables.get(node.name)
            return variable is None or variable.kind is Kind.PARAMETER
        return not (isinstance(node, Call) and node.function == "time")

    # -- the resulting equations

    def _delayed(self, entering: tuple[Expression, Expression], by: Expression) -> Expression:
        return Call("delay", (entering[0], by, entering[1]))

    def _zone(self, leak: _Leak, place: int, entering: tuple[Expression, Expression], length: Expression) -> str:
        """Return the stock of material, as it entered, within a leak's zone."""
        name = f"{self.stock.name}_within_leak_{place + 1}"
        while name in self.variables:
            name += "_"
        into = entering[0] if leak.start == 0 else self._delayed(entering, _times(length, leak.start))
        rate = into - self._delayed(entering, _times(length, leak.end))
        initial = _times(entering[1] * length, leak.end - leak.start)
        text = self.stock.equations[0].text
        made = Equation(
            expression=rate,
            subscripts=self.stock.dimensions,
            initial=initial,
            text=text,
            initial_text=text,
        )
        self.variables[name] = Variable(
            name=name,
            kind=Kind.STOCK,
            equations=(made,),
            dimensions=self.stock.dimensions,
            unit=self.stock.unit,
            label=name,
            text=self.stock.text,
        )
        return name

    def _limit(self, known: list[str]) -> None:
        """Limit inflows, in order, to the space that ``<in_limit>`` and ``<capacity>`` leave."""
        limit, capacity = self._read("in_limit"), self._read("capacity")
        room: Expression | None = limit
        if capacity is not None and capacity != Call("inf", ()):
            room = (capacity - Reference(self.stock.name)) / _DT
            for flow in self.stock.outflows:
                room = room + Reference(flow) if flow in known else room
            room = room if limit is None else Call("min", (room, limit))
        if room is None:
            return
        for flow in self.stock.inflows:
            if flow in known:
                taken = Call("max", (room, Number(0.0)))
                variable = self.variables[flow]
                equations = tuple(replace(e, expression=Call("min", (e.expression, taken))) for e in variable.equations)
                self.variables[flow] = replace(variable, equations=equations)
                room = room - Reference(flow)


def _contents(
    length: Expression, leaking: Expression, leaks: list[_Leak], exponential: bool
) -> tuple[Expression, Expression]:
    """Return the share of the inflow that leaves at the end, and the contents per unit of a steady inflow."""
    if not leaks:
        return _ONE, length
    if exponential:
        each = 1 - leaking * _DT
        remaining = each ** Call("round", (length / _DT,))
        lost = (1 - remaining) / leaking
        return remaining, Conditional(Binary("<>", leaking, Number(0.0)), lost, length)
    full: Expression = length
    for leak in leaks:
        # average loss over the belt: all of the leak behind its zone, and half of it (less half a step) within
        behind, within = 1 - leak.end, leak.end - leak.start
        half = length - _DT / within
        share = _times(length, behind) + _times(half, within / 2)
        full = full - leak.fraction * share
    return 1 - leaking, full


def _times(value: Expression, factor: Expression | float) -> Expression:
    factor = Number(factor) if isinstance(factor, float) else factor
    return value if factor == _ONE else value * factor
