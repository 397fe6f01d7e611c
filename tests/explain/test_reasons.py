"""Reasons in one object: cuts of whole sectors and loops, the most telling cuts, and their wording."""

import json
import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from wherenow.claims.evaluation.proportion import Share
from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.explain.ablation.mechanisms import (
    EVERYTHING,
    AblationRow,
    AblationTable,
    Mechanism,
    Sort,
    mechanism,
    mechanisms_of,
    tabulate,
)
from wherenow.explain.ablation.verdict import ClaimChange, ReasonVerdict, Why
from wherenow.explain.reasons import TellingMechanism, cuts_markdown, headline, markdown, reasons
from wherenow.report.charts.why_chart import pictures

GROWS = {
    "town.strength": 'parameter: { prior: "uniform(0.5, 1.5)" }',
    "town.people": 'stock: { initial: "1", in: [arriving] }',
    "town.arriving": 'flow: "people * strength"',
    "shop.trade": 'auxiliary: "2 * people"',
    "shop.wealth": 'auxiliary: "trade + 1"',
}
LOOPS = """R1:
  title: Growth
  about: People bring people.
  polarity: reinforcing
  through: [people, arriving]
  cut: people -> arriving
"""
CLAIM = {"model": "at(wealth, 2009) > 100", "mechanism": "[people -> trade]"}


@pytest.fixture(scope="module")
def case(planted):
    return planted(GROWS, CLAIM, LOOPS)


@pytest.fixture(scope="module")
def table(case):
    return tabulate(case, draw(case, 32, seed=1), execution=Execution(threads=1))


@pytest.fixture(scope="module")
def found(case):
    return reasons(case, draw(case, 32, seed=1), execution=Execution(threads=1))


def test_links_loops_sectors_and_everything_can_be_cut(case):
    assert [(m.name, m.sort) for m in mechanisms_of(case)] == [
        ("arriving → people", Sort.LINK),
        ("people → arriving", Sort.LINK),
        ("people → trade", Sort.LINK),
        ("trade → wealth", Sort.LINK),
        ("R1", Sort.LOOP),
        ("town", Sort.SECTOR),
        (EVERYTHING, Sort.EVERYTHING),
    ]


def test_a_sector_is_cut_by_all_links_out_of_it(case):
    assert mechanism(case, "town").links == {("people", "trade")}


def test_a_loop_that_is_cut_is_off_whichever_of_its_links_carries_the_claim(table):
    row = table["it"]
    assert row.changes["R1"].cut == 0 == row.changes["people → arriving"].cut


def test_a_sector_that_is_cut_takes_what_it_sends(table):
    assert table["it"].changes["town"].cut == 0


@pytest.mark.parametrize("asked", ["people -> trade", "people→trade", "people → trade"])
def test_a_link_is_named_in_any_writing(case, asked):
    assert mechanism(case, asked).links == {("people", "trade")}


def test_an_unknown_mechanism_is_refused_with_a_suggestion(case):
    with pytest.raises(UsageError, match="people → trade"):
        mechanism(case, "peopel -> trade")


def test_a_cut_after_the_date_that_a_claim_reads_changes_nothing(case):
    late = tabulate(
        case, draw(case, 16, seed=1), since=2009.99, only=[mechanism(case, "R1")], execution=Execution(threads=1)
    )
    assert late["it"].changes["R1"].change == 0


def test_a_cut_from_a_date_on_keeps_what_came_before(planted):
    case = planted(GROWS, {"model": "at(people, 2004) > 5 and at(people, 2009) > 100"}, LOOPS)
    members = draw(case, 32, seed=1)
    shares = [tabulate(case, members, since=when, only=[mechanism(case, "R1")])["it"].changes["R1"].cut
              for when in (None, 2004.5, 2009.9)]  # fmt: skip
    assert shares[0] == 0
    assert shares[0] <= shares[1] < shares[2]


def test_a_neutral_value_stands_for_what_is_cut(planted):
    case = planted(GROWS, {"model": "at(wealth, 2009) = 41"})
    members = draw(case, 8, seed=1)
    cut = tabulate(
        case,
        members,
        only=[mechanism(case, "people -> trade")],
        neutral={"people": 20.0},
        execution=Execution(threads=1),
    )
    assert cut["it"].changes["people → trade"].cut == 1


