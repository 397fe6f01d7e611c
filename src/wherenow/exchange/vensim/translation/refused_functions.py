"""Vensim's functions that have no exact equation here, each with the reason given in the error message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_QUEUE = "the contents of a queue are not tracked by age"
_BINARY = "Vensim's binary files are not read"
_ROOT = "its search for a root is not published; put a stock into the cycle"
_STATISTIC = "the manual does not say whether points count, or the time between them"

REFUSED: Mapping[str, str] = MappingProxyType({
    "simultaneous": "solve the cycle by hand, or put a stock into it",
    "find_zero": _ROOT,
    "internal_rate_of_return": _ROOT,
    "irr": _ROOT,
    "random_lookup": "its stream of random numbers is not published",
    "delay_batch": "the manual does not say at which step a batch is full and leaves",
    "delay_profile": "the manual does not say how a profile is cut into steps",
    "depreciate_by_schedule": "the manual does not say how a fiscal period is shared among steps",
    "shift_if_true": "it changes another variable: write its stocks with flows from age to age",
    "queue_fifo": _QUEUE,
    "queue_fifo_attrib": _QUEUE,
    "queue_age_average": _QUEUE,
    "queue_age_in_range": _QUEUE,
    "queue_age_oldest": _QUEUE,
    "queue_attrib_average": _QUEUE,
    "queue_attrib_in_range": _QUEUE,
    "queue_attrib_max": _QUEUE,
    "queue_attrib_min": _QUEUE,
    "queue_attrib_quantity": _QUEUE,
    "get_data_mean": _STATISTIC,
    "get_data_median": _STATISTIC,
    "get_data_stdv": _STATISTIC,
    "get_data_total_points": _STATISTIC,
    "alloc_p": "use ALLOCATE AVAILABLE",
    "marketp": "use FIND MARKET PRICE",
    "cumulate": "it computes data from data, before the run",
    "cumulatef": "it computes data from data, before the run",
    "time_shift": "it computes data from data, before the run",
    "message": "messages to players are not shown",
    "get_vdf_constants": _BINARY,
    "get_vdf_data": _BINARY,
    "get_vdf_lookups": _BINARY,
})  # fmt: skip
