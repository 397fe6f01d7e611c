"""Equations in mathematical notation, as MathML Core, which browsers render without a script.

Names are words, products have a thin dot, quotients are fractions, powers are superscripts, and conditionals are cases
with a brace.
"""

from __future__ import annotations

import math

from markupsafe import Markup

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
    children,
)
from wherenow.report.charts.svg import element
from wherenow.report.wording.numbers import MINUS

_SIGNS = {"+": "+", "-": MINUS, "*": "·", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "<>": "≠"}
_WORDS = {"and": "and", "or": "or", "mod": "mod"}
_LEVELS = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys(("*", "mod"), 5),
}
_UNARY, _POWER, _ATOM = 6, 7, 9
LINE = 100  # maximum number of letters in a line
_PLAIN_FUNCTIONS = {"exp", "ln", "log", "log10", "sin", "cos", "tan", "min", "max", "arctan", "arcsin", "arccos"}


def equation(left: str, right: Expression, subscripts: tuple[str, ...] = ()) -> Markup:
    """Write ``left = right`` as a block; ``subscripts`` are those of the left side."""
    return _formula(_name(left, subscripts), right)


def rate(stock: str, right: Expression, subscripts: tuple[str, ...] = ()) -> Markup:
    """Write a stock's equation: its derivative with respect to time is ``right``."""
    d = element("mi", "d", mathvariant="normal")
    over = element("mfrac", element("mrow", d, _name(stock, subscripts)), element("mrow", d, element("mi", "t")))
    return _formula(over, right)


def first(stock: str, right: Expression, start: str, subscripts: tuple[str, ...] = ()) -> Markup:
    """Write a stock's initial value, at the time ``start``."""
    at = element("mrow", _operator("("), element("mn", start), _operator(")"))
    return _formula(element("mrow", _name(stock, subscripts), at), right)


def _formula(left: Markup, right: Expression) -> Markup:
    """Write both sides, breaking a long sum or product over several lines, because browsers do not break formulas."""
    lines = _lines(right)
    if len(lines) == 1:
        return element("math", element("mrow", left, _operator("="), lines[0]), display="block")
    heads = [element("mrow", left, _operator("=")), *(element("mrow") for _ in lines[1:])]
    rows = (
        element("mtr", element("mtd", head, class_="end"), element("mtd", below, class_="start"))
        for head, below in zip(heads, lines, strict=True)
    )
    return element("math", element("mtable", *rows, displaystyle="true"), display="block")


def _lines(right: Expression) -> list[Markup]:
    """Break a right side into lines of at most :data:`LINE` letters, where its terms or factors allow."""
    signs, parts = _chain(right)
    if _letters(right) <= LINE or len(parts) == 1:
        return [_row(right)]
    level = _LEVELS[signs[1]]
    lines: list[list[Markup]] = [[]]
    filled = 0
    for i, (sign, part) in enumerate(zip(signs, parts, strict=True)):
        size = _letters(part) + 3
        if filled and filled + size > LINE:
            lines.append([])
            filled = 0
        filled += size
        if i:
            lines[-1].append(element("mo", _SIGNS[sign], form="infix"))
        lines[-1].append(_row(part, level + (i > 0)))
    return [element("mrow", *line) for line in lines]


def _chain(node: Expression) -> tuple[list[str], list[Expression]]:
    """Return the terms of a sum or the factors of a product, each with its sign; else the node alone."""
    kind = ("+", "-") if isinstance(node, Binary) and node.operator in ("+", "-") else ("*",)
    signs: list[str] = []
    parts: list[Expression] = []
    while isinstance(node, Binary) and node.operator in kind:
        signs.append(node.operator)
        parts.append(node.right)
        node = node.left
    return ["", *reversed(signs)], [node, *reversed(parts)]


def _letters(node: Subscript) -> int:
    """Estimate the width of a node, in letters."""
    match node:
        case Binary("/", left, right):
            return max(_letters(left), _letters(right))
        case Reference(name, subscripts):
            return len(name) + sum(map(_letters, subscripts))
        case Conditional(condition, then, otherwise):
            return max(_letters(then) + _letters(condition) + 4, _letters(otherwise) + 10)
        case Call(function, arguments):
            return len(function) + 2 + sum(_letters(a) + 2 for a in arguments)
        case Number():
            return 4
        case _:
            return sum(_letters(below) + 3 for below in children(node))


def _operator(sign: str) -> Markup:
    return element("mo", sign)


def _name(name: str, subscripts: tuple[str, ...] = ()) -> Markup:
    word = _said(name)
    return (
        element("msub", word, element("mi", ", ".join(map(_spaced, subscripts)), class_="name")) if subscripts else word
    )


