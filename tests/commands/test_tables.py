"""Tables: whole in a pipe, within a terminal's width, and of texts as they are."""

import pytest
from rich.table import Table
from rich.text import Text

from wherenow.commands.console_tables import lines, show, show_markdown

LONG = "a-claim-with-a-name-as-long-as-an-analyst-needs-it-to-be-to-know-it-again"


@pytest.fixture
def table():
    made = Table("claim", "what it says", title="Claims")
    made.add_column("share", justify="right")
    made.add_row(LONG, "one\ntwo", "7%")
    made.add_row("x[a]", Text("holds", "green"), "100%")
    return made


def test_into_a_pipe_a_row_is_a_line_with_every_cell_whole(table, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    show(table)
    title, head, first, second = capsys.readouterr().out.splitlines()
    assert title == "Claims"
    assert head.split() == ["claim", "what", "it", "says", "share"]
    assert first.split("  ")[0] == LONG
    assert first.endswith("one two          7%")
    assert second.split() == ["x[a]", "holds", "100%"]


def test_numbers_stand_to_the_right_and_texts_to_the_left(table):
    _, head, first, second = lines(table)
    assert len(head) == len(first) == len(second)
    assert second.startswith("x[a] ")


def test_wide_characters_keep_columns_aligned():
    table = Table("name", "n")
    table.add_row("関係", "1")
    table.add_row("ab", "2")
    assert [*lines(table)] == ["name  n", "関係  1", "ab    2"]


@pytest.mark.parametrize("columns", ["40", "80"])
def test_in_a_terminal_nothing_of_a_cell_is_lost(table, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    show(table)
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert "x[a]" in shown
    assert LONG in shown


def test_claims_in_a_pipe_are_a_line_each_with_their_whole_names(wherenow, town, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    head, *rows = wherenow("claims", town, "--draws", 20).stdout.splitlines()
    assert head.split() == ["claim", "kind,", "evidence", "data", "model", "against", "verdict"]
    names = [row.split()[0] for row in rows]
    assert len(set(names)) == len(names) > 1
    assert all("…" not in row for row in rows)


PAGE = """# Why: A *very* small case

See [the docs](docs/why.md), where **one claim** rests on `a → b`, and 2 * x * y stays.

| claim | whole |
|---|---|
| **shrank**: It shrank | 90% |
| `x[a]` | 5% |

- The end.
"""


def test_markdown_is_shown_without_its_marks(capsys):
    show_markdown(PAGE)
    assert capsys.readouterr().out.splitlines() == [
        "Why: A very small case",
        "",
        "See the docs (docs/why.md), where one claim rests on a → b, and 2 * x * y stays.",
        "",
        "claim              whole",
        "shrank: It shrank  90%",
        "x[a]               5%",
        "",
        "- The end.",
    ]
