"""How extreme a published probability may be: no more than the record supports.

With *n* past questions of the kind, a probability stays between 1/(n + 2) and 1 − 1/(n + 2): the rule of succession
for an outcome that never, or always, came. Past questions of the kind are the stretches of the case's series that are
as long as the question looks ahead and do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from wherenow.case.families import Array
from wherenow.foresight.record import Record

LEAST = 0.01
"""Probabilities are published in whole per cent, and never as 0% or 100%."""


def past_questions(records: Iterable[Record], ahead: float) -> int:
    """Count the stretches of length ``ahead`` that the series have seen, none overlapping another."""
    found = 0
    for r in records:
        length = max(ahead, float(np.median(np.diff(r.times)))) if len(r.times) > 1 else np.inf
        found += int((r.times[-1] - r.times[0]) / length + 1e-9)
    return found


def bounded(p: Array | float, n: int) -> Array:
    """Keep a probability within what ``n`` past questions support, and round it to whole per cent."""
    least = np.ceil(max(1 / (n + 2), LEAST) * 100 - 1e-9) / 100
    return np.asarray(np.clip(np.round(np.asarray(p, float), 2), least, 1 - least))
