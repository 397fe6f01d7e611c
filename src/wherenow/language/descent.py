"""Parse equations by recursive descent: XMILE 1.0 expression syntax (OASIS, section 3.3).

``tests/language/grammar.lark`` defines the same language as a grammar. Tests check that both give equal trees with
equal spans, or that both reject the text (docs/decisions/0019).
"""

from __future__ import annotations

import re

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
    Span,
    Subscript,
    Unary,
    canonical,
)

OPERATORS = {"==": "=", "!=": "<>", "**": "^", "&": "and", "&&": "and", "|": "or", "||": "or", "!": "not"}
CONSTANTS = frozenset(n for n, f in FUNCTIONS.items() if f.kind is FunctionKind.CLOCK and not f.arguments)
"""Functions that are called with or without parentheses."""

# an atomic group, because `(…)*+` before Python 3.11.5 keeps half a match (github.com/python/cpython/issues/106052)
_IGNORED = r"(?>(?:[\s\u00a0]|\{[^}]*\})*)"
_TOKEN = re.compile(
    r"(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|((?>[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*|\$[\w$]+)(?!\.))"
    r'|("(?:\\.|[^"\\])*")'
    r"|(\*\*|<=|>=|<>|==|!=|\|\||&&|[-+*/^=<>|&!()\[\],:]))" + _IGNORED
)
_START = re.compile(_IGNORED)
_DOTTED = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*|\$[\w$]+")
_END, _NUMBER, _WORD, _QUOTED, _SIGN, _BAD = range(6)
LEVELS = {
    **dict.fromkeys(("or", "|", "||"), 1),
    **dict.fromkeys(("and", "&", "&&"), 2),
    **dict.fromkeys(("=", "==", "<>", "!="), 3),
    **dict.fromkeys(("<=", ">=", "<", ">"), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "mod"), 6),
}
"""Precedence of binary operators."""
_TIGHTEST = 7
_PREFIXES = frozenset(("+", "-", "!", "not"))


class ReadError(Exception):
    """The text is invalid from ``start`` on; ``found`` is the text there, empty at the end.

    ``expected`` is ``value``, ``operator``, ``then``, ``else``, or ``sign`` if no token begins there.
    """

    def __init__(self, expected: str, start: int, found: str) -> None:
        super().__init__(expected)
        self.expected, self.start, self.found = expected, start, found


def read(content: str) -> tuple[Expression, int, bool]:
    """Parse the text of an equation.

    Returns
    -------
    tuple
        The tree; the number of its tokens, which bounds its depth; whether each call has as many arguments as the
        function table requires.

    Raises
    ------
    ReadError
        If the text is not an expression.
    RecursionError
        If signs or powers are nested beyond Python's stack.
    """
    reader = _ExpressionParser(_tokens(content))
    tree = reader.expression(1)
    if reader.tokens[reader.at][0] != _END:
        raise reader.refused("operator")
    return tree, len(reader.tokens), reader.arities_hold


def _tokens(content: str) -> list[tuple[int, str, int, int]]:
    """Split the text into tokens (kind, text, start, end) and an end token; text that begins no token is the last
    before it.
    """
    tokens: list[tuple[int, str, int, int]] = []
    before = _START.match(content)
    at = before.end() if before else 0
    for match in _TOKEN.finditer(content, at):
        kind = match.lastindex or _END
        start, end = match.span(kind)
        if start != at:
            break
        tokens.append((kind, content[start:end], start, end))
        at = match.end()
    if at != len(content):
        name = _DOTTED.match(content, at)
        at = name.end() if name else at
        tokens.append((_BAD, content[at], at, at + 1))
    tokens.append((_END, "", len(content), len(content)))
    return tokens


