"""From a system of scalar equations to a program: names become nodes, functions with memory get their states.

An equation is lowered in one of two phases: ``run`` at each step, or ``first`` for the first values: there
time is the start, a stock is its initial expression, and everything is known before the step loop begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np

from wherenow.engine import evaluate
from wherenow.engine.elementary import BASIC, ELEMENTARY
from wherenow.engine.ir import Output, Program, State
from wherenow.engine.lookups import read_as
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.lowering.memory import MEMORY
from wherenow.engine.lowering.pointwise import CLOCK, NOISE, POINTWISE, Clock, Sources, logical, operator
from wherenow.engine.lowering.program_cache import stored
from wherenow.engine.lowering.vector_lowering import VECTORS
from wherenow.engine.passes import optimise
from wherenow.errors import Diagnostic, InputError, UsageError, did_you_mean
from wherenow.gc_pause import gc_paused
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Number,
    PerElement,
    Reference,
    Table,
    Unary,
    plain_number,
    walk,
)
from wherenow.model.intervention import free_name
from wherenow.model.model_types import Kind
from wherenow.model.system import Element, System


@gc_paused()
def lower(system: System, outputs: Iterable[str] | None = None) -> Program:
    """Return the optimised program that computes ``outputs`` (element names; everything but lookups if None).

    A large system's program is read from disk if it was lowered before (:mod:`wherenow.engine.lowering.program_cache`).

    Raises
    ------
    UsageError
        for an output that the system does not have.
    InputError
        for a call whose order or table is not known before the run.
    """
    names = _output_names(system, outputs)
    return stored(system, names, lambda: optimise(_written(system, names)))


def as_written(system: System, outputs: Iterable[str] | None = None) -> Program:
    """Return the same program before any pass, with a node for each operation in the equations. Raises as ``lower``."""
    return Lowering(system.apart()).program(_output_names(system, outputs))


def _written(system: System, outputs: list[str]) -> Program:
    """Return the program before any pass, with one operation for all elements of a body."""
    try:
        return Lowering(system).program(outputs)
    except InputError:
        return Lowering(system.apart()).program(outputs)  # lower element by element, to report which one is wrong


def _output_names(system: System, outputs: Iterable[str] | None) -> list[str]:
    if outputs is None:
        outputs = [name for part in system.folded.parts() if part.kind is not Kind.LOOKUP for name in part.names]
    names = list(outputs)
    for name in names:
        if name not in system.elements:
            raise UsageError(f"no variable '{name}'", did_you_mean(name, system.elements))
    return names


class Lowering:
    """A lowering in progress. ``b`` adds nodes; ``phase`` methods return the node of a name or expression."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.elements = system.folded
        self.b = Builder()
        self.states: list[State | None] = []
        self.histories: list[int | None] = []
        self.tables: dict[Table, int] = {}
        self.streams: dict[str, int] = {}
        parts = list(self.elements.parts())
        given = [p for p in parts if p.kind is Kind.PARAMETER]
        self._defaults = {n: v for p in given for n, v in zip(p.names, self._numbers(p), strict=True)}
        self._series_tables = {p.name: self._table_of(p) for p in parts if p.kind is Kind.SERIES}
        self.parameter = {name: i for i, name in enumerate(self._defaults)}
        self.series = {name: i for i, name in enumerate(self._series_tables)}
        self.stocks = [p for p in parts if p.kind is Kind.STOCK]
        self.stock = {n: self._reserve() for p in self.stocks for n in p.names}
        self._values: dict[bool, dict[str, int]] = {True: {}, False: {}}
        self._bodies: dict[tuple[bool, str], int] = {}
        self._items: dict[tuple[bool, int], int] = {}
        self._calls: dict[tuple[str, int], int] = {}
        self._hidden: dict[str, int] = {}  # number of states added by functions with memory, by element
        self._beforehand: dict[int, float | None] = {}
        self._pending: list[tuple[Element, Callable[[], None]]] = []  # completions, each with its element
        self.element: Element | None = None  # element whose equation is being lowered

    # -- whole program

    def program(self, outputs: list[str]) -> Program:
        """Return the program. Equations come first: states and histories read values of any of them."""
        now = self._values[False]
        for first, names in ((True, self.system.initial_order), (False, self.system.order)):
            for name in names:
                if name not in self._values[first]:  # a body lowers the names of all its elements at once
                    self.name(name, first)
        for stock in self.stocks:
            assert stock.initial is not None
            initial = self._within(stock, stock.initial, first=True)
            change = self._within(stock, stock.expression, first=False)
            for i, name in enumerate(stock.names):
                self.states[self.stock[name]] = State(name, self.b.at(initial, i), self.b.at(change, i))
        saved = [Output(name, now[name] if name in now else self.name(name, first=False)) for name in outputs]
        while self._pending:
            self.element, finish = self._pending.pop(0)
            finish()
        return Program(
            nodes=tuple(self.b.nodes),
            states=tuple(s for s in self.states if s is not None),
            outputs=tuple(saved),
            time=self.system.time,
            parameters=tuple(self._defaults),
            defaults=tuple(self._defaults.values()),
            series=tuple(self._series_tables),
            series_tables=tuple(self._series_tables.values()),
            tables=tuple(self.tables),
            histories=tuple(h for h in self.histories if h is not None),
            streams=tuple(self.streams),
            columns=tuple(self.b.columns.all),
        )

    # -- names

    def name(self, name: str, first: bool) -> int:
        """Return the node of an element's value."""
        known = self._values[first]
        if name not in known:
            body = self.elements.body(name)
            if body is not None:
                self._whole(body, first)
            else:
                known[name] = self._named(self.elements[name], first)
        return known[name]

    def _whole(self, body: Element, first: bool) -> int:
        """Return the argument that denotes the values of a body's elements."""
        key = (first, body.name)
        if key not in self._bodies:
            self._bodies[key] = argument = self._named(body, first)
            positions = [argument] * len(body.names) if argument >= 0 else self.b.columns[argument]
            self._values[first].update(zip(body.names, positions, strict=True))
        return self._bodies[key]

    def _each(self, items: tuple[str | float, ...], first: bool) -> int:
        """Return the argument that denotes the items of the elements, names or numbers."""
        key = (first, id(items))
        if key not in self._items:
            body = self.elements.body(items[0]) if isinstance(items[0], str) else None
            if body is not None and body.names == items:
                self._items[key] = self._whole(body, first)
            else:
                each = [self.name(i, first) if isinstance(i, str) else self.b.constant(i) for i in items]
                self._items[key] = self.b.columns(each)
        return self._items[key]

    def _named(self, element: Element, first: bool) -> int:
        match element.kind:
            case Kind.PARAMETER:
                return self.b("parameter", index=self._indices(element, self.parameter))
            case Kind.SERIES:
                return self.b("series_first" if first else "series", index=self.series[element.name])
            case Kind.STOCK if not first:
                return self.b("state", index=self._indices(element, self.stock))
            case Kind.LOOKUP:
                raise self.wrong(f"'{element.name}' is a table: give it an argument", element)
        expression = element.initial if element.initial is not None else element.expression
        return self._within(element, expression, first)

    def _indices(self, element: Element, known: Mapping[str, int]) -> int:
        return self.b.columns([known[name] for name in element.names])

    def _within(self, element: Element, expression: Expression, first: bool) -> int:
        outer, self.element = self.element, element
        try:
            return self.value(expression, first)
        finally:
            self.element = outer

    # -- expressions

    def value(self, node: Expression, first: bool) -> int:
        """Return the node of an expression's value, a number."""
        b = self.b
        match node:
            case Number(value):
                return b.constant(value)
            case Reference(name):
                return self.name(name, first)
            case PerElement(items):
                return self._each(items, first)
            case Unary("-", operand):
                return b("neg", self.value(operand, first))
            case Unary("+", operand):
                return self.value(operand, first)
            case Unary() | Binary("<" | "<=" | ">" | ">=" | "=" | "<>" | "and" | "or"):
                return b("number", self.truth(node, first))
            case Binary(sign, left, right):
                return operator(b, sign, self.value(left, first), self.value(right, first))
            case Conditional(condition, then, otherwise):
                chosen = self.value(then, first), self.value(otherwise, first)
                return b("select", self.truth(condition, first), *chosen)
            case Call():
                return self._call(node, first)
            case Table():
                raise self.wrong("a table needs an argument")
        raise AssertionError(node)

    def truth(self, node: Expression, first: bool) -> int:
        """Return the node of an expression's truth: not equal to 0."""
        b = self.b
        match node:
            case Unary("not", operand):
                return b("not", self.truth(operand, first))
            case Binary("and" | "or" as sign, left, right):
                return b(sign, self.truth(left, first), self.truth(right, first))
            case Binary("<" | "<=" | ">" | ">=" | "=" | "<>" as sign, left, right):
                return logical(b, sign, self.value(left, first), self.value(right, first))
            case _:
                return b("truth", self.value(node, first))

    def _call(self, node: Call, first: bool) -> int:
        row = FUNCTIONS[node.function]
        if row.kind is FunctionKind.MEMORY:
            return self._remember(node, first)
        if row.kind is FunctionKind.LOOKUP:
            return self._look_up(node, first)
        arguments = [self.value(a, first) for a in node.arguments]
        if row.kind is FunctionKind.CLOCK:
            return CLOCK[row.name](Clock(self.b, self.system.time, first), *arguments)
        if row.kind is FunctionKind.NOISE:
            return NOISE[row.name](self._sources(node, first), *arguments)
        if row.name in VECTORS:
            return VECTORS[row.name](self.b, *arguments)
        return POINTWISE[row.name](self.b, *arguments)

    def _sources(self, node: Call, first: bool) -> Sources:
        assert self.element is not None
        place = _place(self.element, node)
        return Sources(
            b=self.b,
            dt=self.b.constant(self.system.time.step),
            first=first,
            names=[f"{free_name(name)}#{place}" for name in self.element.names],
            streams=self.streams,
            state=partial(self.state, "noise", continuous=False),
        )

    # -- memory

    def _remember(self, node: Call, first: bool) -> int:
        """Lower a call with states, once for each place in the equations, with its value stored for both phases."""
        assert self.element is not None
        key = (self.element.name, id(node))
        function = MEMORY[FUNCTIONS[node.function].name]
        if first:
            return function.first(self, node)
        if key not in self._calls:
            self._calls[key] = function.run(self, node)
        return self._calls[key]

    def state(self, label: str, initial: int, change: Callable[[int], int], continuous: bool = True) -> int:
        """Add a state, or one for each element of a body, and return its node.

        ``change`` is evaluated when every name has its node, so it may refer to any.
        """
        assert self.element is not None
        element = self.element
        indices = [self._reserve() for _ in element.names]
        here = self.b("state", index=self.b.columns(indices))
        number = self._hidden[element.name] = self._hidden.get(element.name, 0) + 1

        def finish() -> None:
            after = change(here)
            for i, (name, index) in enumerate(zip(element.names, indices, strict=True)):
                begin, end = self.b.at(initial, i), self.b.at(after, i)
                self.states[index] = State(f"{name}·{label}{number}", begin, end, continuous)

        self._pending.append((element, finish))
        return here

    def history(self, value: Callable[[], int]) -> int:
        """Add a history of a value, or one for each element of a body, and return the index that denotes it."""
        assert self.element is not None
        element, first = self.element, len(self.histories)
        self.histories += [None] * len(element.names)

        def finish() -> None:
            found = value()
            for i in range(len(element.names)):
                self.histories[first + i] = self.b.at(found, i)

        self._pending.append((element, finish))
        return self.b.columns(range(first, len(self.histories)))

    def _reserve(self) -> int:
        self.states.append(None)
        return len(self.states) - 1

    def whole(self, node: Expression, what: str) -> int:
        """Return a whole number that must be known before the run, from literals and parameters' central values."""
        value = self.beforehand(self.value(node, first=True))
        if value is None or not value >= 1 or value != int(value):
            raise self.wrong(f"{what} must be a whole number of at least 1, known before the run")
        return int(value)

    def beforehand(self, position: int) -> float | None:
        """Return the value of a node that depends only on numbers and parameters' defaults, else None."""
        if position < 0:
            return None
        if position not in self._beforehand:
            self._beforehand[position] = self._computed_beforehand(position)
        return self._beforehand[position]

    def _computed_beforehand(self, position: int) -> float | None:
        node = self.b.node(position)
        if node.operation == "constant":
            return node.value
        if node.operation == "parameter":
            return list(self._defaults.values())[node.index]
        arguments = [self.beforehand(a) for a in node.arguments]
        if None in arguments or not (node.operation in ELEMENTARY or node.operation in BASIC):
            return None
        return float(np.asarray(evaluate.apply(node.operation, *(np.asarray(v) for v in arguments))).ravel()[0])

    # -- tables and inputs

    def _look_up(self, node: Call, first: bool) -> int:
        table, argument = node.arguments
        name = FUNCTIONS[node.function].name
        named = table.items if isinstance(table, PerElement) else (table.name,) if isinstance(table, Reference) else ()
        kinds = {self.system.elements[str(n)].kind for n in named}
        if kinds == {Kind.SERIES} and name == "lookup" and argument == Call("time", ()):
            return self.value(table, first)
        shapes = [read_as(name, self._shape(n)) for n in named or (table,)]
        index = self.b.columns([self.tables.setdefault(shape, len(self.tables)) for shape in shapes])
        return self.b("table", self.value(argument, first), index=index)

    def _shape(self, table: Expression | str | float) -> Table:
        if isinstance(table, str):
            table = self.system.elements[table].expression
            if isinstance(table, Call) and table.arguments:
                table = table.arguments[0]
        if isinstance(table, Table):
            return table
        raise self.wrong("the first argument of a lookup must be a table")

    def _numbers(self, element: Element) -> tuple[float, ...]:
        """Return the value of each element of a parameter."""
        expression = element.expression
        if isinstance(expression, PerElement):
            return tuple(map(float, expression.items))
        if isinstance(expression, Unary) and expression.operator == "+":
            expression = expression.operand
        if (number := plain_number(expression)) is not None:
            return (number,) * len(element.names)
        raise self.wrong(f"parameter '{element.name}' is not a number", element)

    def _table_of(self, element: Element) -> Table:
        if isinstance(element.expression, Table):
            return element.expression
        raise self.wrong(f"series '{element.name}' has no points", element)

    def wrong(self, message: str, element: Element | None = None) -> InputError:
        element = element or self.element
        if element is None:
            return InputError([Diagnostic(message)])
        return InputError([element.equation.text.problem(f"{element.name}: {message}")])


def _place(element: Element, node: Call) -> int:
    """Return the call's index within the element, in reading order: a noise name that other equations cannot change."""
    parts = [element.expression] if element.initial is None else [element.expression, element.initial]
    calls = (n for part in parts for n in walk(part) if isinstance(n, Call) and n.function != "element_at")
    return next(i for i, call in enumerate(calls) if call is node)
