"""Lowered programs on disk: found while the system is unchanged, equal to the last bit, and checked when read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.engine.ir import Program
from wherenow.engine.lowering import lower as lowering
from wherenow.engine.lowering import program_cache as stored
from wherenow.engine.lowering.lower import lower
from wherenow.language.syntax import Binary, Call, Conditional, Number, Reference, Table, Unary
from wherenow.model.elaboration.elaborate import elaborate

CHAIN = {f"a{i}": f"a{i + 1} * p + exp(s) / {i + 1}" for i in range(120)}
MODEL = {
    "p": 0.4, "table": Table((0.0, 1.0, 3.0), (0.0, -0.0, 1.0)), "exogenous": ("series", Table((0.0, 9.0), (1.0, 2.0))),
    "s": ("normal(0, 0.3) - lookup(table, s) / 5 + delay(s, 1 + abs(p), 1)", "p + 1"), "a120": "exogenous",
    "tiny": "1 / (0 * p) + 1e-320", **CHAIN,
}  # fmt: skip
WANTED = ["s", "a0", "tiny"]


def system(engine, **changed):
    return elaborate(engine.model({**MODEL, **changed}, method="rk4", step=0.25))


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A fresh folder; the number of programs made rather than read is the list's length."""
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    found: list[Program] = []
    inner = lowering.optimise

    def counted(program):
        found.append(program)
        return inner(program)

    monkeypatch.setattr(lowering, "optimise", counted)
    return found


def test_a_system_is_lowered_once_and_then_read_to_the_last_bit(engine, made):
    first = lower(system(engine), WANTED)
    second = lower(system(engine), WANTED)
    assert len(made) == 1
    assert second == first
    assert repr(second) == repr(first)
    assert second.hash == first.hash


def test_the_text_of_an_equation_may_change_where_its_meaning_does_not(engine, made):
    first = lower(system(engine), WANTED)
    assert lower(system(engine, a3="A4 *  p + (exp(s) / 4)"), WANTED) == first
    assert len(made) == 1


@pytest.mark.parametrize(
    "changed",
    [{"a3": "a4 * p - exp(s) / 4"}, {"p": 0.5}, {"table": Table((0.0, 1.0, 3.0), (0.0, 0.5, 1.0))},
     {"exogenous": ("series", Table((0.0, 9.0), (1.0, 3.0)))}, {"s": ("normal(0, 0.3)", "p + 2")}],
)  # fmt: skip
def test_an_edited_system_is_lowered_again(engine, made, changed):
    first = lower(system(engine), WANTED)
    assert lower(system(engine, **changed), WANTED) != first
    assert len(made) == 2


def test_other_outputs_or_settings_are_another_program(engine, made):
    lower(system(engine), WANTED)
    assert [o.name for o in lower(system(engine), ["tiny"]).outputs] == ["tiny"]
    assert lower(elaborate(engine.model(MODEL, step=0.5)), WANTED).time.step == 0.5
    assert len(made) == 3


@pytest.mark.parametrize("harm", ["cut short", "one bit", "empty"])
def test_a_broken_file_is_noticed_and_recomputed(engine, made, tmp_path, harm):
    first = lower(system(engine), WANTED)
    (kept,) = tmp_path.iterdir()
    content = bytearray(kept.read_bytes())
    if harm == "one bit":
        content[len(content) // 2] ^= 1
    kept.write_bytes({"cut short": content[:-10], "one bit": content, "empty": b""}[harm])
    assert lower(system(engine), WANTED) == first
    assert len(made) == 2


def test_a_small_system_needs_no_file(engine, made, tmp_path):
    lower(elaborate(engine.model({"p": 0.1, "s": ("p * s", "1")})))
    assert list(tmp_path.iterdir()) == []


def test_every_field_of_a_program_is_written(engine):
    program = lower(system(engine), WANTED)
    assert set(json.loads(stored.encode(program))) == {f.name for f in fields(Program)} | {"operations"}
    filled = {f.name for f in fields(Program) if getattr(program, f.name)}  # nothing is equal only for being empty
    assert filled == {f.name for f in fields(Program)} - {"columns"}  # arrays have those (test_bodies.py)


LOWERS = """
from wherenow.engine.lowering.lower import lower
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile
from wherenow.model.elaboration.elaborate import elaborate
aux = "".join(f'<aux name="a{i}"><eqn>a{i + 1} + time</eqn></aux>' for i in range(150))
text = f'<xmile><sim_specs><start>0</start><stop>9</stop></sim_specs><model><variables>{aux}'
text += '<aux name="a150"><eqn>3</eqn></aux></variables></model></xmile>'
print(lower(elaborate(parse_xmile(text)[0]), ["a0"]).hash)
"""


def test_processes_at_once_find_one_program(tmp_path, made):
    begun = [subprocess.Popen([sys.executable, "-c", LOWERS], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    hashes = {one.communicate()[0] for one in begun}
    assert len(hashes) == 1
    assert all(one.returncode == 0 for one in begun)
    assert [p.suffix for p in tmp_path.iterdir()] == [".program"]


NUMBERS = st.builds(Number, st.sampled_from([0.0, 1.0, 2.5, float("inf")]))
RISES, BETWEEN, SIGNS = [(0.0, 1.0), (1.0, 0.0)], ["linear", "next"], st.sampled_from(["-", "a"])
TABLES = st.builds(Table, st.just((0.0, 1.0)), st.sampled_from(RISES), st.sampled_from(BETWEEN))
EXPRESSIONS = st.recursive(
    NUMBERS | TABLES | st.builds(Reference, st.sampled_from(["a", "-", "", "1.0"])),
    lambda x: st.one_of(
        st.builds(Binary, SIGNS, x, x), st.builds(Unary, SIGNS, x), st.builds(Conditional, x, x, x),
        st.builds(Call, SIGNS, st.lists(x, max_size=3).map(tuple)),
    ),
    max_leaves=3,
)  # fmt: skip


@given(EXPRESSIONS, EXPRESSIONS)
def test_different_trees_have_different_keys(one, other):
    assert (repr(stored._plain(one, {})) == repr(stored._plain(other, {}))) == (one == other)
