"""Spelling of names and expressions for Vensim, after functions have Vensim's names
(:mod:`wherenow.exchange.vensim.writing.function_names`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from wherenow.exchange.vensim.translation.calls import CLOCK
from wherenow.exchange.vensim.vensim_syntax import join
from wherenow.language.functions import FUNCTIONS
from wherenow.language.printer import number as shortest
from wherenow.language.printer import quoted
from wherenow.language.syntax import (
    MISSING,
    NOWHERE,
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    ExpressionError,
    IndexRange,
    Number,
    Reference,
    Span,
    Subscript,
    Table,
    Unary,
    canonical,
)

_PLAIN = re.compile(r"[^\W\d_](?:[\w'$ ]*[\w'$])?")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_FUNCTIONS = frozenset({canonical(row.vensim) for row in FUNCTIONS.values() if row.vensim} | {"if_then_else", "smooth"})
_RESERVED = frozenset({*CLOCK, "saveper"})
"""Names whose meaning Vensim fixes."""

_LEVELS = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/"), 6),
    "^": 8,
}
_NOT, _SIGN, _ATOM = 3, 7, 10
_WORDS = {"and": ":AND:", "or": ":OR:"}


class VensimSpelling:
    """The spelling of a file's names: as labelled if that reads as the same name, else in quotes."""

    def __init__(self, labels: Mapping[str, str], others: Iterable[str] = ()) -> None:
        self._shown: dict[str, str] = {}
        self.in_macro = False
        taken = {*labels, *others}
        for name, label in labels.items():
            self._shown[name] = _spelled(name, label, taken)
        for name in others:
            self._shown.setdefault(name, _spelled(name, name.replace("_", " "), taken))

    def name(self, name: str) -> str:
        """Spell a name as in the file, even one that the file does not declare."""
        return self._shown.get(name) or _spelled(name, name.replace("_", " "), set())

    def within(self, labels: Mapping[str, str]) -> VensimSpelling:
        """Return a macro's names: its own, and the model's with a ``$`` (Vensim reference manual, "Macros")."""
        made = VensimSpelling(labels)
        made.in_macro = True
        for name, text in self._shown.items():
            made._shown.setdefault(name, f'{text[:-1]}$"' if text.endswith('"') else f"{text}$")
        return made


def _spelled(name: str, label: str, taken: set[str]) -> str:
    fixed = name in _RESERVED
    bare = " ".join(label.replace("\\n", " ").split())
    for text in () if fixed else (bare, quoted(bare), name, quoted(name)):
        plain = _PLAIN.fullmatch(text) and name not in _FUNCTIONS
        if (plain or _QUOTED.fullmatch(text)) and canonical(join(text)) == name:
            return text
    renamed = re.sub(r"[^\w ]+", " ", name.replace("_", " ")).strip() or "unnamed"
    while canonical(renamed) in taken or canonical(renamed) in _RESERVED or not _PLAIN.fullmatch(renamed):
        renamed = f"the {renamed}"
    taken.add(canonical(renamed))
    return renamed


def number(value: float, span: Span = NOWHERE) -> str:
    """Write the shortest text that reads as the same number; ``:NA:`` for that value."""
    if value == MISSING:
        return ":NA:"
    if not math.isfinite(value):
        raise ExpressionError(f"{value} has no form in Vensim", span)
    return shortest(value)


def points(table: Table) -> str:
    """Write a lookup's points, with the bounds of its drawing."""
    pairs = list(zip(table.xs, table.ys, strict=True))
    if not pairs or not all(math.isfinite(v) for pair in pairs for v in pair):
        raise ExpressionError("a table with values that are not numbers has no form in Vensim", table.span)
    low, high = (f"({shortest(end(table.xs))},{shortest(end(table.ys))})" for end in (min, max))
    return f"[{low}-{high}], " + ", ".join(f"({shortest(x)},{shortest(y)})" for x, y in pairs)


def to_vensim(expression: Expression, spelling: VensimSpelling) -> str:
    """Write an expression with Vensim's functions, such that reading it returns the same tree.

    Raises
    ------
    ExpressionError
        for a computed subscript, a range of elements, or a number that is not finite.
    """
    return _Printing(spelling).text(expression, 0)


class _Printing:
    def __init__(self, spelling: VensimSpelling) -> None:
        self.name, self.in_macro = spelling.name, spelling.in_macro

    def text(self, node: Expression, level: int) -> str:
        text, own = self._shown(node)
        return f"({text})" if own < level else text

    def _shown(self, node: Expression) -> tuple[str, int]:
        """Return the text and binding strength of a node."""
        match node:
            case Number(value):
                return number(value, node.span), _LEVELS["-"] if value < 0 and value != MISSING else _ATOM
            case Reference(name, (Each(str() as dimension),)) if dimension == name:
                return f"{self.name(name)}!", _ATOM
            case Reference(name, subscripts):
                inside = ", ".join(map(self._subscript, subscripts))
                return self.name(name) + (f"[{inside}]" if subscripts else ""), _ATOM
            case Unary("not", operand):
                return f":NOT: {self.text(operand, _LEVELS['+'])}", _NOT
            case Unary("+", operand):
                return self._shown(operand)
            case Unary(_, operand):
                return f"-{self.text(operand, _SIGN)}", _SIGN
            case Binary("^", left, right):
                return f"{self.text(left, _ATOM)} ^ {self.text(right, _SIGN)}", _LEVELS["^"]
            case Binary(operator, left, right):
                own = _LEVELS[operator]
                first = own + (own == _LEVELS["="])  # brackets: other tools group chained comparisons differently
                return f"{self.text(left, first)} {_WORDS.get(operator, operator)} {self.text(right, own + 1)}", own
            case Conditional(condition, then, otherwise):
                return f"IF THEN ELSE({', '.join(self.text(p, 0) for p in (condition, then, otherwise))})", _ATOM
            case Call("lookup", (Table() as table, argument)):
                return f"WITH LOOKUP({self.text(argument, 0)}, ({points(table)}))", _ATOM
            case Call("lookup", (Reference() as table, argument)):
                return f"{self.text(table, _ATOM)}({self.text(argument, 0)})", _ATOM
            case Call(function, ()) if canonical(function) in _RESERVED:
                return f"{function}$" if self.in_macro else function, _ATOM
            case Call(function, arguments):
                return f"{function}({', '.join(self.text(a, 0) for a in arguments)})", _ATOM
            case _:
                raise ExpressionError("a table is not allowed here", node.span)

    def _subscript(self, subscript: Subscript) -> str:
        match subscript:
            case Reference(name, ()):
                return self.name(name)
            case Each(str() as dimension):
                return f"{self.name(dimension)}!"
            case IndexRange():
                raise ExpressionError("Vensim has no range of elements in an equation", subscript.span)
            case _:
                raise ExpressionError("Vensim has no computed subscripts", subscript.span)
