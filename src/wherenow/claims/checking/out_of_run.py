"""Which times the dates of a formula refer to, and whether a run has values there.

A date refers to a whole period: ``2025`` to the year, ``2025-01`` to January, ``2025-01-20`` to the first instant of
that day. A window between two dates extends from the beginning of the first period to the end of the last.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from wherenow.case.dates import is_year, iso_date
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.signals import EDGE, Array, Window
from wherenow.claims.formulas.claim_syntax import Apply, Arithmetic, Date, Negative, Node, NumberTerm, dates_of, walk
from wherenow.errors import Diagnostic, Severity
from wherenow.model.model_types import TimeSpec

_DAY = 1 / 366
_RECKONED = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """The time between two written dates, or at one: from ``start`` to ``stop``, the end of its period."""

    first: Node  # start date, as the formula states it
    last: Node  # end date, as the formula states it
    start: float
    stop: float
    closed: bool  # whether ``stop`` belongs to the span
    years: bool  # whether times are decimal years

    @property
    def words(self) -> str:
        """The days that the span covers, or its numbers."""
        if not self.years:
            return f"{self.start:g} to {self.stop:g}"
        begin = iso_date(self.start)
        end = iso_date(self.stop if self.closed else self.stop - _DAY)
        return begin if begin == end else f"{begin} to {end}"


def spans(checked: Checked, unit: str) -> Iterator[DateSpan]:
    """Return the spans of time that a formula reads, as far as they are written, in reading order; ``unit`` is the time
    unit.
    """
    years = is_year(unit)
    for node in walk(checked.formula.root):
        dates = dates_of(node)
        if isinstance(node, Apply) and node.operator in ("at", "growth"):
            pairs = [(date, date) for date in dates]
        else:
            pairs = [(dates[0], dates[1])] if dates else []
        for first, last in pairs:
            begin, end = _period(first, years), _period(last, years)
            if begin is not None and end is not None:
                yield DateSpan(first=first, last=last, start=begin[0], stop=end[1], closed=end[2], years=years)


def outside_run(formulas: Iterable[Checked | None], time: TimeSpec) -> Iterator[Diagnostic]:
    """Return an error for each window or date in a formula on the model at which no run has a value.

    A window whose last date begins exactly at the end of the run gives a warning: it was probably meant to end there,
    but ends a period later.
    """
    saves = time.steps // time.save_every + 1
    times = np.array([time.start + k * time.save_every * time.step for k in range(saves)])
    for checked in formulas:
        if checked is not None:
            for span in spans(checked, time.unit):
                if not _has_value(span, times):
                    yield _diagnostic(checked, span, times)


def _has_value(span: DateSpan, times: Array) -> bool:
    window = Window(np.array([span.start]), np.array([span.stop]), span.closed)
    if span.first is span.last:
        middle = (span.start + span.stop) / 2
        return bool(window.holds(times).any() or times[0] - EDGE <= middle <= times[-1] + EDGE)
    return bool(window.covered(times)[0] and window.holds(times).any())


def _diagnostic(checked: Checked, span: DateSpan, times: Array) -> Diagnostic:
    begin, end = (iso_date(float(t)) if span.years else f"{t:g}" for t in (times[0], times[-1]))
    late = span.stop - times[-1] > times[0] - span.start
    place = (span.last if late else span.first).span.start
    last = _period(span.last, span.years)
    if late and last is not None and abs(last[0] - times[-1]) < EDGE:
        message = f"this is read to the end of its period, {span.words}, and the run ends on {end}: it has no value"
        hint, severity = "name an earlier period, or extend the run", Severity.WARNING
    else:
        what = "no run has a value at this date" if span.first is span.last else "no run fills this window"
        message, severity = f"{what}, which is read as {span.words}", Severity.ERROR
        hint = f"the run is from {begin} to {end}"
    return checked.formula.text.problem(message, hint, place, severity)


def _period(date: Node, years: bool) -> tuple[float, float, bool] | None:
    """Return the beginning and end of a written date and whether it is an instant; None for a computed date."""
    moment = _constant(date)
    match date:
        case Date(day=0):
            return date.start, date.stop, False
        case Date():
            return date.start, date.start, True
        case NumberTerm(value=value, whole=True) if years:
            return value, value + 1, False
        case _ if moment is not None:
            return moment, moment, True
        case _:
            return None


def _constant(node: Node) -> float | None:
    """Evaluate a constant expression; None if it reads anything else or is undefined."""
    match node:
        case NumberTerm(value=value):
            return value
        case Negative(operand=inner):
            return None if (found := _constant(inner)) is None else -found
        case Arithmetic(operator=sign, left=left, right=right) if sign in _RECKONED:
            one, other = _constant(left), _constant(right)
            return None if one is None or other is None else _RECKONED[sign](one, other)
        case _:
            return None