class _ExpressionParser:
    """Recursive-descent parser; ``at`` is the position of the next token."""

    __slots__ = ("arities_hold", "at", "tokens")

    def __init__(self, tokens: list[tuple[int, str, int, int]]) -> None:
        self.tokens, self.at, self.arities_hold = tokens, 0, True

    def refused(self, expected: str) -> ReadError:
        """Return the error for an unexpected next token."""
        kind, text, start, _ = self.tokens[self.at]
        return ReadError("sign" if kind == _BAD else expected, start, text)

    def expression(self, least: int) -> Expression:
        """Parse operators of at least this level, and their operands."""
        left = self.prefixed()
        while True:
            kind, text, _, _ = self.tokens[self.at]
            operator = text if kind == _SIGN else text.lower()
            level = LEVELS.get(operator, 0)
            if level < least:
                return left
            self.at += 1
            right = self.expression(level + 1) if level + 1 < _TIGHTEST else self.prefixed()
            span = Span(left.span.start, right.span.end)
            left = Binary(OPERATORS.get(operator, operator), left, right, span)

    def prefixed(self) -> Expression:
        """Parse a sign or NOT and its operand, or a power."""
        kind, text, start, _ = self.tokens[self.at]
        base: Expression
        if kind == _NUMBER:
            base = self.number()
        elif kind == _SIGN or text in _PREFIXES or text.lower() == "not":
            if text == "(":
                base = self.bracketed()
            else:
                operator = text.lower()
                if operator not in _PREFIXES:
                    raise self.refused("value")
                self.at += 1
                operand = self.prefixed()
                return Unary(OPERATORS.get(operator, operator), operand, Span(start, operand.span.end))
        else:
            base = self.named()
        if self.tokens[self.at][1] not in ("^", "**"):
            return base
        self.at += 1
        exponent = self.prefixed()
        return Binary("^", base, exponent, Span(base.span.start, exponent.span.end))

    def number(self) -> Number:
        _, text, start, end = self.tokens[self.at]
        self.at += 1
        return Number(float(text), Span(start, end))

    def bracketed(self) -> Expression:
        self.at += 1
        inner = self.expression(1)
        self.take(")")
        return inner

    def named(self) -> Expression:
        """Parse what begins with a name: a variable, a call, an element of an array, or IF."""
        kind, text, start, end = self.tokens[self.at]
        if kind in (_END, _BAD):
            raise self.refused("value")
        if kind == _WORD and text.lower() == "if":
            return self.conditional()
        self.at += 1
        after = self.tokens[self.at][1]
        if after == "[":
            return self.subscripted(text, start)
        name = canonical(text)
        if after == "(":
            call = self.call(name, start, end)
            own = kind == _QUOTED and name in FUNCTIONS  # a table in quotes has the name of a function
            return Call("lookup", (Reference(name, (), Span(start, end)), *call.arguments), call.span) if own else call
        if kind == _QUOTED:
            return Reference(name, (), Span(start, end))
        if name in CONSTANTS:
            return Call(FUNCTIONS[name].name, (), Span(start, end))
        return Reference(name, (), Span(start, end))

    def call(self, name: str, start: int, end: int) -> Call:
        self.at += 1
        arguments: list[Expression] = []
        if self.tokens[self.at][1] != ")":
            arguments.append(self.expression(1))
            while self.tokens[self.at][1] == ",":
                self.at += 1
                arguments.append(self.expression(1))
        self.take(")")
        row = FUNCTIONS.get(name)
        if row is not None:
            name, (least, most) = row.name, row.arity
            if len(arguments) < least or (most is not None and len(arguments) > most):
                self.arities_hold = False
        last = arguments[-1].span.end + 1 if arguments else end + 2
        return Call(name, tuple(arguments), Span(start, last))

    def subscripted(self, text: str, start: int) -> Expression:
        """Parse an element or part of an array, or a call of it if it is a table."""
        self.at += 1
        subscripts = [self.subscript()]
        while self.tokens[self.at][1] == ",":
            self.at += 1
            subscripts.append(self.subscript())
        self.take("]")
        end = max(s.span.end for s in subscripts)
        element = Reference(canonical(text), tuple(subscripts), Span(start, end + 1))
        if self.tokens[self.at][1] != "(":
            return element
        argument = self.bracketed()
        return Call("lookup", (element, argument), Span(start, argument.span.end))

    def subscript(self) -> Subscript:
        if self.tokens[self.at][1] == "*":
            self.at += 1
            if self.tokens[self.at][1] != ":":
                return Each(None)
            self.at += 1
            kind, text, start, end = self.tokens[self.at]
            if kind not in (_WORD, _QUOTED):
                raise self.refused("operator")
            self.at += 1
            return Each(canonical(text), Span(start, end))
        first = self.expression(1)
        if self.tokens[self.at][1] != ":":
            return first
        self.at += 1
        last = self.expression(1)
        return IndexRange(first, last, Span(first.span.start, last.span.end))

    def conditional(self) -> Expression:
        """Parse IF … THEN … ELSE; a chain of ELSE IF without recursion, since imported models have long ones."""
        parts: list[tuple[int, Expression, Expression]] = []
        while self.tokens[self.at][0] == _WORD and self.tokens[self.at][1].lower() == "if":
            start = self.tokens[self.at][2]
            self.at += 1
            condition = self.expression(1)
            self.take("then")
            then = self.expression(1)
            self.take("else")
            parts.append((start, condition, then))
        otherwise = self.expression(1)
        for start, condition, then in reversed(parts):
            otherwise = Conditional(condition, then, otherwise, Span(start, otherwise.span.end))
        return otherwise

    def take(self, text: str) -> None:
        """Consume the one token that may come here."""
        if self.tokens[self.at][1].lower() != text:
            raise self.refused(text if text in ("then", "else") else "operator")
        self.at += 1
