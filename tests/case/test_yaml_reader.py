"""YAML with locations: every text knows its own, whatever its quotes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import YamlMapping, YamlScalar, parse_yaml
from wherenow.errors import Text


def only(content: str) -> YamlScalar:
    """The value of the key ``a``, of a text without problems."""
    problems = Problems()
    tree = parse_yaml(content, "f.yaml", problems)
    assert problems.in_order() == ()
    assert isinstance(tree, YamlMapping)
    found = tree.entries["a"]
    assert isinstance(found, YamlScalar)
    return found


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("a: x + y", 1, 4),
        ('a: "x + y"', 1, 5),
        ("a: 'x + y'", 1, 5),
        ("a: |\n  x + y", 2, 3),
        ("a: >-\n    x + y", 2, 5),
        ("# a comment\nb: 1\na:   x + y", 3, 6),
        ("{ b: 1, a: x + y }", 1, 12),
        ("a:\n  x + y", 2, 3),
    ],
)
def test_a_text_begins_where_its_first_letter_is(content, line, column):
    found = only(content)
    assert found.text.content.strip() == "x + y"
    place = found.text.locate(0)
    assert (place.line, place.column) == (line, column)


@pytest.mark.parametrize("content", ["a: >-\n  one +\n  two", "a: |\n  one +\n  two", "a: one +\n  two"])
def test_an_offset_into_a_later_line_leads_to_that_line(content):
    text = only(content).text
    place = text.locate(text.content.index("two"))
    assert (place.line, place.column) == (3 if content[3] in ">|" else 2, 3)


def test_numbers_and_truths_are_plain_and_dates_stay_text():
    assert only("a: 1e3").number == 1000.0
    assert only("a: '1e3'").number is None
    assert only("a: 0x10").number is None
    assert only("a: True").boolean is True
    assert only("a: yes").boolean is None
    assert only("a: 2014-06-10").value == "2014-06-10"
    assert only("a: ~").is_null


@given(st.text(max_size=200))
def test_any_text_gives_a_tree_or_located_problems(content):
    problems = Problems()
    parse_yaml(content, "f.yaml", problems)
    lines = content.count("\n") + content.count("\r") + 1
    assert all(p.location is not None and 1 <= p.location.line <= lines + 1 for p in problems.in_order())


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_line_end_that_editors_do_not_show_is_refused_with_its_place(character):
    problems = Problems()
    assert parse_yaml(f"a: 1\nb: two{character}words", "f.yaml", problems) is None
    assert [str(p).partition(": ")[0] for p in problems.in_order()] == ["f.yaml:2:7"]


SHIPPED = sorted((Path(__file__).parents[2] / "cases").rglob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parts[-2]}-{path.name}")
def test_the_parser_in_python_gives_the_tree_of_libyaml(path, monkeypatch):
    content = path.read_text("utf-8")[:6000].rpartition("\n\n")[0]
    fast, slow = Problems(), Problems()
    tree = parse_yaml(content, path.name, fast)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert (parse_yaml(content, path.name, slow), slow.in_order()) == (tree, fast.in_order())


def test_locations_count_from_one():
    assert str(Text("x", "f.yaml", 3, 7).locate(0)) == "f.yaml:3:7"
