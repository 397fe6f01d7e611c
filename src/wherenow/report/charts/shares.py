"""Small charts of probabilities: a share with its interval, its change under a scenario, and counts of verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from wherenow.foresight.verbal_probabilities import LAST, SCALE
from wherenow.report.charts.axis import Scale
from wherenow.report.charts.svg import element

WIDTH, HEIGHT = 300.0, 26.0
EDGES = (*(begin for begin, _ in SCALE), LAST)


def strip(share: float, low: float, high: float, base: float | None = None) -> Markup:
    """Draw a share as a dot and its 90% interval as a bar, on the seven ranges of ICD 203.

    With ``base``, an arrow leads from that share to this one. It is hidden from screen readers, because the numbers are
    beside it as text.
    """
    xs = Scale(0, 1, 6, WIDTH - 6)
    middle = HEIGHT / 2
    parts = [_ranges()]
    if base is not None:
        parts.append(element("line", class_="moved", x1=xs(base), x2=xs(share), y1=middle, y2=middle))
        parts.append(element("circle", class_="base", cx=xs(base), cy=middle, r=4.5))
    parts.append(element("line", class_="interval", x1=xs(low), x2=xs(high), y1=middle, y2=middle))
    parts.append(element("circle", class_="share", cx=xs(share), cy=middle, r=5.5))
    return _hidden(WIDTH, HEIGHT, "chart strip", parts)


@cache
def _ranges() -> Markup:
    """Draw the background of every strip."""
    xs = Scale(0, 1, 6, WIDTH - 6)
    return Markup("").join(
        element("rect", class_="range odd" if i % 2 else "range", x=xs(a), y=3, width=xs(b) - xs(a), height=HEIGHT - 6)
        for i, (a, b) in enumerate(zip((0.0, *EDGES), (*EDGES, 1.0), strict=True))
    )


def bar(share: float, low: float, high: float, verdict: str) -> Markup:
    """Draw a share of draws as a short bar with its interval, in the colour of the verdict."""
    xs = Scale(0, 1, 0, 72)
    parts = [
        element("rect", class_="track", x=0, y=2, width=72, height=6, rx=3),
        element("rect", class_=f"fill {slug(verdict)}", x=0, y=2, width=max(xs(share), 1.0), height=6, rx=3),
        element("line", class_="interval", x1=xs(low), x2=max(xs(high), xs(low) + 1), y1=5, y2=5),
    ]
    return _hidden(72, 10, "chart bar", parts)


def counts_bar(counts: Mapping[str, int]) -> Markup:
    """Draw the number of claims with each verdict as one stacked bar."""
    total = sum(counts.values())
    x, parts = 0.0, []
    for verdict, n in counts.items():
        width = 960 * n / total if total else 0.0
        if n:
            parts.append(
                element("rect", class_=f"fill {slug(verdict)}", x=x, y=0, width=max(width - 2, 1.0), height=14)
            )
        x += width
    return _hidden(960, 14, "chart counts", parts)


def slug(verdict: str) -> str:
    """Return the style-sheet class of a verdict."""
    return verdict.replace(" ", "-")


def _hidden(width: float, height: float, kind: str, parts: list[Markup]) -> Markup:
    return element("svg", *parts, class_=kind, viewBox=f"0 0 {width:g} {height:g}", aria_hidden="true")
