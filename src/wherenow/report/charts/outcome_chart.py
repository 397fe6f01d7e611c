"""The chart of a finding: the series that decides it, its threshold and data, with emphasis on the future."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

import numpy as np
from markupsafe import Markup

from wherenow.outlook.outlook_types import SHARES, Array, Datum
from wherenow.report.charts.axis import ChartSize, Scale, extent, time_axis, upright, value_axis
from wherenow.report.charts.svg import band, drawing, element, line
from wherenow.report.wording.numbers import short
from wherenow.report.wording.texts import amount, count, date, embedded, isolated, number, texts, unit
from wherenow.report.wording.times import TimeFormatter

PAST = 0.55
"""Length of the past on a chart, per unit of the future."""
FEWEST = 4
"""Number of past figures that a chart shows, if the series has them and they are not too old."""
CUT_OFF = 6.0
"""Maximum height of a band relative to everything else before it is cut off."""
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 18.0, 26.0


LARGE, WIDE, TALL, SMALL = ChartSize(720, 380), ChartSize(460, 270), ChartSize(360, 230), ChartSize(300, 170)


@dataclass(frozen=True, slots=True)
class Bar:
    """The threshold of a finding: it comes true ``below`` or above ``value`` in ``window``.

    ``value`` is None if no value of the series decides the finding; then only the window is drawn.
    """

    window: tuple[float, float]
    below: bool
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A series as drawn: ``quantiles[share, time]`` at the outlook's shares.

    ``before`` are the baseline's if a setting differs from it. ``period`` is the averaging time of each value, 0 for
    instantaneous values; averages are drawn as periods. Data from after the cut-off are drawn differently. ``since`` is
    where the chart begins, if before the first of ``times``. The definition of the series changed at ``breaks``.
    """

    name: str  # name of the series
    label: str  # display name of the series
    unit: str  # unit of the values
    times: Array
    quantiles: Array
    cutoff: float | None  # time after which no data were used
    clock: TimeFormatter  # formatter of times
    before: Array | None = None
    bar: Bar | None = None  # threshold of the finding
    data: tuple[Datum, ...] = ()  # data to draw as points
    period: float = 0.0
    latent: bool = False  # whether the series is one that no data measure
    since: float | None = None
    breaks: tuple[float, ...] = ()

    def part(self, start: float, stop: float) -> Shown:
        """Return the part between two times; the whole if that has fewer than two samples."""
        inside = (self.times >= start - 1e-9) & (self.times <= stop + 1e-9)
        if inside.sum() < 2:
            return self
        before = None if self.before is None else self.before[:, inside]
        data = tuple(d for d in self.data if start - self.period <= d.time <= stop)
        return replace(
            self, times=self.times[inside], quantiles=self.quantiles[:, inside], before=before, data=data, since=start
        )

    def focused(self) -> Shown:
        """Return the part that matters to a reader: the whole future and somewhat more than half as much of the past,
        or, for a finding about the past, some years around its window.
        """
        first, last = float(self.times[0]), float(self.times[-1])
        now = self.cutoff if self.cutoff is not None and first <= self.cutoff < last else None
        if self.bar is not None and (now is None or self.bar.window[1] <= now + 1e-6):
            width = max(self.bar.window[1] - self.bar.window[0], (last - first) / 5)
            return self.part(max(first, self.bar.window[0] - width), min(last, self.bar.window[1] + width))
        if now is None:
            return self
        start = now - PAST * (last - now)
        known = sorted(d.time for d in self.data if d.time <= now)
        if len(known) >= FEWEST:  # show more of the past if data are few, so that some are visible
            start = min(start, max(known[-FEWEST] - self.period, now - (last - now)))
        earliest = min([first, *(d.time - self.period / 2 for d in self.data[:1])])
        return self.part(max(earliest, start), last)


def periods(times: Array, values: Array, length: float, anchor: float) -> tuple[Array, Array]:
    """Average ``values[time, draw]`` over periods of ``length``, one of which begins at ``anchor``.

    Returns the middles of the periods and ``[period, draw]``; incomplete periods are left out.
    """
    step = float(np.median(np.diff(times)))
    place = np.floor((times - anchor) / length + 1e-6).astype(int)
    full = max(1, round(length / step))
    complete = [k for k in np.unique(place) if (place == k).sum() >= full]
    middles = np.array([anchor + (k + 0.5) * length for k in complete])
    return middles, np.array([values[place == k].mean(axis=0) for k in complete]).reshape(
        len(complete), values.shape[1]
    )


