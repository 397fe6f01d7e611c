"""Render an outlook as one self-contained HTML page that makes no network requests, and prepare its contents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from wherenow.audit.audit_file import is_stale, stored_audit
from wherenow.case.case_types import Case
from wherenow.claims.findings import Finding
from wherenow.files import write_text
from wherenow.foresight.verbal_probabilities import SCALE
from wherenow.foresight.verbal_probabilities import words as chance
from wherenow.outlook.learning import Margins
from wherenow.outlook.outlook_types import SHARES, Fan, ForecastChange, Ground, Outlook, ScenarioComparison
from wherenow.report.cards.article import Quote, place, unused
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts import learned, outcome_chart, shares
from wherenow.report.charts.why_chart import why_context
from wherenow.report.wording import numbers, texts
from wherenow.report.wording.labels import Label, actors_in_words, in_words, labels
from wherenow.report.wording.numbers import compact

if TYPE_CHECKING:
    from jinja2 import Environment

    from wherenow.audit.audit_file import StoredTest
    from wherenow.case.case_types import Event, Source
    from wherenow.explain.reasons import Reasons


TEMPLATES = Path(__file__).parent / "templates"
_ADDRESS = re.compile(r"https?://[^\s;,)]+")
APART = 0.05
"""A series is named if fewer simulated data sets than this share are as far off."""
NAMED = 4
"""Names that a tile shows before its details."""
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A finding and its main sector, '' if its formulas name no variable of the model."""

    finding: Finding
    sector: str


def tiles(outlook: Outlook) -> dict[str, Any]:
    """Return the context of the tiles from which a reader judges a model, in the report and in the app."""
    learning = outlook.learning
    return {
        "learning": learning,
        "grounds": {g.name: g for g in (*outlook.evidence, *outlook.assumptions)},
        "record": outlook.record,
        "most": NAMED,
        "apart": [f.series for f in learning.fits if f.p < APART] if learning else [],
    }


def claim_rows(outlook: Outlook) -> tuple[ClaimRow, ...]:
    sectors = {g.name: g.sector for g in (*outlook.assumptions, *outlook.evidence) if g.sector}
    return tuple(ClaimRow(f, _sector(f, sectors)) for f in outlook.findings)


def _sector(finding: Finding, sectors: dict[str, str]) -> str:
    """Return the commonest sector among the variables in a finding's formulas, or else in its mechanism."""
    formulas = " ".join(p.formula for p in (finding.model, finding.data, finding.against) if p is not None)
    links = " ".join(name for link in finding.mechanism for name in link)
    for text in (formulas, links):
        named = Counter(sectors[n] for n in _NAME.findall(text) if n in sectors)
        if named:
            return named.most_common(1)[0][0]
    return ""


def strongest(comparisons: Sequence[ScenarioComparison], n: int = 3) -> tuple[ScenarioComparison, ...]:
    """Return the ``n`` scenarios with the largest detectable change in a forecast."""
    moving = [c for c in comparisons if any(f.discernible for f in c.forecasts)]
    return tuple(sorted(moving, key=lambda c: -abs(largest(c).change))[:n])


def largest(comparison: ScenarioComparison) -> ForecastChange:
    """Return the forecast that a scenario changes most."""
    return max(comparison.forecasts, key=lambda f: (f.discernible, abs(f.change)))


