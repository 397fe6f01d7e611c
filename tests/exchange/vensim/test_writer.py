"""Models written as Vensim files and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import CORPUS, run_file, xmile

from wherenow.case.editing.case_writer import write_case
from wherenow.case.model_files.convert import convert
from wherenow.errors import InputError
from wherenow.exchange.model_files import import_model
from wherenow.exchange.vensim import read_vensim
from wherenow.exchange.vensim.reading.vensim_reader import parse_vensim
from wherenow.exchange.vensim.writing.vensim_writer import to_vensim_file, write_vensim
from wherenow.exchange.xmile import parse_xmile
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Method

OWN = Path(__file__).parents[1] / "data"
IRAQ = Path(__file__).parents[3] / "cases" / "iraq-us"
NOT_READ = ("test_get_constants", "test_get_time_value")
"""A data file is missing; the calendar is asked for."""
CONTROL = {"initial_time", "final_time", "time_step", "saveper"}
"""Variables of an XMILE file that are settings of a Vensim file."""


def models() -> list[Path]:
    return [f for f in sorted(CORPUS.glob("*/*/*.mdl")) if f.stem not in NOT_READ]


def differences(one: Path, other: Path) -> list[str]:
    """Series of the one that the other has not, to the last bit."""
    first, second = run_file(one), run_file(other)
    wanted = {name: values for name, values in first.items() if name not in CONTROL}
    return [n for n, values in wanted.items() if n not in second or values.tobytes() != second[n].tobytes()]


def from_vensim_to_vensim(model: Path, folder: Path) -> Path:
    """The file after it has been a case and come back."""
    case = write_case(import_model(model)[0], folder / "case")
    convert(case, folder / "again.mdl")
    return folder / "again.mdl"


def written(equation: str, more: str = "") -> str:
    """One equation of x, as it stands in the file after reading and writing."""
    controls = "".join(
        f"{name} = {value} ~~|\n"
        for name, value in (("INITIAL TIME", 0), ("FINAL TIME", 1), ("TIME STEP", 1), ("SAVEPER", 1))
    )
    source = f"x = {equation} ~~|\na = 1 ~~|\nb = 2 ~~|\nc = 3 ~~|\n{more}{controls}"
    text = to_vensim_file(parse_vensim(source).model)
    return " ".join(text.partition("x=")[2].partition("~")[0].split())


@pytest.mark.parametrize("model", sorted(OWN.glob("*.mdl")), ids=lambda path: path.name)
def test_a_model_of_ours_runs_to_the_same_bits_after_it_has_been_a_case_and_a_file_again(
    model: Path, tmp_path: Path
) -> None:
    assert differences(model, from_vensim_to_vensim(model, tmp_path)) == []


@pytest.mark.parametrize("model", models()[::8], ids=lambda path: path.name)
def test_some_models_of_the_corpus_run_to_the_same_bits_after_being_a_case(model: Path, tmp_path: Path) -> None:
    assert differences(model, from_vensim_to_vensim(model, tmp_path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("model", models(), ids=lambda path: path.name)
def test_every_model_of_the_corpus_runs_to_the_same_bits_after_being_a_case(model: Path, tmp_path: Path) -> None:
    assert differences(model, from_vensim_to_vensim(model, tmp_path)) == []


def test_the_iraq_us_case_runs_to_the_same_bits_from_vensim(tmp_path: Path) -> None:
    convert(IRAQ, tmp_path / "iraq.mdl")
    assert differences(IRAQ, tmp_path / "iraq.mdl") == []


@pytest.mark.parametrize(
    "equation",
    [
        "a - (b - c)", "a / (b / c)", "(a + b) * c", "-a ^ 2", "(-a) ^ 2", "a ^ b ^ c", "(a ^ b) ^ c", "a ^ -b",
        "a - (-2)", "(-2) ^ a", ":NOT: (a > b) :AND: c = 3", ":NOT: (a :OR: b)", "(a :OR: b) :AND: c",
        "(a < b) = (b < c)", "IF THEN ELSE(a > b, 1, :NA:)", "WITH LOOKUP(a, ([(0,1)-(2,3)], (0,1), (2,3)))",
        "1e-300", "0.1", "Time * TIME STEP", "SMOOTH N(a, b, c, 3)", "RANDOM NORMAL(0, 1, a, b, 3)",
    ],
)  # fmt: skip
def test_an_equation_comes_back_as_it_was_written(equation: str) -> None:
    assert written(equation) == equation


def test_units_comments_ranges_and_groups_come_back(tmp_path: Path) -> None:
    model = read_vensim(OWN / "families.mdl")
    back = read_vensim(write_vensim(model, tmp_path / "model.mdl"))
    for name, variable in ((n, v) for n, v in model.variables.items() if n not in CONTROL):
        other = back.variables[name]
        assert (other.unit, other.about, other.range, other.sector, other.label) == (
            variable.unit, variable.about, variable.range, variable.sector, variable.label,
        )  # fmt: skip
    assert {n: (d.elements, d.mappings) for n, d in model.dimensions.items()} == {
        n: (d.elements, d.mappings) for n, d in back.dimensions.items()
    }


def test_the_method_of_integration_comes_back() -> None:
    model, _ = parse_xmile(
        '<xmile><sim_specs method="rk4"><start>0</start><stop>4</stop></sim_specs>'
        '<model><variables><aux name="a"><eqn>1</eqn></aux></variables></model></xmile>'
    )
    assert parse_vensim(to_vensim_file(model)).model.time.method is Method.RK4


@pytest.mark.parametrize(
    "equation",
    [
        "INT(0 - TIME / 3)", "ROUND(TIME / 2 - 1)", "(TIME - 2) MOD 3", "SAFEDIV(1, TIME, 7)", "PREVIOUS(TIME, 9)",
        "PULSE(3, 1, 2)", "RAMP(2, 1)", "LOG10(TIME + 1)", "MEAN(TIME, 2, 3)", "DELAY(TIME, 2)", "SIGN(TIME - 1)",
        "MAX(TIME, 1)", "PERCENT(TIME)", "NOT (TIME = 1)", "SMTHN(TIME, 2, 3)", "DELAYN(TIME, 2, 3)", "PI * TIME",
    ],
)  # fmt: skip
def test_functions_that_vensim_lacks_are_written_with_its_other_functions(equation: str, tmp_path: Path) -> None:
    source = tmp_path / "model.xmile"
    source.write_text(xmile(f'<aux name="x"><eqn>{equation}</eqn></aux>'), encoding="utf-8")
    target = write_vensim(import_model(source)[0], tmp_path / "model.mdl")
    assert run_file(target)["x"].tolist() == pytest.approx(run_file(source)["x"].tolist(), rel=1e-14)


def test_a_function_that_vensim_lacks_is_refused_at_its_place(tmp_path: Path) -> None:
    source = tmp_path / "model.xmile"
    source.write_text(xmile('<aux name="x"><eqn>1 + INF</eqn></aux>'), encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.xmile:1:\d+: error: 'x': Vensim has no function for 'inf'"):
        write_vensim(import_model(source)[0], tmp_path / "model.mdl")
    assert not (tmp_path / "model.mdl").exists()


def test_names_that_vensim_keeps_for_itself_are_changed(tmp_path: Path) -> None:
    source = tmp_path / "model.xmile"
    source.write_text(xmile('<aux name="saveper"><eqn>17</eqn></aux><aux name="y"><eqn>saveper</eqn></aux>'), "utf-8")
    target = write_vensim(import_model(source)[0], tmp_path / "model.mdl")
    assert run_file(target)["y"].tolist() == [17.0] * 5


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "name", ["samples/teacup/teacup", "samples/SIR/SIR", "tests/subscript_switching/subscript_switching"]
)
def test_pysd_runs_the_written_file_to_the_same_numbers(name: str, tmp_path: Path) -> None:
    pysd = pytest.importorskip("pysd")
    target = write_vensim(import_model(CORPUS / f"{name}.mdl")[0], tmp_path / "model.mdl")
    theirs = pysd.read_vensim(str(target)).run()
    columns = {canonical(str(c)): theirs[c].to_numpy() for c in theirs.columns}
    ours = {canonical(n): values for n, values in run_file(target).items()}
    shared = [n for n in ours if n in columns]
    assert len(shared) == len(ours)
    for n in shared:
        assert columns[n].astype(float).tolist() == pytest.approx(ours[n].tolist(), rel=1e-9), n
