import pytest

from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.signals import Declared
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import InputError

NAMES = {"troops": "person", "fighters": "person", "oil": "USD", "share": "1", "deaths": "person/year",
         "d[a]": "person", "d[b]": "person"}  # fmt: skip
DECLARED = Declared("year", {"": NAMES, "against": NAMES}, {"mosul": 2014.44})


def checked(text, declared=DECLARED, **options):
    return check_formula(parse_formula(text), declared, **options)


def messages(text, declared=DECLARED, **options) -> list[str]:
    with pytest.raises(InputError) as caught:
        checked(text, declared, **options)
    return [str(d).removeprefix("<text>:") for d in caught.value.diagnostics]


@pytest.mark.parametrize(("text", "unit"), [
    ("at(troops, 2014) > 100000", "person"),
    ("sum(deaths, 2013, 2014) > at(troops, 2014)", "person"),
    ("trend(troops, 2013, 2014) < at(deaths, 2014)", "person/year"),
    ("at(troops / fighters, 2014) > 2", "1"),
    ("growth(oil, 2003, 2013) > 4", "1"),
    ("at(troops, 2014) * 0.5 > at(fighters, 2014)", "person"),
    ("at(oil, 2014) / at(troops, 2014) > 3", "USD/person"),
    ("sqrt(at(troops, 2014) ^ 2) > 3", "person"),
    ('event("mosul") > first(troops > 10)', "year"),
    ('event("mosul") - first(troops > 10) > 0.5', "year"),
    ("doubling_time(troops, 2011, 2014) < 2", "year"),
    ("at(troops, 2014) > 1 and at(oil, 2014) > 1", None),
    ("not at(troops, 2014) > 1 or at(fighters, 2014) > 1", "person"),
    ("first(troops > 1 and oil > 1) < 2014", "year"),
])  # fmt: skip
def test_robustness_is_in_the_unit_of_what_is_compared(text, unit):
    assert checked(text).unit == unit


@pytest.mark.parametrize(("text", "message"), [
    ("at(troop, 2014) > 1", "1:4: error: there is no series 'troop' (did you mean 'troops'?)"),
    ("at(troops@base, 2014) > 1", "1:4: error: there is no run 'base' to compare with"),
    ("at(d, 2014) > 1", "1:4: error: 'd' stands for 2 elements (write one of them, d[a] or d[b], or sum_over(d))"),
    ("at(d[c], 2014) > 1", "1:4: error: there is no series 'd[c]'"),
    ("at(sum_over(troops), 2014) > 1", "1:13: error: 'troops' is not an array"),
    ("at(sum_over(2 * d), 2014) > 1", "1:4: error: 'sum_over' takes the name of an array"),
    ('event("mosl") > 2014', "1:1: error: there is no event 'mosl' (did you mean 'mosul'?)"),
    ("at(troops, 2014) > at(oil, 2014)", "1:1: error: person cannot be compared with USD"),
    ("at(troops + oil, 2014) > 1", "1:4: error: person and USD cannot be added"),
    ('event("mosul") * 2 > 1', "1:1: error: a date cannot be multiplied or divided"),
    ('event("mosul") + at(troops, 2014) > 1', "1:1: error: date and person cannot be added"),
    ("exp(at(troops, 2014)) > 1", "1:1: error: 'exp' takes a dimensionless quantity, not person"),
    ("troops ^ share > 1", "1:1: error: a quantity of unit person needs a plain number for exponent"),
    ("share ^ troops > 1", "1:1: error: an exponent is a number, not of unit person"),
    ("troops > 1", "1:1: error: the claim changes with time, so it has no single answer (say when it must hold"),
    ("always[2014, 2015](at(troops, 2014) > 1)", "1:20: error: 'always' needs a condition that changes with time"),
    ("at(troops, 2014) > 1 until at(troops, 2014) > 2", "1:1: error: 'until' needs conditions that change with time"),
    ("mean(at(troops, 2014), 2014, 2015) > 1", "1:6: error: 'mean' needs a quantity that changes with time"),
    ("mean(troops, 2015, 2013) > 1", "1:20: error: the window ends before it begins"),
    ("always[2015-02, 2015-01](troops > 1)", "1:17: error: the window ends before it begins"),
    ("at(troops, fighters) > 1", "1:12: error: a date is needed here"),
    ("at(troops, at(oil, 2014)) > 1", "1:12: error: a date is needed here"),
    ("mean(troops, 2014, 2015)", "1:1: error: a claim is a condition (compare it with something: x > 0)"),
])  # fmt: skip
def test_a_formula_that_means_nothing_is_reported_where_and_why(text, message):
    found = messages(text)
    assert any(m.startswith(message) for m in found), found


def test_every_problem_of_a_formula_is_reported_at_once():
    assert len(messages("at(troop, 2014) > 1 and at(oill, 2014) > 1")) == 2


def test_a_date_has_no_meaning_where_time_is_not_in_years():
    minutes = Declared("minute", {"": {"x": "1"}})
    with pytest.raises(InputError, match="time is in minute here"):
        check_formula(parse_formula("at(x, 2014-06) > 1"), minutes)


def test_a_fan_is_a_quantity_that_changes_with_time():
    assert checked("troops / fighters", signal=True).unit == "1"
    assert messages("at(troops, 2014)", signal=True)
    assert messages("troops > 1", signal=True)