def period_words(shown: Shown) -> str:
    """Describe the averaging period: ``1 year``, ``2 months``, ``7 days``."""
    clock, whole = shown.clock, round(shown.period)
    if clock.dated and shown.period < 1 - 1e-6:
        return count(max(1, round(shown.period * 12)), "month", clock.language)
    if abs(whole - shown.period) < 1e-6:
        return count(whole, clock.unit, clock.language)
    return amount(shown.period, clock.unit, clock.language)


def averaged(shown: Shown) -> str:
    """Describe what each value averages: ``yearly averages``, ``averages over 2 months``."""
    own, unit = texts(shown.clock.language), "year" if shown.clock.dated else shown.clock.unit
    return own.get(f"card.average.{unit}" if shown.period == 1 else "", "") or own["card.average"].format(
        period=period_words(shown)
    )


def outcome_chart(shown: Shown, size: ChartSize, title: str) -> Markup:
    """Draw the series; ``title`` describes it to screen readers."""
    half = shown.period / 2
    first = float(shown.times[0]) - half
    low = first if shown.since is None else min(first, shown.since)
    xs = Scale(low, float(shown.times[-1]) + half, LEFT, size.width - RIGHT)
    lowest, highest, beyond = _reach_of(shown, xs)
    ys = Scale(*extent([lowest, highest], 4), size.height - BOTTOM, TOP)
    # draw averages as wide as their periods if these follow each other without gaps
    tiled = shown.period > 0 and bool((np.diff(shown.times[_forecast(shown)]) <= 1.05 * shown.period).all())
    curves = _steps(shown, xs, ys) if tiled else _bands(shown, xs, ys)
    plot = {"x": xs.start, "y": ys.end, "width": xs.end - xs.start, "height": ys.start - ys.end}
    parts = [
        *_bar_zone(shown.bar, xs, ys),
        *value_axis(ys, xs.start, xs.end, short),
        *time_axis(shown.clock, xs, ys, max(2, int(size.width // 75))),
        element("svg", *curves, **plot, viewBox=_numbers(*plot.values())) if beyond else Markup("").join(curves),
        *([_tail(shown, beyond, xs, ys)] if beyond else []),
        *_bar_line(shown, xs, ys),
        *_cutoff(shown, xs, ys),
        *_breaks(shown, xs, ys),
        *_data(shown, xs, ys),
    ]
    scales = {f"data_{axis}": _numbers(*astuple(scale)) for axis, scale in (("x", xs), ("y", ys))}
    units = {"data_unit": unit(shown.unit, shown.clock.language), "data_time": shown.clock.name}
    data = {**scales, **units, "data_period": f"{shown.period:g}"}
    return drawing(size.width, size.height, title, describe(shown), *parts, class_="chart outcome", **data)


def describe(shown: Shown) -> str:
    """Describe the chart in sentences."""
    sentences, own, language = [], texts(shown.clock.language), shown.clock.language
    now = shown.cutoff if shown.cutoff is not None else float(shown.times[0])
    for time in (now, float(shown.times[-1])):
        at = int(abs(shown.times - time).argmin())
        low, middle, high = (float(shown.quantiles[SHARES.index(q), at]) for q in (0.05, 0.5, 0.95))
        when = shown.clock.month(float(shown.times[at]))
        ends = {"low": number(low, language), "high": number(high, language)}
        sentences.append(own["chart.said"].format(when=when, middle=amount(middle, shown.unit, language), **ends))
    if shown.bar is not None and shown.bar.value is not None:
        value = amount(shown.bar.value, shown.unit, language)
        key = "chart.judged.below" if shown.bar.below else "chart.judged.above"
        sentences.append(own[key].format(value=value, when=shown.clock.span(*shown.bar.window)))
    breaks = [time for time in shown.breaks if time > float(shown.times[0])]
    sentences += [f"{own['chart.break']}: {shown.clock.moment(time)}." for time in breaks]
    return f"{isolated(shown.label, language)}. {' '.join(sentences)}"


def _numbers(*values: float) -> str:
    return " ".join(f"{v:.7g}" for v in values)


def _reach_of(shown: Shown, xs: Scale) -> tuple[float, float, float]:
    """Return the lowest and highest value on the axis, and the top of the band if it lies beyond the axis, else 0.

    A band many times as high as everything else would flatten the rest, so it is cut off and labelled.
    """
    every = [shown.quantiles, *([shown.before] if shown.before is not None else [])]
    bar = [shown.bar.value] if shown.bar is not None and shown.bar.value is not None else []
    data = [d.value for d in shown.data if xs.low <= d.time <= xs.high]
    core = [*np.concatenate([e[1:-1].ravel() for e in every]).tolist(), *bar, *data]
    ends = np.concatenate([e[[0, -1]].ravel() for e in every]).tolist()
    finite = [v for v in core if math.isfinite(v)]
    most, highest = max(finite, default=0.0), max((v for v in ends if math.isfinite(v)), default=0.0)
    lowest = min((v for v in (*ends, *core) if math.isfinite(v)), default=0.0)
    if finite and most > 0 and lowest >= 0 and highest > CUT_OFF * most:
        return lowest, CUT_OFF * most / 2, highest
    return lowest, max(most, highest), 0.0


def _tail(shown: Shown, highest: float, xs: Scale, ys: Scale) -> Markup:
    """State how high a truncated band reaches."""
    language = shown.clock.language
    label = embedded(texts(language)["chart.beyond"].format(value=number(highest, language)), language)
    return element("text", label, class_="tick tail", x=xs.end, y=ys.end - 4, text_anchor="end")


def _cutoff(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    if shown.cutoff is None or not xs.low <= shown.cutoff <= xs.high:
        return []
    x, label = xs(shown.cutoff), texts(shown.clock.language)["chart.forecast"]
    parts = [upright("cutoff", x, ys)]
    if xs.end - x > 70 and shown.times[-1] > shown.cutoff:
        parts.append(element("text", label, class_="tick", x=x + 4, y=ys.end - 3))
    return parts


def _breaks(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    """Mark where the definition of the series changed and figures are not comparable."""
    label = texts(shown.clock.language)["chart.break"]
    return [
        upright("break", xs(time), ys, element("title", f"{label}: {shown.clock.moment(time)}"))
        for time in shown.breaks
        if xs.low < time < xs.high
    ]


def _bar_zone(bar: Bar | None, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw the zone in which the finding comes true."""
    if bar is None or bar.value is None:
        return []
    left, right = _window(bar, xs)
    if right - left < 3:
        left, right = left - 1.5, right + 1.5
    top, bottom = (ys(bar.value), ys.start) if bar.below else (ys.end, ys(bar.value))
    return [element("rect", class_="zone", x=left, y=top, width=right - left, height=max(bottom - top, 0.0))]


def _bar_line(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw the threshold, or a bracket over the window if there is none to draw."""
    bar, language = shown.bar, shown.clock.language
    if bar is None:
        return []
    left, right = _window(bar, xs)
    if bar.value is None:
        y, middle, label = ys.end + 4, (left + right) / 2, embedded(texts(language)["chart.window"], language)
        named = element("text", label, class_="threshold-label", x=middle, y=y + 14, text_anchor="middle")
        bracket = element("path", class_="threshold", d=f"M{left:.1f} {y + 6:.1f}V{y:.1f}H{right:.1f}V{y + 6:.1f}")
        return [bracket, named] if right - left > 60 else [bracket]
    y = ys(bar.value)
    side = texts(language)["chart.below" if bar.below else "chart.above"]
    label = embedded(side.format(value=number(bar.value, language)), language)
    end = right > xs.end - 70
    x, anchor = (right - 3, "end") if end else (left + 3, "start")
    above = y - 5 if bar.below or y > ys.start - 14 else y + 14
    return [
        element("line", class_="threshold", x1=left, x2=max(right, left + 3), y1=y, y2=y),
        element("text", label, class_="threshold-label", x=x, y=max(above, ys.end + 10), text_anchor=anchor),
    ]


def _window(bar: Bar, xs: Scale) -> tuple[float, float]:
    left, right = (min(max(xs(t), xs.start), xs.end) for t in bar.window)
    return left, right


def _bands(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    def at(quantiles: Array, share: float, since: int = 0) -> Array:
        return np.column_stack([xs(shown.times[since:]), ys(quantiles[SHARES.index(share), since:])])

    now = shown.quantiles
    paths = [
        element("path", class_="band90", d=band(at(now, 0.05), at(now, 0.95))),
        element("path", class_="band50", d=band(at(now, 0.25), at(now, 0.75))),
    ]
    if shown.before is not None:
        since = _parting(now, shown.before)
        for share, kind in ((0.5, "before"), (0.05, "before edge"), (0.95, "before edge")):
            paths.append(element("path", class_=kind, d=line(at(shown.before, share, since))))
    return [*paths, element("path", class_="median", d=line(at(now, 0.5)))]


def _parting(now: Array, before: Array) -> int:
    """Return the last sample before a setting changes anything; the baseline is drawn from there on."""
    changed = np.flatnonzero((now != before).any(axis=0))
    return max(0, int(changed[0]) - 1) if changed.size else 0


def _steps(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw averages over periods, each as wide as its period."""
    half = shown.period / 2
    shapes = []
    for i in _forecast(shown):
        time = float(shown.times[i])
        left, right = xs(time - half) + 1, xs(time + half) - 1
        low, quarter, _, upper, high = (ys(float(v)) for v in shown.quantiles[:, i])
        shapes.append(element("rect", class_="band90", x=left, y=high, width=right - left, height=low - high))
        shapes.append(element("rect", class_="band50", x=left, y=upper, width=right - left, height=quarter - upper))
    shapes.append(element("path", class_="median", d=_dashes(shown, shown.quantiles[2], xs, ys)))
    if shown.before is not None:
        since = _parting(shown.quantiles, shown.before)
        shapes.append(element("path", class_="before", d=_dashes(shown, shown.before[2], xs, ys, since)))
    return shapes


def _dashes(shown: Shown, values: Array, xs: Scale, ys: Scale, since: int = 0) -> str:
    half = shown.period / 2
    pairs = ((float(shown.times[i]), float(values[i])) for i in _forecast(shown) if i >= since)
    return "".join(f"M{xs(t - half) + 1:.1f} {ys(v):.1f}H{xs(t + half) - 1:.1f}" for t, v in pairs)


def _forecast(shown: Shown) -> list[int]:
    """Return the periods that are forecast: all but the datum where the forecast starts, which is drawn as data."""
    known = [datum.time for datum in shown.data]
    certain = np.ptp(shown.quantiles, axis=0) == 0
    return [i for i, time in enumerate(shown.times) if not (certain[i] and np.isclose(time, known).any())]


def _reach(shown: Shown, time: float) -> float:
    """Return half the length of a datum's period.

    The last period before the cut-off may be incomplete, such as the current year.
    """
    whole = shown.period / 2
    return min(whole, shown.cutoff - time) if shown.cutoff is not None and time <= shown.cutoff else whole


def _data(shown: Shown, xs: Scale, ys: Scale) -> list[Markup]:
    shapes = []
    for datum in shown.data:
        if not (xs.low <= datum.time <= xs.high and math.isfinite(datum.value)):
            continue
        recalled = datum.quality == "recalled"
        later = shown.cutoff is not None and datum.time > shown.cutoff
        language = shown.clock.language
        marks = [texts(language)[key] for key, has in (("chart.recalled", recalled), ("chart.later", later)) if has]
        title = ", ".join([f"{date(datum.date, language)}: {amount(datum.value, shown.unit, language)}", *marks])
        kind = f"datum{' recalled' if recalled else ''}{' later' if later else ''}"
        x, y = xs(datum.time), ys(datum.value)
        if shown.period:
            reach = max((xs(datum.time + _reach(shown, datum.time)) - x) - 1, 2.0)
            left, right = max(x - reach, xs.start), min(x + reach, xs.end)
            shapes.append(
                element("path", element("title", title), class_=f"{kind} period", d=f"M{left:.1f} {y:.1f}H{right:.1f}")
            )
        else:
            shapes.append(element("circle", element("title", title), class_=kind, cx=x, cy=y, r=3.2))
    return shapes
