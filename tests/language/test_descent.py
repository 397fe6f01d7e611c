"""Recursive descent reads what the grammar reads, the same way and at the same places, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.errors import InputError, Text
from wherenow.language.descent import read
from wherenow.language.parser import DEEPEST, by_grammar, parse

PIECES = (
    "a", "b", "x.y", "1", ".5", "1e3", "+", "-", "*", "/", "^", "**", "(", ")", "[", "]", ",", ":", "not ", "if ",
    " then ", " else ", " mod ", " and ", " or ", "=", "<>", "<", "!", "&", "|", '"q r"', "time", "max(", "sqrt(", " ",
    "{c}", "$v", "*:", "a[", "ı", "\u00a0", "IF(", ")THEN(", ")ELSE(", "f()", "\n", "İf ", "lookup(",
)  # fmt: skip


def by_descent(text):
    found = read(text)
    return None if found is None else repr(found[0])


def as_defined(text):
    try:
        return repr(by_grammar(Text(text)))
    except InputError:
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


def test_what_is_nested_too_deep_for_descent_is_left_to_the_grammar():
    deep = "(" * 380 + "a" + ")" * 380
    assert read(deep) is None
    assert parse(Text(deep)) == parse(Text("a"))


def test_a_long_sum_is_refused_where_the_grammar_refuses_it():
    with pytest.raises(InputError, match=f"nested more than {DEEPEST} deep"):
        parse(Text("+".join("a" * (DEEPEST + 1))))
    assert parse(Text("+".join("a" * DEEPEST))) is not None
