"""Vensim functions that are expressed by others, against results worked out by hand or given by Vensim's help."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tests.exchange.xmile.files import run_file

from wherenow.case.model_files.convert import convert
from wherenow.errors import InputError
from wherenow.exchange.vensim.reading.vensim_reader import parse_vensim
from wherenow.exchange.vensim.translation.refused_functions import REFUSED
from wherenow.exchange.vensim.translation.vensim_library import LIBRARY
from wherenow.language.syntax import MISSING

TABLES = """
look((0,1),(1,1),(2,3)) ~~|
ramp((0,1),(1,1),(2,2)) ~~|
flat((0,1),(1,1)) ~~|
steep((0,1),(1,2)) ~~|
sales ~~|
"""


def source(equations: str, stop: float = 6, step: float = 1) -> str:
    ends = f"INITIAL TIME = 0 ~~|\nFINAL TIME = {stop} ~~|\nTIME STEP = {step} ~~|\nSAVEPER = TIME STEP ~~|\n"
    return "".join(f"{e} ~~|\n" for e in equations.splitlines() if e.strip()) + ends


def written(folder: Path, equations: str, stop: float = 6, step: float = 1) -> Path:
    path = folder / "model.mdl"
    path.write_text(TABLES.replace("sales ~~|\n", "") + source(equations, stop, step), encoding="utf-8")
    return path


def run(folder: Path, equations: str, stop: float = 6, step: float = 1) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in run_file(written(folder, equations, stop, step)).items()}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("LOOKUP AREA(ramp, 0, 1)", 1.0), ("LOOKUP AREA(ramp, 2, 4)", 4.0), ("LOOKUP AREA(ramp, 0.5, 2.5)", 3.0),
        ("LOOKUP AREA(ramp, -2, 1.5)", 3.625), ("LOOKUP AREA(ramp, 1, 0)", -1.0),
        ("LOOKUP SLOPE(look, -1, -1)", MISSING), ("LOOKUP SLOPE(look, -1, 0)", 0.0), ("LOOKUP SLOPE(look, 1, 0)", 1.0),
        ("LOOKUP SLOPE(look, 0.5, 0)", 0.0), ("LOOKUP SLOPE(look, 1.5, 0)", 2.0), ("LOOKUP SLOPE(look, 3, 1)", 2.0),
        ("LOOKUP SLOPE(look, 3, 0)", 0.0), ("LOOKUP SLOPE(look, 3, -1)", MISSING),
    ],
)  # fmt: skip
def test_properties_of_a_lookup_are_computed_from_its_points(call: str, expected: float, tmp_path: Path) -> None:
    assert run(tmp_path, f"x = {call}")["x"][0] == pytest.approx(expected, rel=1e-15)


def test_areas_of_a_lookup_with_subscripts_are_those_of_each_element(tmp_path: Path) -> None:
    values = run(tmp_path, "d: p, q\ntable[p]((0,1),(2,1))\ntable[q]((0,0),(2,4))\nx[d] = LOOKUP AREA(table[d], 0, 2)")
    assert (values["x[p]"][0], values["x[q]"][0]) == (2, 4)


def test_the_present_value_is_that_of_the_manuals_equations(tmp_path: Path) -> None:
    values = run(tmp_path, "x = NPV(100, 0.1, 5, 2)\ny = NPVE(100, 0.1, 0, 1)", stop=2)
    assert values["x"] == pytest.approx([2 * (5 + 100), 2 * (105 + 100 / 1.1), 2 * (105 + 100 / 1.1 + 100 / 1.21)])
    assert values["y"] == pytest.approx([100 / 1.1, 100 / 1.1 + 100 / 1.21, 100 / 1.1 + 100 / 1.21 + 100 / 1.331])


def test_a_delay_with_its_pipeline_keeps_what_goes_in(tmp_path: Path) -> None:
    values = run(tmp_path, "into = 2 + STEP(3, 1)\nout = DELAYP(into, 3 : under way)\nsame = DELAY3(into, 3)", step=0.5)
    assert values["out"] == pytest.approx(values["same"])
    assert values["under_way"][0] == 6
    for k in range(12):
        change = 0.5 * (values["into"][k] - values["out"][k])
        assert values["under_way"][k + 1] - values["under_way"][k] == pytest.approx(change)


@pytest.mark.parametrize("x", [1e-3, 0.5, 1, 2, 4, 9.999, 10, 30.5, 1e3, 1e30])
def test_the_logarithm_of_the_gamma_function_is_right_to_the_last_digits(x: float, tmp_path: Path) -> None:
    found = run(tmp_path, f"x = GAMMA LN({x})")["x"][0]
    assert found == pytest.approx(math.lgamma(x), rel=1e-14, abs=1e-14)


def test_a_material_delay_with_a_constant_delay_time_is_a_fixed_delay(tmp_path: Path) -> None:
    values = run(tmp_path, "half = 1\nover = half * 2\nx = DELAY MATERIAL(Time, over, 7, 0)")
    assert values["x"] == [7, 7, 0, 1, 2, 3, 4]


def test_a_conveyor_lets_its_first_content_off_evenly_and_loses_a_share_each_step(tmp_path: Path) -> None:
    values = run(tmp_path, "x = DELAY CONVEYOR(8, 2, 0.5, flat, 12, 2)\ny = DELAY CONVEYOR(Time, 3, 0, flat, 9, 3)")
    assert values["x"] == [6, 3, 2, 2, 2, 2, 2]
    assert values["y"] == [3, 3, 3, 0, 1, 2, 3]


def test_what_is_on_a_conveyor_is_what_the_manuals_balance_says(tmp_path: Path) -> None:
    equations = """
    into = 3 + Time
    out = DELAY CONVEYOR(into, 4, 0.1, flat, 20, 4)
    leaking = (total + TIME STEP * (into - out)) * 0.1
    total = INTEG(into - out - leaking, 20)
    """
    values = run(tmp_path, equations, stop=12, step=0.5)
    kept = 1 - 0.1 * 0.5
    on_it = [0.5 * values["into"][24 - k] * kept**k for k in range(1, 9)]  # what entered in the last 4, less its leaks
    assert values["total"][24] == pytest.approx(sum(on_it))


def test_the_span_and_the_extremes_of_data_come_from_its_points(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("time,1,2,3,8\nsales,5,9,-2,40\n", encoding="utf-8")
    equations = """
    sales := GET DIRECT DATA('data.csv', ',', '1', 'B2')
    x = GET DATA FIRST TIME(sales) + 10 * GET DATA LAST TIME(sales)
    least = GET DATA MIN(sales, INITIAL TIME, FINAL TIME)
    greatest = GET DATA MAX(sales, 0, 6)
    nothing = GET DATA MAX(sales, 4, 6)
    """
    values = run(tmp_path, equations)
    assert [values[n][0] for n in ("x", "least", "greatest", "nothing")] == [81, -2, 9, MISSING]


@pytest.mark.parametrize("interpolation", ["", ":HOLD BACKWARD:", ":LOOK FORWARD:"])
def test_data_between_times_follow_the_mode_and_are_missing_outside(interpolation: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("time,1,2,4\nsales,5,9,-2\n", encoding="utf-8")
    equations = f"""
    sales{interpolation} := GET DIRECT DATA('data.csv', ',', '1', 'B2')
    line = GET DATA BETWEEN TIMES(sales, Time, 0)
    ahead = GET DATA BETWEEN TIMES(sales, Time, 1)
    back = GET DATA BETWEEN TIMES(sales, Time, -1)
    mode = Time - 3
    any = GET DATA BETWEEN TIMES(sales, 3, mode)
    none = GET DATA BETWEEN TIMES(look, 1, 0)
    """
    values = run(tmp_path, equations, stop=5)
    assert values["line"] == [MISSING, 5, 9, 3.5, -2, MISSING]
    assert values["ahead"] == [MISSING, 5, 9, -2, -2, MISSING]
    assert values["back"] == [MISSING, 5, 5, 9, 9, MISSING]
    assert values["any"] == [9, 9, 9, 3.5, -2, -2]
    assert values["none"][0] == MISSING


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("x = DELAY CONVEYOR(1, 2, 0, steep, 5, 2)", "with a flat profile only"),
        ("x = DELAY CONVEYOR(1, 2, 0, flat, 5, 3)", "one constant conveyance time"),
        ("x = DELAY CONVEYOR(1, 2 + Time, 0, flat, 5, 2 + Time)", "one constant conveyance time"),
        ("x = LOOKUP SLOPE(look, 1, Time)", "the mode of LOOKUP SLOPE must be -1, 0 or 1"),
    ],
)  # fmt: skip
def test_what_the_manual_leaves_open_is_refused_at_its_place(equation: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"model\.mdl:\d+:\d+: error: .*{message}"):
        run(tmp_path, equation)


@pytest.mark.parametrize("function", sorted(REFUSED))
def test_an_unsupported_function_is_refused_with_the_reason(function: str) -> None:
    called = function.replace("_", " ").upper()
    with pytest.raises(InputError) as wrong:
        parse_vensim(source(f"x = {called}(1, 2)"))
    assert [(d.message, d.hint) for d in wrong.value.diagnostics] == [(f"{called} is not supported", REFUSED[function])]


def test_a_macro_of_the_files_own_comes_before_a_function_of_the_library() -> None:
    own = ":MACRO: NPV(a)\nNPV = a + 1 ~~|\n:END OF MACRO:\n"
    assert parse_vensim(own + source("x = NPV(1)")).model.macros["npv"].parameters == ("a",)


def test_a_file_without_such_calls_gets_no_macros() -> None:
    assert not parse_vensim(source("x = 1")).model.macros


@pytest.mark.parametrize("suffix", [".mdl", ".xmile"])
def test_they_run_to_the_same_bits_after_being_written_and_read_back(suffix: str, tmp_path: Path) -> None:
    equations = """
    a = NPV(Time, 0.1, 5, 2) + NPVE(Time, 0.1, 5, 2)
    b = DELAYP(Time, 3 : under way)
    c = GAMMA LN(Time + 0.5)
    d = DELAY CONVEYOR(Time, 2, 0.25, flat, 12, 2)
    e = LOOKUP AREA(ramp, 0, Time / 4) + LOOKUP SLOPE(look, Time / 4, 0)
    """
    model = written(tmp_path, equations)
    convert(model, tmp_path / "case")
    convert(tmp_path / "case", tmp_path / f"again{suffix}")
    first, second = run_file(model), run_file(tmp_path / f"again{suffix}")
    assert {n: v.tobytes() for n, v in first.items()} == {n: second[n].tobytes() for n in first}


def test_a_written_file_does_not_define_what_vensim_has(tmp_path: Path) -> None:
    convert(written(tmp_path, "a = NPV(Time, 0.1, 5, 2)\nb = GAMMA LN(3)"), tmp_path / "again.mdl")
    assert ":MACRO:" not in (tmp_path / "again.mdl").read_text(encoding="utf-8")


def test_each_function_of_the_library_is_a_macro_that_reads_without_a_problem() -> None:
    assert parse_vensim("".join(LIBRARY.values()) + source("x = 1")).warnings == ()


@pytest.mark.parametrize(
    ("call", "mean", "variance"),
    [
        ("RANDOM GAMMA(0, 1000, 2.5, 1, 2, 5)", 6, 10),
        ("RANDOM GAMMA(0, 1000, 0.5 + 0 * Time, 0, 1, 5)", 0.5, 0.5),
        ("RANDOM BETA(0, 1, 0.4, 1.7, 0, 1, 3)", 0.4 / 2.1, 0.68 / (2.1**2 * 3.1)),
        ("RANDOM NEGATIVE BINOMIAL(0, 1000, 0.4, 1.5, 0, 1, 3)", 2.25, 5.625),
    ],
)
def test_a_distribution_of_any_shape_has_its_mean_and_variance(call, mean, variance, tmp_path):
    values = run(tmp_path, f"x = {call}", stop=4000)["x"]
    assert np.mean(values) == pytest.approx(mean, abs=5 * np.sqrt(variance / 4000))
    assert np.var(values) == pytest.approx(variance, rel=0.2)


def test_an_equation_that_is_not_written_is_named_beside_the_other_errors() -> None:
    content = "early = A FUNCTION OF(Time) ~~|\nwrong = MY FUNC(Time) ~~|\n"
    content += "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\n"
    with pytest.raises(InputError) as caught:
        parse_vensim(content, "model.mdl")
    found = {d.location.line: d.message for d in caught.value.diagnostics if d.location is not None}
    assert found[1].startswith("'early' has no equation yet")
    assert found[2] == "unknown function 'MY FUNC'"
