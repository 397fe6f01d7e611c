"""The section of the report on reasons."""

from __future__ import annotations

import pytest

from wherenow.claims.evaluation.proportion import Share
from wherenow.explain.ablation.mechanisms import AblationRow, AblationTable, Mechanism, Sort
from wherenow.explain.ablation.verdict import ClaimChange, ReasonVerdict, Why
from wherenow.explain.decomposition import Contribution, Difference
from wherenow.explain.narrative import Explanation, Step
from wherenow.explain.reasons import Reasons, TellingMechanism
from wherenow.report import render
from wherenow.report.charts.why_chart import cuts_chart, parts_chart

LOST = ClaimChange(whole=1.0, cut=0.0, change=-1.0, low=-1.1, high=-0.9, draws=50)
KEPT = ClaimChange(whole=1.0, cut=0.98, change=-0.02, low=-0.1, high=0.05, draws=50)
LOOP = Mechanism("R1", Sort.LOOP, frozenset({("a", "b")}))


def a_row(claim: str, word: Why, change: ClaimChange) -> AblationRow:
    return AblationRow(
        claim=claim,
        says=f"{claim} <happens>",
        named=(("a", "b"),),
        whole=Share(50, 50),
        reason=change,
        changes={"R1": change},
        answer=ReasonVerdict(word, "words"),
    )


@pytest.fixture
def why() -> Reasons:
    rows = (a_row("one", Why.REASON, LOST), a_row("two", Why.OTHER, KEPT), a_row("three", Why.FAILS, KEPT))
    parts = (Contribution("y", 3.0, 2.0, 4.0), Contribution("z", -1.0, -2.0, 0.0))
    step = Step(
        Difference(
            variable="x", unit="person", before=1.0, after=3.0, change=2.0, low=1.0, high=4.0, parts=parts, rest=0.0
        ),
        "People",
        "It came.",
        ("P1S1",),
        "",
    )
    told = Explanation(variable="x", at=2010.0, since=None, scenario="s", draws=50, basis="prior only", steps=(step,))
    telling = TellingMechanism(LOOP, "Growth", rows[:1], 2)
    return Reasons(
        AblationTable(rows=rows, mechanisms=(LOOP,), draws=50, basis="prior only"),
        (telling,),
        (("one", told),),
        None,
        {"R1": "Growth"},
    )


def test_a_report_without_reasons_has_no_section_on_them(outlook):
    assert 'id="why"' not in render(outlook)


def test_the_section_says_how_many_claims_have_their_reason_and_what_tells(outlook, why):
    page = render(outlook, why)
    assert "The model can test 3 claims; 2 hold clearly: 1 for the reason given, 1 not for the reason given" in page
    assert "With the loop “Growth” cut, one of the 2 claims that hold is lost" in page
    assert "It came." in page
    assert "People: P1S1." in page
    assert "two &lt;happens&gt;</strong>: words." in page


def test_a_cell_is_as_full_as_the_part_of_the_draws_that_the_cut_takes(why):
    drawn = cuts_chart(why.table, why.titles)
    assert "one &lt;happens&gt;, Growth: 100% of draws whole, 0% cut" in drawn
    assert drawn.count('class="cell"') == 4  # two claims, each with its reason and the loop; what fails is left out


def test_bars_go_right_for_more_and_left_for_less(why):
    drawn = parts_chart(why.differences[0][1].steps[0].difference, "People")
    assert drawn.count('class="more"') == 2
    assert drawn.count('class="less"') == 1
    assert "People changes by 2 people; Y 3, Z −1" in drawn
