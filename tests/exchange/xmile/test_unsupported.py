"""Unsupported parts of an XMILE file are named in a warning, with their line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.exchange.xmile.files import read, run, warnings_of, xmile

from wherenow.errors import InputError

FILE = """<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:isee="http://iseesystems.com/XMILE">
<!--root-->
<header><!--header--><name>m</name></header>
<sim_specs><start>0</start><stop>4</stop>
<!--sim_specs-->
</sim_specs>
<model_units><!--model_units--><unit name="widget"><!--unit--></unit></model_units>
<dimensions><!--dimensions--><dim name="d"><!--dim--><elem name="A"/><elem name="B"/></dim></dimensions>
<behavior><!--behavior--></behavior>
<macro name="twice"><parm>x</parm><eqn>2*x</eqn><!--macro--></macro>
<model>
<!--model-->
<variables>
<!--variables-->
<stock name="s"><eqn>1</eqn><inflow>f</inflow><!--stock--></stock>
<stock name="belt"><eqn>0</eqn><inflow>f</inflow><outflow>off</outflow>
<conveyor><len>2</len><!--conveyor--></conveyor></stock>
<flow name="f"><eqn>1</eqn><!--flow--></flow>
<flow name="off"/>
<aux name="a"><eqn>1</eqn><!--aux--></aux>
<aux name="x"><dimensions><dim name="d"/></dimensions><element subscript="A"><eqn>1</eqn><!--element--></element>
<element subscript="B"><eqn>1</eqn></element></aux>
<gf name="g"><xscale min="0" max="1"/><ypts>0,1</ypts><!--gf--></gf>
<group name="part"><!--group--></group>
<module name="inner"><!--module--></module>
</variables>
<views><!--views--><view><!--view--></view></views>
</model>
<model name="inner"><!--inner--><variables><aux name="b"><eqn>1</eqn></aux></variables></model>
</xmile>
"""
PLACES = (
    "root", "header", "sim_specs", "model_units", "unit", "dimensions", "dim", "behavior", "macro", "model",
    "variables", "stock", "conveyor", "flow", "aux", "element", "gf", "group", "module", "views", "view", "inner",
)  # fmt: skip
TAGS = (
    "xmile", "header", "sim_specs", "model_units", "unit", "dimensions", "dim", "behavior", "macro", "model",
    "variables", "stock", "conveyor", "flow", "aux", "eqn", "element", "gf", "xscale", "ypts", "group", "module",
    "views", "view",
)  # fmt: skip


def line_of(content: str, what: str) -> int:
    return content[: content.index(what)].count("\n") + 1


def test_the_file_without_extras_is_read_without_a_warning() -> None:
    assert warnings_of(FILE) == ()


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_extension_is_named_with_its_line_wherever_it_occurs(place: str) -> None:
    content = FILE.replace(f"<!--{place}-->", "<isee:strange/>")
    (told,) = warnings_of(content)
    assert "isee:strange" in f"{told.message} {told.hint}"
    assert told.location is not None
    assert told.location.line == line_of(content, "<isee:strange/>")


@pytest.mark.parametrize("tag", TAGS)
def test_an_unknown_attribute_is_named_with_its_line_wherever_it_occurs(tag: str) -> None:
    content = re.sub(rf"<{tag}(?=[ >])", f'<{tag} isee:odd="true"', FILE, count=1)
    (told,) = warnings_of(content)
    assert "isee:odd" in f"{told.message} {told.hint}"
    assert told.location is not None
    assert told.location.line == line_of(content, "isee:odd")


def test_drawing_extensions_are_named_in_one_warning() -> None:
    content = FILE.replace("<!--view-->", '<isee:b isee:c="1"/><isee:b/>').replace("<!--root-->", "<isee:prefs/>")
    assert [(w.message, w.hint) for w in warnings_of(content)] == [
        ("extensions for display are ignored", "isee:b, isee:c, isee:prefs")
    ]


def test_a_misspelt_tag_is_named_with_the_tag_it_resembles() -> None:
    (told,) = warnings_of(FILE.replace("<!--aux-->", "<unitss>widget</unitss>"))
    assert told.message == "<unitss> is ignored"
    assert "units" in told.hint


@pytest.mark.parametrize(
    ("extra", "place", "message"),
    [
        ("<run by='group'/>", "sim_specs", "<run> is ignored"),
        ("<sim_specs><dt>1</dt></sim_specs>", "inner", "<sim_specs> of a model of its own is ignored"),
        ("<overflow/>", "flow", "<overflow> is ignored"),
        ("<event_poster/>", "stock", "<event_poster> is ignored"),
        ("<macro name='m' filter='stock'/>", "root", "a macro that filters every equation is ignored"),
    ],
)  # fmt: skip
def test_what_the_standard_has_and_the_reader_does_not_take_is_named(extra: str, place: str, message: str) -> None:
    assert [w.message for w in warnings_of(FILE.replace(f"<!--{place}-->", extra))] == [message]


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_an_extension_of_the_settings_that_is_off_is_no_matter(value: str) -> None:
    assert warnings_of(FILE.replace("<sim_specs>", f'<sim_specs isee:instantaneous_flows="{value}">')) == ()


def test_the_interval_of_saving_and_the_unit_of_time_of_isee_systems_are_taken() -> None:
    content = FILE.replace("<sim_specs>", '<sim_specs isee:save_interval="2" isee:time_units="Months">')
    assert (read(content).time.save, read(content).time.unit, warnings_of(content)) == (2, "Months", ())


def test_a_file_that_the_header_names_is_read_too(tmp_path: Path) -> None:
    macro = '<xmile><macro name="twice"><parm>x</parm><eqn>2*x</eqn></macro></xmile>'
    (tmp_path / "macros.xmile").write_text(macro, encoding="utf-8")
    head = '<header><includes><include resource="macros.xmile"/></includes></header>'
    assert run(xmile('<aux name="a"><eqn>twice(4)</eqn></aux>', head), tmp_path)["a"][0] == 8


def test_a_file_that_the_header_names_and_is_not_there_is_reported() -> None:
    head = '<header><includes><include resource="none.xmile"/></includes></header>'
    with pytest.raises(InputError, match=r"'none\.xmile' is not beside this file"):
        read(xmile('<aux name="a"><eqn>1</eqn></aux>', head))


def test_signed_remarks_of_an_assistant_and_settings_of_stellas_screen_are_named_once() -> None:
    remarks = "<ai_information><status verified='true'/><log>why</log></ai_information>"
    head = '<sim_specs isee:sim_duration="1.5" isee:loop_scores="true" isee:strict_units="true">'
    content = FILE.replace("<!--root-->", remarks).replace("<sim_specs>", head)
    (only,) = warnings_of(content)
    assert only.message == "extensions for display are ignored"
    assert only.hint == "isee:loop_scores, isee:sim_duration, isee:strict_units"
