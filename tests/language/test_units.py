"""Units: the exact meaning of a text in base units, and texts that are not units."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.errors import InputError
from wherenow.language.units import Units

WORDS = ("person", "people", "year", "months", "day", "kg", "tonnes", "m", "km", "TWh", "USD", "%", "barrel", "hour")


@pytest.fixture(scope="module")
def units():
    return Units(("household = [household] = _ = homes", "hm3 = 1e6 * meter ** 3", "brigade = 4000 * person"))


@pytest.mark.parametrize(
    ("text", "factor", "powers"),
    [
        ("hm3/year", 1e6, {"meter": 3, "year": -1}), ("km2", 1e6, {"meter": 2}), ("%", 0.01, {}),
        ("m²", 1, {"meter": 2}),
        ("USD per household", 1, {"USD": 1, "household": -1}), ("brigades", 4000, {"person": 1}),
        ("1000 barrel / day", 158.987294928 * 365.2425, {"meter": 3, "year": -1}), ("1e6 t", 1e9, {"kilogram": 1}),
        ("kg m^2/s^2", (365.2425 * 86400) ** 2, {"kilogram": 1, "meter": 2, "year": -2}),
        ("homes", 1, {"household": 1}),
        ("(m/year)**(1/2)", 1, {"meter": Fraction(1, 2), "year": Fraction(-1, 2)}),
        ("MW / GWh", 8765.82e-3, {"year": -1}),
        ("dmnl", 1, {}), ("", 1, {}), ("year/year", 1, {}),
    ],
)  # fmt: skip
def test_a_text_means_a_factor_and_powers_of_base_units(units, text, factor, powers):
    found = units.parse(text)
    assert found.factor == pytest.approx(factor, rel=1e-15)
    assert dict(found.powers) == powers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("persn", "unknown unit 'persn' (did you mean 'person'"), ("m**", "a power is a plain number"),
        ("m**x", "a power is a plain number"), ("m**2**2", "a power is a plain number"),
        ("(m", "a bracket is not closed"),
        ("m/", "a unit is missing"), ("m + s", "'+ s' is not expected"), ("9**999", "too large or too small"),
        ("m/0", "is not a unit"), ("a" * 201, "more than 200 characters"), ("1e9999", "a unit is missing"),
        ("__class__", "unknown unit"), ("nan", "is not a unit"),
    ],
)  # fmt: skip
def test_an_invalid_unit_says_why(units, text, said):
    with pytest.raises(InputError) as caught:
        units.parse(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "line", ["home", "home =", "= home", "my home = person", "home = 3 * (person", "home = m**999 ** 2", "home = 1/0"]
)
def test_text_that_is_not_a_definition_is_refused(line):
    with pytest.raises(InputError, match="is not a unit definition"):
        Units((line,))


def test_a_definition_may_come_before_what_it_needs_and_not_need_itself():
    assert Units(("pair = 2 * glove", "glove = [glove]")).parse("pair").factor == 2
    with pytest.raises(InputError, match="is defined by itself"):
        Units(("a = 2 * b", "b = a")).parse("a")


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(-3, 3)), min_size=1, max_size=5), st.randoms())
def test_no_order_of_factors_changes_a_bit(parts, random):
    reader = Units()
    shuffled = random.sample(parts, len(parts))
    one, other = (reader.parse(" * ".join(f"{word} ** {power}" for word, power in p)) for p in (parts, shuffled))
    assert (one.factor, one.powers) == (other.factor, other.powers)
