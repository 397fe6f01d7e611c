"""Axes of charts: scales from numbers to positions, round values, and times as years, months or numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from wherenow.report.charts.svg import element
from wherenow.report.wording.numbers import compact
from wherenow.report.wording.times import TimeFormatter

MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
"""Months between ticks of dates."""


@dataclass(frozen=True, slots=True)
class ChartSize:
    """The natural size of a chart in pixels, at which text is 12 pixels high."""

    width: float
    height: float


def value_axis(
    ys: Scale,
    left: float,
    right: float,
    write: Callable[[float], str] = compact,
    *,
    at: Sequence[float] | None = None,
    zero: str = "grid",
) -> list[Markup]:
    """Draw a labelled grid line at each round value, or at each of ``at``; ``zero`` is the class of that at zero."""
    parts = []
    for value in ticks(ys.low, ys.high, 4) if at is None else at:
        y = ys(value)
        kind = zero if value == 0 and ys.low < 0 else "grid"
        parts.append(element("line", class_=kind, x1=left, x2=right, y1=y, y2=y))
        parts.append(element("text", write(value), class_="tick", x=left - 6, y=y + 4, text_anchor="end"))
    return parts


def upright(kind: str, x: float, ys: Scale, *children: Markup) -> Markup:
    """Draw a vertical line at ``x``, such as the one at the cut-off."""
    return element("line", *children, class_=kind, x1=x, x2=x, y1=ys.end, y2=ys.start)


def time_axis(clock: TimeFormatter, xs: Scale, ys: Scale, wanted: int) -> list[Markup]:
    """Draw the axis below a chart, with at most about ``wanted`` ticks."""
    parts = [element("line", class_="axis", x1=xs.start, x2=xs.end, y1=ys.start, y2=ys.start)]
    for i, time in enumerate(time_ticks(clock, xs.low, xs.high, wanted)):
        x = xs(time)
        parts.append(element("line", class_="axis", x1=x, x2=x, y1=ys.start, y2=ys.start + 4))
        anchor, place = ("end", xs.end) if x > xs.end - 12 else ("middle", x)
        label = clock.tick(time, whole=i == 0)
        parts.append(element("text", label, class_="tick", x=place, y=ys.start + 18, text_anchor=anchor))
    return parts


def time_ticks(clock: TimeFormatter, low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Return the times of ticks in ``[low, high]``."""
    if not clock.dated or high <= low:
        return ticks(low, high, wanted)
    months = next((m for m in MONTHS if 12 * (high - low) / m <= wanted), MONTHS[-1])
    first, last = math.ceil(low * 12 / months - 1e-6), math.floor(high * 12 / months + 1e-6)
    return tuple(k * months / 12 for k in range(first, last + 1))


N = TypeVar("N", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from ``[low, high]`` to ``[start, end]`` (pixels)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: N) -> N:
        """Return the position of a value, or of each value in an array."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Return about ``wanted`` round numbers in ``[low, high]``, spaced 1, 2 or 5 times a power of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return (low,) if math.isfinite(low) else ()
    step = _round_step((high - low) / max(wanted, 1))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(i * step for i in range(first, last + 1))


def extent(values: list[float], wanted: int = 5) -> tuple[float, float]:
    """Return round ends of an axis that contains all finite ``values``; (0, 1) if there are none."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    if high == low:
        spare = abs(high) * 0.1 or 1.0
        low, high = low - spare, high + spare
    if 0 < low < 0.4 * high:  # begin the axis at zero if that costs little space
        low = 0.0
    step = _round_step((high - low) / max(wanted, 1))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))
