"""Claims evaluated in rounds of increasing draws, within a time limit; answers are stored and reused."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.execution import Execution
from wherenow.explain.ablation import answer_cache as answered
from wherenow.explain.ablation import race
from wherenow.explain.ablation import schedule as asking
from wherenow.explain.ablation.mechanisms import Tabulation, mechanism, tabulate
from wherenow.explain.reasons import cuts_markdown, markdown

GROWS = {
    "strength": 'parameter: { prior: "uniform(0.2, 1.5)" }',
    "people": 'stock: { initial: "1", in: [arriving] }',
    "arriving": 'flow: "people * strength"',
    "trade": 'auxiliary: "2 * people"',
}
CLAIM = {
    "model": "at(trade, 2009) > 100",
    "mechanism": "[people -> trade]",
    "against": '{ do: { trade: "from(2003-01, 0)" }, expect: "at(trade@against, 2009) < at(trade, 2009)" }',
}
SETS = 5  # nothing, three links, and every link; the claim's own reason is one of the links


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of what is kept for each test."""
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture(scope="module")
def case(planted):
    return planted(GROWS, CLAIM)


@pytest.fixture
def asked(monkeypatch):
    """What was asked: a set of cuts and the draws, first and end, each time."""
    found = []
    batched = asking.batched

    def noted(ablation, sets):
        for cuts, answers in zip(sets, batched(ablation, sets), strict=True):
            found.append((cuts, ablation.draws.first, ablation.draws.first + len(ablation.draws)))
            yield answers

    monkeypatch.setattr(asking, "batched", noted)
    return found


def clock(monkeypatch, seconds=lambda draws: 1.0):
    """Time that passes only while a set is answered: ``seconds`` of a number of draws."""
    now = [0.0]
    packed = asking.packed

    def slow(answers):
        now[0] += seconds(answers.finite.size)
        return packed(answers)

    monkeypatch.setattr(asking, "packed", slow)
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: now[0]))


def told(case, draws, **options):
    return tabulate(case, draw(case, draws, seed=1), **options).to_dict()


def test_in_rounds_the_table_is_that_of_all_draws_at_once(case, monkeypatch, asked):
    at_once = told(case, 100)
    monkeypatch.setattr(asking, "FIRST", 4)
    asked.clear()
    assert told(case, 100) == at_once
    assert {(first, end) for _, first, end in asked} == {(0, 4), (4, 16), (16, 100)}


def test_with_no_time_the_fewest_draws_are_asked_and_said(case):
    found = told(case, 100, within=0)
    assert (found["draws"], found["of"], found["complete"]) == (asking.LEAST, 100, False)
    assert found["claims"] == told(case, asking.LEAST)["claims"]


def test_with_time_enough_all_draws_are_asked(case):
    found = told(case, 100, within=1000)
    assert (found["draws"], found["of"], found["complete"], found["asked"]) == (100, 100, True, 4)


def test_with_fewer_draws_than_the_minimum_all_are_used(case):
    assert told(case, 3, within=0)["complete"]


def test_a_round_is_begun_only_where_it_is_likely_to_end_in_time(case, monkeypatch, asked):
    clock(monkeypatch)
    # a round takes SETS seconds, and for all that is known twice as many draws take twice as long
    assert told(case, 400, within=2.2 * SETS)["draws"] == 32
    assert max(end for _, _, end in asked) == 32


def test_how_the_time_of_rounds_grew_is_learned(case, monkeypatch, asked):
    clock(monkeypatch)
    # 16 draws, then 64 in the time for four such rounds; that took as long as one, so that all of the rest is begun
    assert told(case, 400, within=4.2 * SETS)["complete"]
    assert {(first, end) for _, first, end in asked} == {(0, 16), (16, 64), (64, 400)}


