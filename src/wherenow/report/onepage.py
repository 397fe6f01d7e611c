"""The one-page brief as a picture: findings with charts, their basis, and what would change them.

The PDF is made from it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.outcome_chart import TALL, outcome_chart
from wherenow.report.charts.svg import drawing, element
from wherenow.report.pictures import alone
from wherenow.report.wording.texts import chance, direction, embedded, isolated, share, texts

WIDTH, HEIGHT, EDGE, GAP = 794.0, 1123.0, 44.0, 22.0
"""A4 at 96 dots per inch. A page is longer if its findings do not fit."""
POINTS = 0.75
"""Points per dot."""
LETTER = 0.54
"""The width of a letter as a share of its height, in wide fonts."""
RULES = (
    ".page .said{font-family:system-ui,sans-serif;fill:var(--ink)}.page .soft{fill:var(--soft)}"
    ".page .strong{font-weight:700}"
)


@dataclass(slots=True)
class _Column:
    """A column of text and drawings of ``width`` that begins at ``x`` and grows down from ``y``."""

    x: float
    width: float
    y: float
    language: str = "en"
    parts: list[Markup] = field(default_factory=list)

    def text(self, content: str, size: float, kind: str = "", space: float = 0.0, *, ours: bool = True) -> None:
        """Set a text. A text of the case (not ``ours``) keeps its own direction."""
        self.y += space
        right = direction(self.language) == "rtl"
        place = {"x": self.x + self.width, "text_anchor": "end"} if right else {"x": self.x}
        for line in textwrap.wrap(content, max(12, int(self.width / (LETTER * size)))):
            self.y += 1.32 * size
            own = {"class_": f"said {kind}".strip(), "font_size": f"{size:g}", "y": self.y, **place}
            own_line = line if ours else isolated(line, self.language)
            self.parts.append(element("text", embedded(own_line, self.language), **own))

    def items(self, title: str, lines: Iterable[str]) -> None:
        self.text(title, 15, "strong", 16)
        for one in lines:
            self.text(f"• {one}", 11, space=2)


def one_page(context: Mapping[str, Any], title: str, question: str, language: str = "en") -> str:
    """Draw the page of :func:`wherenow.web.views.brief_page.context` as an SVG file."""
    own = texts(language)
    page = _Column(EDGE, WIDTH - 2 * EDGE, EDGE - 12, language)
    page.text(title, 25, "strong", ours=False)
    page.text(question, 12.5, "soft", 2, ours=False)
    page.text(f"{context['headline']['setting']}.", 11.5, "strong", 6)
    for change in context["headline"]["changes"]:
        likely = own["list.comma"].join((share(change.p, language), chance(change.p, language)))
        page.text(f"{likely}: {isolated(change.says, language)}", 11, space=1)
    page.text(own["brief.know"], 15, "strong", 12)
    page.y = _cards(page, context["cards"], language)
    page.items(own["brief.rests"], context["rests"])
    page.items(own["brief.change"], context["moves"])
    page.text(f"{context['provenance']}.", 9, "soft", 12, ours=False)
    height = max(HEIGHT, page.y + EDGE / 2)
    drawn = drawing(WIDTH, height, title, question, *page.parts, class_="chart page")
    sized = str(drawn).replace(f'width="{WIDTH:g}"', f'width="{POINTS * WIDTH:g}" height="{POINTS * height:g}"', 1)
    return alone(Markup(sized), RULES)


def _cards(page: _Column, cards: Sequence[Card], language: str) -> float:
    """Draw cards in two columns and return where the last row ends; a row is as tall as its taller card."""
    width = (page.width - GAP) / 2
    below = page.y
    for i, card in enumerate(cards):
        column = _Column(EDGE + (i % 2) * (width + GAP), width, page.y + 4, language)
        column.text(card.headline, 12.5, "strong")
        if card.parts:
            column.text(card.parts, 9.5, "soft", 1)
        if card.shown:
            column.text(card.shown.label, 9.5, "soft", 1, ours=False)
            height = width * TALL.height / TALL.width
            chart = outcome_chart(card.shown, TALL, card.headline)
            column.parts.append(element("svg", chart, x=column.x, y=column.y + 4, width=width, height=height))
            column.y += height + 6
        if card.origin:
            sources = f"{card.origin.sources[0]}{' …' if len(card.origin.sources) > 1 else ''}"
            column.text(textwrap.shorten(sources, 130, placeholder="…"), 8.5, "soft", 2, ours=False)
        page.parts += column.parts
        below = max(below, column.y)
        if i % 2 or i == len(cards) - 1:
            page.y = below + 6
    return page.y
