"""The binomial quantile for small means: probabilities of 0, 1, 2, … are summed until they reach the given one.

P(K = 0) = (1 - p)**n, P(K = k) = P(K = k - 1) (n - k + 1) / k p / (1 - p). A fixed number of terms is summed, as for
Poisson counts, whose tail is longer: see :mod:`wherenow.engine.elementary.poisson`.
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import Operations, Value
from wherenow.engine.elementary.exponential import exp
from wherenow.engine.elementary.logarithm import ln
from wherenow.engine.elementary.poisson import TERMS


def binomial(m: Operations, probability: Value, trials: Value, share: Value) -> Value:
    """Return the least k with P(K <= k) >= ``probability``, for a ``share`` up to 1/2 and means up to LARGEST_MEAN."""
    failing = 1.0 - share
    rounded = failing - 1.0  # -share, with the rounding of 1 - share
    exact = rounded < 0.0
    log = m.select(exact, ln(m, failing) * (-share / m.select(exact, rounded, -1.0)), -share)  # Kahan's log1p
    odds = share / failing
    term = exp(m, trials * log)
    total = term
    count = m.select(total < probability, 1.0, 0.0)
    for k in range(1, TERMS):
        left = trials - (k - 1.0)
        term = term * (m.select(left > 0.0, left, 0.0) * odds * (1.0 / k))
        total = total + term
        count = count + m.select(total < probability, 1.0, 0.0)
    return m.select(count < trials, count, trials)
