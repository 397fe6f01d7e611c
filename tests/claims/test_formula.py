import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.claims.formulas.claim_syntax import (
    Arithmetic,
    Comparison,
    Connective,
    Date,
    Not,
    NumberTerm,
    Series,
    Temporal,
    Until,
)
from wherenow.claims.formulas.formula import parse_formula
from wherenow.claims.formulas.operators import NAMES
from wherenow.errors import InputError, Text


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_formula(text)
    (diagnostic,) = caught.value.diagnostics
    return str(diagnostic)


def test_and_binds_tighter_than_or_which_binds_tighter_than_implies():
    root = parse_formula("a > 1 or b > 1 and c > 1 implies d > 1").root
    assert isinstance(root, Connective)
    assert root.operator == "implies"
    assert isinstance(root.left, Connective)
    assert root.left.operator == "or"
    assert isinstance(root.left.right, Connective)
    assert root.left.right.operator == "and"


def test_implies_groups_to_the_right():
    root = parse_formula("a > 1 implies b > 1 implies c > 1").root
    assert isinstance(root, Connective)
    assert isinstance(root.left, Comparison)


def test_not_reaches_to_the_end_of_one_comparison():
    root = parse_formula("not a > 1 and b > 1").root
    assert isinstance(root, Connective)
    assert isinstance(root.left, Not)


def test_a_power_is_taken_before_the_sign_and_groups_to_the_right():
    root = parse_formula("-x ^ 2 ^ 3 > 0").root
    assert isinstance(root, Comparison)
    power = root.left.operand  # type: ignore[union-attr]
    assert power.operator == "^"
    assert isinstance(power.right, Arithmetic)


def test_a_chain_of_comparisons_is_their_conjunction():
    assert parse_formula("1 < x <= 3").root == parse_formula("1 < x and x <= 3").root


def test_a_month_is_a_date_and_blanks_make_it_a_difference():
    assert parse_formula("at(x, 2014-06) > 0").root.left.arguments[1] == Date(2014, 6)  # type: ignore[union-attr]
    difference = parse_formula("2014 - 06 > 0").root.left  # type: ignore[union-attr]
    assert difference == Arithmetic("-", NumberTerm(2014, whole=True), NumberTerm(6))


def test_months_are_exact_twelfths_and_days_shares_of_their_month():
    assert Date(2014, 6).start == 2014 + 5 / 12
    assert Date(2014, 6).stop == 2014 + 6 / 12
    assert Date(2014, 6, 16).start == 2014 + (5 + 15 / 30) / 12


def test_brackets_after_a_name_are_elements_and_after_a_temporal_word_a_window():
    root = parse_formula("always[2014, 2016](legitimacy[religious]@against > 0)").root
    assert isinstance(root, Temporal)
    assert root.window == (NumberTerm(2014, whole=True), NumberTerm(2016, whole=True))
    assert root.condition.left == Series("legitimacy", ("religious",), "against")  # type: ignore[union-attr]


def test_until_may_have_a_window():
    root = parse_formula("x > 0 until[2014, 2015] y > 0").root
    assert isinstance(root, Until)
    assert root.window == (NumberTerm(2014, whole=True), NumberTerm(2015, whole=True))


def test_names_are_canonical_and_comments_are_skipped():
    formula = parse_formula("at(US_Troops, 2014) > 5  # a comment")
    assert formula.series == (Series("us_troops"),)


def test_a_formula_lists_the_runs_that_it_compares_with():
    assert parse_formula("at(x, 2014) > at(x@against, 2014) + at(y@against, 2014)").runs == ("against",)


def test_underscores_may_group_digits():
    assert parse_formula("mean(x, 2014, 2014) > 100_000").root.right == NumberTerm(100_000)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("maen(x, 2013, 2015) > 1", "1:1: error: there is no operator 'maen' (did you mean 'mean'?)"),
        ("x > 3 adn y > 3", "1:7: error: 'adn' is not expected here (did you mean 'and'?)"),
        ("mean(x, 2013) > 1", "1:1: error: 'mean' takes 3 arguments, not 2 (write mean(x, from, to))"),
        ("at(x, 2014-13) > 2", "1:7: error: 2014-13 is not a date: there is no month 13"),
        ("at(x, 2014-02-30) > 2", "1:7: error: 2014-02-30 is not a date: that month has no day 30"),
        ("at(x, 2014-02-00) > 2", "1:7: error: 2014-02-00 is not a date: that month has no day 0"),
        ("(x > 2", "1:6: error: the formula ends too early (a closing bracket is missing)"),
        ("x > 2)", "1:6: error: ')' is not expected here"),
        ("x & y > 2", "1:3: error: '&' is not allowed here (write 'and')"),
        ("x > 20%", "1:7: error: '%' is not allowed here (write a share: 0.2 for 20%, or 20 [percent])"),
        ("x + (y > 2) > 3", "1:6: error: a number is needed here, not a condition"),
        ("x and y > 3", "1:1: error: a condition is needed here, not a number (compare it with something: x > 0)"),
        ('first(x > 1) < event(is)', "error: an event is named by its id in double quotes"),
        ('"is" > 2', "error: "),
        ('at(x, "is") > 2', "1:7: error: quoted text is allowed only in event(\"id\")"),
        ("always > 2", "1:1: error: 'always' needs a condition (write always[from, to](condition))"),
        ("always[2014](x > 2)", "1:1: error: a window has two dates, not 1 (write [2014, 2016])"),
        ("mean[2014, 2016](x) > 2", "1:1: error: 'mean' takes no window in brackets (write mean(x, from, to))"),
        ("at(x, 2014)@against > 2", "1:1: error: '@' follows the name of a variable, not a call"),
        ("x[1 + 1] > 2", "1:3: error: an element of an array is named, not computed (write x[element])"),
        ("x > 1e400", "1:5: error: 1e400 is too large for a number"),
        ("  ", "1:1: error: the formula is empty"),
        ("(" * 100 + "x" + ")" * 100, "brackets are nested more than 60 deep"),
        ("x > 2 " * 2000, "the formula is longer than 4000 characters"),
    ],
)  # fmt: skip
def test_a_broken_formula_is_reported_with_its_place_and_a_suggestion(text, message):
    assert message in refused(text)


def test_the_place_is_that_of_the_file():
    with pytest.raises(InputError) as caught:
        parse_formula(Text("x > 1 and\nmaen(x, 1, 2) > 1", "claims.yaml", 12, 11, continuation=5))
    assert str(caught.value.diagnostics[0].location) == "claims.yaml:13:5"


def parses_or_is_refused(text: str) -> bool:
    try:
        return bool(str(parse_formula(text)))
    except InputError as error:
        return all(d.location is not None and d.message for d in error.diagnostics)


@given(st.lists(st.sampled_from([*NAMES, "x", "@", "[", "]", "(", ")", ",", ">", "-", "not", "2014", "2014-06", '"e"',
                                 "and", "until", "*", "^", "1e400"]), max_size=14))  # fmt: skip
def test_any_row_of_tokens_parses_or_is_refused_with_a_place(tokens):
    assert parses_or_is_refused(" ".join(tokens))


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused_with_a_place(text):
    assert parses_or_is_refused(text)
