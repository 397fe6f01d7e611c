"""Findings on feedback loops: a sentence about each loop, its support, and its course over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.explain.loops.loop_shares import NamedLoops
from wherenow.report.charts.why_chart import course_chart, period_length
from wherenow.report.pictures import plain
from wherenow.report.wording.texts import listed, share, texts
from wherenow.report.wording.times import TimeFormatter

CLOSE, SMALL = 0.10, 0.01
"""Thresholds on the largest mean share of a loop that never leads: it comes close, or plays a part at all."""
SPANS = 3
"""Maximum number of spans in a sentence."""
CONTRARY = 0.05
"""Minimum mean share for reporting that a loop acts against its kind."""


def loop_findings(loops: NamedLoops, polarities: Mapping[str, str], clock: TimeFormatter) -> Iterator[dict[str, Any]]:
    """Yield a finding on each loop, starting with the one that drives the model most; ``polarities`` maps loop ids.

    ``says`` is the title, ``about`` its support, ``shares`` the loop's mean share by period.
    """
    mean = np.abs(loops.shares).mean(axis=2)
    for i in np.argsort(-mean.mean(axis=1), kind="stable").tolist():
        polarity, says = polarities.get(loops.loops[i], ""), _says(loops, mean, i, clock)
        yield {
            "id": loops.loops[i],
            "polarity": polarity,
            "says": says,
            "about": [*_about(loops, mean, i, polarity, clock)],
            "shares": mean[i].round(4).tolist(),
            "chart": plain(course_chart(loops, i, says)),
        }


def lead(loops: NamedLoops, clock: TimeFormatter, cutoff: float | None) -> str:
    """Say which loops drive the model most over the whole run, and which from the cut-off on; '' for a single loop."""
    if len(loops.loops) < 2:
        return ""
    own, mean = texts(clock.language), np.abs(loops.shares).mean(axis=2)
    first, second = np.argsort(-mean.mean(axis=1), kind="stable")[:2].tolist()
    one, other = (share(float(mean[loop].mean()), clock.language) for loop in (first, second))
    titles = {"first": loops.titles[first], "second": loops.titles[second]}
    sentences = [own["loop.lead"].format(**titles, share=one, other=other)]
    ahead = loops.times >= cutoff if cutoff is not None else np.zeros(len(loops.times), dtype=bool)
    if ahead.any() and not ahead.all():
        later = mean[:, ahead].mean(axis=1)
        most, when = share(float(later.max()), clock.language), clock.moment(cutoff or 0.0)
        sentences.append(own["loop.ahead"].format(first=loops.titles[int(later.argmax())], when=when, share=most))
    return " ".join(sentences)


def _says(loops: NamedLoops, mean: Array, i: int, clock: TimeFormatter) -> str:
    """Return the finding as a title."""
    own, title = texts(clock.language), loops.titles[i]
    if len(loops.loops) < 2:
        return own["loop.only"].format(title=title)
    leads, peak = _leads(mean, i), int(mean[i].argmax())
    if leads.all():
        return own["loop.always"].format(title=title, share=share(float(mean[i].mean()), clock.language))
    if leads.any():
        return own["loop.leads"].format(
            title=title, when=_when(loops, leads, clock), share=share(float(mean[i, leads].mean()), clock.language)
        )
    most = float(mean[i, peak])
    if most < SMALL:
        return own["loop.idle"].format(title=title)
    at = _when(loops, np.arange(len(loops.times)) == peak, clock)
    return own["loop.close" if most >= CLOSE else "loop.minor"].format(
        title=title, when=at, share=share(most, clock.language)
    )


def _about(loops: NamedLoops, mean: Array, i: int, polarity: str, clock: TimeFormatter) -> Iterator[str]:
    """Yield what supports the finding: the kind of loop, its certainty, and when it acts against its kind."""
    own = texts(clock.language)
    if polarity:
        yield own[f"loop.{polarity}"]
    leads, peak = _leads(mean, i), int(mean[i].argmax())
    if len(loops.loops) > 1 and leads.any():
        first = np.abs(loops.shares[:, leads]).argmax(axis=0)
        yield own["loop.sure"].format(share=share(float((first == i).mean()), clock.language))
    if len(loops.loops) > 1 and mean[i, peak] >= SMALL:
        _, low, high = loops.range(i, peak)
        at = _when(loops, np.arange(len(loops.times)) == peak, clock)
        yield own["loop.peak"].format(when=at, low=share(low, clock.language), high=share(high, clock.language))
    sign = {"reinforcing": 1.0, "balancing": -1.0}.get(polarity, 0.0)
    against = ((loops.shares[i] * sign < 0).mean(axis=1) > 0.5) & (mean[i] >= CONTRARY)
    if against.any():
        yield own[f"loop.contrary.{polarity}"].format(when=_when(loops, against, clock))


def _leads(mean: Array, i: int) -> NDArray[np.bool_]:
    """Return whether a loop has the largest mean share, by period."""
    return np.asarray((mean.argmax(axis=0) == i) & (mean[i] > 0))


def _when(loops: NamedLoops, chosen: NDArray[np.bool_], clock: TimeFormatter) -> str:
    """Describe periods: adjacent ones as one span, the longest few in chronological order."""
    own, length = texts(clock.language), period_length(loops)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    spans = [
        (float(loops.times[a]), float(loops.times[b - 1]) + length)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    longest = sorted(sorted(spans, key=lambda s: s[0] - s[1])[:SPANS])
    named = listed([clock.span(*span) for span in longest], clock.language)
    phrase = own["loop.dated" if clock.dated else "loop.counted"].format(when=named)
    return own["loop.among"].format(when=phrase) if len(spans) > SPANS else phrase
