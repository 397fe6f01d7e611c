"""The operators of the claim language: the arguments, unit and definition of each.

The parser (names, number of arguments), the checker (kinds and units), the evaluator and the documentation read this
table. *Samples* are the saved times of a run or the data points of a series. A *window* is a pair of dates: it extends
from the beginning of the first to the end of the second. Thus ``2013, 2015`` means 2013-01-01 ≤ t < 2016-01-01, and
``2014-06, 2014-06`` the month of June. A day, or a computed date (``event("x") + 1/2``), is an instant and belongs to
its window. As a number, a date is the beginning of its period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Takes(StrEnum):
    """The kind of an argument: a quantity that changes with time, a date, or any quantity (fixed or changing)."""

    SIGNAL = "signal"
    DATE = "date"
    QUANTITY = "quantity"
    CONDITION = "condition"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator. In ``unit``, ``x`` is the unit of the first argument, ``1`` dimensionless, and ``date`` a date."""

    name: str
    takes: tuple[Takes, ...]
    unit: str
    meaning: str


_OVER = (Takes.SIGNAL, Takes.DATE, Takes.DATE)
_ROWS = (
    Operator("at", (Takes.SIGNAL, Takes.DATE), "x",
             "the value in the period that the date names: the mean of the samples in it, or, where it holds none, the "
             "value at its middle, on the straight line between the samples beside it"),
    Operator("mean", _OVER, "x", "the mean of the samples in the window"),
    Operator("max", _OVER, "x", "the greatest sample in the window"),
    Operator("min", _OVER, "x", "the least sample in the window"),
    Operator("sum", _OVER, "x*time",
             "the total of a rate: the mean of the samples in the window times the window's length"),
    Operator("growth", _OVER, "1",
             "the relative change, at(x, to) / at(x, from) - 1; undefined where at(x, from) is not positive"),
    Operator("trend", _OVER, "x/time", "the slope of the least-squares line through the samples in the window"),
    Operator("volatility", _OVER, "x",
             "the standard deviation (n - 1) of the changes from month to month in the window, x read on straight "
             "lines at monthly times from the first sample; needs samples at least every six weeks. Where time is not "
             "in years the changes are from sample to sample"),
    Operator("doubling_time", _OVER, "time",
             "ln 2 over the slope of the least-squares line through the logarithms of the samples in the window; "
             "infinite where the slope is not positive, undefined where a sample is not positive"),
    Operator("fit_linear", _OVER, "1",
             "R², the share of the variance of the samples in the window that their least-squares line explains"),
    Operator("fit_exponential", _OVER, "1",
             "R², in x's own unit, of the exponential through the least-squares line of the logarithms; undefined "
             "where a sample is not positive"),
    Operator("date_of_max", _OVER, "date", "the date of the greatest sample in the window (the first of equals)"),
    Operator("date_of_min", _OVER, "date", "the date of the least sample in the window (the first of equals)"),
    Operator("abs", (Takes.QUANTITY,), "x", "the absolute value"),
    Operator("exp", (Takes.QUANTITY,), "1", "e to the power of a dimensionless quantity"),
    Operator("ln", (Takes.QUANTITY,), "1", "the natural logarithm; undefined where not positive"),
    Operator("sqrt", (Takes.QUANTITY,), "x^0.5", "the square root; undefined where negative"),
    Operator("sum_over", (Takes.ARRAY,), "x", "the sum over the elements of an array: sum_over(displaced)"),
    Operator("mean_over", (Takes.ARRAY,), "x", "the mean over the elements of an array"),
    Operator("max_over", (Takes.ARRAY,), "x", "the greatest element of an array, at each time"),
    Operator("min_over", (Takes.ARRAY,), "x", "the least element of an array, at each time"),
)  # fmt: skip
OPERATORS: Mapping[str, Operator] = MappingProxyType({row.name: row for row in _ROWS})

TEMPORAL: Mapping[str, str] = MappingProxyType({
    "always": "always[from, to](condition): the condition holds at every sample in the window; robustness is the least",
    "eventually": "eventually[from, to](condition): it holds at some sample; robustness is the greatest",
    "first": "first[from, to](condition): the date at which the condition first holds, between samples where the "
             "straight line of its robustness crosses zero; infinite where it never holds. first(condition) looks over "
             "all times",
})  # fmt: skip
EVENT = "event"
NAMES = (*OPERATORS, *TEMPORAL, EVENT)


def usage(name: str) -> str:
    """Return how the operator is written, for messages: ``mean(x, from, to)``."""
    if name in TEMPORAL:
        return f"{name}[from, to](condition)"
    if name == EVENT:
        return 'event("id")'
    takes = OPERATORS[name].takes
    if takes == _OVER:
        return f"{name}(x, from, to)"
    return f"{name}(x, date)" if Takes.DATE in takes else f"{name}(x)"
