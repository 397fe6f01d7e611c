"""A list as a self-contained picture: in each row a statement, a bar from 0 to 1, and a word."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wherenow.report.charts.axis import Scale
from wherenow.report.charts.svg import XMLNS, drawing, element

ROW, HEAD, NOTE = 26.0, 40.0, 16.0
BARS, WORDS, WIDTH = 600.0, 752.0, 960.0
WIDTH_OF_NOTE = 150
LONGEST = 92
"""Characters of text that fit beside the bars."""
STYLE = (
    ".rows text{font:13px system-ui,sans-serif;fill:#19222d}.rows .title{font-size:17px;font-weight:600}"
    ".rows .note{font-size:12px;fill:#525d6b}.rows .paper{fill:#fff}.rows .track{fill:#e6e8ec}.rows .fill{fill:#1a5a92}"
)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A statement, its share from 0 to 1 (None without a number), and the word for it."""

    says: str
    share: float | None
    word: str


def rows_chart(title: str, rows: Sequence[ChartRow], notes: Sequence[str] = ()) -> Markup:
    """Draw ``rows`` above ``notes`` on their provenance as an SVG file with one text for screen readers."""
    lines = [line for note in notes for line in textwrap.wrap(note, WIDTH_OF_NOTE)]
    end = HEAD + len(rows) * ROW + 8
    height = end + len(lines) * NOTE + 8
    description = "; ".join(f"{row.says}: {row.word}" for row in rows)
    parts = [part for k, row in enumerate(rows) for part in _row(row, HEAD + k * ROW)]
    paper = element("rect", class_="paper", x=0, y=0, width=WIDTH, height=height)
    head = (element("style", Markup(STYLE)), paper, element("text", title, class_="title", x=12, y=25))
    foot = (element("text", line, class_="note", x=12, y=end + NOTE * (k + 0.8)) for k, line in enumerate(lines))
    return drawing(WIDTH, height, title, description, *head, *parts, *foot, class_="rows", xmlns=XMLNS)


def _row(row: ChartRow, y: float) -> list[Markup]:
    says = row.says if len(row.says) <= LONGEST else row.says[: LONGEST - 1].rstrip() + "…"
    parts = [
        element("text", says, x=12, y=y + 15),
        element("text", row.word, x=WORDS, y=y + 15),
    ]
    if row.share is not None:
        xs = Scale(0, 1, BARS, WORDS - 12)
        filled = max(xs(row.share) - BARS, 1.0)
        parts.append(element("rect", class_="track", x=BARS, y=y + 4, width=WORDS - 12 - BARS, height=14))
        parts.append(element("rect", class_="fill", x=BARS, y=y + 4, width=filled, height=14))
    return parts
