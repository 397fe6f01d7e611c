import shutil
from pathlib import Path

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.editing.case_writer import write_case
from wherenow.case.reader import read_case
from wherenow.case.variants import with_variant
from wherenow.errors import UsageError
from wherenow.language.printer import to_xmile

GROWTH = Path(__file__).parents[1] / "cases" / "growth"


@pytest.fixture(scope="module")
def growth():
    return read_case(GROWTH)


def changed(tmp_path, old, new):
    folder = tmp_path / "growth"
    shutil.copytree(GROWTH, folder)
    path = folder / "model" / "colony.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return folder


def test_a_variant_is_the_model_with_another_equation(growth):
    other = with_variant(growth, "boundless")
    assert to_xmile(other.model.variables["growing"].equations[0].expression) == "rate * colony"
    assert other.model.variables["growing"].about == "Nothing slows it."
    assert other.model.variables["colony"] == growth.model.variables["colony"]


def test_it_has_a_hash_of_its_own(growth):
    assert len({growth.hash, with_variant(growth, "boundless").hash, with_variant(growth, "gompertz").hash}) == 3


def test_an_unknown_variant_is_reported_with_the_nearest(growth):
    with pytest.raises(UsageError, match="gompertz"):
        with_variant(growth, "gomperts")


def test_one_name_in_several_variables_is_one_variant(tmp_path):
    both = 'weight: { auxiliary: "2", unit: "1", variants: { boundless: { equation: "3" } } } #'
    folder = changed(tmp_path, 'weight: { parameter: { prior: "normal(1, 0.2)"', both)
    assert read_case(folder).variants["boundless"].keys() == {"growing", "weight"}


def test_a_case_with_variants_has_no_problems():
    assert check_case(GROWTH) == ()


def test_a_parameter_that_only_a_variant_reads_is_not_called_unused(tmp_path):
    folder = changed(tmp_path, "flow: rate * colony * (1 - colony / room)", "flow: rate * colony")
    assert check_case(folder) == ()


def test_an_unknown_name_in_a_variant_is_reported_at_its_place(tmp_path):
    folder = changed(tmp_path, "ln(room / colony)", "ln(rom / colony)")
    (problem,) = check_case(folder)
    assert "rom" in problem.message
    assert (problem.location.line, problem.hint) == (10, "did you mean 'room'?")


def test_wrong_units_in_a_variant_are_reported_at_its_place(tmp_path):
    folder = changed(tmp_path, "equation: rate * colony,", "equation: rate * colony * mass,")
    path = folder / "model" / "colony.yaml"
    path.write_text(path.read_text() + "mass: { parameter: 3, unit: kilogram, about: Read by the variant alone. }\n")
    (problem,) = check_case(folder)
    assert problem.location.line == 9
    assert "gives kilogram" in problem.message


def test_a_stock_takes_no_variants(tmp_path):
    folder = changed(tmp_path, "about: Cells., assumption: By construction. }",
                     'about: Cells., assumption: By construction., variants: { a: { equation: "1" } } }')  # fmt: skip
    assert any("variants are equations of a flow or an auxiliary" in d.message for d in check_case(folder))


def test_a_variant_without_a_reason_is_warned_of(tmp_path):
    folder = changed(tmp_path, ", assumption: There might be room enough.", "")
    (problem,) = check_case(folder)
    assert "'boundless' of 'growing' has neither evidence nor an assumption" in problem.message


def test_a_case_is_written_with_its_variants(growth, tmp_path):
    assert read_case(write_case(growth, tmp_path / "copy")).variants.keys() == {"boundless", "gompertz"}
