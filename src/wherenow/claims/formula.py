"""Parse the text of a claim into a syntax tree, with messages that point at the place of an error.

The grammar is ``grammar.lark``; the operators are listed in :mod:`wherenow.claims.operators`.
"""

from __future__ import annotations

import calendar
import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from wherenow.claims import syntax
from wherenow.claims.operators import EVENT, NAMES, OPERATORS, TEMPORAL, usage
from wherenow.claims.syntax import CONDITIONS, Formula, Node
from wherenow.errors import Diagnostic, InputError, Text, did_you_mean
from wherenow.language.syntax import Span, canonical

MAX_LENGTH = 4_000
MAX_DEPTH = 60
MAX_LEVELS = 200
"""Maximum depth of the tree; a sum of n terms is n levels deep."""
_TOO_DEEP = "the formula is nested too deeply"
_WORDS = ("and", "or", "not", "implies", "until")
_SAME = {"==": "=", "!=": "<>", "**": "^"}


@lru_cache(maxsize=4096)
def parse_formula(text: Text | str) -> Formula:
    """Parse a formula of the claim language.

    Raises :class:`~wherenow.errors.InputError` with one located diagnostic if the text is not a formula. Names of
    series, units and kinds of arguments are checked later, by :func:`wherenow.claims.check.check_formula`. Parsed
    formulas are cached, because a case's claims are parsed repeatedly.
    """
    source = Text(text) if isinstance(text, str) else text
    if not source.content.strip():
        _fail(source, 0, "the formula is empty")
    if len(source.content) > MAX_LENGTH:
        _fail(source, MAX_LENGTH, f"the formula is longer than {MAX_LENGTH} characters")
    _limit_depth(source)
    try:
        tree = _parser().parse(source.content)
        root = _Builder(source).transform(tree)
    except UnexpectedInput as error:
        _unexpected(source, error)
    except VisitError as error:
        if isinstance(error.orig_exc, RecursionError):
            _fail(source, 0, _TOO_DEEP)
        raise error.orig_exc from None
    except RecursionError:
        _fail(source, 0, _TOO_DEEP)
    _limit_levels(root, source)
    return Formula(root, source)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _fail(source: Text, offset: int, message: str, hint: str = "") -> NoReturn:
    raise InputError([Diagnostic(message, source.locate(offset), hint, source.excerpt(offset))]) from None


def _limit_depth(source: Text) -> None:
    """Reject excessively nested brackets before the recursive builder reads them."""
    depth = 0
    for offset, character in enumerate(source.content):
        depth += (character in "([") - (character in ")]")
        if depth > MAX_DEPTH:
            _fail(source, offset, f"brackets are nested more than {MAX_DEPTH} deep")


def _limit_levels(root: Node, source: Text) -> None:
    """Reject excessively deep trees before recursive functions read them."""
    stack = [(root, 1)]
    while stack:
        node, level = stack.pop()
        if level > MAX_LEVELS:
            _fail(source, node.span.start, f"the formula is nested more than {MAX_LEVELS} deep")
        stack.extend((below, level + 1) for below in syntax.children(node))


def _unexpected(source: Text, error: UnexpectedInput) -> NoReturn:
    content = source.content
    match error:
        case UnexpectedToken(token=token) if token.type != "$END":
            _fail(source, token.start_pos or 0, f"{str(token)!r} is not expected here", _hint(content, token))
        case UnexpectedToken() | UnexpectedEOF():
            end = len(content.rstrip())
            hint = "a closing bracket is missing" if content.count("(") > content.count(")") else ""
            _fail(source, max(end - 1, 0), "the formula ends too early", hint)
        case UnexpectedCharacters(pos_in_stream=int(offset)):
            _fail(source, offset, f"{content[offset]!r} cannot stand here", _CHARACTERS.get(content[offset], ""))
        case _:
            _fail(source, 0, "this is not a formula")


_CHARACTERS = {
    "&": "write 'and'", "|": "write 'or'", "!": "write 'not', or '<>' for unequal", "≥": "write '>='",
    "≤": "write '<='", "×": "write '*'", "'": 'write "…" around an event\'s id',
    "%": "write a share: 0.2 for 20%, or 20 [percent]",
    **dict.fromkeys("“”„‘’", "write straight quotes"),
}  # fmt: skip


