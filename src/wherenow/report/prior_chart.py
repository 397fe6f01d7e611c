"""Data series of a case against their prior predictive distribution, as one drawing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from wherenow.case.case_types import Case
from wherenow.outlook.prior_fans import PriorFan
from wherenow.report.cards.exports import EDGE, RULES
from wherenow.report.charts.fan import SMALL, fan_chart
from wherenow.report.charts.svg import drawing, element
from wherenow.report.pictures import alone
from wherenow.report.wording.labels import labels
from wherenow.report.wording.numbers import counted, human_unit
from wherenow.report.wording.texts import date

COLUMNS = 2
NOTE_LINES, LETTERS = 3, 64
"""Maximum number of lines below a chart, and of letters per line."""
LINE = 16.0


def prior_picture(case: Case, fans: Sequence[PriorFan], draws: int) -> str:
    """Return the text of an SVG file: a chart for each series with title and unit, and the data outside its bands."""
    label = labels(case)
    title = f"{case.title}: the data, and what the priors say about them before any fit"
    legend = f"Line: median of {draws:,} draws. Bands: 50% and 90%. Points: data, hollow if recalled."
    width, height = SMALL.width + EDGE, SMALL.height + (NOTE_LINES + 2) * LINE
    head = textwrap.wrap(title, LETTERS + 20)
    top = EDGE + 22 * len(head) + 2 * LINE
    parts = [element("text", line, class_="said", x=EDGE, y=EDGE + 10 + 22 * i) for i, line in enumerate(head)]
    parts.append(element("text", legend, class_="small", x=EDGE, y=top - LINE))
    for i, one in enumerate(fans):
        x, y = EDGE + (i % COLUMNS) * width, top + (i // COLUMNS) * height
        name = f"{label(one.fan.name)}, in {human_unit(one.fan.unit) or 'no unit'}"
        parts.append(
            element("text", textwrap.shorten(name, LETTERS, placeholder=" …"), class_="panel", x=x, y=y + LINE)
        )
        chart = fan_chart(one.fan, name, time_unit=case.model.time.unit)
        parts.append(
            element("svg", chart, x=x, y=y + 1.5 * LINE, width=SMALL.width, height=SMALL.height, overflow="visible")
        )
        for n, line in enumerate(textwrap.wrap(note(one), LETTERS, max_lines=NOTE_LINES, placeholder=" …")):
            parts.append(
                element("text", line, class_="small", x=x, y=y + 1.5 * LINE + SMALL.height + LINE * (n + 1) - 4)
            )
    rows = -(-len(fans) // COLUMNS)
    total = (EDGE + COLUMNS * width, top + rows * height)
    notes = " ".join(f"{label(one.fan.name)}: {note(one)}" for one in fans)
    return alone(drawing(*total, title, notes, *parts, class_="chart prior"), f"{RULES}.panel{{font-weight:600}}")


def note(one: PriorFan) -> str:
    """Describe how a series' data compare with its prior predictive distribution."""
    count = len(one.fan.data)
    if not one.observed:
        return f"{counted(count, 'figure')}; no observation equation links them to the model."
    sentence = f"{count - len(one.outside)} of {counted(count, 'figure')} in the 90% band."
    if one.outside:
        sentence += f" Outside at {', '.join(date(d.date) for d in one.outside)}."
    if one.undefined:
        sentence = f"{100 * one.undefined:.2g}% of the draws have no finite value and are left out. {sentence}"
    return sentence