def test_a_neutral_value_of_what_acts_on_nothing_cut_is_refused(case):
    with pytest.raises(UsageError, match="nothing that 'wealth' acts on is cut"):
        tabulate(case, draw(case, 2, seed=1), neutral={"wealth": 0.0}, execution=Execution(threads=1))


def test_the_headline_counts_claims_by_their_reasons(found):
    assert found.headline == "The model can test 1 claim; 1 holds clearly: 1 for the reason given."


def of(*words):
    """The headline of a table of these verdicts."""
    return headline(
        AblationTable(
            rows=tuple(replace(a_row(str(i), "It"), answer=ReasonVerdict(w, "")) for i, w in enumerate(words)),
            mechanisms=(),
            draws=100,
            basis="",
        )
    )


def test_the_headline_tells_every_verdict_that_there_is():
    assert of(*[Why.REASON] * 3, *[Why.OTHER] * 2, Why.UNREASONED, *[Why.UNDETERMINED] * 4, Why.FAILS) == (
        "The model can test 11 claims; 6 hold clearly: 3 for the reason given, 2 not for the reason "
        "given, 1 with no reason given; 4 are undetermined, 1 fails."
    )


def test_the_headline_of_claims_of_which_none_holds_says_so():
    assert of(Why.FAILS, Why.FAILS, Why.UNDETERMINED) == (
        "The model can test 3 claims; none holds clearly, 1 is undetermined, 2 fail."
    )


def a_row(claim, says, **cuts):
    changes = {
        name: ClaimChange(whole=1.0, cut=cut, change=cut - 1.0, low=cut - 1.1, high=cut - 0.9, draws=100)
        for name, cut in cuts.items()
    }
    return AblationRow(
        claim=claim,
        says=says,
        named=(),
        whole=Share(100, 100),
        reason=None,
        changes=changes,
        answer=ReasonVerdict(Why.REASON, ""),
    )


def test_the_sentence_of_a_link_that_takes_one_claim():
    link = Mechanism("a → b", Sort.LINK, frozenset({("a", "b")}))
    told = TellingMechanism(link, "", (a_row("x", "It rains", **{"a → b": 0.25}),), 4)
    assert told.sentence == (
        "With the link a → b cut, one of the 4 claims that hold is lost: “It rains” (100% of draws → 25%)."
    )


def test_the_sentence_of_a_loop_that_takes_several():
    rows = (a_row("x", "It rains", R1=0.0), a_row("y", "It pours", R1=0.2))
    told = TellingMechanism(Mechanism("R1", Sort.LOOP, frozenset()), "Growth", rows, 4)
    assert told.sentence == (
        "With the loop “Growth” cut, 2 of the 4 claims that hold are lost, above all “It rains” (100% of draws → 0%)."
    )


def test_the_sentence_of_a_sector_that_takes_all():
    rows = (a_row("x", "It rains", town=0.0), a_row("y", "It pours", town=0.2))
    assert TellingMechanism(Mechanism("town", Sort.SECTOR, frozenset()), "Town", rows, 2).sentence == (
        "With the sector “Town” cut, all 2 claims that hold are lost, above all “It rains” (100% of draws → 0%)."
    )


def test_the_sentence_of_what_takes_the_one_claim_that_holds():
    link = Mechanism("a → b", Sort.LINK, frozenset({("a", "b")}))
    assert TellingMechanism(link, "", (a_row("x", "It rains", **{"a → b": 0.0}),), 1).sentence == (
        "With the link a → b cut, the one claim that holds is lost: “It rains” (100% of draws → 0%)."
    )


def test_each_cut_that_tells_takes_a_claim_and_cutting_everything_is_none_of_them(found):
    assert found.telling
    assert all(t.lost and t.mechanism.name != EVERYTHING for t in found.telling)


def test_the_output_can_be_written_as_json(found):
    told = json.loads(json.dumps(found.to_dict()))
    assert told["table"]["claims"][0]["verdict"] == "holds for the reason given"
    assert told["loops"]["loops"][0]["id"] == "R1"
    assert {row["loop"] for row in told["loops"]["leading"]} == {"R1"}


