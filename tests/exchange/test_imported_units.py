"""Units of imported models: their spelling in a converted case folder, and what its check reports."""

from __future__ import annotations

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.model_files.convert import convert
from wherenow.case.model_files.opening import open_with_warnings
from wherenow.case.reader import read_case
from wherenow.errors import Severity
from wherenow.exchange.imported_units import says_nothing
from wherenow.language.units import units

MDL = """{UTF-8}
Ovens = INTEG(building - wear, 7) ~ Stoves~|
building = 3 ~ Stoves/Month~|
wear = Ovens/life ~ Stoves/Month~|
life = 4 ~ Months~|
heat = 2 ~ Degrees Fahrenheit~|
area = 2 ~ Furlong^2~|
FINAL TIME = 4 ~ Month~|
INITIAL TIME = 0 ~ Month~|
SAVEPER = 1 ~ Month~|
TIME STEP = 1 ~ Month~|
"""


@pytest.fixture
def converted(tmp_path):
    def make(text=MDL):
        (tmp_path / "model.mdl").write_text(text)
        convert(tmp_path / "model.mdl", tmp_path / "case")
        return tmp_path / "case"

    return make


def test_a_plural_is_defined_though_its_singular_came_before(converted):
    assert errors(converted(MDL.replace("~ Stoves~|", "~ stoves~|"))) == []


def errors(folder):
    return [d.message for d in check_case(folder) if d.severity is Severity.ERROR]


def test_a_converted_model_passes_the_check_of_its_units(converted):
    assert errors(converted()) == []


def test_units_that_nobody_knows_are_defined_by_the_case(converted):
    model = read_case(converted()).model
    assert set(model.units) == {"stove = [stove]", "degrees_fahrenheit = [degrees_fahrenheit]", "furlong = [furlong]"}


def test_units_that_are_known_get_our_spelling(converted):
    model = read_case(converted()).model
    units = [model.time.unit, model.variables["life"].unit, model.variables["area"].unit]
    assert units == ["month", "months", "furlong^2"]


def test_units_that_contradict_each_other_are_a_warning_of_an_imported_model(converted):
    folder = converted(MDL.replace("wear = Ovens/life", "wear = Ovens"))
    told = [d for d in check_case(folder) if "declared unit" in d.message]
    assert [d.severity for d in told] == [Severity.WARNING]


def test_units_without_a_meaning_of_their_own_are_not_missed_in_a_model_file(converted, tmp_path):
    left, _ = convert(converted(), tmp_path / "again.mdl")
    assert left == ()


def test_a_definition_that_says_nothing_is_distinguished_from_one_that_does():
    assert says_nothing("stove = [stove]")
    assert not says_nothing("brigade = 4000 * person")


def test_the_model_of_the_file_itself_keeps_its_words(tmp_path):
    (tmp_path / "model.mdl").write_text(MDL)
    case, _ = open_with_warnings(tmp_path / "model.mdl")
    assert case.model.variables["life"].unit == "Months"


def test_foxes_are_of_one_fox():
    assert units().parse("Foxes/Fox/Year", open=True).agrees(units().parse("1/Year", open=True))
