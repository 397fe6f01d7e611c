"""What the reader makes of XMILE files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.exchange.xmile.files import read, run, warnings_of, xmile

from wherenow.errors import InputError
from wherenow.model.model_types import Method


def test_a_stock_is_the_sum_of_its_flows(tmp_path: Path) -> None:
    content = xmile(
        '<stock name="s"><eqn>10</eqn><inflow>a</inflow><outflow>b</outflow></stock>'
        '<flow name="a"><eqn>3</eqn></flow><flow name="b"><eqn>1</eqn></flow>'
    )
    assert run(content, tmp_path)["s"] == [10, 12, 14, 16, 18]


def test_a_reciprocal_step_is_one_over_the_number(tmp_path: Path) -> None:
    model = read(
        xmile('<aux name="a"><eqn>1</eqn></aux>', steps='<start>0</start><stop>1</stop><dt reciprocal="true">8</dt>')
    )
    assert model.time.step == 0.125


def test_a_module_takes_its_input_from_outside_and_keeps_its_column(tmp_path: Path) -> None:
    content = xmile(
        '<aux name="outside"><eqn>7</eqn></aux><module name="inner"><connect to="given" from=".outside"/></module>',
        tail='<model name="inner"><variables><aux name="given" access="input"><eqn/></aux>'
        '<aux name="twice"><eqn>2*given</eqn></aux><aux name="direct"><eqn>.outside + 1</eqn></aux>'
        "</variables></model>",
    )
    values = run(content, tmp_path)
    assert (values["inner.given"][0], values["inner.twice"][0], values["inner.direct"][0]) == (7, 14, 8)


def test_a_macro_is_put_in_place_of_its_call(tmp_path: Path) -> None:
    head = '<macro name="plus"><parm>x</parm><parm default="2">y</parm><eqn>x+y</eqn></macro>'
    assert run(xmile('<aux name="a"><eqn>plus(3) * plus(1, 1)</eqn></aux>', head), tmp_path)["a"][0] == 10


@pytest.mark.parametrize(
    ("kind", "expected"), [("continuous", 10.0), ("extrapolate", 15.0), ("discrete", 10.0)], ids=str
)
def test_a_graphical_function_goes_on_past_its_end_as_its_type_says(kind: str, expected: float, tmp_path: Path) -> None:
    graph = f'<gf type="{kind}"><xscale min="0" max="2"/><ypts>0,5,10</ypts></gf>'
    assert run(xmile(f'<aux name="a"><eqn>time</eqn>{graph}</aux>'), tmp_path)["a"][3] == expected


def test_a_discrete_graphical_function_keeps_its_last_point(tmp_path: Path) -> None:
    graph = '<gf type="discrete"><xscale min="0" max="4"/><ypts>1,2,3</ypts></gf>'
    assert run(xmile(f'<aux name="a"><eqn>time</eqn>{graph}</aux>'), tmp_path)["a"] == [1, 1, 2, 2, 3]


def test_outflows_of_a_non_negative_stock_take_in_order_what_is_there(tmp_path: Path) -> None:
    content = xmile(
        '<stock name="s"><eqn>5</eqn><outflow>a</outflow><outflow>b</outflow><non_negative/></stock>'
        '<flow name="a"><eqn>3</eqn></flow><flow name="b"><eqn>4</eqn></flow>'
    )
    values = run(content, tmp_path)
    assert (values["a"][0], values["b"][0], values["s"][1]) == (3, 2, 0)


def test_elements_of_an_array_may_differ(tmp_path: Path) -> None:
    head = '<dimensions><dim name="d"><elem name="A"/><elem name="B"/></dim></dimensions>'
    content = xmile(
        '<aux name="x"><dimensions><dim name="d"/></dimensions><element subscript="A"><eqn>1</eqn></element>'
        '<element subscript="B"><eqn>2*x[A]</eqn></element></aux><aux name="t"><eqn>SUM(x[*])</eqn></aux>',
        head,
    )
    assert run(content, tmp_path)["t"][0] == 3


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("6//3", 2), ("1//0", 0), ("2*1//0", 0), ("8/2//2", 2), ("8//2*3", 12), ("-6//3", -2), ("2^2//2", 2),
        ("1 + (4 - 1)//(2 - 2)", 1), ("(6//3)/4", 0.5), ("6/(3//1)", 2), ("MAX(1//0, 3//2) {a // b}", 1.5),
        ('"a//b"//2', 3),
    ],
)  # fmt: skip
def test_two_strokes_divide_and_give_0_where_the_divisor_is_0(equation: str, expected: float, tmp_path: Path) -> None:
    content = xmile(f'<aux name="a//b"><eqn>6</eqn></aux><aux name="x"><eqn>{equation}</eqn></aux>')
    assert run(content, tmp_path)["x"][0] == expected


def test_what_is_wrong_after_two_strokes_is_shown_at_its_place() -> None:
    content = xmile('<aux name="x"><eqn>1//2 + )</eqn></aux>')
    with pytest.raises(InputError) as wrong:
        read(content)
    assert wrong.value.diagnostics[0].location.column == content.index(")") + 1  # type: ignore[union-attr]


@pytest.mark.parametrize("array", ["x", "x[*]"])
def test_a_rank_is_asked_of_a_whole_array(array: str, tmp_path: Path) -> None:
    head = '<dimensions><dim name="d"><elem name="A"/><elem name="B"/></dim></dimensions>'
    content = xmile(
        '<aux name="x"><dimensions><dim name="d"/></dimensions><element subscript="A"><eqn>20</eqn></element>'
        f'<element subscript="B"><eqn>10</eqn></element></aux><aux name="r"><eqn>RANK({array}, 1)</eqn></aux>',
        head,
    )
    assert run(content, tmp_path)["r"][0] == 2


def test_a_placeholder_is_an_empty_equation_and_reported() -> None:
    content = xmile('<aux name="a"><eqn> ??? </eqn></aux>')
    assert math.isnan(read(content).variables["a"].equations[0].expression.value)  # type: ignore[union-attr]
    assert "empty equation" in warnings_of(content)[0].message


def test_a_conveyor_returns_what_entered_one_transit_time_ago(tmp_path: Path) -> None:
    content = xmile(
        '<stock name="c"><eqn>0</eqn><inflow>a</inflow><outflow>b</outflow><conveyor><len>2</len></conveyor></stock>'
        '<flow name="a"><eqn>time</eqn></flow><flow name="b"/>'
    )
    assert run(content, tmp_path)["b"] == [0, 0, 0, 1, 2]


@pytest.mark.parametrize("length", ["0", "-2"])
def test_a_conveyor_takes_time(length: str) -> None:
    content = xmile(
        '<stock name="c"><eqn>0</eqn><inflow>a</inflow><outflow>b</outflow>'
        f'<conveyor><len>{length}</len></conveyor></stock><flow name="a"><eqn>1</eqn></flow><flow name="b"/>'
    )
    with pytest.raises(InputError, match=r"1:\d+: error: conveyor 'c' needs a transit time above 0"):
        read(content)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("<start>0</start><stop>1</stop><dt>0.3</dt>", "the length of the run, 1, is not a whole number of steps: 0.9"),
        (
            "<start>0</start><stop>4</stop><savestep>1.5</savestep>",
            "the save interval, 1.5, is not a whole number",
        ),
    ],
)
def test_times_that_are_no_whole_number_of_steps_are_named(steps: str, expected: str) -> None:
    (warning,) = warnings_of(xmile('<aux name="a"><eqn>1</eqn></aux>', steps=steps))
    assert expected in warning.message


def test_unsupported_parts_that_change_results_are_named() -> None:
    content = xmile('<aux name="a"><eqn>1</eqn></aux>').replace("<model>", "<isee:strange/><model>")
    assert [w.message for w in warnings_of(content)] == ["<isee:strange> is ignored"]


def test_a_problem_is_shown_at_its_line_and_column() -> None:
    with pytest.raises(InputError) as wrong:
        read("<xmile><sim_specs><start>0</start><stop>1</stop></sim_specs>\n<model>\n<aux name='a'><eqn>1 &lt; (</eqn>"
             "</aux></model></xmile>")  # fmt: skip
    assert (wrong.value.diagnostics[0].location.line, wrong.value.diagnostics[0].location.column) == (3, 27)  # type: ignore[union-attr]


def test_entities_that_a_file_defines_are_refused() -> None:
    with pytest.raises(InputError, match="DOCTYPE"):
        read('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xmile>&b;</xmile>')


def test_the_method_may_be_a_tag_of_its_own() -> None:
    content = xmile('<aux name="a"><eqn>1</eqn></aux>', steps="<start>0</start><stop>4</stop><method>RK4</method>")
    assert read(content).time.method is Method.RK4
    assert warnings_of(content) == ()


SHARED = """<stock name="shop"><eqn>0</eqn></stock><aux name="wish"><dimensions><dim name="at"/></dimensions>
<element subscript="near"><eqn>4</eqn></element><element subscript="far"><eqn>4</eqn></element></aux>
<aux name="rank"><dimensions><dim name="at"/></dimensions>
<element subscript="near"><eqn>3</eqn></element><element subscript="far"><eqn>2</eqn></element></aux>
<aux name="got"><dimensions><dim name="at"/></dimensions><eqn>ALLOCATE({})</eqn></aux>"""
AT = '<dimensions><dim name="at"><elem name="near"/><elem name="far"/></dim></dimensions>'


@pytest.mark.parametrize("arrays", ["wish, rank", "wish[*], rank[*]", "wish[at.*], rank[at]"])
def test_a_supply_is_allocated_by_priority_with_rectangular_curves(arrays: str, tmp_path: Path) -> None:
    content = xmile(SHARED.format(f"5, at, {arrays}, 2"), AT)
    ran = run(content, tmp_path)
    # cut at 2.25: of the curve from 2 to 4, 7/8 is above it, and of the one from 1 to 3, 3/8
    assert ran["got[near]"][0] == pytest.approx(3.5)
    assert ran["got[far]"][0] == pytest.approx(1.5)
    assert "ALLOCATE does not say its curves" in [w.message for w in warnings_of(content)]


def test_an_allocation_with_a_type_of_curve_is_refused() -> None:
    with pytest.raises(InputError, match="ALLOCATE is not supported"):
        read(xmile(SHARED.format("5, at, wish, rank, 2, 3"), AT))


def test_the_settings_may_stand_in_the_first_model() -> None:
    settings = "<sim_specs><start>3</start><stop>9</stop></sim_specs>"
    content = f"<xmile><model>{settings}<variables><aux name='a'><eqn>1</eqn></aux></variables></model></xmile>"
    assert (read(content).time.start, read(content).time.stop) == (3, 9)
    assert not warnings_of(content)


def test_the_behaviour_of_a_model_holds_for_its_own_variables() -> None:
    stock = '<stock name="s"><eqn>1</eqn></stock>'
    never = "<behavior><non_negative/></behavior>"
    other = f'<model name="m"><variables>{stock}</variables></model>'
    content = xmile(f'{stock}<module name="m"/>', tail=other).replace("<model>", f"<model>{never}", 1)
    variables = read(content).variables
    assert (variables["s"].non_negative, variables["m.s"].non_negative) == (True, False)


def test_a_file_included_by_an_absolute_path_is_found_beside_the_model(tmp_path: Path) -> None:
    macro = '<xmile><macro name="twice"><parm>x</parm><eqn>2 * x</eqn></macro></xmile>'
    (tmp_path / "library.xml").write_text(macro)
    include = '<header><includes><include resource="/elsewhere/library.xml"/></includes></header>'
    assert run(xmile('<aux name="a"><eqn>twice(TIME)</eqn></aux>', head=include), tmp_path)["a"] == [0, 2, 4, 6, 8]


def test_a_macro_that_calls_itself_is_refused_with_the_reason() -> None:
    macro = '<macro name="FACT"><parm>n</parm><eqn>IF n &lt;= 1 THEN 1 ELSE n * FACT(n - 1)</eqn></macro>'
    with pytest.raises(InputError, match=r"macro 'fact' calls itself \(recursive macros are not supported\)"):
        read(xmile('<aux name="a"><eqn>FACT(4)</eqn></aux>', tail=macro))
