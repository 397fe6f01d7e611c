"""The Poisson quantile for small means: probabilities of 0, 1, 2, … are summed until they reach the given one.

P(K = 0) = e**-mean, P(K = k) = P(K = k - 1) mean / k. A fixed number of terms is summed, so that every draw of a vector
does the same work: the terms beyond them have less than 2**-53 of the probability for means up to :data:`LARGEST_MEAN`.
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import Operations, Value
from wherenow.engine.elementary.exponential import exp

LARGEST_MEAN = 16.0
TERMS = 60


def poisson(m: Operations, probability: Value, mean: Value) -> Value:
    """Return the least k with P(K <= k) >= ``probability``, for means up to :data:`LARGEST_MEAN`; 0 below 0."""
    inside = m.select(mean > 0.0, mean, 0.0)
    inside = m.select(inside > LARGEST_MEAN, LARGEST_MEAN, inside)
    term = exp(m, -inside)
    total = term
    count = m.select(total < probability, 1.0, 0.0)
    for k in range(1, TERMS):
        term = term * (inside * (1.0 / k))
        total = total + term
        count = count + m.select(total < probability, 1.0, 0.0)
    return m.select(mean == mean, count, float("nan"))
