"""Small charts of learning and skill: priors beside posteriors, skill scores, ranks of outcomes, and reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from wherenow.foresight.trials.reliability import Track
from wherenow.foresight.verbal_probabilities import percent
from wherenow.inference.checking.identifiability import Learned
from wherenow.outlook.outlook_types import Array
from wherenow.report.charts.axis import Scale, extent, ticks, upright, value_axis
from wherenow.report.charts.fan import LEFT, RIGHT, SMALL, TOP
from wherenow.report.charts.svg import drawing, element, line
from wherenow.report.wording.numbers import MINUS, compact, human_name

ROW, LABEL, WIDTH = 22.0, 240.0, 640.0
BINS = 10
NAMES = 92.0  # width for the names of methods


def learned_bars(rows: Sequence[Learned]) -> Markup:
    """Draw each parameter's prior (light) and posterior (dark), 90% and median.

    Each has its own scale, which extends the prior's range by half on either side.
    """
    parts = [part for k, row in enumerate(rows) for part in _learned(row, k * ROW + 4)]
    description = "; ".join(
        f"{human_name(row.name)}: before {compact(row.prior[1])}, after {compact(row.posterior[1])}" for row in rows
    )
    return drawing(
        WIDTH, len(rows) * ROW + 8, "Parameters before and after the data", description, *parts, class_="chart learned"
    )


def _learned(row: Learned, y: float) -> tuple[Markup, ...]:
    low, _, high = row.prior
    reach = (high - low) / 2 or abs(high) or 1.0
    xs = Scale(low - reach, high + reach, LABEL, WIDTH - 8)
    before = [float(np.clip(xs(v), LABEL, WIDTH - 8)) for v in row.prior]
    after = [float(np.clip(xs(v), LABEL, WIDTH - 8)) for v in row.posterior]
    middle = y + 6
    return (
        element("text", human_name(row.name), x=LABEL - 10, y=middle + 4, text_anchor="end"),
        element("rect", class_="band90", x=before[0], y=y, width=before[2] - before[0], height=12),
        element("line", class_="axis", x1=before[1], x2=before[1], y1=y, y2=y + 12),
        element("rect", class_="band50", x=after[0], y=y + 3, width=max(after[2] - after[0], 1.0), height=6),
        element("circle", class_="share", cx=after[1], cy=middle, r=3.5),
    )


def skill_bars(skills: Mapping[str, tuple[float, float, float]]) -> Markup:
    """Draw the skill against each method with its 90% interval; zero is no skill, one is perfect."""
    bounds = [v for row in skills.values() for v in row]
    low, high = extent([*bounds, 0.0], 4)
    xs = Scale(low, high, NAMES, SMALL.width - 24)
    base = len(skills) * ROW + 4
    parts = [element("line", class_="cutoff", x1=xs(0.0), x2=xs(0.0), y1=0, y2=base)]
    for tick in ticks(low, high, 4):
        text = percent(abs(tick)) if tick else "0"
        text = f"{MINUS if tick < 0 else ''}{text}"
        parts.append(element("text", text, class_="tick", x=xs(tick), y=base + 16, text_anchor="middle"))
    for k, (method, (value, least, most)) in enumerate(skills.items()):
        y = k * ROW + 12
        parts.append(element("text", method, x=NAMES - 8, y=y + 4, text_anchor="end"))
        parts.append(element("line", class_="interval", x1=xs(least), x2=xs(most), y1=y, y2=y))
        parts.append(element("circle", class_="share", cx=xs(value), cy=y, r=4.5))
    description = "; ".join(f"{m} {v:+.0%} ({a:+.0%} to {b:+.0%})" for m, (v, a, b) in skills.items())
    return drawing(SMALL.width, base + 22, "Skill against simple methods", description, *parts, class_="chart skill")


def pit_histogram(pits: Sequence[float]) -> Markup:
    """Draw the histogram of outcomes by tenth of their forecasts, which is flat if forecasts are calibrated."""
    counts = np.histogram(pits, BINS, (0.0, 1.0))[0] / max(len(pits), 1)
    xs = Scale(0, 1, LEFT, SMALL.width - RIGHT)
    ys = Scale(0, max(float(counts.max(initial=0.0)), 2 / BINS), SMALL.height - 30, TOP)
    width, bars = xs(1 / BINS) - LEFT - 2, []
    for k, share in enumerate(counts.tolist()):
        y = ys(share)
        bars.append(element("rect", class_="band50", x=xs(k / BINS) + 1, y=y, width=width, height=ys.start - y))
    even = element("line", class_="cutoff", x1=LEFT, x2=SMALL.width - RIGHT, y1=ys(1 / BINS), y2=ys(1 / BINS))
    labels = [
        element("text", text, class_="tick", x=xs(at), y=SMALL.height - 10, text_anchor=anchor)
        for text, at, anchor in (("lowest tenth", 0.0, "start"), ("highest tenth", 1.0, "end"))
    ]
    description = ", ".join(percent(float(share)) for share in counts)
    title, description = "Outcomes by tenth of their forecasts", f"From low to high: {description}."
    return drawing(SMALL.width, SMALL.height, title, description, *bars, even, *labels, class_="chart pits")


SIZE, SIDE, BOTTOM = 220.0, 34.0, 24.0
SMALLEST, LARGEST = 2.5, 8.0


def tracks_chart(tracks: Sequence[Track], title: str) -> Markup:
    """Draw a dot for each tenth of probability, sized by its number of questions, on the consistency band."""
    xs, ys = Scale(0, 1, SIDE, SIZE - 8), Scale(0, 1, SIZE - BOTTOM, 8)
    used = [t for t in tracks if t.questions]
    most = max((t.questions for t in used), default=1)
    parts = [element("line", class_="grid", x1=xs(0), y1=ys(0), x2=xs(1), y2=ys(1))]
    for share in (0.0, 0.5, 1.0):
        parts.append(element("text", f"{share:.0%}", class_="tick", x=SIDE - 5, y=ys(share) + 4, text_anchor="end"))
        anchor = "middle" if share < 1 else "end"
        parts.append(element("text", f"{share:.0%}", class_="tick", x=xs(share), y=SIZE - 6, text_anchor=anchor))
    for track in used:
        x, came = xs((track.low + track.high) / 2), track.came / track.questions
        low, high = ys(track.least / track.questions), ys(track.most / track.questions)
        radius = SMALLEST + (LARGEST - SMALLEST) * (track.questions / most) ** 0.5
        parts.append(element("rect", class_="band90", x=x - 6, y=high, width=12, height=max(low - high, 1.0)))
        parts.append(element("circle", element("title", str(track)), class_="share", cx=x, cy=ys(came), r=radius))
    return drawing(SIZE, SIZE, title, "; ".join(str(t) for t in used), *parts, class_="chart tracks")


POINTS = 120


def margin_curve(margins: Array, unit: str, says: str) -> Markup:
    """Draw the share of ``margins[draw]`` (finite, in ``unit``) that reach each value.

    At zero it is the share in which the claim holds; to the right the claim is stricter by that margin, to the left
    more lenient.
    """
    low, high = (float(v) for v in np.quantile(margins, (0.01, 0.99)))
    xs = Scale(*extent([low, high, 0.0], 4), LEFT, SMALL.width - RIGHT)
    ys = Scale(0, 1, SMALL.height - 44, TOP)
    ordered = np.sort(margins)
    at = np.unique(np.concatenate([np.linspace(xs.low, xs.high, POINTS), [0.0]]))
    shares = 1 - np.searchsorted(ordered, at, side="left") / len(ordered)
    holding = float((margins > 0).mean())
    base = ys(0)
    description = (
        f"{says}: it holds in {percent(holding)} of draws; the median margin is {compact(float(np.median(margins)))}"
    )
    return drawing(
        SMALL.width,
        SMALL.height,
        "Share of draws by margin",
        f"{description} {unit}.".replace(" .", "."),
        *value_axis(ys, LEFT, xs.end, lambda share: f"{100 * share:g}%", at=(0.0, 0.5, 1.0)),
        *(part for margin in ticks(xs.low, xs.high, 4) for part in _column(margin, xs, base)),
        element("path", class_="median", d=line(np.column_stack([xs(at), ys(shares)]))),
        upright("cutoff", xs(0), ys),
        element("circle", class_="share", cx=xs(0), cy=ys(holding), r=5.0),
        element("text", unit, class_="tick", x=SMALL.width - RIGHT, y=base + 38, text_anchor="end"),
        class_="chart curve",
    )


def _column(x: float, xs: Scale, base: float) -> tuple[Markup, Markup]:
    place = xs(x)
    return (
        element("line", class_="axis", x1=place, x2=place, y1=base, y2=base + 4),
        element("text", compact(x), class_="tick", x=place, y=base + 18, text_anchor="middle"),
    )
