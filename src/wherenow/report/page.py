"""Renders an outlook as one HTML page that needs no other file and asks no other machine for anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from wherenow.files import whole
from wherenow.foresight.words import SCALE, words
from wherenow.outlook.learning import Margins
from wherenow.outlook.types import Fan, Outlook
from wherenow.report import contents, numbers
from wherenow.report.charts import fan, learned, shares
from wherenow.report.charts.curve import margin_curve
from wherenow.report.why import why_context

if TYPE_CHECKING:
    from jinja2 import Environment

    from wherenow.explain.reasons import Reasons

TEMPLATES = Path(__file__).parent / "templates"
FILTERS: Mapping[str, Callable[..., Any]] = {
    "between": numbers.between,
    "by_sector": contents.by_sector,
    "anchor": numbers.anchor,
    "compact": numbers.compact,
    "date": numbers.human_date,
    "duration": numbers.duration,
    "name": numbers.human_name,
    "numbers": contents.numbers_of,
    "percent": numbers.percent,
    "points": numbers.points,
    "quantity": numbers.quantity,
    "signed": numbers.signed,
    "slug": shares.slug,
    "unit": numbers.human_unit,
    "words": words,
}
"""What templates may do with a value."""


def write_report(outlook: Outlook, path: str | Path, why: Reasons | None = None) -> Path:
    """Writes the report of ``outlook`` to ``path``, with a section on reasons where given, and returns the path.

    The file is whole at any moment, old or new. Raises UsageError where it cannot be written.
    """
    target = Path(path)
    page = render(outlook, why)
    with whole(target) as beside:
        beside.write_text(page, encoding="utf-8")
    return target


def render(outlook: Outlook, why: Reasons | None = None) -> str:
    """The report as HTML text. The same outlook and reasons give the same text."""
    marks = contents.event_marks(outlook)
    cutoff = contents.cutoff_time(outlook)

    def chart(shown: Fan, size: fan.Size) -> Markup:
        return fan.fan_chart(shown, numbers.human_name(shown.label), marks, cutoff, size)

    def margin_chart(margins: Margins) -> Markup:
        finite = margins.values[np.isfinite(margins.values)]
        return margin_curve(finite, numbers.human_unit(margins.unit), margins.says) if finite.size else Markup("")

    return environment(TEMPLATES).get_template("outlook.html").render(
        outlook=outlook,
        marks=marks,
        chart=chart,
        wide=fan.WIDE,
        tall=fan.TALL,
        small=fan.SMALL,
        rows=contents.claim_rows(outlook),
        strongest=contents.strongest(outlook.comparisons),
        grounds_by_name={g.name: g for g in (*outlook.evidence, *outlook.assumptions)},
        margin_chart=margin_chart,
        scale=SCALE,
        style=_verbatim("style.css"),
        script=_verbatim("filter.js"),
        **(why_context(why) if why else {"why": None}),
    )  # fmt: skip


@cache
def environment(*folders: Path) -> Environment:
    """Templates of ``folders``, the first of them first, with the filters and small charts of the report."""
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
    made.globals |= {"share_names": contents.SHARE_NAMES, "strip": shares.strip, "bar": shares.bar}
    made.globals |= {"counts_bar": shares.counts_bar, "learned_bars": learned.learned_bars}
    made.globals |= {"skill_bars": learned.skill_bars, "pit_histogram": learned.pit_histogram}
    return made


def _verbatim(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))
