"""Equations over arrays unfolded for all elements at once: the same elements, messages and bits as one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.engine.backend import Inputs, default_inputs
from wherenow.engine.ir import heads
from wherenow.engine.llvm import loop_emission as kernel_loops
from wherenow.engine.llvm import rolling
from wherenow.engine.lowering.lower import lower
from wherenow.engine.lowering.program_cache import decode, encode
from wherenow.engine.native import Native
from wherenow.engine.passes.prune import narrow
from wherenow.engine.reference import ReferenceBackend
from wherenow.errors import InputError, Text
from wherenow.language.parser import parse
from wherenow.language.syntax import Number, Table
from wherenow.model.elaboration import elaborate as elaboration
from wherenow.model.model_types import Dimension, Equation, Kind
from wherenow.model.system import Elements

ROWS, COLUMNS = tuple(f"r{i}" for i in range(9)), tuple(f"c{i}" for i in range(10))
DIMENSIONS = {"row": ROWS, "column": COLUMNS, "twin": tuple(f"t{i}" for i in range(9)), "few": ROWS[2:5]}
OVER = {
    "level": ("row", "column"), "rate": ("row", "column"), "other": ("row",), "each": ("row", "column"),
    "share": ("column",), "total": ("row",), "speed": ("row",), "kept": ("row", "column"), "given": ("row",),
    "curves": ("row",), "wide": ("row",),
}  # fmt: skip


@pytest.fixture(autouse=True)
def bodies_everywhere(monkeypatch):
    """Bodies and loops for what small tests hold."""
    monkeypatch.setattr(kernel_loops, "SPARED", 0)
    monkeypatch.setattr(rolling, "CHAIN", 6)
    monkeypatch.setattr(elaboration, "MANY", 0)


def one_by_one(model):
    """The system whose elements are unfolded one by one, and the problems found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elaboration, "MANY", 10**9)
        return elaboration.examine(replace(model))  # a copy, because results are kept by model


def bodies(system):
    return [part.variable.name for part in system.folded.parts() if part.is_body]


TERMS = st.sampled_from([
    "level[row, column]", "level", "total[row]", "share[column]", "speed[row]", "given[row]", "pull", "time",
    "row * 0.5", "column", "3", "0", "factor", "other[row]", "sum(level[*, column])",
    "sum(level[row, *] * share[*])", "size(share)", "max(level[*, *])", "level[row, column + 1]",
    "level[row, c3]", "level[row, 1 + 2 * pull]", "level[r2, column]",
    "delay(level[row, column], 2, 1)", "delay(total[row], 1 + row)", "smth1(level[row, column], 3)", "normal(0, 1)",
    "delay3(total[row], 2 + row)", "init(level[row, column] + row)", "previous(level[row, column], 0)", "step(row, 2)",
    "curve(level[row, column])", "exp(-abs(level[row, column]))", "vector_rank(level[row, column], 1)",
    "level[row - 1, column]", "level[row + 2, column - 3]", "if column <> c2 then share[column] else row",
    "delay_fixed(level[row, column], row, column)", "delay(level[row, column], 2, 1 + share[column])",
    "smthn(level[row, column], 3 + row, 2)", "delayn(total[row], 3, 2, 1)", "delayn(rate[r0, column], 2 + row, 3, 1)",
    "lookup(curves[row], level[row, column])", "lookup_extrapolate(curves[row], time)",
    "lookup_forward(wide[row], total[row])",
    "level[row, 1 + pull * 2]", "level[int(total[row]), int(share[column] * 5)]", "total[int(speed[row] * 4)]",
    "pink_noise(row, 1, 2)", "exprnd(total[row])", "poisson(2)", "uniform(0, 1) * normal(share[column], 0.1)",
    "if level[row, column] > pull then 1 else share[column]", "if row = r3 then 1 else 2", "1 / (row - 4)",
])  # fmt: skip
EQUATIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "<", "and"]), inner)
        | st.builds("min({}, {})".format, inner, inner)
    ),
    max_leaves=6,
)


