"""Tables for people: as wide as the terminal, or one line per row into a pipe or file."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table


WIDEST = 10_000
"""Width of a terminal in which every table fits."""


def show_rows(heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "", *, right: bool = False) -> None:
    """Print rows under their heads; with ``right``, all columns but the first are aligned to the right."""
    from rich.table import Table

    table = Table(title=title or None, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if right and place else "left")
    for row in rows:
        table.add_row(*row)
    show(table)


def show(table: Table) -> None:
    """Print a table on standard output. Texts in cells are shown verbatim: ``x[a]`` is a name, not markup.

    Words are never broken: if a terminal is too narrow for those of a row, its line continues on the next.
    """
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        for line in lines(table):
            typer.echo(line)
        return
    natural = _widths(table, lambda cell: cell.split("\n"))
    rules = Measurement.get(console, console.options.update(width=WIDEST), table).maximum - sum(natural)
    widths = _within(console.width - rules, natural, _widths(table, str.split))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    Console(markup=False, highlight=False, width=max(console.width, sum(widths) + rules)).print(table)


def lines(table: Table) -> Iterator[str]:
    """Return the title, the heads and each row of a table as a line, columns aligned, two spaces between them."""
    from rich.cells import cell_len

    if table.title:
        yield _plain(table.title)
    right = [place for place, column in enumerate(table.columns) if column.justify == "right"]
    yield from aligned([*zip(*(map(_plain, cells) for cells in _cells(table)), strict=True)], right, cell_len)


def show_markdown(page: str) -> None:
    """Print a page of Markdown as plain text: headings, lists, emphasis, links, and its tables as :func:`show` does.

    Lines are read one by one, which suffices for wherenow's own Markdown: no paragraph or item spans several lines.
    """
    for in_table, group in groupby(page.rstrip().split("\n"), lambda line: line.startswith("|")):
        if not in_table:
            typer.echo("\n".join(_inline(re.sub(r"^#+ ", "", line)) for line in group))
            continue
        head, _, *rows = ([_inline(cell.strip()) for cell in line.strip("|").split("|")] for line in group)
        show_rows(head, rows)


def _inline(text: str) -> str:
    """Return a line of Markdown without its marks, with a link's address in brackets."""
    text = re.sub(r"\[([^\[\]]+)\]\(([^()\s]+)\)", r"\1 (\2)", text)
    text = re.sub(r"(?<![\w*])(\*\*?)(?=\S)(.+?)(?<=\S)\1(?![\w*])", r"\2", text)
    return re.sub(r"`([^`]+)`", r"\1", text)


def aligned(
    rows: Sequence[Sequence[str]], right: Container[int] = (), length: Callable[[str], int] = len
) -> Iterator[str]:
    """Return a line per row, columns aligned (those at places ``right`` to the right), two spaces between them.

    It does not need rich, which takes longer to import than a small model takes to run.
    """
    widths = [max(map(length, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        gaps = (" " * (width - length(cell)) for width, cell in zip(widths, row, strict=True))
        cells = (gap + cell if k in right else cell + gap for k, (gap, cell) in enumerate(zip(gaps, row, strict=True)))
        yield "  ".join(cells).rstrip()


def _cells(table: Table) -> list[list[str]]:
    """Return the head and the cells of each column, as texts."""
    return [[str(column.header), *map(str, column.cells)] for column in table.columns]


def _widths(table: Table, parts: Callable[[str], list[str]]) -> list[int]:
    """Return the width of each column's widest part, where ``parts`` splits a cell."""
    from rich.cells import cell_len

    return [max((cell_len(part) for cell in cells for part in parts(cell)), default=0) for cells in _cells(table)]


def _within(room: int, natural: list[int], least: list[int]) -> list[int]:
    """Return widths that add up to ``room``, the widest made narrower first; none below its ``least``, even if that is
    more.
    """
    widths = list(natural)
    while sum(widths) > room:
        loose = [i for i, width in enumerate(widths) if width > least[i]]
        if not loose:
            break
        widths[max(loose, key=lambda i: widths[i])] -= 1
    return widths


def _plain(cell: object) -> str:
    return " ".join(str(cell).split("\n"))
