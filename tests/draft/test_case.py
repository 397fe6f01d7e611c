"""From accepted proposals to a case that runs at once, and what a person's decisions do to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from wherenow.case.checking.check import check_case
from wherenow.case.checking.coverage import coverage
from wherenow.case.editing.sentences import read_article
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import needed_outputs
from wherenow.claims.judge import judge
from wherenow.cli import app
from wherenow.draft.building.case_files import About, arrows, new_case, update_case
from wherenow.draft.building.index_model import SignedLink, certain_sign, index_model, key_of, loops
from wherenow.draft.drafts import accept_above, begin, decide, edit, load, merge, rename_variable, similar_variables
from wherenow.draft.proposals import ClaimProposal, EventProposal, LinkProposal, Proposals
from wherenow.ensemble.simulate import simulate
from wherenow.errors import UsageError
from wherenow.inference.posterior import draws_of
from wherenow.outlook.case_outlook import forecast
from wherenow.report import present, render
from wherenow.report.cards.article import unused

TEXT = """The lake and the town

In May 2020 the dam broke. Drought lowers the lake, and a low lake makes people save. Saving fills the lake again.

The lake will recover.
"""


def link(cause, effect, sign, sentence="P1S2", **more):
    at = {"cause_start": 52, "cause_end": 59, "effect_start": 67, "effect_end": 75}
    form = {"negated": False, "hedged": False, "confidence": 0.8, "form": "verb"}
    return LinkProposal(cause=cause, effect=effect, sign=sign, sentence=sentence, **{**at, **form, **more})


def claim(kind, sentence, says, links=()):
    return ClaimProposal(kind=kind, sentence=sentence, says=says, start=52, end=75, confidence=0.6, links=links)


PROPOSALS = Proposals(
    reader="a test",
    links=(
        link("drought", "the lake", "-"),
        link("lake", "saving", "-"),
        link("Saving", "lakes", "+", "P1S3"),
        link("sun", "saving", "+", negated=True),
    ),
    claims=(
        claim("cause", "P1S2", "Drought lowers the lake", (0,)),
        claim("state", "P1S1", "The dam broke"),
        claim("cause", "P1S2", "The sun makes nobody save", (3,)),
    ),
    events=(
        EventProposal(date="2020-05", sentence="P1S1", what="the dam broke", start=26, end=34, confidence=0.8),
        EventProposal(date="2031", sentence="P2S1", what="recovery", start=26, end=34, confidence=0.8),
    ),
)


@pytest.fixture
def draft():
    return accept_above(begin(PROPOSALS, read_article(TEXT).sha256, "2023-06-28"), 0.5, "the test")


@pytest.fixture
def folder(tmp_path, draft):
    about = About(name="lake", title="The lake and the town", article=read_article(TEXT))
    new_case(tmp_path / "lake", TEXT, about, draft)
    return tmp_path / "lake"


def test_what_was_accepted_is_a_case_without_errors_or_warnings(folder):
    assert check_case(folder) == ()


def test_a_draft_of_which_nothing_is_accepted_is_a_case_too(tmp_path):
    empty = begin(PROPOSALS, read_article(TEXT).sha256, "2023-06-28")
    new_case(tmp_path / "lake", TEXT, About(name="lake", title="The lake", article=read_article(TEXT)), empty)
    assert not [d for d in check_case(tmp_path / "lake") if d.severity == "error"]


def test_spellings_of_one_variable_become_one(draft):
    model = index_model(arrows(draft))
    assert sorted(model.names.values()) == ["drought", "saving", "the lake"]
    assert key_of("The Lakes") == key_of("lake")


def test_a_denied_link_is_left_out_of_the_model(draft):
    assert not any("sun" in name for name in index_model(arrows(draft)).names)


def test_the_loop_of_an_argument_is_found_with_its_sign(folder, draft):
    (loop,) = loops(index_model(arrows(draft)))
    assert (set(loop.through), loop.sign) == ({"the_lake", "saving"}, -1)
    assert [found.polarity for found in read_case(folder).loops.values()] == ["balancing"]


def test_signs_are_certain_only_where_all_paths_agree():
    def model(*triples):
        return index_model(SignedLink(cause=a, effect=b, sign=s, evidence=()) for a, b, s in triples)

    chain = model(("a", "b", -1), ("b", "c", -1))
    assert certain_sign(chain, "a", "c") == 1
    assert certain_sign(chain, "c", "a") is None
    assert certain_sign(model(("a", "b", 1), ("a", "c", 1), ("b", "d", 1), ("c", "d", -1)), "a", "d") is None
    assert certain_sign(model(("a", "b", 1), ("b", "c", 1), ("c", "b", -1)), "a", "c") is None


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")).filter(lambda ends: ends[0] != ends[1]),
        st.sampled_from([1, -1]),
        max_size=10,
    )
)
def test_a_sign_is_certain_exactly_where_all_walks_have_it(links):
    model = index_model(SignedLink(cause=a, effect=b, sign=s, evidence=()) for (a, b), s in links.items())
    reached = {("a", 1)}
    for _ in range(10):  # a walk in the graph of nodes with signs visits each at most once: 2 x 5
        reached |= {(b, sign * s) for (a, b), s in links.items() for at, sign in reached if at == a}
    for node in set(model.names) - {"a"}:
        signs = {sign for at, sign in reached if at == node}
        assert certain_sign(model, "a", node) == (signs.pop() if len(signs) == 1 else None)


def test_claims_said_to_hold_whatever_the_strengths_hold_in_every_draw(tmp_path):
    proposals = replace(PROPOSALS, links=PROPOSALS.links[:2])
    draft = accept_above(begin(proposals, read_article(TEXT).sha256, "2023-06-28"), 0.5, "the test")
    new_case(tmp_path / "lake", TEXT, About(name="lake", title="The lake", article=read_article(TEXT)), draft)
    case = read_case(tmp_path / "lake")
    certain = [c for c in case.claims.values() if c.note.startswith("Holds for any")]
    assert len(certain) == 2
    runs = simulate(case, draws_of(case, 200, 0, "prior only"), None, needed_outputs(case))
    found = {f.id: f for f in judge(case, runs).findings}
    for one in certain:
        assert found[one.id].against.share.holding == 200, one.says


@pytest.mark.parametrize("command", ["outlook", "claims"])
def test_a_case_of_indexes_says_what_it_is_and_which_claims_hold_whatever_the_strengths(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    draft = accept_above(
        begin(replace(PROPOSALS, links=PROPOSALS.links[:1]), read_article(TEXT).sha256, "2023-06-28"), 0.5, "me"
    )
    new_case(tmp_path / "lake", TEXT, About(name="lake", title="The lake", article=read_article(TEXT)), draft)
    done = CliRunner().invoke(app, [command, "lake", "--draws", "16"])
    assert "with unknown strengths" in done.output
    assert "These claims hold for any strengths: “Drought lowers the lake”." in " ".join(done.output.split())


def test_the_report_lists_the_sentences_that_nothing_rests_on(folder):
    case = read_case(folder)
    idle = [quote.pointer for quote in unused(case)]
    assert idle == [c.sentence.id for c in coverage(case) if not c.used_by]
    assert idle
    page = render(forecast(case, draws_of(case, 8, 0, "prior only")), None, present(case, ()))
    assert f"{len(idle)} sentences of the article that nothing in the case cites" in page


def test_events_after_the_text_are_no_events_of_the_case(folder):
    assert [e.date for e in read_case(folder).events.values()] == ["2020-05"]


def test_the_draft_records_who_accepted_what_and_when(folder):
    item = load(folder).items["L1"]
    assert (item.proposed_by, item.status, item.decided_by) == ("a test", "accepted", "the test")
    assert item.decided_at.endswith("+00:00")


def test_an_edited_proposal_is_accepted_and_said_to_be_edited(draft):
    item = edit(draft, "L2", {"sign": "+", "cause": " level of the lake "}, "me").items["L2"]
    assert (item.proposal.sign, item.proposal.cause, item.edited, item.decided_by) == (
        "+",
        "level of the lake",
        True,
        "me",
    )


@pytest.mark.parametrize("changes", [{"sign": "up"}, {"cause": " "}, {"start": 0}])
def test_an_edit_of_another_form_is_refused(draft, changes):
    with pytest.raises(UsageError):
        edit(draft, "L2", changes, "me")


def test_merging_rejects_the_one_and_keeps_the_other(draft):
    merged = merge(draft, "C2", "C1", "me").items
    assert (merged["C2"].status, merged["C2"].merged, merged["C1"].status) == ("rejected", "C1", "accepted")
    with pytest.raises(UsageError, match="different kinds"):
        merge(draft, "C2", "L1", "me")


def test_a_variable_renamed_makes_one_of_two(draft):
    assert ("drought", "long drought") in similar_variables(rename_variable(draft, "the lake", "long drought"))
    renamed = rename_variable(draft, "drought", "saving")
    assert len(index_model(arrows(renamed)).names) == 2


def test_a_rejected_link_leaves_the_case_when_it_is_rewritten(folder):
    stored, left = update_case(folder, decide(load(folder), ["L1"], "rejected", "me"))
    assert left == []
    assert "drought" not in read_case(folder).model.variables
    assert stored.items["L1"].status == "rejected"


def test_a_file_changed_by_hand_is_left_as_it_is(folder):
    path = folder / "levers.yaml"
    path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
    _, left = update_case(folder, load(folder))
    assert left == ["levers.yaml"]
    assert path.read_text("utf-8").endswith("# mine\n")


def test_sentences_that_nothing_uses_are_listed(folder):
    unused = [c.sentence.id for c in coverage(read_case(folder)) if not c.used_by]
    assert unused == ["P0S1", "P2S1"]


def test_the_review_asks_key_by_key_and_writes_the_case_again(folder, tmp_path):
    begun = begin(PROPOSALS, read_article(TEXT).sha256, "2023-06-28")
    about = About(name="lake", title="The lake", article=read_article(TEXT))
    new_case(tmp_path / "fresh", TEXT, about, begun)
    done = CliRunner().invoke(app, ["draft", "review", str(tmp_path / "fresh")], input="x\nr\na\ne\n\nwater\n-\n\nq\n")
    assert done.exit_code == 0, done.output
    items = load(tmp_path / "fresh").items
    assert {i.status for i in items.values()} == {"proposed", "rejected", "accepted"}
    assert any(i.edited for i in items.values())
    assert not [d for d in check_case(tmp_path / "fresh") if d.severity == "error"]


def test_a_damaged_draft_is_reported_without_a_traceback(folder):
    (folder / "draft.json").write_text('{"form": 1, "items": {"L1": {}}}')
    with pytest.raises(UsageError, match="is damaged"):
        load(folder)


def test_a_folder_that_exists_is_not_written_over(folder, draft):
    with pytest.raises(UsageError, match="exists already"):
        new_case(folder, TEXT, About(name="lake", title="The lake", article=read_article(TEXT)), draft)
