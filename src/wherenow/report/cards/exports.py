"""A card as a file: a picture, a table or a page, each with title, unit, setting, source, licence and provenance."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from wherenow.case.case_types import Case
from wherenow.ensemble.draws import Draws
from wherenow.outlook.outlook_types import SHARES
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.outcome_chart import LARGE, averaged, outcome_chart
from wherenow.report.charts.svg import drawing, element
from wherenow.report.page import TEMPLATES, environment, file_context
from wherenow.report.pictures import alone
from wherenow.report.wording.texts import date, direction, embedded, texts, unit

EDGE, LETTERS, SMALL_LETTERS = 20.0, 78, 118
RULES = (
    ".said{font:600 17px system-ui,sans-serif;fill:var(--ink)}.small{font:12px system-ui,sans-serif;fill:var(--soft)}"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The provenance stated in a file."""

    case: str
    article: str
    provenance: str

    @staticmethod
    def of(case: Case, draws: Draws) -> Frame:
        """Return the frame for a case's cards on an ensemble."""
        source = case.source
        parts = [source.title, source.author, source.publisher, date(source.published), source.url] if source else []
        made = f"wherenow {version('wherenow')}, case {case.name} {case.hash[:8]}, {len(draws):,} draws"
        return Frame(case.title, ", ".join(filter(None, parts)), f"{made} ({draws.basis}), draws {draws.hash[:8]}")


def picture(card: Card, frame: Frame, language: str = "en") -> str:
    """Write a card as an SVG file."""
    head = textwrap.wrap(card.headline, LETTERS)
    foot = [line for content in _footer(card, frame, language) for line in textwrap.wrap(content, SMALL_LETTERS)]
    top = EDGE + 22 * len(head) + 18
    height = top + (LARGE.height if card.shown else 0) + 18 + 16 * len(foot) + EDGE / 2
    right = direction(language) == "rtl"
    side: dict[str, Any] = {"x": LARGE.width - EDGE, "text_anchor": "end"} if right else {"x": EDGE}

    def text(content: str, y: float, kind: str = "small") -> Markup:
        return element("text", embedded(content, language), class_=kind, y=y, **side)

    parts = [text(content, EDGE + 10 + 22 * i, "said") for i, content in enumerate(head)]
    parts.append(text(_about(card, language), top - 2))
    if card.shown:
        chart = outcome_chart(card.shown, LARGE, card.headline)
        parts.append(element("svg", chart, x=0, y=top + 4, width=LARGE.width, height=LARGE.height))
    first = height - EDGE / 2 - 16 * len(foot) + 6
    parts += [text(content, first + 16 * i) for i, content in enumerate(foot)]
    drawn = drawing(LARGE.width, height, card.headline, " ".join(foot), *parts, class_="chart card-file")
    return alone(drawn, RULES)


def table(card: Card, frame: Frame, language: str = "en") -> list[list[Any]]:
    """Write a card as a table: metadata in rows that begin with ``#``, then times, quantiles and data."""
    head = ["time", *(f"q{100 * q:g}" for q in SHARES), *(f"baseline_q{100 * q:g}" for q in SHARES), "datum", "quality"]
    width = len(head)
    metadata = [card.headline, _about(card, language), *_footer(card, frame, language)]
    rows: list[list[Any]] = [head]
    if card.shown is None:
        return annotated(rows, metadata)
    shown = card.shown
    before = shown.before if shown.before is not None else shown.quantiles
    for i, time in enumerate(shown.times.tolist()):
        own = [f"{v:.8g}" for v in (*shown.quantiles[:, i].tolist(), *before[:, i].tolist())]
        rows.append([shown.clock.machine(time), *own, "", ""])
    rows += [[*_padded([shown.clock.machine(d.time)], width - 2), f"{d.value:.8g}", d.quality] for d in shown.data]
    return annotated(rows, metadata)


def notes(case: Case, frame: Frame, title: str, unit: str, language: str = "en") -> list[str]:
    """Return the metadata of a list as a file: title, unit, setting, article, licences of its data and provenance."""
    own = texts(language)
    licences = dict.fromkeys(licence for series in case.data.values() for licence in series.licence if licence)
    return [
        f"{title}: {frame.case}",
        unit,
        f"{own['card.setting']}: {own['card.baseline']}",
        *([f"{own['card.says']}: {frame.article}"] if frame.article else []),
        *([f"{own['card.source']}: {own['card.licence'].format(licence=', '.join(licences))}"] if licences else []),
        frame.provenance,
    ]


def annotated(rows: list[list[Any]], metadata: list[str]) -> list[list[Any]]:
    """Prepend rows that begin with ``#`` and describe the table."""
    return [*(_padded([f"# {one}"], len(rows[0])) for one in metadata), *rows]


def page(card: Card, frame: Frame, case: Case, language: str = "en") -> str:
    """Write a card as one HTML file for embedding."""
    template = environment(TEMPLATES).get_template("embed.html")
    return template.render(file_context(language, "crosshair.js"), card=card, frame=frame, source=case.source)


def _about(card: Card, language: str) -> str:
    own = texts(language)
    if card.shown is None:
        return card.setting
    measured = unit(card.shown.unit, language) or own["card.nounit"]
    parts = [f"{card.shown.label}, {measured}"]
    parts += [averaged(card.shown)] if card.shown.period else []
    return "; ".join(parts)


def _footer(card: Card, frame: Frame, language: str) -> Iterator[str]:
    own = texts(language)
    yield f"{own['card.setting']}: {card.setting or own['card.baseline']}"
    yield f"{own['card.decided']}: {card.rule}"
    if card.origin:
        licences = ", ".join(card.origin.licences)
        origin = f"{own['card.source']}: {card.origin.label}: {'; '.join(card.origin.sources[:3])}"
        yield f"{origin} ({own['card.licence'].format(licence=licences)})" if licences else origin
    elif card.shown:
        yield own["card.unmeasured"]
    yield f"{own['card.says']}: {frame.article}" if frame.article else frame.case
    yield frame.provenance


def _padded(row: list[Any], width: int) -> list[Any]:
    return [*row, *[""] * (width - len(row))]
