"""Edits of a model: checked and applied as a whole or not at all; the file's layout and comments are preserved."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import numpy as np
import pytest
from yaml import compose

import wherenow
from wherenow import InputError, UsageError
from wherenow.api.edits import case_text
from wherenow.api.opened import EXAMPLES
from wherenow.case.builtin import located

XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <header><vendor>me</vendor><product version="1">by hand</product></header>
    <!-- a comment -->
    <sim_specs time_units="day"><start>0</start><stop>10</stop><dt>1</dt></sim_specs>
    <model>
        <variables>
            <stock name="Water Level">
                <eqn>10</eqn>
                <outflow>"Leaking"</outflow>
                <units>liter</units>
            </stock>
            <flow name="Leaking">
                <doc>In proportion &amp; slow</doc>
                <eqn>IF "Water Level" &lt; 5 THEN 0 ELSE Water_Level*leak   </eqn>
                <units>liter/day</units>
            </flow>
            <aux name="leak"><eqn>0.1</eqn><units>1/day</units></aux>
        </variables>
        <views><view><stock name="Water Level" x="1" y="2"/><aux name="leak" x="3" y="4"/>
            <connector><from>leak</from><to>Leaking</to></connector></view></views>
    </model>
</xmile>
"""


CLOCK = "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


@pytest.fixture
def cup(tmp_path: Path):
    path = tmp_path / "teacup.mdl"
    path.write_bytes((EXAMPLES / "teacup.mdl").read_bytes())
    return wherenow.open(path)


@pytest.fixture
def tank(tmp_path: Path):
    path = tmp_path / "tank.xmile"
    path.write_text(XMILE, encoding="utf-8")
    return wherenow.open(path)


