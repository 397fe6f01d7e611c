"""How extreme a published probability may be: no more than the record supports.

With *n* comparable past questions, a probability is limited to 1/(n + 2) … 1 − 1/(n + 2): the rule of succession for an
outcome that never, or always, occurred. Comparable past questions are non-overlapping stretches of the case's series as
long as the question's lead time.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.record import Record

LEAST = 0.01
"""Probabilities are published in whole per cent, and never as 0% or 100%."""


def past_questions(records: Iterable[Record], ahead: float) -> float:
    """Count the non-overlapping stretches of length ``ahead`` in the records of the series.

    An incomplete stretch counts as a fraction, so that a record slightly too short for a question still bounds it.
    """
    count = 0.0
    for r in records:
        if len(r.times) > 1:
            count += float(r.times[-1] - r.times[0]) / max(ahead, float(np.median(np.diff(r.times))))
    return count


def bounded(p: Array | float, n: float) -> Array:
    """Limit a probability to what ``n`` past questions support, and round it to whole per cent."""
    least = np.ceil(max(1 / (n + 2), LEAST) * 100 - 1e-9) / 100
    return np.asarray(np.clip(np.round(np.asarray(p, float), 2), least, 1 - least))
