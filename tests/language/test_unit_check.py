"""Unit rules: what may be added, compared, raised and passed to functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.errors import InputError, Text
from wherenow.language.parser import parse
from wherenow.language.unit_check import contradictions, unit_of
from wherenow.language.units import ONE, units

UNITS = units()
ENVIRONMENT = {
    name: UNITS.parse(text)
    for name, text in {
        "people": "person", "rate": "1/year", "monthly": "person/month", "flow": "person/year", "delay": "year",
        "money": "USD", "ratio": "1", "share": "%",
    }.items()
}  # fmt: skip


def told(equation, declared="1", literals="strict"):
    text = Text(equation)
    year = UNITS.parse("year")
    found = contradictions(parse(text), UNITS.parse(declared), ENVIRONMENT.get, year, text, literals)
    return [str(diagnostic) for diagnostic, _ in found]


@pytest.mark.parametrize(
    ("equation", "unit"),
    [
        ("people * rate", "person/year"),
        ("people / delay", "person/year"),
        ("max(people, 0)", "person"),
        ("if people > 0 then people else 0", "person"),
        ("sqrt(people * people)", "person"),
        ("people ^ 2 / people", "person"),
        ("exp(ratio)", "1"),
        ("exp(people / people)", "1"),
        ("smth1(people, delay)", "person"),
        ("trend(people, delay)", "1/year"),
        ("people * 3 / 4", "person"),
        ("step(people, time)", "person"),
        ("ramp(flow, time)", "person"),
        ("pulse(people, time)", "person/year"),
        ("zidz(money, people)", "USD/person"),
        ("pink_noise(people, people, delay)", "person"),
        ("sum(people)", "person"),
        ("1 - ratio", "1"),
        ("0", "person"),
    ],
)
def test_an_equation_in_its_unit_passes(equation, unit):
    assert told(equation, unit) == []


@pytest.mark.parametrize(
    ("equation", "unit", "message"),
    [
        ("people + rate", "person", "the sides of '+' differ: person and 1/year"),
        ("flow + monthly", "person/year", "they differ by a factor 12"),
        ("people > money", "1", "the sides of '>' differ: person and USD"),
        ("people * rate", "person", "the equation gives person/year, the declared unit is person"),
        ("exp(people)", "1", "'value' of exp must be dimensionless, not person"),
        ("exp(share)", "1", "must be dimensionless, not %"),
        ("people + 3", "person", "the sides of '+' differ: person and 1"),
        ("people ^ ratio", "person", "to a power that is not a plain number"),
        ("ratio ^ people", "1", "an exponent must be dimensionless, not person"),
        ("smth1(people, rate)", "person", "'averaging_time' of smth1 must be in year, not 1/year"),
        ("if ratio > 0 then people else money", "person", "the two branches differ: person and USD"),
        ("max(people, money)", "person", "'more' of max must be in person, not USD"),
        ("time + people", "year", "the sides of '+' differ: year and person"),
    ],
)
def test_a_clash_is_reported_in_words(equation, unit, message):
    assert any(message in line for line in told(equation, unit)), told(equation, unit)


def test_numbers_fit_where_they_are_added_in_imported_models():
    assert told("people + 3", "person", literals="open") == []


def test_an_unknown_word_gets_a_suggestion():
    with pytest.raises(InputError, match=r"unknown unit 'persn'.*did you mean 'person'"):
        UNITS.parse("persn")


def test_an_unknown_word_is_a_new_unit_in_open_mode():
    assert str(units().parse("Degrees Fahrenheit/Minute", open=True)) == "Degrees Fahrenheit/Minute"


def test_plural_and_singular_are_one_unit_in_open_mode():
    assert UNITS.parse("Gadgets", open=True).agrees(UNITS.parse("gadget", open=True))


def test_a_case_defines_units_of_its_own():
    brigade, person = (units(("brigade = 4000 * person",)).parse(u) for u in ("brigade", "person"))
    assert brigade.factor == 4000 * person.factor
    assert brigade.powers == person.powers


@given(st.lists(st.sampled_from(sorted(ENVIRONMENT)), min_size=1, max_size=5))
def test_a_product_divided_by_itself_is_dimensionless(names):
    text = Text(f"({' * '.join(names)}) / ({' * '.join(names)})")
    unit, problems = unit_of(parse(text), ENVIRONMENT.get, UNITS.parse("year"), text)
    assert unit is not None
    assert unit.agrees(ONE)
    assert problems == ()
