"""Check that a formula is meaningful: names exist, kinds and units fit, and dates are dates.

Every problem is a located diagnostic. The result also gives the unit of the formula's robustness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from wherenow.case.dates import is_year
from wherenow.case.reading.measures import apart
from wherenow.claims.evaluation.signals import Declared
from wherenow.claims.formulas.claim_syntax import (
    CONDITIONS,
    Apply,
    Arithmetic,
    Comparison,
    Connective,
    Date,
    EventTerm,
    First,
    Formula,
    Negative,
    Node,
    Not,
    NumberTerm,
    Series,
    Temporal,
    Until,
    with_values,
)
from wherenow.claims.formulas.claim_units import DATE, ONE, PLAIN, Measure, read_measure
from wherenow.claims.formulas.formula import parse_formula
from wherenow.claims.formulas.operators import OPERATORS, Takes, usage
from wherenow.errors import Diagnostic, InputError, Text, did_you_mean
from wherenow.language.syntax import Span
from wherenow.language.units import units


@dataclass(frozen=True, slots=True)
class ValueKind:
    """Whether a part of a formula changes with time, and the unit of its number or of its condition's robustness.

    A condition that combines comparisons of different units has ``unit`` None: its robustness is relative.
    """

    changes: bool
    unit: Measure | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A formula with the kind of each of its parts and the scalar series that each name refers to.

    ``unit`` is the unit of the formula's number or robustness (the time unit where dates are compared), or None if
    it is relative.
    """

    formula: Formula
    kinds: Mapping[Node, ValueKind]
    elements: Mapping[Series, tuple[str, ...]]
    unit: str | None


def check_formula(formula: Formula, declared: Declared, *, signal: bool = False) -> Checked:
    """Check a formula against the declared series, events and units.

    The formula of a claim is a condition with one truth value per draw. With ``signal=True`` it must be a quantity that
    changes with time, as in a fan or an observation equation. Raises :class:`~wherenow.errors.InputError` with every
    problem.
    """
    checker = _FormulaChecker(formula=formula, declared=declared)
    kind = checker.kind(formula.root)
    if checker.converted and not checker.diagnostics:
        return check_formula(
            Formula(with_values(formula.root, checker.converted), formula.text), declared, signal=signal
        )
    condition = isinstance(formula.root, CONDITIONS)
    if signal and (condition or not kind.changes):
        checker.wrong(formula.root, "a quantity that changes with time is needed here")
    elif not signal and not condition:
        checker.wrong(formula.root, "a claim is a condition", "compare it with something: x > 0")
    elif not signal and kind.changes:
        hint = "say when it must hold: always[from, to](…), eventually[from, to](…), or read x as at(x, date)"
        checker.wrong(formula.root, "the claim changes with time, so it has no single answer", hint)
    if checker.diagnostics:
        raise InputError(checker.diagnostics)
    unit = None if kind.unit is None else declared.time_unit if kind.unit.date else str(kind.unit)
    return Checked(formula, checker.kinds, checker.elements, unit)


def checked_or_none(text: Text, declared: Declared) -> Checked | None:
    """Check the formula of a claim; return None if it is wrong, which is reported elsewhere."""
    try:
        return check_formula(parse_formula(text), declared)
    except InputError:
        return None


