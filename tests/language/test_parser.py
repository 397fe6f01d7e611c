"""XMILE expressions: precedence, names, and messages with places."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.errors import InputError, Text
from wherenow.language.parser import parse
from wherenow.language.printer import to_xmile
from wherenow.language.syntax import Binary, Call, Conditional, Each, IndexRange, Number, Reference, Unary

A, B, C = Reference("a"), Reference("b"), Reference("c")


def read(text):
    return parse(Text(text))


def complaint(text):
    with pytest.raises(InputError) as caught:
        parse(Text(text, "m.yaml", 7, 5))
    (diagnostic,) = caught.value.diagnostics
    return str(diagnostic)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-2^2", Unary("-", Binary("^", Number(2), Number(2)))),
        ("2^3^2", Binary("^", Number(2), Binary("^", Number(3), Number(2)))),
        ("2^-1", Binary("^", Number(2), Unary("-", Number(1)))),
        ("a-b-c", Binary("-", Binary("-", A, B), C)),
        ("a+b*c", Binary("+", A, Binary("*", B, C))),
        ("a/b mod c", Binary("mod", Binary("/", A, B), C)),
        ("a<b and b<c or c=a", Binary("or", Binary("and", Binary("<", A, B), Binary("<", B, C)), Binary("=", C, A))),
        ("not a and b", Binary("and", Unary("not", A), B)),
        ("if a then b else c+1", Conditional(A, B, Binary("+", C, Number(1)))),
        ("A_  +  a", Binary("+", Reference("a_"), A)),
        ('"two words"', Reference("two_words")),
        ("module.name", Reference("module.name")),
        ("x[a, *]", Reference("x", (A, Each()))),
        ("x[*:d]", Reference("x", (Each("d"),))),
        ("x[1:3]", Reference("x", (IndexRange(Number(1), Number(3)),))),
        ("x[a](b)", Call("lookup", (Reference("x", (A,)), B))),
        ("TIME", Call("time", ())),
        ('"time"', Reference("time")),
        ("asin(a)", Call("arcsin", (A,))),
        ("my_table(a)", Call("my_table", (A,))),
        ("{a note} .5e1", Number(5.0)),
        ("größe", Reference("größe")),
        ("a <> b", Binary("<>", A, B)),
        ("a == b", Binary("=", A, B)),
    ],
)
def test_an_expression_reads_as(text, tree):
    assert read(text) == tree


def test_names_are_one_whatever_their_case():
    assert [read(name) for name in ("Net_Flow", "NET_FLOW", '"net flow"')] == [Reference("net_flow")] * 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a +", "m.yaml:7:8: error: a value is missing after '+'"),
        ("(a + b", "m.yaml:7:5: error: '(' is never closed (is a ')' missing after it?)"),
        ("a + b)", "m.yaml:7:10: error: ')' closes nothing (is a '(' missing before it?)"),
        ("a =< b", "m.yaml:7:8: error: a value was expected after '=', not '<' (did you mean '<='?)"),
        ("foo bar", "an operator was expected after 'foo', not 'bar' (a name with blanks is written with underscores"),
        ("if a then b", "the equation ends too early (IF needs THEN and ELSE)"),
        ("sqrt(a, b)", "'sqrt' takes 1 argument, not 2 (sqrt(value))"),
        ("delay(a)", "'delay' takes 2 to 3 arguments, not 1"),
        ("max()", "'max' takes 1 or more arguments, not 0"),
        ("max(a; b)", "';' means nothing here (arguments are separated by commas)"),
        ("", "the equation is empty"),
        ("{only a note}", "the equation is empty"),
        ("a # b", "'#' means nothing here"),
        ("(" * 500 + "a" + ")" * 500, "brackets are nested more than"),
        ("-" * 500 + "a", "nested more than"),
        ("a" * 100_001, "an equation may have 100,000 characters"),
    ],
)
def test_a_mistake_is_reported_with_its_place(text, told):
    assert told in complaint(text)


def test_a_mistake_on_a_later_line_has_that_line():
    with pytest.raises(InputError) as caught:
        parse(Text("a +\nb + * c", "m.yaml", 7, 5, continuation=3))
    assert str(caught.value).startswith("m.yaml:8:7: error: a value was expected after '+', not '*'")


names = st.sampled_from(["a", "b_1", "module.x", "größe", "two_words", "time", "if"])
references = st.builds(Reference, names)
numbers = st.builds(Number, st.floats(min_value=0, allow_nan=False, allow_infinity=False))


def larger(inner):
    operators = st.sampled_from(["+", "-", "*", "/", "^", "mod", "<", "<=", ">", ">=", "=", "<>", "and", "or"])
    return st.one_of(
        st.builds(Binary, operators, inner, inner),
        st.builds(Unary, st.sampled_from(["-", "+", "not"]), inner),
        st.builds(Conditional, inner, inner, inner),
        st.builds(lambda *a: Call("max", a), inner, inner),
        st.builds(lambda a: Call("sqrt", (a,)), inner),
        st.builds(lambda a: Reference("x", (a, Each(), Each("d"))), inner),
    )


expressions = st.recursive(st.one_of(references, numbers), larger, max_leaves=20)


@given(expressions)
def test_what_is_printed_reads_back_as_the_same_tree(tree):
    assert read(to_xmile(tree)) == tree


@given(st.text(alphabet='ab1.+-*/^()[]{}",<>=! \n&|:*if thenelse', max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    with suppress(InputError):
        read(text)
        return
    assert complaint(text).startswith("m.yaml:")
