"""Check an equation against its units, by the unit rules of the function table.

Plain numbers in an equation are dimensionless, except 0, which fits anything: a quantity belongs in a parameter, with
its unit. In imported models (``literals="open"``) any number fits where it is added or compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from wherenow.errors import Diagnostic, Text
from wherenow.language.functions import FUNCTIONS, Function
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Number,
    Reference,
    Span,
    Table,
    Unary,
    plain_number,
)
from wherenow.language.units import ONE, Unit

Literals = Literal["strict", "open"]
Environment = Callable[[str], Unit | None]
"""Returns the unit of a name; None if it is unknown and should not be reported."""


def contradictions(
    expression: Expression,
    declared: Unit,
    environment: Environment,
    time_unit: Unit,
    text: Text,
    literals: Literals = "strict",
) -> tuple[tuple[Diagnostic, Unit], ...]:
    """Return where the equation contradicts itself or gives a unit other than the declared one, each with the unit by
    which two sides differ (1 if it is not about two sides).
    """
    checker = _UnitChecker(environment=environment, time_unit=time_unit, text=text, literals=literals)
    found = checker.unit(expression)
    if found is not None and not checker.reported and not found.agrees(declared):
        checker.differ(f"the equation gives {found}, the declared unit is {declared}", found, declared, expression.span)
    return tuple(checker.reported)


def unit_of(
    expression: Expression, environment: Environment, time_unit: Unit, text: Text, literals: Literals = "strict"
) -> tuple[Unit | None, tuple[Diagnostic, ...]]:
    """Return the unit of an expression (None if it fits any), with the contradictions found on the way."""
    checker = _UnitChecker(environment=environment, time_unit=time_unit, text=text, literals=literals)
    return checker.unit(expression), tuple(problem for problem, _ in checker.reported)


@dataclass(slots=True, kw_only=True)
class _UnitChecker:
    environment: Environment  # unit of each name
    time_unit: Unit  # unit of the model's time
    text: Text  # text of the equation
    literals: Literals  # whether a number fits any unit
    reported: list[tuple[Diagnostic, Unit]] = field(default_factory=list)  # as ``contradictions`` returns them

    def unit(self, node: Expression) -> Unit | None:
        """Return the unit of a node, or None if it fits any."""
        match node:
            case Number(value):
                return None if value == 0.0 or self.literals == "open" else ONE
            case Reference(name):
                return self.environment(name)
            case Table():
                return None
            case Unary("not", operand):
                self.unit(operand)
                return ONE
            case Unary(operand=operand):
                return self.unit(operand)
            case Binary():
                return self._binary(node)
            case Conditional(condition, then, otherwise):
                self.unit(condition)
                return self._same(self.unit(then), self.unit(otherwise), "the two branches", node.span)
            case Call():
                return self._call(node)
        raise AssertionError(node)

    def _binary(self, node: Binary) -> Unit | None:
        left, right = self.unit(node.left), self.unit(node.right)
        match node.operator:
            case "+" | "-" | "mod":
                return self._same(left, right, f"the sides of '{node.operator}'", node.span)
            case "<" | "<=" | ">" | ">=" | "=" | "<>":
                self._same(left, right, f"the sides of '{node.operator}'", node.span)
                return ONE
            case "and" | "or":
                return ONE
            case "*" | "/":
                left, right = self._factor(node.left, left), self._factor(node.right, right)
                if left is None or right is None:
                    return None
                return left * right if node.operator == "*" else left / right
            case _:
                return self._power(node, left, right)

    def _factor(self, node: Expression, unit: Unit | None) -> Unit | None:
        """Return the unit of a factor: a number has none, even where as a term it would fit any; 0 times anything fits
        any.
        """
        return ONE if unit is None and isinstance(node, Number) and node.value != 0.0 else unit

    def _power(self, node: Binary, base: Unit | None, exponent: Unit | None) -> Unit | None:
        if exponent is not None and not exponent.dimensionless:
            self._say(f"an exponent must be dimensionless, not {exponent}", node.right.span)
        if base is None or base.dimensionless:
            return base
        number = _literal(node.right)
        if number is None:
            self._say(
                f"{base} to a power that is not a plain number has no unit", node.span, "divide by a normal first"
            )
            return None
        return base ** Fraction(number).limit_denominator(12)

    def _call(self, node: Call) -> Unit | None:
        row = FUNCTIONS.get(node.function)
        if row is None:  # the name is that of a lookup variable or macro
            for argument in node.arguments:
                self.unit(argument)
            return self.environment(node.function)
        if row.kind == "lookup":
            for argument in node.arguments[1:]:
                self.unit(argument)
            return self.unit(node.arguments[0])
        bound: dict[str, Unit | None] = {"time": self.time_unit, "1": ONE}
        for i, argument in enumerate(node.arguments):
            spec = row.arguments[min(i, len(row.arguments) - 1)]
            self._argument(row, spec.name, spec.unit, argument, bound)
        return _evaluate(row.unit, bound)

    def _argument(
        self, row: Function, name: str, rule: str, argument: Expression, bound: dict[str, Unit | None]
    ) -> None:
        found = self.unit(argument)
        if rule == "any" or found is None:
            return
        required = _evaluate(rule, bound)
        if required is None and rule in ("x", "y"):
            bound[rule] = found
        if required is not None and not found.agrees(required):
            what = "dimensionless" if rule == "1" else f"in {required}"
            self.differ(f"'{name}' of {row.name} must be {what}, not {found}", found, required, argument.span)

    def _same(self, left: Unit | None, right: Unit | None, what: str, span: Span) -> Unit | None:
        if left is None or right is None:
            return right if left is None else left
        if not left.agrees(right):
            self.differ(f"{what} differ: {left} and {right}", left, right, span)
        return left

    def differ(self, message: str, found: Unit, required: Unit, span: Span) -> None:
        """Report that units differ, and whether only by a factor."""
        hint = ""
        if found.powers == required.powers:
            ratio = max(found.factor / required.factor, required.factor / found.factor)
            hint = f"they differ by a factor {ratio:.6g}"
        elif (apart := found / required).same_scale(ONE):
            hint = f"they differ by {apart}"
        self._say(message, span, hint, found / required)

    def _say(self, message: str, span: Span, hint: str = "", apart: Unit = ONE) -> None:
        self.reported.append((self.text.problem(message, hint, span.start), apart))


def _literal(node: Expression) -> float | None:
    match node:
        case Binary("/", Number(a), Number(b)) if b:
            return a / b
    return plain_number(node)


def _evaluate(rule: str, bound: dict[str, Unit | None]) -> Unit | None:
    """Evaluate a rule such as ``x*time`` or ``x^0.5`` under the variables bound so far."""
    result: Unit | None = ONE
    for sign, name, power in re.findall(r"([*/]?)([a-z1]+)(?:\^([\d.]+))?", rule):
        unit = bound.get(name)
        if unit is None or result is None:
            return None
        unit = unit ** Fraction(power).limit_denominator(12) if power else unit
        result = result / unit if sign == "/" else result * unit
    return result
