"""Recursive descent accepts the formulas that the grammar accepts, and no others."""

from functools import cache
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput

from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import InputError

PIECES = (
    "x", "y2", "at(", "min(", "always[2014, 2016](", "event(", '"id"', "until", "and", "or", "not", "implies", "(", ")",
    "[", "]", ",", "@", "@against", "2014", "2014-06", "2014-13", ".5", "1e3", "40 [TWh/year]", "40 []", "<", "<=", "=",
    "==", "!=", "<>", "+", "-", "-", "*", "/", "^", "**", "x[a]", "x[*]", "x[a, b]", "2x", "%", "&", "# a comment\n",
)  # fmt: skip
NO_FORMULA = ("is not expected here", "is not allowed here", "ends too early", "is empty")
"""How a message begins or ends that says that a text is no formula; others say what is wrong with one."""


@cache
def oracle():
    return Lark(Path(__file__).with_name("grammar.lark").read_text("utf-8"), parser="lalr")


def is_formula(text):
    try:
        oracle().parse(text)
    except UnexpectedInput:
        return False
    return True


@settings(max_examples=600)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join))
@example("x[a] - y > 0")
@example("x until[2014, 2016] y > 0 until z > 0")
@example("- - x ^ - y < 2 < 3")
@example("not not x > not")
def test_the_reader_and_the_grammar_agree(text):
    try:
        parse_formula(text)
        read = True
    except InputError as error:
        read = not any(words in str(error) for words in NO_FORMULA)
    assert read == is_formula(text)


def test_an_element_is_followed_by_a_minus():
    assert str(parse_formula("at(x[a] - y, 2014) > 0").root.left.arguments[0].operator) == "-"
