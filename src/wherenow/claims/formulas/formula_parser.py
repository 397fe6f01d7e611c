"""Parse the claim language by recursive descent, with messages that point at the place of an error.

``tests/claims/grammar.lark`` defines the same language as a grammar; tests compare the two (decision 19). The operators
are listed in :mod:`wherenow.claims.formulas.operators`.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from wherenow.claims.formulas import claim_syntax
from wherenow.claims.formulas.claim_syntax import CONDITIONS, Node
from wherenow.claims.formulas.operators import EVENT, NAMES, OPERATORS, TEMPORAL, usage
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.syntax import Span, canonical

_WORDS = ("and", "or", "not", "implies", "until")
_SAME = {"==": "=", "!=": "<>", "**": "^"}
_IMPLIES, _OR, _AND, _UNTIL, _NOT, _COMPARED, _ADDED, _MULTIPLIED, _SIGNED, _POWER = range(1, 11)
_BINDING = {
    **dict(zip(("implies", "or", "and", "until"), (_IMPLIES, _OR, _AND, _UNTIL), strict=True)),
    **dict.fromkeys(("<=", ">=", "<>", "!=", "==", "<", ">", "="), _COMPARED),
    **dict.fromkeys("+-", _ADDED),
    **dict.fromkeys("*/", _MULTIPLIED),
    **dict.fromkeys(("^", "**"), _POWER),
}
"""Binding strength of each operator; ``implies`` and powers group to the right."""
_TOKEN = re.compile(
    r"""(?:\s|\#[^\n]*)*(?:
    (?P<QUANTITY>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*\[[^\[\]\n]*\])
    |(?P<DATE>\d{4}-\d{1,2}(?:-\d{1,2})?(?![\w.]))
    |(?P<NUMBER>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<NAME>[^\W\d]\w*)
    |(?P<STRING>"[^"\n]*")
    |(?P<SIGN>\*\*|<=|>=|<>|!=|==|[-+*/^<>=()\[\],@])
    |(?P<END>$)
    |(?P<BAD>.))""",
    re.VERBOSE | re.DOTALL,
)
N = TypeVar("N")


def fail(source: Text, offset: int, message: str, hint: str = "") -> NoReturn:
    """Raise InputError with one diagnostic at ``offset`` of the text."""
    raise InputError([source.problem(message, hint, offset)]) from None


_CHARACTERS = {
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or '<>' for unequal",
    "≥": "write '>='",
    "≤": "write '<='",
    "×": "write '*'",
    "'": 'write "…" around an event\'s id',
    "%": "write a share: 0.2 for 20%, or 20 [percent]",
    **dict.fromkeys("“”„‘’", "write straight quotes"),
}


def _hint(content: str, token: _Token) -> str:
    """Guess what a misplaced word meant: a misspelt operator word, or a missing one before it."""
    if token.kind == "NAME" and token.text not in _WORDS:
        measured = re.search(r"(?<!\w)[\d.][\d._]*\s*$", content[: token.start])
        missing = f"a unit is written in brackets: [{token.text}]" if measured else "an operator is missing before it"
        return did_you_mean(token.text, _WORDS) or missing
    if token.kind in {"NUMBER", "DATE", "STRING"}:
        return "an operator or a comma is missing before it"
    if token.text == "," and re.search(r"\d$", content[: token.start]) and re.match(r"\d", content[token.end :]):
        return "a number has a decimal point, and no mark between thousands"
    if token.text in ")]":
        return "a part is missing before it, or there is one closing bracket too many"
    return ""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class _String:
    """A quoted text, which is neither a quantity nor a condition."""

    text: str
    span: Span


class Reader:
    """Parses one text. It checks meanings on the way, but an error of syntax is reported first."""

    def __init__(self, source: Text) -> None:
        self.source = source
        self.wrong: InputError | None = None
        self.last = self.token = _Token("", "", 0)
        self._next()

    def read(self) -> Node:
        root = self._operation(_IMPLIES)
        if self.token.kind != "END":
            self._unexpected()
        if self.wrong is not None:
            raise self.wrong
        return root  # type: ignore[return-value]

    def _next(self) -> _Token:
        """Advance by one token and return the one that was passed."""
        self.last = self.token
        found = _TOKEN.match(self.source.content, self.last.end)
        assert found is not None  # the pattern matches any character and the end of the text
        kind = str(found.lastgroup)
        self.token = _Token(kind, found[kind], found.start(kind))
        return self.last

    def _at(self, *signs: str) -> bool:
        return self.token.kind == "SIGN" and self.token.text in signs

    def _expect(self, sign: str) -> None:
        if not self._at(sign):
            self._unexpected()
        self._next()

    def _unexpected(self) -> NoReturn:
        content, token = self.source.content, self.token
        if token.kind == "END":
            end = len(content.rstrip())
            hint = "a closing bracket is missing" if content.count("(") > content.count(")") else ""
            fail(self.source, max(end - 1, 0), "the formula ends too early", hint)
        if token.kind == "BAD":
            hint = _CHARACTERS.get(token.text, "")
            fail(self.source, token.start, f"{token.text!r} is not allowed here", hint)
        fail(self.source, token.start, f"{token.text!r} is not expected here", _hint(content, token))

    def _refuse(self, offset: int, message: str, hint: str, instead: N) -> N:
        """Record the first error in the meaning of a part, and continue with ``instead``."""
        self.wrong = self.wrong or InputError([self.source.problem(message, hint, offset)])
        return instead

    # -- operators

    def _operation(self, least: int) -> Node | _String:
        """Parse an operand and every operation on it that binds at least as tightly as ``least``."""
        start, most = self.token.start, _POWER
        if self.token.text == "not" and least <= _NOT:
            self._next()
            negated = self._condition(self._operation(_NOT))
            found: Node | _String = claim_syntax.Not(negated, self._span(start))
        elif self._at("-") and least <= _SIGNED:
            self._next()
            found = claim_syntax.Negative(self._quantity(self._operation(_SIGNED)), self._span(start))
        else:
            found = self._operand()
        while least <= (binding := _BINDING.get(self.token.text, 0)) <= most:
            found, most = (self._operated(found, binding, start), _UNTIL - 1 if binding == _UNTIL else binding)
        return found

    def _operated(self, left: Node | _String, binding: int, start: int) -> Node:
        """Parse the next operator and its right operand, and apply it to ``left``."""
        word = self.token.text
        if binding == _COMPARED:
            return self._comparison(left, start)
        self._next()
        window = self._listed("[", "]", "*") if binding == _UNTIL and self._at("[") else None
        groups_right = {_IMPLIES: _IMPLIES, _POWER: _SIGNED}
        right = self._operation(groups_right.get(binding, binding + 1))
        span = self._span(start)
        if binding == _UNTIL:
            return claim_syntax.Until(self._condition(left), self._condition(right), self._window(window, span), span)
        if binding < _UNTIL:
            return claim_syntax.Connective(word, self._condition(left), self._condition(right), span)
        return claim_syntax.Arithmetic(_SAME.get(word, word), self._quantity(left), self._quantity(right), span)

    def _comparison(self, first: Node | _String, start: int) -> Node:
        sides, signs = [first], []
        while _BINDING.get(self.token.text) == _COMPARED:
            sign = self._next().text
            signs.append(_SAME.get(sign, sign))
            sides.append(self._operation(_ADDED))
        span, values = self._span(start), [self._quantity(side) for side in sides]
        pairs = [claim_syntax.Comparison(s, a, b, span) for s, a, b in zip(signs, values, values[1:], strict=False)]
        found: Node = pairs[0]
        for pair in pairs[1:]:  # a < b < c is a < b and b < c
            found = claim_syntax.Connective("and", found, pair, span)
        return found

    # -- operands

    def _operand(self) -> Node | _String:
        if self._at("("):
            self._next()
            inner = self._operation(_IMPLIES)
            self._expect(")")
            return inner
        read = {"NUMBER": self._number, "QUANTITY": self._measured, "DATE": self._date, "NAME": self._name}
        return read.get(self.token.kind, self._unexpected)()

    def _number(self) -> Node:
        token = self._next()
        value = float(token.text.replace("_", ""))
        found = claim_syntax.NumberTerm(value, len(token.text) == 4 and token.text.isdigit(), span=_span(token))
        if value == math.inf:
            return self._refuse(token.start, f"{token.text} is too large for a number", "", found)
        return found

    def _measured(self) -> Node:
        token = self._next()
        digits, _, unit = token.text.removesuffix("]").partition("[")
        found = claim_syntax.NumberTerm(float(digits.replace("_", "")), unit=unit.strip(), span=_span(token))
        if not unit.strip():
            at = token.start + len(digits)
            return self._refuse(at, "a unit is missing in the brackets", "write 40 [TWh/year]", found)
        return found

    def _date(self) -> Node:
        token = self._next()
        year, month, day = (*(int(p) for p in token.text.split("-")), 0)[:3]
        found = claim_syntax.Date(year, month, day, _span(token))
        if not 1 <= month <= 12:
            message = f"{token.text} is not a date: there is no month {month}"
            return self._refuse(token.start, message, "put blanks around '-' for a difference", found)
        written = token.text.count("-") == 2
        if written and not 1 <= day <= calendar.monthrange(max(year, 1), month)[1]:
            message = f"{token.text} is not a date: that month has no day {day}"
            return self._refuse(token.start, message, "", found)
        return found

    def _name(self) -> Node:
        """Parse a series with its elements and its run, or a call."""
        token = self._next()
        name = canonical(token.text)
        brackets = self._listed("[", "]", "*") if self._at("[") else None
        arguments = self._listed("(", ")", "STRING") if self._at("(") else None
        run = None
        if self._at("@"):
            self._next()
            if self.token.kind != "NAME":
                self._unexpected()
            run = canonical(self._next().text)
        span = self._span(token.start)
        instead = claim_syntax.Series(name, (), "", span)
        if arguments is not None:
            if run is not None:
                message = "'@' follows the name of a variable, not a call"
                return self._refuse(span.start, message, f"{name}(x@run, …)", instead)
            return self._call(name, brackets, arguments, span)
        if name in TEMPORAL:
            return self._refuse(span.start, f"{name!r} needs a condition", f"write {usage(name)}", instead)
        return claim_syntax.Series(name, tuple(self._subscript(s) for s in brackets or ()), run or "", span)

    def _listed(self, opening: str, closing: str, other: str) -> list[Node | _String]:
        """Parse parts between brackets: conditions, or what ``other`` accepts, such as ``*`` or a text."""
        self._expect(opening)
        found: list[Node | _String] = []
        while not self._at(closing) or found:
            if other == "*" and self._at("*"):
                found.append(claim_syntax.Series("*", span=_span(self._next())))
            elif self.token.kind == other:
                token = self._next()
                found.append(_String(token.text[1:-1], _span(token)))
            else:
                found.append(self._operation(_IMPLIES))
            if self._at(closing):
                break
            self._expect(",")
        self._expect(closing)
        return found

    # -- checks of meaning

    def _call(
        self, name: str, brackets: list[Node | _String] | None, arguments: list[Node | _String], span: Span
    ) -> Node:
        instead = claim_syntax.Series(name, (), "", span)
        if name not in NAMES:
            hint = did_you_mean(name, NAMES) or f"the operators are {', '.join(NAMES)}"
            return self._refuse(span.start, f"there is no operator {name!r}", hint, instead)
        if brackets and name not in TEMPORAL:
            message = f"{name!r} takes no window in brackets"
            return self._refuse(span.start, message, f"write {usage(name)}", instead)
        expected = len(OPERATORS[name].takes) if name in OPERATORS else 1
        if len(arguments) != expected:
            message = f"{name!r} takes {expected} argument{'s' * (expected > 1)}, not {len(arguments)}"
            return self._refuse(span.start, message, f"write {usage(name)}", instead)
        if name == EVENT:
            event = arguments[0]
            if not isinstance(event, _String):
                message = "an event is named by its id in double quotes"
                return self._refuse(span.start, message, f"write {usage(name)}", instead)
            return claim_syntax.EventTerm(event.text, span)
        if name == "first":
            return claim_syntax.First(self._condition(arguments[0]), self._window(brackets, span), span)
        if name in TEMPORAL:
            return claim_syntax.Temporal(name, self._condition(arguments[0]), self._window(brackets, span), span)
        return claim_syntax.Apply(name, tuple(self._quantity(a) for a in arguments), span)

    def _window(self, dates: list[Node | _String] | None, span: Span) -> tuple[Node, Node] | None:
        if dates is None:
            return None
        if len(dates) != 2:
            message = f"a window has two dates, not {len(dates)}"
            return self._refuse(span.start, message, "write [2014, 2016]", None)
        return self._quantity(dates[0]), self._quantity(dates[1])

    def _subscript(self, node: Node | _String) -> str:
        if isinstance(node, claim_syntax.Series) and not node.subscripts and not node.run:
            return node.name
        if isinstance(node, claim_syntax.NumberTerm) and node.value.is_integer():
            return str(int(node.value))
        message = "an element of an array is named, not computed"
        return self._refuse(node.span.start, message, "write x[element]", "")

    def _quantity(self, node: Node | _String) -> Node:
        if isinstance(node, _String):
            return self._quoted(node)
        if isinstance(node, CONDITIONS):
            self._refuse(node.span.start, "a number is needed here, not a condition", "", node)
        return node

    def _condition(self, node: Node | _String) -> Node:
        if isinstance(node, _String):
            return self._quoted(node)
        if not isinstance(node, CONDITIONS):
            message = "a condition is needed here, not a number"
            self._refuse(node.span.start, message, "compare it with something: x > 0", node)
        return node

    def _quoted(self, node: _String) -> Node:
        instead = claim_syntax.Series("", span=node.span)
        return self._refuse(node.span.start, f"quoted text is allowed only in {usage(EVENT)}", "", instead)

    def _span(self, start: int) -> Span:
        return Span(start, self.last.end)


def _span(token: _Token) -> Span:
    return Span(token.start, token.end)
