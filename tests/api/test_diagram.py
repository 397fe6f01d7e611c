"""The stock-and-flow diagram: from the file's own view, or laid out."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import wherenow
from wherenow import UsageError

VIEW = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><vendor>v</vendor>
<product version="1">p</product></header><sim_specs><start>0</start><stop>3</stop></sim_specs><model><variables>
<stock name="Level"><eqn>1</eqn><inflow>Filling</inflow></stock><flow name="Filling"><eqn>rate</eqn></flow>
<aux name="rate"><eqn>2</eqn></aux></variables><views><view><stock name="Level" x="200" y="100"/>
<flow name="Filling" x="120" y="100"><pts><pt x="60" y="100"/><pt x="180" y="100"/></pts></flow>
<aux name="rate" x="120" y="180"/><connector angle="60"><from>rate</from><to>Filling</to></connector>
<alias x="20" y="20"><of>rate</of></alias></view></views></model></xmile>"""


def drawn(model, **settings) -> ElementTree.Element:
    return ElementTree.fromstring(model.diagram(**settings).svg)


def counted(root: ElementTree.Element, kind: str) -> int:
    return sum(one.get("class") == kind for one in root.iter())


def test_a_view_of_a_vensim_file_is_drawn_as_it_stands(epidemic):
    root = drawn(epidemic)
    assert counted(root, "stock") == 3
    assert counted(root, "valve") == 2
    assert counted(root, "pipe") == 4
    assert counted(root, "link") == 7
    words = "".join(root.itertext())
    assert "contact rate" in words
    first = next(one for one in root.iter() if one.get("class") == "stock")
    second = [one for one in root.iter() if one.get("class") == "stock"][1]
    assert float(second.get("x")) - float(first.get("x")) == pytest.approx(220)


def test_arrows_bear_the_polarity_of_their_links(teacup):
    signs = [one.text for one in drawn(teacup).iter() if one.get("class") == "sign"]
    assert sorted(signs) == ["+", "−", "−"]
    assert not [one for one in drawn(teacup, signs=False).iter() if one.get("class") == "sign"]


def test_a_view_of_an_xmile_file_is_drawn_with_clouds_and_ghosts(tmp_path: Path):
    path = tmp_path / "level.xmile"
    path.write_text(VIEW, encoding="utf-8")
    root = drawn(wherenow.open(path))
    assert (counted(root, "stock"), counted(root, "cloud"), counted(root, "pipe"), counted(root, "link")) == (
        1,
        1,
        2,
        1,
    )
    assert counted(root, "aux ghost") == 1


def test_a_model_without_a_view_is_laid_out(arrays):
    root = drawn(arrays)
    assert counted(root, "stock") == 1
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', arrays.diagram().svg)
    assert len(set(places)) == len(places)


def test_a_case_and_a_cut_model_are_laid_out(epidemic):
    assert counted(drawn(wherenow.open("school-influenza")), "stock") == 5
    assert counted(drawn(epidemic.cut("susceptible -> infecting")), "stock") == 3


def test_a_diagram_follows_edits(tmp_path, epidemic):
    with epidemic.edit() as e:
        e.rename("duration", "infectious period")
        e.add("doubt", 1)
    words = "".join(drawn(epidemic).itertext())
    assert "infectious period" in words
    assert "doubt" in words


def test_a_diagram_speaks_to_those_who_do_not_see_it(epidemic):
    root = drawn(epidemic)
    assert root.get("role") == "img"
    assert "stocks: susceptible, infectious, recovered" in root.get("aria-label")


def test_a_missing_view_is_reported(epidemic):
    with pytest.raises(UsageError, match="View 1"):
        epidemic.diagram("View 2")
    with pytest.raises(UsageError, match="counted from 0"):
        epidemic.diagram(3)


def test_sliders_move_any_model(epidemic):
    pytest.importorskip("anywidget")
    widget = epidemic.sliders({"contact rate": (2, 20)}, show="infectious")
    before = widget.drawing
    widget.values = {"contact_rate": 4.0}
    assert widget.drawing != before
    assert widget.levers[0]["rest"] == 8