def numbers_of(fan: Fan) -> list[tuple[str, list[str]]]:
    """Return times with a fan's quantiles, as text: the first saved time of each unit of time, at most thirty, and the
    last one.
    """
    whole = [i for i, t in enumerate(fan.times) if abs(t - round(t)) < 1e-6]
    chosen = whole or list(range(len(fan.times)))
    chosen = chosen[:: -(-len(chosen) // 30)]
    if chosen[-1] != len(fan.times) - 1:
        chosen.append(len(fan.times) - 1)
    return [(f"{float(fan.times[i]):.6g}", [compact(float(v)) for v in fan.quantiles[:, i]]) for i in chosen]


def by_sector(grounds: Sequence[Ground]) -> dict[str, tuple[Ground, ...]]:
    """Group grounds by sector, in order of first appearance."""
    groups: dict[str, list[Ground]] = {}
    for ground in grounds:
        groups.setdefault(ground.sector, []).append(ground)
    return {sector: tuple(members) for sector, members in groups.items()}


SHARE_NAMES = tuple("median" if q == 0.5 else f"{100 * q:g}%" for q in SHARES)


def linked(text: str) -> Markup:
    """Turn the addresses in a text into links."""
    return Markup(_ADDRESS.sub(lambda m: f'<a href="{m[0]}" rel="noopener">{m[0]}</a>', str(escape(text))))


def coded(text: str) -> Markup:
    """Turn commands between backticks into code."""
    return Markup(re.sub(r"`([^`]+)`", r'<code dir="ltr">\1</code>', str(escape(text))))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "between": numbers.between,
    "chance": texts.chance,
    "lacking": texts.lacking,
    "counted": numbers.counted,
    "linked": linked,
    "averaged": outcome_chart.averaged,
    "place": place,
    "share": texts.share,
    "by_sector": by_sector,
    "anchor": numbers.anchor,
    "compact": numbers.compact,
    "date": texts.date,
    "duration": numbers.duration,
    "name": numbers.human_name,
    "numbers": numbers_of,
    "percent": numbers.percent,
    "points": numbers.points,
    "in_points": texts.in_points,
    "coded": coded,
    "quantity": numbers.quantity,
    "signed": numbers.signed,
    "slug": shares.slug,
    "amount": texts.amount,
    "count": texts.count,
    "isolated": texts.isolated,
    "unit": texts.unit,
    "words": chance,
}
"""Filters of templates."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Presented:
    """Contents of a report besides the outlook: cards, article, labels and titles.

    ``said`` replaces names in a sentence by labels. ``events`` are in chronological order, each with its actors in
    words. ``stale`` is true if the audit describes another state of the case. ``setting`` names the setting of the
    answer and the cards, '' for the baseline. ``unused`` are the sentences that nothing cites; ``about`` is the case's
    description, if readers must not overlook it.
    """

    cards: tuple[Card, ...] = ()  # findings in the order of the page
    source: Source | None = None  # the article that the case analyses
    label: Label = numbers.human_name  # function that makes a name readable
    said: Label = str
    sectors: Mapping[str, str] = field(default_factory=dict)  # sector titles by sector name
    audit: tuple[StoredTest, ...] = ()  # results of the audit's tests
    stale: bool = False
    setting: str = ""
    unused: tuple[Quote, ...] = ()
    events: tuple[tuple[Event, str], ...] = ()
    about: str = ""


def write_report(
    outlook: Outlook, path: str | Path, why: Reasons | None = None, presented: Presented = Presented()
) -> Path:
    """Write the report of ``outlook`` to ``path``, with a section on reasons if given, and return the path.

    The write is atomic. Raises UsageError if it cannot be written.
    """
    target = Path(path)
    page = render(outlook, why, presented)
    write_text(target, page)
    return target


def render(outlook: Outlook, why: Reasons | None = None, presented: Presented = Presented()) -> str:
    """Render the report as HTML text. The same outlook, reasons and cards give the same text."""

    def margin_chart(margins: Margins) -> Markup:
        finite = margins.values[np.isfinite(margins.values)]
        unit = numbers.human_unit(margins.unit)
        return learned.margin_curve(finite, unit, margins.says) if finite.size else Markup("")

    return (
        environment(TEMPLATES)
        .get_template("outlook.html")
        .render(
            {part.name: getattr(presented, part.name) for part in fields(presented)},
            **file_context("en", "crosshair.js", "filter.js"),
            **tiles(outlook),
            outlook=outlook,
            rows=claim_rows(outlook),
            strongest=strongest(outlook.comparisons),
            margin_chart=margin_chart,
            scale=SCALE,
            **(why_context(why) if why else {"why": None}),
        )
    )


def file_context(language: str, *scripts: str) -> dict[str, Any]:
    """Return what every page that is one file needs: its texts, style and scripts."""
    blocks = (_verbatim(name) for name in scripts)
    return {
        "t": texts.teller(language),
        "language": language,
        "direction": texts.direction(language),
        "style": _verbatim("style.css"),
        "script": Markup("\n").join(Markup("{{\n{}\n}}").format(b) if len(scripts) > 1 else b for b in blocks),
    }


@cache
def environment(*folders: Path) -> Environment:
    """Make an environment for the templates in ``folders``, with the report's filters and small charts."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= FILTERS
    sizes = {name.lower(): getattr(outcome_chart, name) for name in ("LARGE", "WIDE", "TALL", "SMALL")}
    made.globals |= {"share_names": SHARE_NAMES, "sizes": sizes, "outcome": outcome_chart.outcome_chart}
    charts = (shares.strip, shares.bar, shares.counts_bar, learned.tracks_chart, learned.learned_bars)
    made.globals |= {chart.__name__: chart for chart in (*charts, learned.skill_bars, learned.pit_histogram)}
    return made


def _verbatim(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def present(case: Case, cards: tuple[Card, ...], setting: str = "") -> Presented:
    """Gather what a report shows about ``case`` besides its outlook; ``setting`` names the setting of the cards."""
    titles = {name: sector.title for name, sector in case.sectors.items() if sector.title}
    about = "" if case.data else case.about  # a case without data is only a structure, and its description says so
    return Presented(
        cards=cards,
        source=case.source,
        label=labels(case),
        said=partial(in_words, case),
        sectors=titles,
        audit=stored_audit(case),
        stale=is_stale(case),
        setting=setting,
        unused=unused(case),
        events=tuple((e, actors_in_words(case, e.actors)) for e in sorted(case.events.values(), key=lambda e: e.time)),
        about=about,
    )
