"""The causal map and the timeline of the Iraq-US case in Chromium."""

from __future__ import annotations

import re

import pytest


def mapped(page, address: str) -> None:
    """Opens the map and waits until it is laid out."""
    page.goto(address)
    page.locator("#map[data-laid]").wait_for(state="attached")


def test_sectors_open_in_place_and_the_map_is_laid_out_at_once(page, iraq):
    mapped(page, f"{iraq}/how")
    shown = int(page.locator("#map").get_attribute("data-shown"))
    page.get_by_role("button", name="Open all sectors").click()
    assert int(page.locator("#map").get_attribute("data-shown")) > 10 * shown
    page.get_by_role("button", name="Close all").click()
    assert int(page.locator("#map").get_attribute("data-shown")) == shown


BEHIND = """() => {
    const graph = document.querySelector("#map")._cyreg.cy;
    const boxes = graph.nodes().filter((node) => !node.isParent());
    const shown = graph.edges().filter((edge) => edge.style("opacity") > 0);
    const found = shown.map((edge) => {
        const turns = edge.segmentPoints() ?? edge.controlPoints() ?? [];
        const points = [edge.sourceEndpoint(), ...turns, edge.targetEndpoint()];
        const others = boxes.filter((node) => !edge.connectedNodes().contains(node));
        const along = points.slice(1).flatMap((to, i) => Array.from({ length: 60 }, (_, k) =>
            ({ x: points[i].x + ((to.x - points[i].x) * k) / 60, y: points[i].y + ((to.y - points[i].y) * k) / 60 })));
        const within = (a, b, size) => Math.abs(a - b) < size / 2 - 1;
        const hit = others.filter((node) => along.some(({ x, y }) =>
            within(x, node.position("x"), node.width()) && within(y, node.position("y"), node.height())));
        return hit.map((node) => `${edge.id()} behind ${node.id()}`);
    }).flat();
    return [shown.length, found];
}"""


@pytest.mark.parametrize("sector", ["security", "armed_groups", "humanitarian", "economy"])
def test_no_link_in_an_open_sector_runs_behind_a_box(page, iraq, sector):
    mapped(page, f"{iraq}/how?open={sector}")
    shown, behind = page.evaluate(BEHIND)
    assert shown > 20
    assert behind == []


WITHIN = """() => {
    const graph = document.querySelector("#map")._cyreg.cy;
    const { x1, y1, x2, y2 } = graph.nodes(":child").renderedBoundingBox({ includeEdges: false });
    return [x1, y1, graph.width() - x2, graph.height() - y2];
}"""


@pytest.mark.parametrize("sector", ["security", "economy"])
def test_an_opened_sector_is_whole_in_its_frame(page, iraq, sector):
    mapped(page, f"{iraq}/how?open={sector}")
    assert min(page.evaluate(WITHIN)) >= 0


def test_links_to_other_sectors_show_when_a_variable_is_pointed_at(page, iraq):
    mapped(page, f"{iraq}/how?variable=trust")
    visible = "document.querySelector('#map')._cyreg.cy.edges('.aside').filter((e) => e.style('opacity') > 0).length"
    assert page.evaluate(visible) > 0
    page.evaluate("document.querySelector('#map')._cyreg.cy.nodes()[0].emit('mouseout')")
    assert page.evaluate(visible) == 0


def test_a_variable_is_found_by_name_and_described(page, iraq):
    mapped(page, f"{iraq}/how")
    page.get_by_label("Find a variable").fill("Trust")
    page.get_by_label("Find a variable").press("Enter")
    page.locator("aside h3", has_text="Trust").first.wait_for()


def test_every_loop_states_a_finding_and_is_shown_on_the_map(page, iraq):
    mapped(page, f"{iraq}/how")
    page.locator(".loop-row").nth(12).wait_for()
    titles = page.locator(".loop-row h3").all_inner_texts()
    assert len(titles) == 13
    assert all(re.search(r"drives the model most|never leads|small part|almost no effect", title) for title in titles)
    page.locator(".loop-row button").first.click()
    assert page.evaluate("document.querySelector('#map')._cyreg.cy.edges('.loop').length") >= 2
    page.get_by_label("Time", exact=True).fill("3")
    assert re.match(r"2006: .+ \(\d+%\)", page.locator("#loop-said").inner_text())


def test_a_link_is_cut_and_its_effect_on_claims_is_shown_beside_the_map(page, iraq):
    mapped(page, f"{iraq}/how?link=trust>reciprocity")
    page.get_by_role("button", name="Cut this link").click()
    page.get_by_text("With the link from").wait_for()
    assert page.locator("aside table tbody tr").count() >= 5


def test_the_map_has_an_equivalent_list_for_the_keyboard(page, iraq):
    mapped(page, f"{iraq}/how")
    page.locator("section details summary", has_text="Iran").first.click()
    page.locator("ul.map-list a[data-show] >> visible=true").first.press("Enter")
    page.locator("aside h3").first.wait_for()


def test_a_span_brushed_on_the_line_of_time_is_of_that_view_alone(page, iraq):
    page.goto(f"{iraq}/history")
    box = page.locator("svg.timeline:visible").bounding_box()
    y = box["y"] + box["height"] * 0.6
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    page.locator('nav a[data-view="/"]').click()
    assert "from=" not in page.url
