"""What a model is made of: variables, links, loops, cuts, comparisons and other forms."""

from __future__ import annotations

import pytest

import wherenow
from wherenow import UsageError


def test_the_table_of_variables_has_everything(arrays):
    table = arrays.variables
    assert table.loc["stock", "kind"] == "stock"
    assert table.loc["stock", "unit"] == "widget"
    assert table.loc["rate", "subscripts"] == "region"
    assert "rate[region]" in table.loc["inflow", "equation"]


def test_a_model_shows_itself(teacup):
    assert "Teacup Temperature" in teacup._repr_html_()


def test_documentation_is_markdown(teacup):
    assert "| Room Temperature |" in teacup.doc()._repr_markdown_()
    assert "Newton's law" in teacup.doc("Heat Loss to Room")


def test_links_have_the_polarity_of_the_equation(epidemic):
    signs = epidemic.links().set_index(["source", "target"])["polarity"]
    assert signs["population", "infecting"] == "-"
    assert signs["infectious", "infecting"] == "+"
    assert signs["infecting", "susceptible"] == "-"


def test_a_link_whose_sign_changes_says_so(tmp_path):
    path = tmp_path / "turns.mdl"
    path.write_text(
        "x= (level - 5)^2 ~~|\nlevel= INTEG(1, 0) ~~|\nINITIAL TIME=0~~|\nFINAL TIME=10~~|\nTIME STEP=1~~|\n"
    )
    signs = wherenow.open(path).links().set_index(["source", "target"])["polarity"]
    assert signs["level", "x"] == "+-"


def test_loops_are_found_and_said_when_they_lead(epidemic):
    found = epidemic.loops()
    assert "infecting → infectious" in found.titles
    assert {leading.loop for leading in found.leading()} <= set(found.loops)


def test_links_through_a_macro_join_its_caller_with_what_enters_the_call(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text(
        ":MACRO: F(a, b)\nF = c - b ~~|\nc = 3 * a ~~|\n:END OF MACRO:\n"
        "s = INTEG(z, 1) ~~|\nk = 2 ~~|\nz = F(s, s / k) + F(k, 1) ~~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    model = wherenow.open(path)
    rows = {(r.source, r.target): r.polarity for r in model.links().itertuples()}
    assert rows == {("k", "z"): "+", ("s", "z"): "+", ("z", "s"): "+"}
    assert "z f 1" not in str(model.diagram())


def test_a_cut_link_is_no_longer_followed(epidemic):
    cut = epidemic.cut("susceptible -> infecting")
    exponential = cut.run(stop=10)["infectious"]
    ratio = exponential[1:].to_numpy() / exponential[:-1].to_numpy()
    assert ratio == pytest.approx(ratio[0])
    assert "susceptible -> infecting" not in str(epidemic.run())


def test_a_missing_link_is_reported(epidemic):
    with pytest.raises(UsageError, match="does not read"):
        epidemic.cut("duration -> infecting")
    with pytest.raises(UsageError, match="is not a link"):
        epidemic.cut("duration")


def test_a_comparison_names_what_differs_in_equations_and_behaviour(epidemic, tmp_path):
    path = tmp_path / "other.mdl"
    text = (wherenow.api.opened.EXAMPLES / "epidemic.mdl").read_text(encoding="utf-8")
    path.write_text(
        text.replace("contact rate=\n\t8", "contact rate=\n\t9").replace("FINAL TIME  = 100", "FINAL TIME  = 50")
    )
    found = epidemic.compare(path)
    assert [(edit.name, edit.what) for edit in found.edits] == [("time", "clock"), ("contact_rate", "equation")]
    departed = {d.name: d for d in found.departures}
    assert departed["contact_rate"].after == 9
    assert "duration" not in departed
    assert departed["infectious"].first == 1


def test_a_model_is_the_same_as_itself(epidemic):
    found = epidemic.compare(epidemic)
    assert found.same
    assert "no difference" in str(found)


def test_a_variable_that_only_one_model_has_is_named(teacup, epidemic):
    said = str(teacup.compare(epidemic))
    assert "duration: added" in said
    assert "room_temperature: removed" in said


@pytest.mark.parametrize("form", ["mdl", "xmile", "case"])
def test_a_model_written_in_another_form_runs_the_same(epidemic, tmp_path, form):
    target = tmp_path / ("case" if form == "case" else f"model.{form}")
    written = getattr(epidemic, f"to_{form}")(target)
    assert wherenow.open(written).compare(epidemic).departures == ()


def test_bundled_cases_are_opened_by_name():
    assert wherenow.open("iraq-us").name == "iraq-us"


def test_a_missing_item_is_reported():
    with pytest.raises(UsageError, match="nothing at"):
        wherenow.open("no-such-model.mdl")


@pytest.mark.parametrize("form", ["mdl", "xmile"])
@pytest.mark.parametrize("name", ["epidemic.mdl", "school-influenza"])
def test_a_written_file_has_a_view_that_shows_every_variable(tmp_path, form, name):
    from wherenow.api.views.diagram import views_of

    model = wherenow.open(name)
    written = wherenow.open(getattr(model, f"to_{form}")(tmp_path / f"model.{form}"))
    (view,) = views_of(written.case, None)
    shown = {box.name for box in view.boxes.values() if box.name}
    assert shown == {n for n, v in model.case.model.variables.items() if v.kind != "lookup"}
    assert any(arrow.pipe for arrow in view.arrows)
    assert any(not arrow.pipe for arrow in view.arrows)


def test_boxes_of_a_written_file_keep_the_positions_of_its_view(epidemic, tmp_path):
    from wherenow.api.views.diagram import views_of

    written = wherenow.open(epidemic.to_xmile(tmp_path / "epidemic.xmile"))
    places = [
        {box.name: (box.x, box.y) for box in views_of(model.case, None)[0].boxes.values() if box.kind == "stock"}
        for model in (epidemic, written)
    ]
    shifts = {(places[1][n][0] - x, places[1][n][1] - y) for n, (x, y) in places[0].items()}
    assert len(shifts) == 1


@pytest.mark.parametrize("form", ["mdl", "xmile"])
def test_another_tool_draws_the_view_that_is_written(epidemic, tmp_path, form):
    simlin = pytest.importorskip("simlin")
    path = getattr(epidemic, f"to_{form}")(tmp_path / f"epidemic.{form}")
    drawn = simlin.load(path).diagram()._repr_svg_()
    for name in ("susceptible", "infecting", "contact"):
        assert name in drawn


def test_converting_on_the_way_keeps_the_view(tmp_path):
    from wherenow.api.views.diagram import views_of

    wherenow.convert(wherenow.api.opened.EXAMPLES / "epidemic.mdl", tmp_path / "epidemic.xmile")
    assert views_of(wherenow.open(tmp_path / "epidemic.xmile").case, None)
