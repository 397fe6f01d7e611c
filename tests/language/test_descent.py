"""Recursive descent and the grammar accept the same texts, with the same trees and locations."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Transformer, UnexpectedInput, v_args

from wherenow.errors import InputError, Text
from wherenow.language.descent import CONSTANTS, OPERATORS, ReadError, read
from wherenow.language.functions import FUNCTIONS
from wherenow.language.parser import DEEPEST, DEEPEST_BRACKETS, DEEPEST_SUBSCRIPTS, parse
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Each,
    IndexRange,
    Number,
    Reference,
    Span,
    Unary,
    canonical,
)

PIECES = (
    "a", "b", "x.y", "1", ".5", "1e3", "+", "-", "*", "/", "^", "**", "(", ")", "[", "]", ",", ":", "not ", "if ",
    " then ", " else ", " mod ", " and ", " or ", "=", "<>", "<", "!", "&", "|", '"q r"', "time", "max(", "sqrt(", " ",
    "{c}", "$v", "*:", "a[", "ı", "\u00a0", "IF(", ")THEN(", ")ELSE(", "f()", "\n", "İf ", "lookup(",
)  # fmt: skip


@cache
def oracle():
    grammar = Path(__file__).with_name("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True, transformer=ToTree())


@v_args(inline=True)
class ToTree(Transformer):
    """Build our nodes as Lark reduces its rules."""

    def number(self, token):
        return Number(float(token), _span(token))

    def name(self, token):
        name = canonical(token)
        return Call(FUNCTIONS[name].name, (), _span(token)) if name in CONSTANTS else Reference(name, (), _span(token))

    def quoted(self, token):
        return Reference(canonical(token), (), _span(token))

    def reference(self, token, *subscripts):
        end = max((s.span.end for s in subscripts), default=0)
        return Reference(canonical(token), subscripts, Span(_span(token).start, end + 1))

    def every(self, token=None):
        return Each(None) if token is None else Each(canonical(token), _span(token))

    def range(self, first, last):
        return IndexRange(first, last, _over(first, last))

    def arguments(self, *arguments):
        return arguments

    def call(self, token, arguments):
        name = canonical(token)
        row = FUNCTIONS.get(name)
        end = arguments[-1].span.end + 1 if arguments else _span(token).end + 2
        return Call(row.name if row else name, arguments or (), Span(_span(token).start, end))

    def apply(self, table, argument):
        return Call("lookup", (table, argument), _over(table, argument))

    def unary(self, token, operand):
        return Unary(_operator(token), operand, Span(_span(token).start, operand.span.end))

    def binary(self, left, token, right):
        return Binary(_operator(token), left, right, _over(left, right))

    def conditional(self, *parts):
        keyword, condition, _, then, _, otherwise = parts
        return Conditional(condition, then, otherwise, Span(_span(keyword).start, otherwise.span.end))


def _operator(token):
    word = str(token).lower()
    return OPERATORS.get(word, word)


def _span(token):
    return Span(token.start_pos or 0, token.end_pos or 0)


def _over(left, right):
    return Span(left.span.start, right.span.end)


def by_descent(text):
    try:
        return repr(read(text)[0])
    except (ReadError, RecursionError):
        return None


def as_defined(text):
    try:
        return repr(oracle().parse(text))
    except UnexpectedInput:
        return None


@pytest.mark.parametrize(
    "text",
    ["a[*:if]", "a[*, *:d, b:c, -1](x) ^ 2", "then + mod", "or or or", "not.x", "2mod 3", "a mod.5", '"a"(1)',
     "(((a)))", "a{c}+b", "a ^ -b ^ c * d", "- not a = b", "a(b)(c)", "if a then b else c then d", "a.1", "$", "1e",
     "IF(a)THEN(b)ELSE(c)+1", "2 * if a then b else c ^ 2", "time()", "x[1:2:3]", "١ + 2", "ıf a then b else c",
     "a ** b", "sqrt(a, b)", "max()", "", "{note}", " a ", '"x\\"y" + 1', "{open"],
)  # fmt: skip
def test_a_text_reads_as_the_grammar_says(text):
    assert by_descent(text) == as_defined(text)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join))
@settings(max_examples=800)
def test_any_text_reads_as_the_grammar_says_with_the_same_places(text):
    assert by_descent(text) == as_defined(text)


def test_brackets_are_read_as_deep_as_the_reader_allows_and_no_deeper():
    def calls(levels):
        return "max(" * levels + "a" + ")" * levels

    assert parse(Text("(" * DEEPEST_BRACKETS + "a" + ")" * DEEPEST_BRACKETS)) == parse(Text("a"))
    assert parse(Text(calls(DEEPEST_BRACKETS))) is not None
    with pytest.raises(InputError, match=f"brackets are nested more than {DEEPEST_BRACKETS} deep"):
        parse(Text(calls(DEEPEST_BRACKETS + 1)))


def test_computed_subscripts_are_read_as_deep_as_the_reader_allows_and_no_deeper():
    deepest = "a[" * DEEPEST_SUBSCRIPTS + "1" + "]" * DEEPEST_SUBSCRIPTS
    assert parse(Text(deepest + " + " + deepest)) is not None
    with pytest.raises(InputError, match=f"subscripts are nested more than {DEEPEST_SUBSCRIPTS} deep"):
        parse(Text(f"a[{deepest}]"))


def test_a_long_chain_of_conditions_is_read_to_the_depth_that_a_tree_may_have():
    chain = "if a then b else " * (DEEPEST - 1) + "c"
    assert parse(Text(chain)) is not None
    short = "if a then b else " * 12 + "c"
    assert by_descent(short) == as_defined(short) is not None
    with pytest.raises(InputError, match=f"nested more than {DEEPEST} deep"):
        parse(Text("if a then b else " + chain))


@pytest.mark.parametrize("text", ["-" * 5000 + "a", "^".join("a" * 5000)])
def test_signs_and_powers_beyond_the_stack_are_refused(text):
    with pytest.raises(InputError, match="nested too deeply"):
        parse(Text(text))


def test_a_long_sum_is_refused():
    with pytest.raises(InputError, match=f"nested more than {DEEPEST} deep"):
        parse(Text("+".join("a" * (DEEPEST + 1))))
    assert parse(Text("+".join("a" * DEEPEST))) is not None