def _hint(content: str, token: Token) -> str:
    """Guess what a misplaced word meant: a misspelt operator word, or a missing one before it."""
    if token.type == "NAME":
        if re.search(r"[\d.]\s*$", content[: token.start_pos]) and str(token) not in _WORDS:
            return did_you_mean(str(token), _WORDS) or f"a unit is written in brackets: [{token}]"
        return did_you_mean(str(token), _WORDS) or "an operator is missing before it"
    if token.type in {"NUMBER", "DATE", "STRING"}:
        return "an operator or a comma is missing before it"
    if str(token) in ")]":
        return "a part is missing before it, or there is one closing bracket too many"
    return ""


@v_args(meta=True)
class _Builder(Transformer[Token, Node]):
    """Convert Lark's tree to the syntax tree. Each method handles one rule of the grammar and receives its position."""

    def __init__(self, source: Text) -> None:
        super().__init__()
        self.source = source

    def start(self, _: Any, parts: list[Node]) -> Node:
        return parts[0]

    def number(self, meta: Any, parts: list[Token]) -> Node:
        digits = str(parts[0])
        value = float(digits.replace("_", ""))
        if value == math.inf:
            _fail(self.source, meta.start_pos, f"{digits} is too large for a number")
        return syntax.Number(value, len(digits) == 4 and digits.isdigit(), span=_span(meta))

    def measured(self, meta: Any, parts: list[Token]) -> Node:
        digits, _, unit = str(parts[0]).removesuffix("]").partition("[")
        if not unit.strip():
            _fail(self.source, meta.start_pos + len(digits), "a unit is missing in the brackets", "write 40 [TWh/year]")
        return syntax.Number(float(digits.replace("_", "")), unit=unit.strip(), span=_span(meta))

    def date(self, meta: Any, parts: list[Token]) -> Node:
        year, month, day = (*(int(p) for p in str(parts[0]).split("-")), 0)[:3]
        if not 1 <= month <= 12:
            _fail(self.source, meta.start_pos, f"{parts[0]} is not a date: there is no month {month}",
                  "put blanks around '-' for a difference")  # fmt: skip
        written = str(parts[0]).count("-") == 2
        if written and not 1 <= day <= calendar.monthrange(max(year, 1), month)[1]:
            _fail(self.source, meta.start_pos, f"{parts[0]} is not a date: that month has no day {day}")
        return syntax.Date(year, month, day, _span(meta))

    def string(self, meta: Any, parts: list[Token]) -> Tree[Any]:
        return Tree("string", [str(parts[0])[1:-1]], meta)

    def every(self, meta: Any, parts: list[Token]) -> Node:
        return syntax.Series("*", span=_span(meta))

    def negative(self, meta: Any, parts: list[Node]) -> Node:
        return syntax.Negative(self._quantity(parts[0]), _span(meta))

    def arithmetic(self, meta: Any, parts: list[Any]) -> Node:
        left, operator, right = parts
        operator = _SAME.get(str(operator), str(operator))
        return syntax.Arithmetic(operator, self._quantity(left), self._quantity(right), _span(meta))

    def comparison(self, meta: Any, parts: list[Any]) -> Node:
        sides = [self._quantity(p) for p in parts[::2]]
        signs = [_SAME.get(str(p), str(p)) for p in parts[1::2]]
        pairs = [syntax.Comparison(s, a, b, _span(meta)) for s, a, b in zip(signs, sides, sides[1:], strict=False)]
        found: Node = pairs[0]
        for pair in pairs[1:]:  # a < b < c means a < b and b < c
            found = syntax.Connective("and", found, pair, _span(meta))
        return found

    def negation(self, meta: Any, parts: list[Node]) -> Node:
        return syntax.Not(self._condition(parts[0]), _span(meta))

    def conjunction(self, meta: Any, parts: list[Node]) -> Node:
        return syntax.Connective("and", self._condition(parts[0]), self._condition(parts[1]), _span(meta))

    def disjunction(self, meta: Any, parts: list[Node]) -> Node:
        return syntax.Connective("or", self._condition(parts[0]), self._condition(parts[1]), _span(meta))

    def implies(self, meta: Any, parts: list[Node]) -> Node:
        return syntax.Connective("implies", self._condition(parts[0]), self._condition(parts[1]), _span(meta))

    def until(self, meta: Any, parts: list[Any]) -> Node:
        left, *window, right = parts
        span = _span(meta)
        return syntax.Until(self._condition(left), self._condition(right), self._window(window, span), span)

    def brackets(self, _: Any, parts: list[Node]) -> Tree[Any]:
        return Tree("brackets", list(parts))

    def arguments(self, _: Any, parts: list[Node]) -> Tree[Any]:
        return Tree("arguments", list(parts))

    def run(self, _: Any, parts: list[Token]) -> Tree[Any]:
        return Tree("run", list(parts))

    def name(self, meta: Any, parts: list[Any]) -> Node:
        name, span = canonical(str(parts[0])), _span(meta)
        given = {p.data: p.children for p in parts[1:]}
        if "arguments" in given:
            if "run" in given:
                _fail(self.source, span.start, "'@' follows the name of a variable, not a call", f"{name}(x@run, …)")
            brackets = [Tree("brackets", given["brackets"])] if "brackets" in given else []
            return self._call(name, brackets, given["arguments"], span)
        if name in TEMPORAL:
            _fail(self.source, span.start, f"{name!r} needs a condition", f"write {usage(name)}")
        subscripts = tuple(self._subscript(s) for s in given.get("brackets", []))
        return syntax.Series(name, subscripts, canonical(str(given["run"][0])) if "run" in given else "", span)

    def _call(self, name: str, brackets: list[Tree[Any]], arguments: list[Any], span: Span) -> Node:
        if name not in NAMES:
            hint = did_you_mean(name, NAMES) or f"the operators are {', '.join(NAMES)}"
            _fail(self.source, span.start, f"there is no operator {name!r}", hint)
        if brackets and name not in TEMPORAL:
            _fail(self.source, span.start, f"{name!r} takes no window in brackets", f"write {usage(name)}")
        expected = len(OPERATORS[name].takes) if name in OPERATORS else 1
        if len(arguments) != expected:
            _fail(self.source, span.start,
                  f"{name!r} takes {expected} argument{'s' * (expected > 1)}, not {len(arguments)}",
                  f"write {usage(name)}")  # fmt: skip
        if name == EVENT:
            if not isinstance(arguments[0], Tree):
                _fail(self.source, span.start, "an event is named by its id in double quotes", f"write {usage(name)}")
            return syntax.Event(str(arguments[0].children[0]), span)
        if name == "first":
            return syntax.First(self._condition(arguments[0]), self._window(brackets, span), span)
        if name in TEMPORAL:
            return syntax.Temporal(name, self._condition(arguments[0]), self._window(brackets, span), span)
        return syntax.Apply(name, tuple(self._quantity(a) for a in arguments), span)

    def _window(self, brackets: list[Tree[Any]], span: Span) -> tuple[Node, Node] | None:
        if not brackets:
            return None
        dates = brackets[0].children
        if len(dates) != 2:
            _fail(self.source, span.start, f"a window has two dates, not {len(dates)}", "write [2014, 2016]")
        return self._quantity(dates[0]), self._quantity(dates[1])

    def _subscript(self, node: Node) -> str:
        if isinstance(node, syntax.Series) and not node.subscripts and not node.run:
            return node.name
        if isinstance(node, syntax.Number) and node.value.is_integer():
            return str(int(node.value))
        _fail(self.source, node.span.start, "an element of an array is named, not computed", "write x[element]")

    def _quantity(self, node: Node | Tree[Any]) -> Node:
        if isinstance(node, Tree):
            _fail(self.source, node.meta.start_pos, f"text in quotes stands only in {usage(EVENT)}")
        if isinstance(node, CONDITIONS):
            _fail(self.source, node.span.start, "a condition stands where a number is needed")
        return node

    def _condition(self, node: Node | Tree[Any]) -> Node:
        if isinstance(node, Tree):
            _fail(self.source, node.meta.start_pos, f"text in quotes stands only in {usage(EVENT)}")
        if not isinstance(node, CONDITIONS):
            _fail(self.source, node.span.start, "a number stands where a condition is needed",
                  "compare it with something: x > 0")  # fmt: skip
        return node


def _span(meta: Any) -> Span:
    return Span(meta.start_pos, meta.end_pos)
