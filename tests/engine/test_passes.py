"""Compiler passes: what each removes, and that no result changes by a bit."""

from __future__ import annotations

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.ir import Binding, bindings
from wherenow.engine.lowering.lower import as_written, lower
from wherenow.engine.passes import PASSES, fold, hoist, optimise, prune, rounds, share
from wherenow.engine.reference import ReferenceBackend
from wherenow.model.elaboration.elaborate import elaborate

VARIABLES = {
    "p": 0.4, "k": "2 * 3 + exp(1)", "unused": ("p * k", "1"),
    "s": ("p * k * s - delay(s, 1.5) + smth3(s, 2)", "p * k"),
    "x": "if 1 > 2 then s else (p * k) + (k * p) + p * 1", "y": "if k > 2 and s > 1 then x ^ 2 else ln(time + 1)",
}  # fmt: skip


def written(engine, variables=VARIABLES, outputs=("x", "y"), **settings):
    return as_written(elaborate(engine.model(variables, **settings)), outputs)


def operations(program):
    return [n.operation for n in program.nodes]


@pytest.mark.parametrize("name", [*PASSES, "all"])
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_pass_changes_no_bit_of_any_result(engine, name, method):
    program = written(engine, method=method)
    changed = optimise(program) if name == "all" else PASSES[name](program)
    before, after = (
        ReferenceBackend(p).run(default_inputs(p, 3, p=np.array([0.1, 0.4, 2.0]))) for p in (program, changed)
    )
    assert engine.same_bits(before.values, after.values)


def test_lowering_is_writing_down_and_then_all_passes(engine):
    assert lower(elaborate(engine.model(VARIABLES)), ["x"]) == optimise(written(engine, outputs=("x",)))


@pytest.mark.parametrize("outputs", [("x",), ("x", "y")])
def test_one_round_of_all_passes_gains_what_rounds_to_the_end_do(engine, outputs):
    program = written(engine, outputs=outputs)
    assert optimise(program) == rounds(program)[-1][1]


def test_operations_on_constants_become_constants(engine):
    program = prune(fold(written(engine, {"x": "2 * 3 + sqrt(16) - lookup_free", "lookup_free": "abs(-1)"}, ("x",))))
    assert [(n.operation, n.value) for n in program.nodes] == [("constant", 9.0)]


def test_a_constant_that_is_not_finite_stays_an_operation_to_be_diagnosed(engine):
    assert "div" in operations(fold(written(engine, {"x": "1 / 0"}, ("x",))))


def test_a_choice_that_is_known_leaves_one_arm(engine):
    program = optimise(written(engine, {"p": 1.0, "x": "if 1 > 2 then exp(p) else p"}, ("x",)))
    assert operations(program) == ["parameter"]


def test_equal_operations_are_one_in_whatever_order_a_sum_was_written(engine):
    program = share(written(engine, {"p": 1.0, "q": 2.0, "x": "exp(p + q) - exp(q + p)"}, ("x",)))
    assert operations(program).count("exp") == 1


def test_nodes_that_no_output_needs_are_removed_with_their_states(engine):
    program = optimise(written(engine))
    assert "unused" not in {s.name for s in program.states}
    assert "s" in {s.name for s in program.states}


def test_inputs_stay_though_nothing_needs_them(engine):
    program = optimise(written(engine, {"p": 1.0, "x": "2"}, ("x",)))
    assert program.parameters == ("p",)


def test_hoisting_puts_what_is_known_early_first(engine):
    bound = bindings(hoist(written(engine)))
    assert list(bound) == sorted(bound)
    assert bound[-1] is Binding.BOTH


def test_each_round_of_passes_has_no_more_operations_than_the_one_before(engine):
    sizes = [len(written(engine).nodes), *(len(program.nodes) for _, program in rounds(written(engine)))]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]


def test_passes_run_again_find_nothing_more(engine):
    once = optimise(written(engine))
    assert len(optimise(once).nodes) == len(once.nodes)