@dataclass(slots=True, kw_only=True)
class _FormulaChecker:
    formula: Formula  # formula to check
    declared: Declared  # series, units and events that the formula may read
    kinds: dict[Node, ValueKind] = field(default_factory=dict)  # kind of each node checked so far
    elements: dict[Series, tuple[str, ...]] = field(default_factory=dict)  # names of each series' scalars
    converted: dict[Span, float] = field(default_factory=dict)  # numbers in the unit of the other operand
    diagnostics: list[Diagnostic] = field(default_factory=list)  # problems found so far

    def wrong(self, node: Node, message: str, hint: str = "") -> None:
        self.diagnostics.append(self.formula.text.problem(message, hint, node.span.start))

    def measure(self, unit: str) -> Measure:
        return read_measure(unit, self.declared.definitions)

    def kind(self, node: Node) -> ValueKind:
        found = self._kind(node)
        self.kinds[node] = found
        return found

    def _kind(self, node: Node) -> ValueKind:
        match node:
            case NumberTerm(unit=unit):
                return ValueKind(False, self._written(node, unit) if unit else PLAIN)
            case Date():
                return ValueKind(False, DATE)
            case EventTerm():
                return self._event(node)
            case Series():
                return self._series(node, array=False)
            case Negative(operand=operand):
                return self.kind(operand)
            case Arithmetic():
                return self._arithmetic(node)
            case Apply():
                return self._apply(node)
            case First(condition=condition, window=window):
                self._window(window)
                self._changing(condition, "first")
                return ValueKind(False, DATE)
            case Comparison(left=left, right=right):
                return self._comparison(node, left, right)
            case Not(operand=operand):
                return self.kind(operand)
            case Connective(left=left, right=right):
                return self._both(left, right)
            case Temporal(operator=operator, condition=condition, window=window):
                self._window(window)
                return ValueKind(False, self._changing(condition, operator).unit)
            case Until(left=left, right=right, window=window):
                self._window(window)
                both = self._both(left, right)
                if not both.changes:
                    self.wrong(node, "'until' needs conditions that change with time")
                return ValueKind(False, both.unit)

    def _written(self, node: NumberTerm, unit: str) -> Measure:
        """Return the unit that is written beside a number."""
        try:
            return Measure(units(self.declared.definitions).parse(unit))
        except InputError as error:
            found = error.diagnostics[0]
            self.wrong(node, found.message, found.hint)
            return PLAIN

    def _fit(self, node: Node, left: Node, right: Node, a: Measure, b: Measure, problem: str) -> None:
        """Report that two sides do not fit, or convert a number that is written in another unit of the same kind."""
        for side, own, other in ((left, a, b), (right, b, a)):
            number = side.operand if isinstance(side, Negative) else side
            if isinstance(number, NumberTerm) and number.unit:
                if own.unit.powers == other.unit.powers and not other.date:
                    self.converted[number.span] = number.value * own.unit.factor / other.unit.factor
                    return
                node = number
        self.wrong(node, problem, "" if a.date or b.date else apart(a.unit, b.unit))

    def _event(self, node: EventTerm) -> ValueKind:
        if node.id not in self.declared.events:
            hint = did_you_mean(node.id, self.declared.events)
            self.wrong(node, f"there is no event {node.id!r}", hint)
        return ValueKind(False, DATE)

    def _series(self, node: Series, array: bool) -> ValueKind:
        units = self.declared.units.get(node.run)
        if units is None:
            self.wrong(
                node, f"there is no run {node.run!r} to compare with", "a claim's 'against' makes the run @against"
            )
            return ValueKind(True, PLAIN)
        names = matching(node, units)
        written = node.name + (f"[{','.join(node.subscripts)}]" if node.subscripts else "")
        if not names:
            known = dict.fromkeys([*units, *(n.partition("[")[0] for n in units)])
            self.wrong(node, f"there is no series {written!r}", did_you_mean(written, known))
            return ValueKind(True, PLAIN)
        if array and names == (node.name,):
            self.wrong(node, f"{node.name!r} is not an array")
        if not array and names[0] != written:
            shown = " or ".join(names[:2])
            message = f"{written!r} stands for {len(names)} elements"
            self.wrong(node, message, f"write one of them, {shown}, or sum_over({written})")
        self.elements[node] = names
        return ValueKind(True, self.measure(units[names[0]]))

    def _arithmetic(self, node: Arithmetic) -> ValueKind:
        left, right = self.kind(node.left), self.kind(node.right)
        changes = left.changes or right.changes
        a, b = left.unit or PLAIN, right.unit or PLAIN
        match node.operator:
            case "+" | "-":
                return ValueKind(changes, self._sum(node, a, b))
            case "*" | "/" if a.date or b.date:
                self.wrong(node, "a date cannot be multiplied or divided")
                return ValueKind(changes, PLAIN)
            case "*":
                return ValueKind(changes, a.times(b))
            case "/":
                return ValueKind(changes, a.times(b, -1))
            case _:
                return ValueKind(changes, self._power(node, a, b))

    def _sum(self, node: Arithmetic, a: Measure, b: Measure) -> Measure:
        if a.date and b.date and node.operator == "-":
            return self._time()
        if a.date and not b.date and b.fits(self._time()):
            return DATE
        if a.date or b.date or not a.fits(b):
            verb = "added" if node.operator == "+" else "subtracted"
            self._fit(node, node.left, node.right, a, b, f"{a} and {b} cannot be {verb}")
        return b if a.plain else a

    def _power(self, node: Arithmetic, a: Measure, b: Measure) -> Measure:
        if not b.fits(ONE) or a.date or b.date:
            self.wrong(node, f"an exponent is a number, not of unit {b}")
            return PLAIN
        exponent = node.right.operand if isinstance(node.right, Negative) else node.right
        if isinstance(exponent, NumberTerm):
            sign = -1 if isinstance(node.right, Negative) else 1
            return a.to(sign * Fraction(exponent.value).limit_denominator(1000))
        if not a.unit.dimensionless:
            self.wrong(node, f"a quantity of unit {a} needs a plain number for exponent")
        return a

    def _apply(self, node: Apply) -> ValueKind:
        operator = OPERATORS[node.operator]
        first = operator.takes[0]
        if first is Takes.ARRAY:
            if not isinstance(node.arguments[0], Series):
                self.wrong(node, f"{node.operator!r} takes the name of an array", f"write {usage(node.operator)}")
                return ValueKind(True, self.kind(node.arguments[0]).unit)
            return self._series(node.arguments[0], array=True)
        kind = self.kind(node.arguments[0])
        for date in node.arguments[1:]:
            self._date(date)
        if first is Takes.SIGNAL and not kind.changes:
            self.wrong(node.arguments[0], f"{node.operator!r} needs a quantity that changes with time")
        if len(node.arguments) == 3:
            self._order(node.arguments[1], node.arguments[2])
        if first is Takes.QUANTITY and operator.unit == "1" and not (kind.unit or PLAIN).fits(ONE):
            message = f"{node.operator!r} takes a dimensionless quantity, not {kind.unit}"
            self.wrong(node, message, "divide by a reference value first")
        return ValueKind(kind.changes and first is Takes.QUANTITY, self._result(operator.unit, kind.unit or PLAIN))

    def _result(self, unit: str, x: Measure) -> Measure:
        time = self._time()
        fixed = {"1": ONE, "date": DATE, "time": time}
        of_x = {"x": x, "x*time": x.times(time), "x/time": x.times(time, -1), "x^0.5": x.to(Fraction(1, 2))}
        return {**fixed, **of_x}[unit]

    def _comparison(self, node: Comparison, left: Node, right: Node) -> ValueKind:
        a, b = self.kind(left), self.kind(right)
        x, y = a.unit or PLAIN, b.unit or PLAIN
        if not x.fits(y):
            self._fit(node, left, right, x, y, f"{x} cannot be compared with {y}")
        return ValueKind(a.changes or b.changes, ONE if x.plain and y.plain else y if x.plain else x)

    def _both(self, left: Node, right: Node) -> ValueKind:
        a, b = self.kind(left), self.kind(right)
        return ValueKind(a.changes or b.changes, a.unit if a.unit and b.unit and a.unit.same(b.unit) else None)

    def _changing(self, condition: Node, operator: str) -> ValueKind:
        kind = self.kind(condition)
        if not kind.changes:
            message = f"{operator!r} needs a condition that changes with time"
            self.wrong(condition, message, "compare the quantity itself, not its value at a date")
        return kind

    def _window(self, window: tuple[Node, Node] | None) -> None:
        if window:
            self._date(window[0])
            self._date(window[1])
            self._order(*window)

    def _date(self, node: Node) -> None:
        kind = self.kind(node)
        unit = kind.unit or PLAIN
        if kind.changes or not (unit.date or unit.plain):
            self.wrong(node, "a date is needed here", 'write 2014, 2014-06, 2014-06-10 or event("id")')
        if isinstance(node, Date) and not is_year(self.declared.time_unit):
            self.wrong(node, f"time is in {self.declared.time_unit or 'plain numbers'} here, so a date has no meaning")

    def _order(self, first: Node, last: Node) -> None:
        written = [n for n in (first, last) if isinstance(n, Date | NumberTerm)]
        for a, b in pairwise(written):
            if a.start > b.start:
                self.wrong(last, "the window ends before it begins")

    def _time(self) -> Measure:
        return self.measure(self.declared.time_unit)


def matching(node: Series, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the series that a name refers to: itself, one element, or (``*`` or no subscripts) every element."""
    if not node.subscripts:
        if node.name in names:
            return (node.name,)
        return tuple(n for n in names if n.startswith(f"{node.name}["))
    found = []
    for name in names:
        if not name.startswith(f"{node.name}["):
            continue
        parts = name[len(node.name) + 1 : -1].split(",")
        if len(parts) == len(node.subscripts) and all(
            given in ("*", part) for given, part in zip(node.subscripts, parts, strict=True)
        ):
            found.append(name)
    return tuple(found)
