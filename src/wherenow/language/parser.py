"""From the text of an equation to its tree: XMILE 1.0 expression syntax, with places for messages.

The grammar is ``grammar.lark``. Most text is read by :mod:`wherenow.language.descent`; what that leaves, mistakes above
all, by Lark's LALR parser. A name of the function table that takes no argument (``time``, ``dt``, ``pi``…) is a call
with or without parentheses, unless it is quoted.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, v_args

from wherenow.errors import Diagnostic, InputError, Text
from wherenow.language.descent import CONSTANTS, OPERATORS, read
from wherenow.language.functions import FUNCTIONS
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
    children,
)

LONGEST = 100_000
"""Characters an equation may have."""

DEEPEST = 400
"""Levels an expression may be nested; a sum of that many terms is as deep."""


def parse(text: Text) -> Expression:
    """The tree of an equation.

    Raises
    ------
    InputError
        with one diagnostic that says where the text stops making sense, and what was expected there.
    """
    if len(text.content) > LONGEST:
        raise _error(text, 0, f"an equation may have {LONGEST:,} characters, this one has {len(text.content):,}")
    found = read(text.content)
    if found is not None:
        tree, tokens = found
        if tokens > DEEPEST:
            _check_tree(tree, text)
        return tree
    return by_grammar(text)


def by_grammar(text: Text) -> Expression:
    """The same, read by the grammar alone. Raises as :func:`parse`."""
    if not re.sub(r"\{[^}]*\}", "", text.content).strip():
        raise _error(text, 0, "the equation is empty")
    _check_brackets(text)
    try:
        tree: Expression = _parser().parse(text.content)  # type: ignore[assignment]
    except UnexpectedToken as wrong:
        raise _unexpected(text, wrong) from None
    except UnexpectedCharacters as wrong:
        at = wrong.pos_in_stream or 0
        raise _error(text, at, f"'{text.content[at]}' means nothing here", _hint_for(text.content, at)) from None
    except UnexpectedEOF:
        raise _error(text, len(text.content), "the equation ends too early") from None
    except RecursionError:
        raise _error(text, 0, "the equation is nested too deeply") from None
    _check_tree(tree, text)
    return tree


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True, transformer=_ToTree())


@v_args(inline=True)
class _ToTree(Transformer[Token, Expression]):
    """Builds our nodes as Lark reduces its rules."""

    def number(self, token: Token) -> Number:
        return Number(float(token), _span(token))

    def name(self, token: Token) -> Expression:
        name = canonical(token)
        return Call(FUNCTIONS[name].name, (), _span(token)) if name in CONSTANTS else Reference(name, (), _span(token))

    def quoted(self, token: Token) -> Reference:
        return Reference(canonical(token), (), _span(token))

    def reference(self, token: Token, *subscripts: Subscript) -> Reference:
        end = max((s.span.end for s in subscripts), default=0)
        return Reference(canonical(token), subscripts, Span(_span(token).start, end + 1))

    def every(self, token: Token | None = None) -> Each:
        return Each(None) if token is None else Each(canonical(token), _span(token))

    def range(self, first: Expression, last: Expression) -> IndexRange:
        return IndexRange(first, last, _over(first, last))

    def arguments(self, *arguments: Expression) -> tuple[Expression, ...]:
        return arguments

    def call(self, token: Token, arguments: tuple[Expression, ...] | None) -> Expression:
        name = canonical(token)
        row = FUNCTIONS.get(name)
        end = arguments[-1].span.end + 1 if arguments else _span(token).end + 2
        return Call(row.name if row else name, arguments or (), Span(_span(token).start, end))

    def apply(self, table: Reference, argument: Expression) -> Call:
        return Call("lookup", (table, argument), _over(table, argument))

    def unary(self, token: Token, operand: Expression) -> Unary:
        return Unary(_operator(token), operand, Span(_span(token).start, operand.span.end))

    def binary(self, left: Expression, token: Token, right: Expression) -> Binary:
        return Binary(_operator(token), left, right, _over(left, right))

    def conditional(self, *parts: Any) -> Conditional:
        keyword, condition, _, then, _, otherwise = parts
        return Conditional(condition, then, otherwise, Span(_span(keyword).start, otherwise.span.end))


def _operator(token: Token) -> str:
    word = str(token).lower()
    return OPERATORS.get(word, word)


def _span(token: Token) -> Span:
    return Span(token.start_pos or 0, token.end_pos or 0)


def _over(left: Subscript, right: Subscript) -> Span:
    return Span(left.span.start, right.span.end)


# -- what is wrong, in words


def _error(text: Text, at: int, message: str, hint: str = "") -> InputError:
    return InputError([Diagnostic(message, text.locate(at), hint, text.excerpt(min(at, len(text.content))))])


_PAIRS = {")": "(", "]": "["}
_SKIPPED = re.compile(r'"(?:\\.|[^"\\])*"|\{[^}]*\}|[()\[\]]')


def _check_brackets(text: Text) -> None:
    """Unbalanced brackets are told at the bracket, not where the grammar at last gives up."""
    opened: list[tuple[str, int]] = []
    for match in _SKIPPED.finditer(text.content):
        sign, at = match.group(), match.start()
        if sign in "([":
            opened.append((sign, at))
            if len(opened) > DEEPEST:
                raise _error(text, at, f"brackets are nested more than {DEEPEST} deep")
        elif sign in _PAIRS:
            if not opened or opened[-1][0] != _PAIRS[sign]:
                raise _error(text, at, f"'{sign}' closes nothing", f"is a '{_PAIRS[sign]}' missing before it?")
            opened.pop()
    if opened:
        sign, at = opened[-1]
        closing = {"(": ")", "[": "]"}[sign]
        raise _error(text, at, f"'{sign}' is never closed", f"is a '{closing}' missing after it?")


def _unexpected(text: Text, wrong: UnexpectedToken) -> InputError:
    token = wrong.token
    at = token.start_pos if token.type != "$END" and token.start_pos is not None else len(text.content.rstrip())
    before = text.content[:at].rstrip()
    last = re.search(r"(\w+|\S)$", before)
    after = f" after '{last.group()}'" if last else ""
    expects_value = "NUMBER" in wrong.accepts if wrong.accepts else "NUMBER" in wrong.expected
    if token.type == "$END":
        if expects_value:
            return _error(text, at, f"a value is missing{after}")
        return _error(
            text,
            at,
            "the equation ends too early",
            "IF needs THEN and ELSE" if {"THEN", "ELSE"} & set(wrong.expected) else "",
        )
    what = f"'{token}'"
    if expects_value:
        return _error(text, at, f"a value was expected{after}, not {what}", _hint_for(text.content, at))
    return _error(text, at, f"an operator was expected{after}, not {what}", _hint_for(text.content, at))


def _hint_for(content: str, at: int) -> str:
    around = content[max(0, at - 1) : at + 2]
    for wrong, right in (("=<", "<="), ("=>", ">="), ("><", "<>")):
        if wrong in around:
            return f"did you mean '{right}'?"
    if content[at : at + 1] in ";:":
        return "arguments are separated by commas"
    if re.match(r"[^\W\d]", content[at : at + 1]) and re.search(r"\w\s+$", content[:at]):
        return "a name with blanks is written with underscores or in double quotes"
    return ""


def _check_tree(tree: Expression, text: Text) -> None:
    """Depth, and the number of arguments of each function of the table."""
    stack: list[tuple[Subscript, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            raise _error(
                text, node.span.start, f"the expression is nested more than {DEEPEST} deep", "split the equation"
            )
        if isinstance(node, Call) and (row := FUNCTIONS.get(node.function)):
            least, most = row.arity
            given = len(node.arguments)
            if given < least or (most is not None and given > most):
                names = ", ".join(a.name + ("?" if a.optional else "") for a in row.arguments)
                takes = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
                message = f"'{node.function}' takes {takes} argument{'s' * (takes != '1')}, not {given}"
                raise _error(text, node.span.start, message, f"{row.name}({names})")
        stack.extend((child, depth + 1) for child in children(node))
