"""Counts, units and formulas in words of each language."""

from __future__ import annotations

import pytest

from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import Text
from wherenow.report.wording.rules import FormulaWriter
from wherenow.report.wording.texts import amount, count, isolated, number, unit
from wherenow.report.wording.times import TimeFormatter


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "سنة واحدة"), (2, "سنتان"), (3, "3 سنوات"), (10, "10 سنوات"), (11, "11 سنةً"), (99, "99 سنةً"),
     (100, "100 سنة"), (103, "103 سنوات")],
)  # fmt: skip
def test_arabic_nouns_take_the_form_of_their_number(n, said):
    assert count(n, "year", "ar") == said


def test_english_counts_have_a_singular_and_a_plural():
    assert [count(n, "year") for n in (1, 2)] == ["1 year", "2 years"]


def test_units_of_time_and_people_are_translated_and_those_of_the_case_are_isolated():
    assert unit("person", "ar") == "أشخاص"
    assert unit("person/year", "ar") == "أشخاص في السنة"
    assert unit("attack/year", "ar") == f"{isolated('attacks', 'ar')} في السنة"
    assert unit("USD/barrel", "ar") == isolated("USD a barrel", "ar")
    assert unit("attack/year") == "attacks a year"


def test_large_and_negative_numbers_are_written_in_the_language():
    assert number(1.5e6, "ar") == "1.5 مليون"
    assert number(-0.5, "ar") == "\u2066−0.5\u2069"
    assert amount(1.5e6, "person") == "1.5 million people"


@pytest.mark.parametrize(
    ("formula", "english", "arabic"),
    [
        ("mean(x, 2019, 2020) < 3", "the average of X from 2019 to 2020 < 3 attacks a year",
         "متوسط ⁨X⁩ من 2019 إلى 2020 أقل من 3 ⁨attacks⁩ في السنة"),
        ("max(x, 2019, 2019) >= 3 and not at(x, 2019) > 1",
         "the highest value of X in 2019 ≥ 3 attacks a year and it is not the case that X in 2019 > 1 attack a year",
         "أعلى قيمة لـ⁨X⁩ في 2019 لا يقل عن 3 ⁨attacks⁩ في السنة وليس صحيحًا أن ⁨X⁩ في 2019 أكثر من 1 ⁨attacks⁩ في السنة"),
        ("always[2019, 2020](x > 2)", "X > 2 attacks a year throughout 2019 to 2020",
         "⁨X⁩ أكثر من 2 ⁨attacks⁩ في السنة طوال 2019 إلى 2020"),
    ],
)  # fmt: skip
def test_a_formula_is_said_in_the_language(formula, english, arabic):
    for language, said in (("en", english), ("ar", arabic)):
        reader = FormulaWriter(TimeFormatter("year", language), str.upper, lambda _: "attack/year", str, {})
        assert reader.say(parse_formula(Text(formula)).root) == said