def test_a_round_that_does_not_end_in_time_is_given_up_and_counts_in_the_next_call(case, monkeypatch, asked):
    clock(monkeypatch, lambda draws: 1.0 if draws <= 16 else 100.0)
    found = told(case, 400, within=4.2 * SETS, keep=True)
    assert found["draws"] == 16
    assert found["claims"] == told(case, 16)["claims"]
    before = list(asked)
    told(case, 64, keep=True)
    assert not set(before[:-SETS]) & set(asked[len(before) :])


def test_after_an_interrupt_the_same_call_goes_on_and_asks_nothing_twice(case, asked):
    def interrupt(what):
        if what.startswith("cut 3"):
            raise KeyboardInterrupt

    members = draw(case, 40, seed=1)
    making = Tabulation(case, members, execution=Execution(threads=1, progress=interrupt), keep=True)
    with pytest.raises(KeyboardInterrupt):
        making.go()
    assert making.draws == 0
    before = list(asked)
    assert told(case, 40, keep=True) == told(case, 40)
    mine = asked[len(before) : -SETS]  # the last were asked without what is kept
    assert len(mine) == SETS - 3
    assert not {cuts for cuts, _, _ in mine} & {cuts for cuts, _, _ in before[:3]}


def test_a_stored_result_is_printed_without_asking(case, asked):
    first = told(case, 40, keep=True)
    asked.clear()
    assert told(case, 40, keep=True) == first
    assert not asked


def test_more_draws_continue_from_the_stored_ones(case, asked):
    told(case, 24, keep=True)
    asked.clear()
    more = told(case, 40, keep=True)
    assert {(first, end) for _, first, end in asked} == {(24, 40)}
    assert more == told(case, 40)


def test_fewer_draws_take_a_part_and_leave_the_rest_where_it_is(case, asked):
    told(case, 40, keep=True)
    asked.clear()
    fewer = told(case, 24, keep=True)
    told(case, 24, keep=True, only=[mechanism(case, "people -> trade")])
    told(case, 40, keep=True)
    assert not asked
    assert fewer == told(case, 24)


def test_a_new_cut_is_added_to_stored_answers_of_more_draws(case, asked):
    told(case, 40, keep=True, only=[mechanism(case, "people -> trade")])
    told(case, 24, keep=True)
    asked.clear()
    assert told(case, 40, keep=True) == told(case, 40)
    assert all(end - first == 16 for _, first, end in asked[:-SETS])


@pytest.mark.parametrize(
    "other",
    [{"since": 2004.0}, {"neutral": {"people": 3.0}}, {"seed": 2}],
)
def test_results_of_other_cuts_or_draws_are_not_used(case, asked, other):
    told(case, 24, keep=True)
    asked.clear()
    members = draw(case, 24, seed=other.get("seed", 1))
    options = {name: value for name, value in other.items() if name != "seed"}
    found = tabulate(case, members, execution=Execution(threads=1), keep=True, **options).to_dict()
    assert len(asked) == SETS
    assert found == tabulate(case, members, execution=Execution(threads=1), **options).to_dict()


def test_draws_that_begin_alike_and_go_on_otherwise_are_not_taken_for_the_same(case, asked):
    members = draw(case, 24, seed=1)
    values = members.values.copy()
    values[0, -1] += 0.1
    other = replace(members, values=values)
    tabulate(case, members, execution=Execution(threads=1), keep=True)
    asked.clear()
    tabulate(case, other, execution=Execution(threads=1), keep=True)
    assert len(asked) == SETS


@pytest.mark.parametrize("harm", [lambda c: c[:-1], lambda c: b"", lambda c: c[:200] + b"x" + c[201:]])
def test_damaged_entries_are_recomputed(case, place, asked, harm):
    first = told(case, 24, keep=True)
    (path,) = place.glob("*.answers")
    path.write_bytes(harm(path.read_bytes()))
    asked.clear()
    assert told(case, 24, keep=True) == first
    assert len(asked) == SETS


