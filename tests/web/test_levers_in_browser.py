"""Levers, scenarios and settings of the app on the Iraq-US case in Chromium."""

from __future__ import annotations

import re

from tests.web.browsing import opened, settled


def test_dragging_a_lever_moves_the_findings_and_the_address(page, iraq):
    page.goto(iraq)
    chart = page.locator("#live svg.outcome path.median >> visible=true").first
    before = chart.get_attribute("d")
    settled(page, lambda: page.get_by_label("US troops", exact=True).fill("4"))
    assert chart.get_attribute("d") != before
    assert page.locator("#live svg.outcome path.before >> visible=true").count() >= 2
    page.wait_for_url(re.compile(r"l\.troop_level=4"))
    assert page.locator(".lever.moved output").inner_text() == "10,000 troops"


def test_a_lever_moves_by_keyboard(page, iraq):
    page.goto(iraq)
    lever = page.get_by_label("US troops", exact=True)
    lever.focus()
    settled(page, lambda: page.keyboard.press("ArrowRight"))
    page.wait_for_url(re.compile(r"l\.troop_level="))


def titles(page) -> list[str]:
    return page.locator("#live article.finding h2").all_inner_texts()


def test_a_shared_address_shows_the_same(chromium, page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.wait_for_url(re.compile("attack_response"))
    page.wait_for_timeout(500)
    said = titles(page)
    for other in opened(chromium):
        other.goto(page.url)
        assert titles(other) == said
        assert other.get_by_label("Response to attacks").input_value() == "1"


def test_all_is_reset_at_once(page, iraq):
    page.goto(f"{iraq}/?l.attack_response=1&scenario=no-bank-controls")
    settled(page, lambda: page.get_by_role("button", name="Reset").click())
    page.wait_for_url(re.compile(r"/$"))
    assert page.locator("#live path.before").count() == 0
    assert page.get_by_label("Strictness of bank controls").input_value() == "0.85"


def test_a_scenario_moves_the_levers_that_it_sets_and_the_headline_follows(page, iraq):
    page.goto(iraq)
    before = titles(page)
    settled(page, lambda: page.locator("input[name=scenario][value=full-withdrawal-2023]").check(force=True))
    page.wait_for_url(re.compile("scenario=full-withdrawal-2023"))
    lever = page.get_by_label("US troops", exact=True)
    assert lever.input_value() == "0"
    assert lever.is_disabled()
    assert "Set by this scenario" in page.locator(".lever:has(#lever-troop_level)").inner_text()
    assert page.locator(".headline strong").inner_text() == "Full withdrawal in 2023."
    assert titles(page) != before


def test_a_lever_can_be_moved_on_top_of_a_scenario(page, iraq):
    page.goto(f"{iraq}/?scenario=no-bank-controls")
    lever = page.get_by_label("Strictness of bank controls")
    assert float(lever.input_value()) < 0.1
    settled(page, lambda: lever.fill("0.85"))  # where the baseline has it
    page.wait_for_url(re.compile(r"scenario=no-bank-controls&l\.control_strictness=0\.85"))


def test_back_and_forward_undo_and_redo(page, iraq):
    page.goto(iraq)
    first = titles(page)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.wait_for_url(re.compile("attack_response=1"))
    settled(page, lambda: page.locator("input[name=scenario][value=no-bank-controls]").check(force=True))
    page.wait_for_url(re.compile("scenario=no-bank-controls"))
    settled(page, page.go_back)
    assert page.get_by_label("Response to attacks").input_value() == "1"
    assert page.locator("input[name=scenario]:checked").get_attribute("value") == ""
    settled(page, lambda: page.get_by_role("button", name="Undo").click())
    assert page.get_by_label("Response to attacks").input_value() == "0.5"
    assert titles(page) == first
    settled(page, lambda: page.get_by_role("button", name="Redo").click())
    assert page.get_by_label("Response to attacks").input_value() == "1"


def test_a_setting_is_named_saved_and_used_again(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.get_by_label("Name of the setting").fill("Reprisal")
    page.get_by_role("button", name="Save").click()
    page.goto(iraq)
    settled(page, lambda: page.get_by_role("button", name="Reprisal", exact=True).click())
    assert page.get_by_label("Response to attacks").input_value() == "1"


def test_scenarios_are_compared_and_no_more_than_four(page, iraq):
    page.goto(iraq)
    page.locator("details.compare summary").click()
    for i in range(4):
        page.locator("input[name=with]").nth(i).click(force=True)
    assert page.locator("input[name=with]:checked").count() == 3
    page.locator("#compared table tbody tr").nth(3).wait_for()
    assert page.locator("#compared figure").count() == 4


def test_the_question_of_a_comparison_is_chosen_beside_it(page, iraq):
    page.goto(f"{iraq}/?with=no-bank-controls")
    heading = page.locator("#compared h2").inner_text()
    page.get_by_label("Finding", exact=True).select_option(index=1)
    page.wait_for_url(re.compile("about="))
    page.wait_for_function("was => document.querySelector('#compared h2').innerText !== was", arg=heading)


def test_figures_for_a_slide_are_three_clicks_from_a_scenario(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.locator("input[name=scenario][value=full-withdrawal-2023]").check(force=True))
    for name, suffix in (("PNG", ".png"), ("SVG", ".svg"), ("CSV", ".csv")):
        with page.expect_download() as taken:
            page.locator("article.finding").first.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename.endswith(suffix)
    assert "Full withdrawal in 2023" in taken.value.path().read_text("utf-8")