def written(rate, **changed):
    return {
        "pull": 0.3,
        "factor": 1.5,
        "given": 0.7,
        "curve": Table((0.0, 1.0, 3.0), (1.0, 2.0, 0.5), "linear", "clamp"),
        **{name: Table((0.0, 1.0), (0.0, 1.0)) for name in ("curves", "wide")},
        "level": ("0.1 * rate[row, column] - 0.2 * level[row, column]", "row + 0.1 * column + factor"),
        "rate": rate,
        "total": "sum(level[row, *])",
        "speed": "0.1 * row + pull",
        "other": "speed[row] * 2",
        "share": "column / sum(level[*, *])",
        "kept": "level[row, column] > 2 and rate[row, column] < 5",
        "each": "mean(rate[*, *]) + rate[row, column]",
        **changed,
    }


def arrays(engine, rate, method="euler", **changed):
    model = engine.model(written(rate, **changed), over=OVER, dimensions=DIMENSIONS, stop=5.0, method=method)
    return with_tables(with_tables(model, "curves", 3), "wide", 15)


def with_tables(model, name, points):
    """The model with a lookup over the rows that has that many points, other ones for each row, one more in some."""
    tables = [
        Table(tuple(i + 0.1 * k for k in range(n)), tuple(float((k * (i + 2)) % 5) for k in range(n)))
        for i in range(len(ROWS))
        for n in (points + i // 7,)
    ]
    equations = tuple(Equation(expression=table, subscripts=(row,)) for table, row in zip(tables, ROWS, strict=True))
    return replace(model, variables={**model.variables, name: replace(model.variables[name], equations=equations)})


def with_equations(model, name, *equations):
    """The model with several equations (subscripts, text, exceptions) for one of its variables."""
    made = tuple(
        Equation(expression=parse(Text(text)), subscripts=subscripts, excepted=excepted, text=Text(text))
        for subscripts, text, excepted in equations
    )
    return replace(model, variables={**model.variables, name: replace(model.variables[name], equations=made)})


def drawn(program, draws=5):
    factors = np.random.default_rng(7).uniform(0.5, 1.5, (len(program.parameters), draws))
    return Inputs(default_inputs(program, draws).parameters * factors, seed=3)


def agree(engine, model, width=4, outputs=None):
    """The program in bodies has the elements, names and bits of the one unfolded one by one; returned are both."""
    together, (apart, _) = elaboration.elaborate(model), one_by_one(model)
    assert isinstance(together.elements, Elements)
    assert dict(together.elements) == apart.elements
    assert list(together.elements) == list(apart.elements)
    assert set(together.order) == set(apart.order)
    assert set(together.initial_order) == set(apart.initial_order)
    one, other = lower(together, outputs), lower(apart, outputs)
    assert {s.name for s in one.states} == {s.name for s in other.states}
    assert [o.name for o in one.outputs] == [o.name for o in other.outputs]
    assert (one.parameters, one.defaults, set(one.streams)) == (other.parameters, other.defaults, set(other.streams))
    inputs = drawn(one)
    ours, theirs = Native(one, width=width, threads=1).run(inputs), ReferenceBackend(other).run(inputs)
    for name in theirs.names:
        assert engine.same_bits(np.ascontiguousarray(ours[name]), np.ascontiguousarray(theirs[name])), name
    assert ours.nonfinite_draws == theirs.nonfinite_draws
    return one, other


@settings(max_examples=25, deadline=None)
@given(EQUATIONS, EQUATIONS, st.sampled_from(["euler", "rk4"]), st.sampled_from([1, 4]))
def test_bodies_have_the_elements_and_bits_of_single_equations(engine, rate, other, method, width):
    stepped = ("delay", "previous", "normal", "pink_noise", "exprnd", "poisson", "uniform")
    if method == "rk4" and any(word in rate + other for word in stepped):
        method = "euler"
    model = arrays(engine, rate, method, each=other)
    apart, problems = one_by_one(model)
    assert elaboration.examine(model)[1] == problems
    if apart is not None:
        agree(engine, model, width)


def test_elements_with_equations_of_their_own_are_right_beside_the_body_of_the_others(engine):
    model = with_equations(
        arrays(engine, "level[row, column] * 0.1"), "rate",
        (("row", "column"), "total[row] - level[row, column]", (("few", "c1"), ("r8", "column"))),
        (("few", "c1"), "level[few, c1] * column", ()),
        (("r8", "column"), "share[column] + row", ()),
    )  # fmt: skip
    system = elaboration.elaborate(model)
    assert system.elements["rate[r8,c0]"].equation is model.variables["rate"].equations[2]
    agree(engine, model)


NUMBERS = (1.0, -2.5, 0.0, -0.0, float("inf"), 1e-310, 7.0, 7.0, 0.1)


def by_row(variable, numbers):
    """A variable over the rows with an equation, and so a number, for each of them."""
    (equation,) = variable.equations
    which = "initial" if variable.kind is Kind.STOCK else "expression"
    equations = [
        replace(equation, subscripts=(row,), **{which: Number(number)})
        for row, number in zip(ROWS, numbers, strict=True)
    ]
    return replace(variable, equations=tuple(equations))


@pytest.mark.parametrize("numbers", [NUMBERS, NUMBERS[::-1], (3.0,) * 9])
def test_parameters_and_stocks_with_a_number_for_each_element_are_one_body(engine, numbers):
    model = engine.model(
        written("given[row] - tank[row]", tank=("0.1 * given[r2] - 0.2 * speed[r1]", "1")),
        over={**OVER, "tank": ("row",)},
        dimensions=DIMENSIONS,
        stop=5.0,
    )
    model = with_tables(with_tables(model, "curves", 3), "wide", 15)
    changed = {name: by_row(model.variables[name], numbers) for name in ("given", "tank")}
    model = replace(model, variables={**model.variables, **changed})
    agree(engine, model)
    system = elaboration.elaborate(model)
    assert {"given", "tank"} <= set(bodies(system))
    assert system.elements["tank[r4]"].equation is model.variables["tank"].equations[4]


def test_an_element_that_is_not_a_plain_number_stays_apart_from_those_that_are(engine):
    model = arrays(engine, "given[row] * 2")
    given = by_row(model.variables["given"], NUMBERS)
    odd = replace(given.equations[8], expression=parse(Text("-3")))
    given = replace(given, equations=(*given.equations[:8], odd))
    model = replace(model, variables={**model.variables, "given": given})
    agree(engine, model)
    assert elaboration.elaborate(model).elements["given[r8]"].equation is odd


def test_mapped_and_shared_elements_are_those_of_single_equations(engine):
    twins = Dimension("row", ROWS, mappings={"twin": dict(zip(DIMENSIONS["twin"], ROWS, strict=True))})
    text = written("level[row, column] - moved[twin]", moved="speed[row] * twin")
    model = engine.model(text, over={**OVER, "moved": ("twin",)}, dimensions=DIMENSIONS, stop=3.0)
    model = replace(model, dimensions={**model.dimensions, "row": twins})
    agree(engine, model)
    assert "moved" in bodies(elaboration.elaborate(model))


def test_elements_that_need_others_of_their_array_are_unfolded_one_by_one(engine):
    model = with_equations(
        arrays(engine, "1"), "other",
        (("row",), "other[row - 1] + speed[row]", (("r0",),)),
        (("r0",), "speed[r0]", ()),
    )  # fmt: skip
    agree(engine, model)
    found = bodies(elaboration.elaborate(model))
    assert "other" not in found
    assert "level" in found


@pytest.mark.parametrize("rate", ["each[row, column]", "level[row, colum]", "nowhere[row]", "share[row] + 1", "rate"])
def test_problems_of_an_array_are_reported_as_those_of_single_equations(engine, rate):
    model = arrays(engine, rate)
    problems = elaboration.examine(model)[1]
    assert problems
    assert problems == one_by_one(model)[1]


def test_a_wrong_call_is_said_of_the_first_element(engine):
    model = arrays(engine, "delayn(level[row, column], 2, row - 2, 1)")
    told = []
    for system in (elaboration.elaborate(model), one_by_one(model)[0]):
        with pytest.raises(InputError) as wrong:
            lower(system)
        told.append(wrong.value.diagnostics)
    assert told[0] == told[1]


def test_a_few_outputs_cost_no_elements_that_they_do_not_need(engine):
    model = arrays(engine, "level[row, column] * speed[row] + share[c1]", share="column * 2", each="rate[row, column]")
    whole = lower(elaboration.elaborate(model))
    for outputs in (["each[r1,c1]"], ["each[r1,c1]", "total[r3]"], ["pull"], ["level[r0,c0]", "level[r0,c2]"]):
        one, other = agree(engine, model, outputs=outputs)
        assert len(one.nodes) == len(other.nodes)
        assert len(narrow(whole, outputs).states) == len(one.states)


def test_a_run_that_goes_on_from_a_checkpoint_has_the_bits_of_the_whole(engine):
    program = lower(elaboration.elaborate(arrays(engine, "smth3(level[row, column], 2) - total[row]")))
    native, inputs = Native(program, width=4, threads=1), drawn(program)
    whole = native.run(inputs, checkpoint=3)
    rest = native.run(Inputs(inputs.parameters, seed=3, start=whole.checkpoint))
    assert engine.same_bits(np.ascontiguousarray(rest.values), np.ascontiguousarray(whole.values[:, 3:]))


def test_a_program_read_from_disk_is_the_stored_one(engine):
    program = lower(elaboration.elaborate(arrays(engine, "smth3(level[row, column], 2) - total[row]")))
    assert program.columns
    assert decode(encode(program)) == program


def test_operations_grow_with_equations_and_not_with_elements(engine):
    def size(count):
        elements = {"row": tuple(f"r{i}" for i in range(count)), "column": COLUMNS}
        text = {"x": ("0.1 * y[row, column] - x[row, column]", "row + column"), "y": "exp(-x[row, column]) + column"}
        program = engine.program(text, over=dict.fromkeys(text, ("row", "column")), dimensions=elements)
        return sum(node.length > 1 for _, node in heads(program.nodes))

    assert size(40) == size(20)


@pytest.mark.parametrize("rate", ["normal(0, 1)", "pink_noise(level[row, column], 1, 2) + uniform(0, row)"])
def test_noise_stays_whole_and_each_element_has_its_own_numbers(engine, rate):
    model = arrays(engine, rate)
    one, _ = agree(engine, model)
    assert {"rate", "level", "each"} <= set(bodies(elaboration.elaborate(model)))
    assert len(set(one.streams)) == len(one.streams) >= len(ROWS) * len(COLUMNS)


FLOWS = st.sampled_from([
    "5 * (row - 4) * time", "tank[row, column] * 2", "pool[row, column] - 3", "level[row, column]", "normal(1, 3)",
    "total[row] - 20", "leak[row, column] + 1", "sum(leak[*, *]) / 50", "leak[row, c2] - 1", "well - column", "factor",
])  # fmt: skip
TIES = {  # the flows into and out of each stock
    "apart": {"tank": (("fill",), ("leak", "spill")), "pool": (("rain",), ("use",))},
    "in a row": {"tank": (("fill",), ("leak",)), "pool": (("leak", "rain"), ("use", "spill"))},
    "with several stocks": {"tank": (("fill",), ("leak",)), "pool": (("fill",), ("leak", "use"))},
    "over more dimensions": {"tank": (("fill",), ("leak",)), "well": (("rain",), ("spill", "use"))},
    "shared in some rows": {"tank": (("fill",), ("leak",)), "pond": (("rain",), ("leak",))},
    "without flows": {"tank": ((), ()), "pool": (("rain",), ("spill",))},
}


def with_limits(engine, flows, ties, own="", **changed):
    """Stocks of which none may fall below zero, with flows of these equations; ``own`` is one flow's for some rows."""
    names = ("fill", "leak", "spill", "rain", "use")
    text = dict.fromkeys(("tank", "pool"), ("0", "3 * row + column")) | {"well": ("0", "40"), "pond": ("0", "9")}
    text |= dict(zip(names, flows, strict=True)) | written("0.1 * tank[row, column]") | changed
    over = OVER | dict.fromkeys(("tank", "pool", *names), ("row", "column")) | {"pond": ("few", "column")}
    model = engine.model(text, over=over, dimensions=DIMENSIONS, stop=5.0)
    if own:
        equations = ((("row", "column"), flows[1], (("few", "column"),)), (("few", "column"), own, ()))
        model = with_equations(model, "leak", *equations)
    variables = dict(model.variables)
    for name, (inflows, outflows) in TIES[ties].items():
        stock = variables[name]
        subscripts = f"[{'few' if name == 'pond' else 'row'}, column]"
        net = " + ".join([f"{f}{subscripts}" for f in inflows] or ["0"])
        net += "".join(f" - {f}{subscripts}" for f in outflows)
        if name == "well":
            net = " + ".join(f"sum({f}[*, *])" for f in inflows) + "".join(f" - sum({f}[*, *])" for f in outflows)
        (equation,) = stock.equations
        equation = replace(equation, expression=parse(Text(net if inflows else "-tank[row, column] - 1")))
        variables[name] = replace(stock, non_negative=True, inflows=inflows, outflows=outflows, equations=(equation,))
        for flow in (*inflows, *outflows):
            variables[flow] = replace(variables[flow], kind=Kind.FLOW, non_negative=flow == "rain")
    return replace(model, variables=variables)


@settings(max_examples=40, deadline=None)
@given(st.tuples(FLOWS, FLOWS, FLOWS, FLOWS, FLOWS), st.sampled_from(sorted(TIES)), st.sampled_from(["", "2 * row"]))
def test_stocks_that_cannot_go_below_zero_have_the_bits_of_single_equations(engine, flows, ties, own):
    model = with_limits(engine, flows, ties, own)
    apart, problems = one_by_one(model)
    assert elaboration.examine(model)[1] == problems
    if apart is not None:
        agree(engine, model)


@pytest.mark.parametrize(
    ("fill", "whole"),
    [
        ("5 * (row - 4)", True),
        ("0.5 * leak[row, column] + level[row, column]", True),
        ("sum(leak[*, *]) / 90", True),
        ("leak[row, c2] + 1", False),  # some elements of the inflow need the outflow first, and others do not
    ],
)
def test_flows_around_limited_stocks_stay_whole_where_their_elements_are_limited_alike(engine, fill, whole):
    model = with_limits(engine, (fill, "3 * tank[row, column]", "row", "1", "column"), "apart")
    agree(engine, model)
    assert ("tank" in bodies(elaboration.elaborate(model))) is whole
    assert {"pool", "rain", "use"} <= set(bodies(elaboration.elaborate(model)))


@pytest.mark.parametrize("ties", TIES)
def test_limits_are_those_of_single_equations_however_flows_are_tied(engine, ties):
    flows = ("5 * (row - 4)", "3 * tank[row, column]", "row", "column", "2 * pool[row, column]")
    agree(engine, with_limits(engine, flows, ties))


@pytest.mark.parametrize(
    "rate",
    [
        "level[row - 1, column + 2]", "if row = r3 then level[row, column] else 0",
        "lookup(curves[row], level[row, column])", "lookup_forward(wide[row], time)",
        "delay(level[row, column], 2, 1)", "delay_fixed(total[row], 1 + row, 0)",
        "smthn(level[row, column], 3, 2)", "delayn(level[row, column], 3, 2, 1)",
        "level[row, int(total[row])]", "delay_material(level[row, column], 1 + row / 4, 1, 0)",
    ],
)  # fmt: skip
def test_equations_whose_elements_differ_by_names_numbers_tables_and_histories_stay_whole(engine, rate):
    model = arrays(engine, rate)
    agree(engine, model)
    assert "rate" in bodies(elaboration.elaborate(model))


def test_elements_with_different_numbers_of_stages_are_unfolded_one_by_one(engine):
    model = arrays(engine, "delayn(level[row, column], 1 + 0.1 * row, 3, 1)")
    agree(engine, model)
    assert "rate" not in bodies(elaboration.elaborate(model))
