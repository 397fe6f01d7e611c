"""A small reliability chart: the share of questions that came true, by stated probability."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from wherenow.foresight.trials.reliability import Track
from wherenow.report.charts.scales import Scale
from wherenow.report.charts.svg import drawing, element

SIZE, LEFT, BOTTOM = 220.0, 34.0, 24.0
SMALLEST, LARGEST = 2.5, 8.0


def tracks_chart(tracks: Sequence[Track], title: str) -> Markup:
    """Draw a dot for each tenth of probability, sized by its number of questions, on the consistency band."""
    xs, ys = Scale(0, 1, LEFT, SIZE - 8), Scale(0, 1, SIZE - BOTTOM, 8)
    used = [t for t in tracks if t.questions]
    most = max((t.questions for t in used), default=1)
    parts = [element("line", class_="grid", x1=xs(0), y1=ys(0), x2=xs(1), y2=ys(1))]
    for share in (0.0, 0.5, 1.0):
        parts.append(element("text", f"{share:.0%}", class_="tick", x=LEFT - 5, y=ys(share) + 4, text_anchor="end"))
        anchor = "middle" if share < 1 else "end"
        parts.append(element("text", f"{share:.0%}", class_="tick", x=xs(share), y=SIZE - 6, text_anchor=anchor))
    for track in used:
        x, came = xs((track.low + track.high) / 2), track.came / track.questions
        low, high = ys(track.least / track.questions), ys(track.most / track.questions)
        radius = SMALLEST + (LARGEST - SMALLEST) * (track.questions / most) ** 0.5
        parts.append(element("rect", class_="band90", x=x - 6, y=high, width=12, height=max(low - high, 1.0)))
        parts.append(element("circle", element("title", str(track)), class_="share", cx=x, cy=ys(came), r=radius))
    return drawing(SIZE, SIZE, title, "; ".join(str(t) for t in used), *parts, class_="chart tracks")
