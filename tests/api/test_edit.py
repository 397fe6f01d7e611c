"""Edits of a model: checked and applied as a whole or not at all, the file's layout and comments kept."""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np
import pytest

import wherenow
from wherenow import InputError, UsageError
from wherenow.api.opening import EXAMPLES

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


def test_the_first_value_and_the_rate_of_a_stock_are_set_apart(cup):
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


def test_a_name_changes_wherever_it_stands(cup):
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


def test_elements_of_arrays_are_set_apart(tmp_path):
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
def test_edits_that_cannot_be_meant_are_told(cup, act, told):
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


def test_an_xmile_name_changes_wherever_it_stands(tank):
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


def test_a_case_is_edited_in_its_files():
    with pytest.raises(UsageError, match="is a case"):
        wherenow.open("school-influenza").edit()


def test_a_model_that_was_cut_has_no_file(epidemic):
    with pytest.raises(UsageError, match="cannot be edited"):
        epidemic.cut("susceptible -> infecting").edit()