def test_the_table_in_words_has_every_claim_under_its_verdict(table):
    words = markdown(table)
    assert "### Holds for the reason given (1)" in words
    assert "| **it**: It | 100% | 0% | `arriving → people` 0%, `people → arriving` 0%, `people → trade` 0% |" in words
    assert "| R1 | it (100% → 0%) |" in words


def test_the_table_of_one_cut_has_the_claims_that_it_moves(case):
    words = cuts_markdown(
        tabulate(case, draw(case, 32, seed=1), only=[mechanism(case, "R1")], execution=Execution(threads=1))
    )
    assert words == (
        "32 draws (prior only). Claims that a cut changes: 1 of 1.\n\n| claim | whole | R1 |\n|---|---|---|\n"
        "| **it**: It | 100% | 0% |\n"
    )


def test_where_nothing_moves_the_table_of_a_cut_says_so(case):
    table = tabulate(
        case, draw(case, 8, seed=1), since=2009.99, only=[mechanism(case, "R1")], execution=Execution(threads=1)
    )
    assert cuts_markdown(table) == "8 draws (prior only). Claims that a cut changes: 0 of 1.\n"


def test_a_cut_without_which_numbers_run_away_is_left_out_and_named(table):
    gone = AblationTable(
        rows=(table["it"],),
        mechanisms=(*table.mechanisms, Mechanism("x → y", Sort.LINK, frozenset())),
        draws=32,
        basis="prior only",
    )
    assert cuts_markdown(gone).endswith("Left out, since the model diverges without it: x → y.\n")


def test_there_is_a_picture_of_cuts_and_one_of_loops(found):
    drawn = pictures(found)
    assert set(drawn) == {"cuts.svg", "loops.svg"}
    assert "It, its reason: 100% of draws whole, 0% cut" in drawn["cuts.svg"]
    assert ">R1 Growth</text>" in drawn["loops.svg"]


def run(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


def test_the_command_cuts_one_loop_from_a_date(case):
    ran = run("why", case.folder, "--cut", "R1", "--since", "2002-01", "--draws", 16)
    assert ran.exit_code == 0
    assert re.search(r"^claim +whole +R1\nit: It +100% ", ran.stdout, re.MULTILINE)


def test_the_command_prints_no_markup(case):
    ran = run("why", case.folder, "--draws", 64)
    assert ran.stdout.startswith("Why: Planted\n\nThe model can test 1 claim")
    assert "\nLoops and sectors\n" in ran.stdout
    assert re.search(r"^claim +whole +its reason cut +what carries it", ran.stdout, re.MULTILINE)
    assert not re.search(r"[|`#]|\*\*|---", ran.stdout)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--cut", "nothing"], "there is no mechanism 'nothing'"),
        (["--cut", "R1", "--neutral", "people"], "write source=0"),
        (["--cut", "R1", "--neutral", "wealth=1"], "its neutral value is unused"),
        (["--cut", "R1", "--since", "then"], "then"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(case, wrong, said):
    ran = run("why", case.folder, "--draws", 4, *wrong)
    assert ran.exit_code == 2
    assert said in ran.output


def test_the_command_writes_the_table_and_its_pictures(case, tmp_path):
    ran = run("why", case.folder, "--draws", 64, "--out", tmp_path / "why.md", "--figures", tmp_path / "figures")
    assert ran.exit_code == 0
    words = (tmp_path / "why.md").read_text()
    assert words.startswith("# Why: Planted\n\nThe model can test 1 claim; 1 holds clearly: 1 for the reason given.")
    assert "\n- With the link arriving → people cut, the one claim that holds is lost" in words
    assert "\n64 draws (prior only), and each cut on as many" in words
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == ["cuts.svg", "loops.svg"]


def test_the_command_tells_which_loop_leads_when(case):
    ran = run("loops", case.folder, "--draws", 4)
    assert "\n2000 to 2009  R1   Growth: 100% of what the loops make; it leads in 100% of draws" in ran.output


def test_a_cluster_gives_the_table_of_one_machine(case):
    members = draw(case, 16, seed=1)
    assert (
        tabulate(case, members, execution=Execution(cluster="local")).to_dict()
        == tabulate(case, members, execution=Execution(threads=1)).to_dict()
    )
