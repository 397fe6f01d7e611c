"""What `wherenow check` reports for hostile files and for many problems at once; tests/mistakes has single mistakes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.errors import InputError


def spoil(folder: Path, file: str, old: str | None, new: str) -> None:
    path = folder / file
    content = "" if old is None else path.read_text("utf-8")
    assert old is None or old in content, f"{old!r} does not stand in {file}"
    path.write_text(new if old is None else content.replace(old, new, 1), "utf-8")


def check(folder: Path) -> tuple[list[str], int]:
    """What is printed of each problem, without the folder and the lines that are quoted; and the exit status."""
    result = CliRunner(env={"COLUMNS": "400"}).invoke(app, ["check", str(folder)])
    told = [line for line in result.output.splitlines() if line.startswith(str(folder) + "/")]
    return [line.replace(f"{folder}/", "").replace(str(folder), "lake") for line in told], result.exit_code


def test_a_text_that_is_not_utf8_is_reported_with_its_byte(lake):
    (lake / "claims.yaml").write_bytes(b"a:\n  says: caf\xe9\n")
    assert check(lake) == (["claims.yaml:2:12: error: the file is not UTF-8 text (save it as UTF-8)"], 1)


def test_a_folder_without_settings_says_how_to_make_a_case(lake):
    (lake / "case.yaml").unlink()
    hint = "make a case with: wherenow new NAME"
    assert check(lake) == ([f"case.yaml:1:1: error: the folder has no case.yaml ({hint})"], 1)


def test_a_folder_without_a_model_is_not_a_case(lake):
    for path in (lake / "model").iterdir():
        path.unlink()
    assert check(lake) == (["model:1:1: error: the case has no model (model/*.yaml)"], 1)


def test_nesting_is_limited(lake):
    (lake / "scenarios.yaml").write_text("a: " + "[" * 100_000)
    assert check(lake) == (["scenarios.yaml:1:63: error: nested more than 60 levels deep"], 1)


def test_aliases_cannot_multiply(lake):
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    (lake / "levers.yaml").write_text(bomb)
    told, status = check(lake)
    assert "levers.yaml:2:8: error: the alias '*a' is not allowed" in told[0]
    assert (len(told), status) == (1, 1)


def test_a_file_beyond_two_megabytes_is_refused_unread(lake):
    (lake / "events.yaml").write_text("#" * 2_000_001)
    assert check(lake) == (["events.yaml:1:1: error: the file is larger than 2,000,000 bytes"], 1)


def test_a_comma_within_braces_is_explained(lake):
    spoil(lake, "events.yaml", "{ input: rain_change, add: -0.9 }", "{ input: rain_change, add: -0.9, for: 6, months }")
    told, _ = check(lake)
    assert told == ["events.yaml:10:48: error: unknown key 'months' (a text with a comma inside braces needs quotes)"]


ALL_AT_ONCE = [
    ("model/town.yaml", 'lognormal(0.5, 0.3)"', 'lognormla(0.5, 0.3)"'),
    ("model/lake.yaml", "water / capacity", "watr / capacity"),
    ("model/lake.yaml", "auxiliary: max(0, 1 + rain_change)", "auxiliary: max(0, 1 + rain_chang)"),
    ("levers.yaml", "default: 1", "default: one"),
    ("events.yaml", "date: 2010-01-01", "date: 2010-02-30"),
    ("data/lake.csv", "101,hm3", "1O1,hm3"),
    ("claims.yaml", "kind: state", "kind: stat"),
]


def test_all_problems_are_reported_at_once_in_order_of_file_and_line(lake):
    for edit in ALL_AT_ONCE:
        spoil(lake, *edit)
    told, status = check(lake)
    assert [line.split(": ")[0] for line in told] == [
        "claims.yaml:2:3",
        "data/lake.csv:3:24",
        "events.yaml:2:9",
        "levers.yaml:7:3",
        "model/lake.yaml:26:25",
        "model/lake.yaml:35:14",
        "model/town.yaml:70:24",
    ]
    assert status == 1


def test_a_sound_case_exits_0(lake):
    assert check(lake) == ([], 0)


def test_reading_a_broken_case_raises_the_same_problems(lake):
    for edit in ALL_AT_ONCE:
        spoil(lake, *edit)
    with pytest.raises(InputError) as caught:
        read_case(lake)
    assert len(caught.value.diagnostics) == 5  # names in equations are looked at by check


def test_a_parameter_within_a_parameter_is_reported(lake):
    spoil(lake, "model/town.yaml", 'parameter: { prior: "tri', 'parameter: { parameter: "tri')
    told, status = check(lake)
    assert status == 1
    assert "names 1 subscripts, the variable has no dimensions" in "\n".join(told)
