"""A model as every reader produces it: named variables with equations over named dimensions.

A :class:`ModelSpec` represents the text: names are still references and arrays still folded.
:func:`wherenow.model.elaboration.elaborate.elaborate` derives its meaning, one scalar equation per element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wherenow.errors import Text
from wherenow.language.syntax import Expression, Number, Subscript, walk


class Kind(StrEnum):
    STOCK = "stock"
    FLOW = "flow"
    AUXILIARY = "auxiliary"
    PARAMETER = "parameter"  # number that is an input of every run; a draw may change it
    SERIES = "series"  # exogenous path over time that is an input of every run
    LOOKUP = "lookup"  # table function that is called with an argument


class Method(StrEnum):
    EULER = "euler"
    RK4 = "rk4"
    RK45 = "rk45"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A named, ordered set of elements.

    ``parent`` names the dimension of which this is a subrange ('' if it is a whole dimension). ``mappings[other]``
    gives, for each element of ``other``, the corresponding element of this dimension (Vensim subscript mapping).
    """

    name: str
    elements: tuple[str, ...]
    parent: str = ""
    mappings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """The definition of a variable for the elements that ``subscripts`` name.

    ``subscripts`` has one entry per dimension of the variable, each a dimension's name (the equation holds for all its
    elements, and the name may be used inside) or a single element. ``excepted`` lists element tuples (entries may again
    be dimensions) to leave out. For a stock, ``expression`` is the net rate of change and ``initial`` the first value;
    otherwise ``initial`` is None unless the equation has its own initial form (ACTIVE INITIAL). For a series or lookup,
    ``expression`` is a :class:`~wherenow.language.syntax.Table`.
    """

    expression: Expression
    subscripts: tuple[str, ...] = ()
    excepted: tuple[tuple[str, ...], ...] = ()
    initial: Expression | None = None
    text: Text = field(default=Text(""), compare=False)  # expression as written
    initial_text: Text = field(default=Text(""), compare=False)  # initial value as written

    @property
    def initial_place(self) -> Text:
        """The initial value as written; the whole equation if it has no text of its own."""
        return self.initial_text if self.initial_text.content else self.text

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expression, and the initial value if there is one."""
        return (self.expression,) if self.initial is None else (self.expression, self.initial)

    def changed(self, change: Callable[[Expression, Text], Expression]) -> Equation:
        """Return the equation with the changed form of each expression, given its text; itself if none differs."""
        expression = change(self.expression, self.text)
        initial = None if self.initial is None else change(self.initial, self.initial_place)
        same = expression is self.expression and initial is self.initial
        return self if same else replace(self, expression=expression, initial=initial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One named quantity. ``dimensions`` is empty for a scalar; ``inflows``/``outflows`` are names (stocks only)."""

    name: str  # canonical name
    kind: Kind  # kind of quantity, such as stock, flow or parameter
    equations: tuple[Equation, ...]  # one equation, or one for each part of an array
    dimensions: tuple[str, ...] = ()
    unit: str = ""  # unit as declared
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()
    non_negative: bool = False  # whether flows stop a stock at zero
    label: str = ""  # name as written, for people and for output columns
    about: str = ""  # description of the quantity
    sector: str = ""  # part of the model it belongs to
    evidence: tuple[str, ...] = ()  # sentences of the article that support it
    assumption: str = ""  # reason for the equation, if no source gives one
    range: tuple[float, float] | None = None  # lowest and highest plausible value
    text: Text = field(default=Text(""), compare=False)  # where the variable is declared

    @classmethod
    def switch(cls, name: str, value: float = 0.0) -> Variable:
        """Return a dimensionless parameter that turns a change of the model on or off."""
        return cls(name=name, kind=Kind.PARAMETER, equations=(Equation(expression=Number(value)),), unit="1")

    def nodes(self) -> Iterator[Subscript]:
        """Yield every node of its equations."""
        for equation in self.equations:
            for expression in equation.expressions:
                yield from walk(expression)

    def replaced(self, expression: Expression, text: Text) -> Variable:
        """Return the same quantity as an auxiliary with one equation, without flows."""
        equation = Equation(expression=expression, subscripts=self.dimensions, text=text)
        return replace(self, kind=Kind.AUXILIARY, equations=(equation,), inflows=(), outflows=(), non_negative=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpec:
    """Start, stop, step and save interval in ``unit``; saved times are ``start + k * save`` up to ``stop``."""

    start: float
    stop: float
    step: float  # integration step
    save: float  # interval between saved times
    unit: str = ""
    method: Method = Method.EULER  # integration method

    @property
    def steps(self) -> int:
        """The number of steps from start to stop."""
        return max(0, round((self.stop - self.start) / self.step))

    @property
    def uneven(self) -> str:
        """The interval that is not a whole number of steps, and the one used instead; empty if there is none."""
        for interval, length in (("the save interval", self.save), ("the length of the run", self.stop - self.start)):
            count = length / self.step
            if abs(count - round(count)) > 1e-6 * max(1.0, count):
                used = max(1, round(count)) * self.step
                return f"{interval}, {length:g}, is not a whole number of steps: {used:g} is used instead"
        return ""

    @property
    def save_every(self) -> int:
        """Steps between saved times, at least one."""
        return max(1, round(self.save / self.step))


@dataclass(frozen=True, slots=True)
class Macro:
    """A reusable piece of model: called with arguments, it returns the value of ``output`` (XMILE 1.0, 4.8; Vensim)."""

    name: str
    parameters: tuple[str, ...]
    output: str
    variables: Mapping[str, Variable]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Variables by canonical name, in the order written."""

    name: str  # name of the model's file or case
    time: TimeSpec  # time settings of its runs
    variables: Mapping[str, Variable]  # variables by canonical name
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)  # dimensions of arrays, by name
    macros: Mapping[str, Macro] = field(default_factory=dict)  # macros by name
    units: tuple[str, ...] = ()  # extra unit definitions (:class:`wherenow.language.units.Units`)
