"""``wherenow diff``: what differs between two models."""

import json


def test_the_same_model_has_no_difference(wherenow, teacup):
    result = wherenow("diff", teacup, teacup)
    assert result.exit_code == 0
    assert "no difference" in result.stdout


def test_a_changed_equation_is_reported_with_what_it_does(wherenow, teacup, tmp_path):
    other = tmp_path / "other.mdl"
    other.write_text(teacup.read_text().replace("Room Temperature= 70", "Room Temperature= 60"))
    result = wherenow("diff", teacup, other)
    assert result.exit_code == 1
    first, *rest = result.stdout.splitlines()
    assert first == "room_temperature: equation: Room Temperature= 70 -> Room Temperature= 60"
    assert any(line.startswith("teacup_temperature: ") for line in rest)


def test_programs_get_the_same_answers(wherenow, teacup, tmp_path):
    other = tmp_path / "other.mdl"
    other.write_text(teacup.read_text().replace("Characteristic Time= 10", "Characteristic Time= 0"))
    found = json.loads(wherenow("diff", teacup, other, "--json").stdout)
    assert [edit["name"] for edit in found["edits"]] == ["characteristic_time"]
    assert {d["name"] for d in found["departures"]} >= {"teacup_temperature"}
