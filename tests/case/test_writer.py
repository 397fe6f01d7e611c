"""A case or model written as a folder and read again is the same."""

import dataclasses
from pathlib import Path

import pytest

from wherenow.case.editing.case_writer import write_case
from wherenow.case.reader import read_case
from wherenow.errors import UsageError
from wherenow.exchange.model_files import import_model

TESTS = Path(__file__).parents[1]
IRAQ = TESTS.parent / "cases" / "iraq-us"
CASES = [*sorted((TESTS / "cases").iterdir()), IRAQ]


def parts(case) -> dict[str, str]:
    """What a case says, place by place; the folder it stands in is left out."""
    named = {f.name: getattr(case, f.name) for f in dataclasses.fields(case) if f.name != "folder"}
    return {name: repr(value).replace(str(case.folder), "") for name, value in named.items()}


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_a_case_is_read_back_as_it_was_written(folder, tmp_path):
    case = read_case(folder)
    again = read_case(write_case(case, tmp_path / "copy"))
    assert again.hash == case.hash
    assert parts(again) == parts(case)


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_the_model_of_a_case_is_read_back_as_it_was_written(folder, tmp_path):
    model = read_case(folder).model
    again = read_case(write_case(model, tmp_path / "copy")).model
    assert again.variables.keys() == model.variables.keys()
    for name, variable in model.variables.items():
        assert again.variables[name] == variable
    assert (again.time, again.dimensions, again.units) == (model.time, model.dimensions, model.units)


def test_a_vensim_model_becomes_a_case_that_says_the_same(tmp_path):
    model = import_model(TESTS / "data" / "test-models" / "Lotka_Volterra.mdl")[0]
    again = read_case(write_case(model, tmp_path / "case")).model
    assert again.variables == model.variables


def test_a_case_whose_folder_has_changed_is_not_copied(lake, tmp_path):
    case = read_case(lake)
    (lake / "claims.yaml").write_text("{}")
    with pytest.raises(UsageError, match="has changed since the case was read"):
        write_case(case, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_nothing_is_written_over(lake):
    with pytest.raises(UsageError, match="exists already"):
        write_case(read_case(lake), lake)
