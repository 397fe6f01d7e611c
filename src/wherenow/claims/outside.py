"""Dates in claims that no run comes to, so that nothing can be read there and the claim can never be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wherenow.case.dates import is_year
from wherenow.claims.check import Checked
from wherenow.claims.syntax import Date, Node, Number, dates_of, walk
from wherenow.errors import Diagnostic, Severity
from wherenow.model.types import TimeSpec


def outside_run(formulas: Iterable[Checked | None], time: TimeSpec) -> Iterator[Diagnostic]:
    """A warning for each date, in formulas on the model, that lies before the run or after it."""
    for checked in formulas:
        if checked is not None:
            yield from _outside(checked, time)


def _outside(checked: Checked, time: TimeSpec) -> Iterator[Diagnostic]:
    text = checked.formula.text
    for node in walk(checked.formula.root):
        for date in dates_of(node):
            span = _span(date, is_year(time.unit))
            if span is not None and (span[0] > time.stop or span[1] < time.start):
                place, told = date.span.start, f"the run is from {time.start:g} to {time.stop:g}"
                message = "nothing can be read at this date, which no run comes to"
                yield Diagnostic(message, text.locate(place), told, text.excerpt(place), Severity.WARNING)


def _span(date: Node, years: bool) -> tuple[float, float] | None:
    """From when to when a written date is; None for one that is computed. A whole number may name a year."""
    match date:
        case Date():
            return date.start, date.stop
        case Number(value=value):
            return value, value + years
        case _:
            return None