def changed(before: str, after: str) -> list[str]:
    """The lines that differ."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_a_changed_equation_runs_and_nothing_else_in_the_file_changes(cup):
    before = cup.case.folder.read_text(encoding="utf-8")
    with cup.edit() as e:
        e.set("Room Temperature", 60)
    assert (cup.run()["room_temperature"] == 60).all()
    cup.save()
    assert changed(before, cup.case.folder.read_text(encoding="utf-8")) == ["- \t70", "+ \t60"]
    assert wherenow.open(cup.case.folder).compare(cup).same


def test_line_ends_and_encoding_of_a_file_stay(tmp_path):
    path = tmp_path / "old.mdl"
    path.write_bytes(
        "x= 1\r\n\t~\tm\xe8tre\r\n\t~\t|\r\nTIME STEP=1~~|INITIAL TIME=0~~|FINAL TIME=1~~|\r\n".encode("cp1252")
    )
    with pytest.warns(UserWarning, match="1252"):
        model = wherenow.open(path)
    with model.edit() as e:
        e.set("x", 2)
    model.save()
    assert path.read_bytes().startswith(b"x=\r\n\t2\r\n\t~\tm\xe8tre\r\n")


def test_the_first_value_and_the_rate_of_a_stock_are_separate(cup):
    with cup.edit() as e:
        e.set("Teacup Temperature", initial=90)
    assert cup.run()["teacup_temperature"][0] == 90
    with cup.edit(units=False) as e:
        e.set("Teacup Temperature", "-2 * Heat Loss to Room")
    run = cup.run()
    assert run["teacup_temperature"][0] == 90
    assert run["teacup_temperature"][1] == 90 - 2 * 2 * 0.125


def test_units_and_documentation_are_set_and_the_range_stays(cup):
    with cup.edit(units=False) as e:
        e.set("Room Temperature", unit="Kelvin", doc="Warm.")
    assert cup.variables.loc["room_temperature", ["unit", "documentation"]].tolist() == ["Kelvin", "Warm."]
    assert cup.case.model.variables["room_temperature"].range == (-459.67, 120)


def test_a_name_changes_wherever_it_occurs(cup):
    before = cup.run()["teacup_temperature"]
    with cup.edit() as e:
        e.rename("Room Temperature", "Air (outside)")
    assert (cup.run()["teacup_temperature"] == before).all()
    text = cup.source.decode()
    assert "Room Temperature" not in text
    assert '"Air (outside)"' in text
    assert ",Air (outside),460,310," in text


def test_a_name_within_another_is_left_alone(tmp_path):
    path = tmp_path / "names.mdl"
    path.write_text("rate= 1 ~~|\nbirth rate= rate + 1 ~~|\nrate\\\n\t of change= birth rate * rate ~~|\n"
                    "TIME STEP=1~~|INITIAL TIME=0~~|FINAL TIME=1~~|", encoding="utf-8")  # fmt: skip
    model = wherenow.open(path)
    with model.edit() as e:
        e.rename("rate", "speed")
    assert list(model.variables.index) == ["speed", "birth_rate", "rate_of_change"]


def test_stocks_and_flows_are_added_with_boxes_and_arrows(cup):
    with cup.edit() as e:
        e.add("Wind", 0.5, unit="Degrees Fahrenheit/Minute")
        e.add_flow("Draught", "Wind", out_of="Teacup Temperature", unit="Degrees Fahrenheit/Minute")
        e.add_stock("Heat of Room", 0, inflows=["Heat Loss to Room", "Draught"], unit="Degrees Fahrenheit")
    run = cup.run()
    assert run["heat_of_room"][-1] == pytest.approx(180 - run["teacup_temperature"][-1])
    assert cup.case.model.variables["teacup_temperature"].outflows == ("heat_loss_to_room", "draught")
    text = cup.source.decode()
    assert text.index("Wind=") < text.index(".Control")
    assert text.count(",Heat of Room,") == 1
    assert text.count(",Draught,") == 1


def test_a_variable_is_removed_with_its_box_and_arrows(cup):
    with cup.edit() as e:
        e.set("Heat Loss to Room", "(Teacup Temperature - 70) / Characteristic Time")
        e.remove("Room Temperature")
    text = cup.source.decode()
    assert "Room Temperature" not in text
    assert "\n1,11,7,6," not in text
    assert "\n1,9,8,6," in text


def test_elements_of_arrays_are_listed_separately(tmp_path):
    path = tmp_path / "array.mdl"
    path.write_text("r: a, b ~~|\nx[a]= 1 ~~|\nx[b]= 2 ~~|\nTIME STEP=1~~|INITIAL TIME=0~~|FINAL TIME=1~~|")
    model = wherenow.open(path)
    with model.edit() as e:
        e.set("x[b]", 5)
    assert model.run()["x"][0].to_numpy().tolist() == [1, 5]
    with pytest.raises(UsageError, match="names 2 equations: the file has"), model.edit() as e:
        e.set("x", 5)


BROKEN = {
    "a name that is gone": (lambda e: e.remove("Room Temperature"), "unknown name 'room_temperature'.*was removed"),
    "a name that is not there": (
        lambda e: e.set("Heat Loss to Room", "Draught"),
        "unknown name 'draught'.*set Heat Loss to Room; nothing",
    ),
    "what cannot be read": (lambda e: e.set("Heat Loss to Room", "1 +"), "does not fit|too early"),
    "a circle": (lambda e: e.set("Room Temperature", "Heat Loss to Room"), "circular definition"),
    "a unit": (lambda e: e.set("Heat Loss to Room", "Teacup Temperature"), "the declared unit is"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_batch_that_breaks_something_changes_nothing(cup, what):
    act, told = BROKEN[what]
    before, case = cup.run(), cup.case
    e = cup.edit()
    e.set("Characteristic Time", 20)
    act(e)
    with pytest.raises(InputError, match=told):
        e.apply()
    assert cup.case is case
    assert cup.run().equals(before)
    with pytest.raises(UsageError, match="nothing was edited"):
        cup.save()


def test_an_error_in_the_batch_changes_nothing(cup):
    before = cup.case
    with pytest.raises(ZeroDivisionError), cup.edit() as e:
        e.set("Room Temperature", 1 / 0)
    assert cup.case is before


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda e: e.set("Rom Temperature", 1), "did you mean 'room_temperature'"),
        (lambda e: e.add("Room Temperature", 1), "there is a variable"),
        (lambda e: e.rename("Room Temperature", "Characteristic Time"), "there is a variable"),
        (lambda e: e.set("Room Temperature", initial=1), "is not a stock"),
        (lambda e: e.add_flow("f", 1, into="Room Temperature"), "is not a stock"),
        (lambda e: e.remove("tea"), "no variable 'tea'"),
    ],
)
def test_impossible_edits_are_reported(cup, act, told):
    with pytest.raises(UsageError, match=told), cup.edit() as e:
        act(e)


def test_edits_go_on_from_each_other(cup):
    for value in (60, 50):
        with cup.edit() as e:
            e.set("Room Temperature", value)
    assert (cup.run()["room_temperature"] == 50).all()


def test_an_xmile_file_keeps_its_layout(tank):
    with tank.edit() as e:
        e.set("leak", 0.2, doc="Worse < before")
        e.set("Water Level", initial=20)
    run = tank.run()
    assert run["water_level"][:2].to_numpy().tolist() == [20, 16]
    assert changed(XMILE, tank.source.decode()) == [
        "-                 <eqn>10</eqn>",
        "+                 <eqn>20</eqn>",
        '-             <aux name="leak"><eqn>0.1</eqn><units>1/day</units></aux>',
        '+             <aux name="leak"><eqn>0.2</eqn>',
        "+ <doc>Worse &lt; before</doc><units>1/day</units></aux>",
    ]


def test_an_xmile_name_changes_wherever_it_occurs(tank):
    before = tank.run()["water_level"]
    with tank.edit() as e:
        e.rename("Water Level", "Pool")
        e.rename("Leaking", "Loss of Water")
    assert (tank.run()["pool"] == before).all()
    text = tank.source.decode()
    assert "<eqn>IF Pool &lt; 5 THEN 0 ELSE Pool*leak   </eqn>" in text
    assert "<outflow>Loss_of_Water</outflow>" in text
    assert '<stock name="Pool" x="1" y="2"/>' in text
    assert "<to>Loss of Water</to>" in text


def test_xmile_variables_are_added_and_removed(tank):
    with tank.edit() as e:
        e.add("rain", 3, unit="liter/day", doc="per day")
        e.add_flow("raining", "rain", into="Water Level", unit="liter/day")
        e.add_stock("lost", 0, inflows=["Leaking"], unit="liter")
    run = tank.run()
    np.testing.assert_allclose(run["lost"] + run["water_level"], 10 + 3 * run.time)
    with tank.edit() as e:
        e.remove("raining")
        e.remove("rain")
    assert "rain" not in tank.source.decode()
    assert tank.case.model.variables["water_level"].inflows == ()


def test_a_stock_of_xmile_is_changed_by_its_flows(tank):
    with pytest.raises(UsageError, match="which its flows change"), tank.edit() as e:
        e.set("Water Level", "3")


def test_an_equation_beside_a_list_of_its_causes_is_set(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text("x = A FUNCTION OF( b) ~~|\nx = 2 ~~|\nb = 1 ~~|\n" + CLOCK)
    with pytest.warns(UserWarning, match="a list of causes that differs"):
        model = wherenow.open(path)
    with model.edit() as e:
        e.set("x", "b + 4")
    assert model.run()["x"][0] == 5


@pytest.fixture
def school(tmp_path: Path):
    shutil.copytree(located(Path("school-influenza")), tmp_path / "school")
    return wherenow.open(tmp_path / "school")


def test_a_case_keeps_the_comments_and_layout_of_its_files(school):
    file = school.case.folder / "model" / "school.yaml"
    before = file.read_text("utf-8")
    with school.edit() as e:
        e.set("boys", 800)
        e.set("contact rate", "lognormal(3, 0.4)")
        e.set("catching", "2 * contact_rate * susceptible * infectious / boys", doc="Everybody: in class")
        e.set("in_bed", initial=1)
    assert file.read_text("utf-8") == before
    assert school.run()["boys"][0] == 800
    assert school.run()["in_bed"][0] == 1
    school.save()
    assert changed(before, file.read_text("utf-8")) == [
        '-   stock: { initial: "0", in: [going_to_bed], out: [getting_up] }',
        "+   stock: { initial: 1, in: [going_to_bed], out: [getting_up] }",
        "-   flow: contact_rate * susceptible * infectious / boys",
        "+   flow: 2 * contact_rate * susceptible * infectious / boys",
        "-   about: Everybody meets everybody, in class, at table and in the dormitories.",
        '+   about: "Everybody: in class"',
        "- boys: { parameter: 763, unit: boy, about: Boys of the school in January 1978., evidence: [P1S4] }",
        "+ boys: { parameter: 800, unit: boy, about: Boys of the school in January 1978., evidence: [P1S4] }",
        '-   parameter: { prior: "lognormal(2.5, 0.5)", range: [0.3, 15] }',
        '+   parameter: { prior: "lognormal(3, 0.4)", range: [0.3, 15] }',
    ]
    again = wherenow.open(school.case.folder)
    assert again.case.hash == school.case.hash
    assert again.run().drop_attrs().equals(school.run().drop_attrs())


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda e: e.set("boy", 3), "no variable 'boy'.*did you mean 'boys'"),
        (lambda e: e.set("susceptible", 3), "which its flows change"),
        (lambda e: e.set("contact_rate", 3), "give a distribution"),
        (lambda e: e.set("catching[a]", 3), "no equation of its own for"),
        (lambda e: e.rename("boys", "pupils"), "renamed in its files"),
        (lambda e: e.remove("boys"), "removed in its files"),
        (lambda e: e.add("girls", 3), "added in its files"),
    ],
)
def test_edits_that_a_case_does_not_allow_are_refused(school, act, message):
    with pytest.raises(UsageError, match=message):
        act(school.edit())


def test_an_edit_that_breaks_a_case_changes_nothing(school):
    with pytest.raises(InputError, match=r"school.yaml:36:9: error: unknown name 'girls'"), school.edit() as e:
        e.set("catching", "girls * 2")
    assert school.source is None
    with school.edit() as e:
        e.set("boys", 800)
    with school.edit() as e:
        e.set("boys", 900, unit="boy")
    assert school.run()["boys"][0] == 900
    with pytest.raises(UsageError, match="in its own folder"):
        school.save("elsewhere")


def test_a_unit_that_a_case_lacks_is_added_to_its_entry(school):
    file = school.case.folder / "model" / "school.yaml"
    file.write_text(file.read_text("utf-8").replace("  unit: boy/day\n  about: Boys fall", "  about: Boys fall"))
    file.write_text(file.read_text("utf-8").replace("763, unit: boy, about", "763, about"))
    model = wherenow.open(school.case.folder)
    with model.edit() as e:
        e.set("going_to_bed", unit="boy/day")
        e.set("boys", unit="boy")
    model.save()
    assert wherenow.open(school.case.folder).variables.loc[["going_to_bed", "boys"], "unit"].tolist() == [
        "boy/day",
        "boy",
    ]


def test_a_file_that_a_batch_leaves_alone_is_parsed_once(school, monkeypatch):
    other = school.case.folder / "model" / "other.yaml"
    other.write_text("girls: { parameter: 0, unit: boy, about: There are none., assumption: A boarding school. }\n")
    parsed = []
    monkeypatch.setattr(case_text, "compose", lambda text, **how: parsed.append(text) or compose(text, **how))
    e = wherenow.open(school.case.folder).edit()
    for boys in (800, 801, 802):
        e.set("boys", boys)
    assert parsed.count(other.read_text("utf-8")) == 1


MODULES = """<xmile version="1.0"><sim_specs><start>0</start><stop>2</stop><dt>1</dt></sim_specs>
<model><variables><module name="Hares"/><aux name="y"><eqn>Hares.births * 2</eqn></aux></variables></model>
<model name="Hares"><variables><!-- kept --><aux name="births"><eqn>3</eqn></aux></variables></model></xmile>
"""


def test_an_equation_within_a_module_is_set(tmp_path):
    path = tmp_path / "modules.xmile"
    path.write_text(MODULES)
    model = wherenow.open(path)
    with model.edit() as e:
        e.set("Hares.births", "4 + TIME")
    assert model.run()["y"].values.tolist() == [8, 10, 12]
    assert model.save().read_text() == MODULES.replace("<eqn>3</eqn>", "<eqn>4 + TIME</eqn>")
    for act in (lambda e: e.rename("Hares.births", "deaths"), lambda e: e.remove("Hares.births")):
        with pytest.raises(UsageError, match=r"set\(\) alone changes a module's variables"):
            act(model.edit())


def test_a_model_that_was_cut_has_no_file(epidemic):
    with pytest.raises(UsageError, match="cannot be edited"):
        epidemic.cut("susceptible -> infecting").edit()