def _said(name: str) -> Markup:
    # not mtext: it counts as space, so that a row of texts around an operator would itself become an operator
    return element("mi", _spaced(name), class_="name")


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def figure(value: float) -> Markup:
    """Write a number, in powers of ten if it is very large or very small."""
    if not math.isfinite(value):
        return element("mi", "∞" if value > 0 else f"{MINUS}∞")
    if value != 0 and not 1e-4 <= abs(value) < 1e7:
        mantissa, _, exponent = f"{value:.6e}".partition("e")
        digits = mantissa.rstrip("0").rstrip(".").replace("-", MINUS)
        power = element("msup", element("mn", "10"), element("mn", str(int(exponent)).replace("-", MINUS)))
        return power if digits == "1" else element("mrow", element("mn", digits), _operator("·"), power)
    return element("mn", f"{value:,.10g}".replace("-", MINUS))


def _row(node: Subscript, level: int = 0) -> Markup:
    """Write a node, in brackets if its context binds tighter (``level``) than the node itself."""
    written, own = _shown(node)
    if own >= level:
        return written
    return element("mrow", _operator("("), written, _operator(")"))


def _shown(node: Subscript) -> tuple[Markup, int]:
    """Return the markup of a node, and its precedence."""
    match node:
        case Number(value):
            return figure(value), _ATOM if value >= 0 else _UNARY
        case Reference(name, ()):
            return _said(name), _ATOM
        case Reference(name, subscripts):
            below = _listed(subscripts)
            return element("msub", _said(name), below), _ATOM
        case Each(dimension):
            return element("mtext", f"all {_spaced(dimension)}" if dimension else "all"), _ATOM
        case IndexRange(low, high):
            return element("mrow", _row(low), _operator("…"), _row(high)), _ATOM
        case Unary("not", operand):
            return element("mrow", element("mtext", "not "), _row(operand, _UNARY)), _UNARY
        case Unary(operator, operand):
            return element("mrow", _operator(_SIGNS[operator]), _row(operand, _UNARY)), _UNARY
        case Binary("/", left, right):
            return element("mfrac", _row(left), _row(right)), _ATOM
        case Binary("^", left, right):
            # bracket a fraction, because the exponent would seem to belong to its last part
            fraction = isinstance(left, Binary) and left.operator == "/"
            return element("msup", _row(left, _ATOM + fraction), _row(right)), _POWER
        case Binary(operator, left, right):
            own = _LEVELS[operator]
            sign = element("mtext", f" {_WORDS[operator]} ") if operator in _WORDS else _operator(_SIGNS[operator])
            return element("mrow", _row(left, own), sign, _row(right, own + 1)), own
        case Conditional():
            return _cases(node), 0
        case Call(function, arguments):
            return _call(function, arguments)
        case Table(xs, ys):
            points = ", ".join(f"({x:g}, {y:g})" for x, y in zip(xs, ys, strict=True))
            return element("mtext", f"the line through {points}"), _ATOM
    raise AssertionError(node)


def _listed(nodes: tuple[Subscript, ...]) -> Markup:
    parts: list[Markup] = []
    for i, node in enumerate(nodes):
        parts += [_operator(","), _row(node)] if i else [_row(node)]
    return element("mrow", *parts)


def _call(function: str, arguments: tuple[Expression, ...]) -> tuple[Markup, int]:
    if function == "sqrt" and len(arguments) == 1:
        return element("msqrt", _row(arguments[0])), _ATOM
    if function == "exp" and len(arguments) == 1:
        return element("msup", element("mi", "e"), _row(arguments[0])), _POWER
    if function == "abs" and len(arguments) == 1:
        return element("mrow", _operator("|"), _row(arguments[0]), _operator("|")), _ATOM
    if not arguments:
        return _said(function), _ATOM
    if function == "lookup" and isinstance(arguments[0], Reference):
        table, *rest = arguments
        return _applied(_row(table), tuple(rest)), _ATOM
    head = element("mi", function) if function in _PLAIN_FUNCTIONS else _said(function)
    return _applied(head, arguments), _ATOM


def _applied(head: Markup, arguments: tuple[Expression, ...]) -> Markup:
    return element("mrow", head, _operator("("), _listed(arguments), _operator(")"))


def _cases(node: Expression) -> Markup:
    """Write a conditional, and those in its else branch, as one list of cases."""
    rows = []
    while isinstance(node, Conditional):
        condition = element("mrow", element("mtext", "if "), _row(node.condition))
        rows.append((_row(node.then), condition))
        node = node.otherwise
    rows.append((_row(node), element("mtext", "otherwise")))
    cells = (element("mtr", *(element("mtd", part, class_="start") for part in pair)) for pair in rows)
    return element("mrow", element("mo", "{", stretchy="true"), element("mtable", *cells))
