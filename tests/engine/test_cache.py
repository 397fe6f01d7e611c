"""Compiled kernels: cached by the hash of their program, and recompiled if an entry is damaged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.llvm import kernel_cache as cache
from wherenow.engine.native import Native
from wherenow.language.syntax import Table


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    """A fresh cache in memory and on disk; the number of compilations so far is its length."""
    made: list[str] = []
    inner = cache.compile_object

    def counted(text, **settings):
        made.append(text)
        return inner(text, **settings)

    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_loaded", {})
    monkeypatch.setattr(cache, "compile_object", counted)
    return made


def program(engine, rate="p * s"):
    return engine.program({"p": 0.1, "s": (rate, "1"), "e": ("series", Table((0.0, 9.0), (0.0, 1.0)))}, ["s", "e"])


def result(made):
    return Native(made, width=4).run(default_inputs(made)).values.copy()


def forget_memory(monkeypatch):
    monkeypatch.setattr(cache, "_loaded", {})


def test_a_program_is_compiled_once_while_it_is_in_memory(engine, compiled):
    result(program(engine))
    result(program(engine))
    assert len(compiled) == 1


def test_a_program_is_found_on_disk_by_a_later_process(engine, compiled, monkeypatch):
    before = result(program(engine))
    forget_memory(monkeypatch)
    assert engine.same_bits(result(program(engine)), before)
    assert len(compiled) == 1


@pytest.mark.parametrize("harm", ["cut short", "one bit", "empty"])
def test_a_broken_file_is_noticed_and_recomputed(engine, compiled, monkeypatch, tmp_path, harm):
    before = result(program(engine))
    (kept,) = [p for p in tmp_path.iterdir() if p.is_file()]
    content = bytearray(kept.read_bytes())
    if harm == "one bit":
        content[len(content) // 2] ^= 1
    kept.write_bytes({"cut short": content[:-10], "one bit": content, "empty": b""}[harm])
    forget_memory(monkeypatch)
    assert engine.same_bits(result(program(engine)), before)
    assert len(compiled) == 2


def test_other_inputs_need_no_other_code(engine, compiled):
    first = program(engine)
    changed = replace(first, defaults=(0.7,), series_tables=(Table((0.0, 5.0), (4.0, 4.0)),))
    assert first.hash == changed.hash
    assert not engine.same_bits(result(first), result(changed))
    assert len(compiled) == 1


def test_another_equation_or_width_is_another_entry(engine):
    first, second = program(engine), program(engine, "p * s * s")
    keys = {cache.key_of(first, 4), cache.key_of(first, 8), cache.key_of(second, 4)}
    assert len(keys) == 3


def test_nothing_half_written_is_left_beside_the_entries(engine, compiled, tmp_path):
    result(program(engine))
    assert [p.suffix for p in tmp_path.iterdir()] == [".kernel"]


def test_a_cache_that_cannot_be_written_only_costs_time(engine, compiled, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("WHERENOW_CACHE", str(blocked))
    assert result(program(engine)).shape == (2, 11, 1)


def test_threads_may_ask_for_one_program_at_once(engine, compiled):
    made = program(engine)
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: result(made), range(4)))
    assert all(engine.same_bits(run, runs[0]) for run in runs)


def test_only_the_last_requested_programs_stay_in_memory(engine, compiled, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 2)
    programs = [program(engine, rate) for rate in ("p * s", "p + s", "p - s")]
    before = [result(one) for one in programs[:2]]
    result(programs[0])  # asked for again, so that the second is the one given up
    result(programs[2])
    assert [*cache._loaded] == [cache.key_of(programs[n], 4) for n in (0, 2)]
    assert engine.same_bits(result(programs[1]), before[1])
    assert len(compiled) == 3  # the second came from disk


def test_an_evicted_kernel_still_runs_for_its_holders(engine, compiled, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 1)
    first = program(engine)
    held, inputs = Native(first, width=4), default_inputs(first)
    before = held.run(inputs).values.copy()
    result(program(engine, "p + s"))
    assert engine.same_bits(held.run(inputs).values, before)


def test_code_of_another_version_of_the_engine_is_not_used(compiled, monkeypatch):
    text = "define void @nothing() {\n  ret void\n}\n"
    cache.machine_code(text)
    monkeypatch.setattr(cache.cache_store, "version_of", lambda *_: "another")
    cache.machine_code(text)
    assert len(compiled) == 2
