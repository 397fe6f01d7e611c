"""Models written as XMILE and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import CORPUS, run_file, xmile

from wherenow.case.editing.case_writer import write_case
from wherenow.case.model_files.convert import convert
from wherenow.ensemble.survey import survey
from wherenow.errors import InputError, UsageError
from wherenow.exchange.model_files import import_model
from wherenow.exchange.xmile import read_xmile
from wherenow.exchange.xmile.writing.xmile_writer import write_xmile

IRAQ = Path(__file__).parents[3] / "cases" / "iraq-us"
UNREADABLE = ("test_macro_multi_macros", "test_get_constants", "test_get_time_value")
EMPTY = ("test_subscript_constant_call", "test_subscript_mixed_assembly")


def models(*suffixes: str) -> list[Path]:
    """One file a stem of the corpus; of those beside each other the first."""
    found = {f.stem: f for s in reversed(suffixes) for f in sorted(CORPUS.glob(f"*/*/*{s}"))}
    return [f for f in found.values() if f.stem not in UNREADABLE]


def same_bits(one: Path, other: Path) -> bool:
    """Whether every series of the one is found in the other, to the last bit."""
    first, second = run_file(one), run_file(other)
    return all(name in second and values.tobytes() == second[name].tobytes() for name, values in first.items())


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_some_models_of_the_corpus_run_to_the_same_bits_once_written_and_read_back(tmp_path: Path) -> None:
    for model in models(".xmile", ".mdl")[::8]:
        written = write_xmile(import_model(model)[0], tmp_path / f"{model.stem}.xmile")
        assert same_bits(model, written), model.name


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
@pytest.mark.parametrize("model", models(".xmile", ".mdl"), ids=lambda path: path.name)
def test_every_model_of_the_corpus_goes_to_a_case_to_xmile_and_to_a_case_with_the_same_runs(
    model: Path, tmp_path: Path
) -> None:
    if model.suffix == ".xmile" and model.stem in EMPTY:
        pytest.skip("equations without a value have no form in a case")
    case = write_case(import_model(model)[0], tmp_path / "case")
    written = tmp_path / "written.xmile"
    convert(case, written)
    again = tmp_path / "again"
    convert(written, again)
    assert same_bits(case, written)
    assert same_bits(written, again)


def test_the_iraq_us_case_runs_to_the_same_bits_from_xmile(tmp_path: Path) -> None:
    written = tmp_path / "iraq.xmile"
    left, _ = convert(IRAQ, written)
    assert any("claims" in what for what in left)
    assert same_bits(IRAQ, written)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_features_that_xmile_lacks_come_back(tmp_path: Path) -> None:
    model = import_model(CORPUS / "tests" / "except_multiple" / "test_except_multiple.mdl")[0]
    back = read_xmile(write_xmile(model, tmp_path / "model.xmile"))
    for name, variable in model.variables.items():
        assert [(e.subscripts, e.excepted) for e in back.variables[name].equations] == [
            (e.subscripts, e.excepted) for e in variable.equations
        ]


def test_a_target_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="written are"):
        convert(IRAQ, tmp_path / "model.pdf")


def test_a_survey_tells_what_is_wrong_with_a_file_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "bad.xmile").write_text("<xmile>", encoding="utf-8")
    (tmp_path / "good.xmile").write_text(xmile('<aux name="a"><eqn>1</eqn></aux>'), encoding="utf-8")
    found = list(survey(tmp_path))
    assert [(s.file, s.state) for s in found] == [("bad.xmile", "refused"), ("good.xmile", "runs")]
    assert found[0].problems


def test_a_folder_without_models_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model file"):
        list(survey(tmp_path))


def test_a_file_without_a_model_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    path.write_text("not xml", encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.xmile:1:1"):
        read_xmile(path)


VENSIM_ONLY = """A: a1, a2 ~~|
B <-> A ~~|
m[A, B] = A + 2 * B ~~|
diagonal = SUM(m[A!, A!]) ~~|
all = SUM(m[A!, B!]) ~~|
of table = LOOKED UP(Time) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 2 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""
LOOKED_UP = """:MACRO: LOOKED UP(x)
LOOKED UP = WITH LOOKUP(x, ((0,0),(2,8))) ~~|
:END OF MACRO:
"""


def test_a_sum_along_a_diagonal_and_a_macro_with_a_table_come_back(tmp_path: Path) -> None:
    (tmp_path / "m.mdl").write_text(LOOKED_UP + VENSIM_ONLY)
    written = write_xmile(import_model(tmp_path / "m.mdl")[0], tmp_path / "m.xmile")
    found = run_file(written)
    assert (found["diagonal"][0], found["all"][0], found["of_table"].tolist()) == (9, 18, [0, 4, 8])


def test_a_sum_over_a_dimension_twice_has_no_form_in_vensim(tmp_path: Path) -> None:
    squares = '<aux name="m"><dimensions><dim name="A"/><dim name="A"/></dimensions><eqn>1</eqn></aux>'
    text = xmile(squares + '<aux name="x"><eqn>SUM(m)</eqn></aux>')
    dimension = '<dimensions><dim name="A" size="3"/></dimensions>'
    (tmp_path / "m.xmile").write_text(text.replace("<model>", f"{dimension}<model>", 1))
    with pytest.raises(InputError, match="no form for a dimension summed over twice"):
        convert(tmp_path / "m.xmile", tmp_path / "m.mdl")