def test_an_entry_with_too_many_answers_keeps_the_first_draws(case, monkeypatch, place, asked):
    monkeypatch.setattr(answered, "MOST", SETS * 16)  # a byte a set and draw
    first = told(case, 24, keep=True)
    asked.clear()
    assert told(case, 24, keep=True) == first
    assert {(first, end) for _, first, end in asked} == {(16, 24)}


def test_the_table_on_a_part_of_the_draws_says_so_in_words(case):
    table = tabulate(case, draw(case, 100, seed=1), execution=Execution(threads=1), within=0)
    said = "The first 16 of 100 draws (prior only): more draws may decide what is undetermined on these."
    assert markdown(table).startswith(said)
    assert cuts_markdown(table).startswith(f"{said} Claims that a cut changes: 1 of 1.")


def test_the_time_that_is_left_is_reported(case, monkeypatch):
    clock(monkeypatch)
    said = []
    told(case, 48, execution=Execution(progress=said.append))
    assert said[0] == f"cutting {SETS} mechanisms on 48 draws"
    assert said[1] == f"cut 1 of {SETS} mechanisms on 48 draws, about {SETS - 1} s left"
    assert said[-1] == f"cut {SETS} of {SETS} mechanisms on 48 draws, about 0 s left"


def run(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


def test_the_command_says_on_how_many_draws_its_answer_stands(case):
    ran = run("why", case.folder, "--draws", 100, "--seed", 1, "--within", 0, "--json")
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert (found["draws"], found["of"], found["complete"], found["asked"]) == (16, 100, False, 4)
    assert "this covers the first 16 of 100 draws, the minimum, and took" in ran.stderr
    assert "answers are stored: the same command continues" in ran.stderr


def test_the_same_command_without_a_time_goes_on_to_the_end(case, asked):
    run("why", case.folder, "--draws", 40, "--seed", 1, "--within", 0)
    ran = run("why", case.folder, "--draws", 40, "--seed", 1, "--all", "--json")
    assert json.loads(ran.stdout)["claims"] == told(case, 40)["claims"]
    assert {(first, end) for _, first, end in asked[:-SETS]} == {(0, 16), (16, 40)}


def interrupted(monkeypatch, after):
    """Ctrl-C once a set was answered on the given number of draws."""
    packed = asking.packed

    def stop(answers):
        if answers.finite.size >= after:
            raise KeyboardInterrupt
        return packed(answers)

    monkeypatch.setattr(asking, "packed", stop)


def test_an_interrupt_before_anything_is_known_says_how_to_go_on(case, monkeypatch):
    interrupted(monkeypatch, 60)
    ran = run("why", case.folder, "--draws", 300, "--seed", 1)
    assert (ran.exit_code, ran.stdout) == (130, "")
    assert "answers so far are stored: the same command continues from there" in ran.stderr


def test_an_interrupt_after_a_round_prints_its_table_and_writes_no_file(case, monkeypatch, tmp_path):
    interrupted(monkeypatch, 100)
    ran = run("why", case.folder, "--draws", 300, "--seed", 1, "--all", "--out", tmp_path / "why.md")
    assert ran.exit_code == 130
    assert "The first 64 of 300 draws (prior only)" in ran.stdout
    assert "the same command continues" in ran.stderr
    assert not (tmp_path / "why.md").exists()


def test_an_interrupt_of_a_race_prints_what_its_first_round_says(planted, monkeypatch):
    case = planted(GROWS, {"model": "at(trade, 2009) > 3", "mechanism": "[people -> trade]"})
    monkeypatch.setattr(race, "FIRST", 8)  # too few to settle anything
    packed, calls = asking.packed, iter(range(100))

    def stop(answers):
        if next(calls) == SETS:  # nothing cut on all draws, then each other set on those of the first round
            raise KeyboardInterrupt
        return packed(answers)

    monkeypatch.setattr(asking, "packed", stop)
    ran = run("why", case.folder, "--draws", 300, "--seed", 1)
    assert ran.exit_code == 130
    assert "The first 8 of 300 draws (prior only)" in ran.stdout
