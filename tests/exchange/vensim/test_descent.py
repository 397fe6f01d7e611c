"""Recursive descent accepts the equations that the grammar of Vensim's language accepts, and no others."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput

from wherenow.errors import InputError, Text
from wherenow.exchange.vensim.reading.vensim_descent import VensimReadError, read_definition, read_expression
from wherenow.exchange.vensim.reading.vensim_parser import DEEPEST, parse_definition
from wherenow.language.syntax import ExpressionError

PIECES = (
    "a", "b c", '"q r"', "1", ".5", "1e3", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ";", ":", "=", "==", ":=",
    "<->", "->", ":NOT:", ":AND:", ": or :", ":NA:", "WITH LOOKUP(", "TABBED ARRAY(1 2)", "'s'", "!", "<", "<=", "<>",
    ">", ":EXCEPT:", ":RAW:", ":INTERPOLATE:", " ", "a(", "a[", "x=", "x[a]=", "x(", "((0,0)", "(1,2)", "é", "?", "{",
    "[(0,0)-(1,1)]", "'", "max(", "a:", "b!", ":IS:", ": is :",
)  # fmt: skip
READS = {"statement": read_definition, "expression": read_expression}
AFTER_BRACKET = re.compile(r"\]\s*(:|==|<->|->)")
"""Where an LALR parser, which merges the tokens that may follow a bracket, refuses a sign that descent takes apart."""


@cache
def oracle(start):
    grammar = Path(__file__).with_name("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start=start, maybe_placeholders=False)


def place_by_descent(rule, text):
    """Return where a text is refused; None where it is accepted."""
    try:
        READS[rule](text)
    except VensimReadError as error:
        return error.at
    except ExpressionError:
        pass
    return None


def place_by_grammar(rule, text):
    try:
        oracle(rule).parse(text)
    except UnexpectedInput as error:
        at_end = error.pos_in_stream is None or getattr(error, "token", None) == ""
        return len(text) if at_end else error.pos_in_stream
    return None


@given(rule=st.sampled_from(sorted(READS)), pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
@settings(max_examples=800)
def test_any_text_is_accepted_or_refused_where_the_grammar_says(rule, pieces):
    text = "".join(pieces)
    assume(not AFTER_BRACKET.search(text))
    assert place_by_descent(rule, text) == place_by_grammar(rule, text)


@pytest.mark.parametrize(
    "text",
    ["x = a[b!] ^ -c ^ 2 :AND: :NOT: d = 1", "x[a, 1] :EXCEPT: [b, 1], [c, 1] :INTERPOLATE: := 1, 2; 3, 4;",
     "r: a, (b1-b9), GET DIRECT SUBSCRIPT('f', 's') -> q, (t: u, v)", "r <-> q", "x", "x()", "x(1, 2, -3, 4)",
     "x([(0,0)-(1,1)])", "x = ([(0,0)-(1,1),(0,0)],(0,0),(1,1),)", "x(GET XLS LOOKUPS('f'))", "x == TABBED ARRAY(1 2)",
     "x = with lookup (a, ([(0,0)-(1,1)],(0,0)))", "x = f(a, 'b' : c, d) + t[e](:NA:)", "x = ((1, 2))",
     "x = ((1+2)*3)", "x :IS: 'y'", "x = SUM(a! * b[a!])"],
)  # fmt: skip
def test_each_form_of_a_definition_reads_as_the_grammar_says(text):
    assert place_by_descent("statement", text) == place_by_grammar("statement", text)


@pytest.mark.parametrize("right", ["(" * 3000 + "1" + ")" * 3000, "-" * 5000 + "a", "a^" * 5000 + "a"])
def test_an_equation_nested_beyond_the_stack_is_refused(right):
    with pytest.raises(InputError, match=f"nested more than {DEEPEST} deep"):
        parse_definition(Text(f"x = {right}"))


def test_a_syntax_error_is_reported_before_what_has_no_meaning():
    with pytest.raises(InputError, match=r"1:8: error: '\]' does not fit"):
        parse_definition(Text("x = a,1]"))
