"""Bar charts of Sobol indices: first-order and total shares of a variance."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from wherenow.exploration.estimators import Index
from wherenow.report.charts.axis import Scale
from wherenow.report.charts.svg import XMLNS, drawing, element
from wherenow.report.wording.numbers import human_name, percent

ROW, LABEL, WIDTH = 24.0, 250.0, 640.0
STYLE = (
    ".bars text{font:13px system-ui,sans-serif;fill:#19222d}.bars .alone{fill:#1a5a92}.bars .total{fill:#b9d0e6}"
    ".bars .error{stroke:#525d6b;stroke-width:1}.bars .tick{fill:#525d6b}.bars .grid{stroke:#dde1e6}"
    "@media (prefers-color-scheme:dark){.bars text{fill:#e6eaee}.bars .alone{fill:#86bdec}.bars .total{fill:#2f5f8a}}"
)


def index_bars(indices: Sequence[Index], says: str) -> Markup:
    """Draw a bar for each index: dark for what the parameter explains alone, light including interactions."""
    greatest = max((i.total + i.total_error for i in indices), default=1.0)
    xs = Scale(0.0, max(greatest, 0.05), LABEL, WIDTH - 52)
    rows = [part for k, index in enumerate(indices) for part in _row(index, k * ROW + 4, xs)]
    description = "; ".join(f"{human_name(i.name)} {percent(_share(i.total))}" for i in indices)
    title, parts = f"What is uncertain about: {says}", (element("style", Markup(STYLE)), *rows)
    return drawing(WIDTH, len(indices) * ROW + 12, title, description, *parts, class_="bars", xmlns=XMLNS)


def _row(index: Index, y: float, xs: Scale) -> tuple[Markup, ...]:
    total, alone = _share(index.total), _share(min(index.alone, index.total))
    ends = (xs(max(0.0, index.total - index.total_error)), xs(min(index.total + index.total_error, xs.high)))
    middle = y + ROW / 2 - 4
    return (
        element("text", human_name(index.name), x=LABEL - 8, y=middle + 5, text_anchor="end"),
        element("rect", class_="total", x=LABEL, y=y, width=max(xs(total) - LABEL, 0.5), height=ROW - 8),
        element("rect", class_="alone", x=LABEL, y=y, width=max(xs(alone) - LABEL, 0.5), height=ROW - 8),
        element("line", class_="error", x1=ends[0], x2=ends[1], y1=middle, y2=middle),
        element("text", percent(total), class_="tick", x=WIDTH - 4, y=middle + 5, text_anchor="end"),
    )


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
