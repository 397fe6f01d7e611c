"""Print a tree as text in XMILE syntax, with no more parentheses than needed."""

from __future__ import annotations

import math
import re

from wherenow.language.descent import LEVELS
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    IndexRange,
    Number,
    Reference,
    Subscript,
    Table,
    Unary,
)

_LEVELS = {**LEVELS, "^": 8}
_UNARY, _ATOM = 7, 10
_PLAIN = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*")
_WORDS = frozenset({"and", "or", "not", "mod", "if", "then", "else"})


def to_xmile(expression: Expression) -> str:
    """Return the text of an expression, such that ``parse`` gives the same tree.

    Raises
    ------
    ValueError
        For a table inside an expression, or a non-finite number: neither has XMILE syntax.
    """
    return _text(expression, 0)


def _text(node: Subscript, level: int) -> str:
    text, strength = _shown(node)
    return f"({text})" if strength < level else text


def _shown(node: Subscript) -> tuple[str, int]:
    """Return the text and binding strength of a node."""
    match node:
        case Number(value):
            return _number(value)
        case Reference(name, subscripts):
            inside = ", ".join(_text(s, 0) for s in subscripts)
            return spelled(name) + (f"[{inside}]" if subscripts else ""), _ATOM
        case Each(dimension):
            return f"*:{spelled(dimension)}" if dimension else "*", _ATOM
        case IndexRange(first, last):
            return f"{_text(first, 0)}:{_text(last, 0)}", 0
        case Unary(operator, operand):
            return f"{operator}{' ' * (operator == 'not')}{_text(operand, _UNARY)}", _UNARY
        case Binary("^", left, right):
            return f"{_text(left, _LEVELS['^'] + 1)} ^ {_text(right, _UNARY)}", _LEVELS["^"]
        case Binary(operator, left, right):
            strength = _LEVELS[operator]
            return f"{_text(left, strength)} {operator} {_text(right, strength + 1)}", strength
        case Conditional(condition, then, otherwise):
            return f"if {_text(condition, 0)} then {_text(then, 0)} else {_text(otherwise, 0)}", 0
        case Call("lookup", (Reference(subscripts=subscripts) as table, argument)) if subscripts:
            return f"{_text(table, 0)}({_text(argument, 0)})", _ATOM
        case Call(function, arguments):
            row = FUNCTIONS.get(function)
            if row is not None and row.kind is FunctionKind.CLOCK and not row.arguments:
                return function, _ATOM
            return f"{spelled(function)}({', '.join(_text(a, 0) for a in arguments)})", _ATOM
        case Table():
            raise ValueError("a table has no place inside an XMILE expression")
    raise AssertionError(node)


def _number(value: float) -> tuple[str, int]:
    if not math.isfinite(value):
        raise ValueError(f"{value}, which is not a number, cannot be in an equation")
    if value < 0 or math.copysign(1.0, value) < 0:
        return f"-{abs(value)!r}", _UNARY
    return number(value), _ATOM


def number(value: float) -> str:
    """Return the shortest text that reads as the same number."""
    return repr(float(value)).removesuffix(".0")


def spelled(name: str) -> str:
    """Return a name as the parser reads it: in quotes unless it is plain."""
    row = FUNCTIONS.get(name)
    constant = row is not None and row.kind is FunctionKind.CLOCK and not row.arguments
    plain = _PLAIN.fullmatch(name) and name not in _WORDS and not constant
    return name if plain else quoted(name)


def quoted(name: str) -> str:
    """Return a name in quotes; quotes within it get a backslash."""
    return '"' + re.sub(r'(?<!\\)"', r"\"", name) + '"'
