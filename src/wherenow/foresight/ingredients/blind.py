"""A case with wider priors, to measure a model's skill without its authors' knowledge of the record.

The authors of the priors knew the record. Doubling every prior's spread, within the ranges that the case states,
removes part of that knowledge from a forecast.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from wherenow.case.case_types import Case
from wherenow.distributions.prior import Prior

_FACTOR = 2.0


def blinded(case: Case) -> Case:
    """Return the case with the standard deviation of every prior doubled within its range, under a new hash.

    A triangular prior becomes uniform. Uniform and discrete priors state only a range and do not change.
    """
    digest = hashlib.sha256(f"{case.hash}\nblind".encode()).hexdigest()
    return replace(case, priors={name: _widened(p) for name, p in case.priors.items()}, hash=digest)


def _widened(p: Prior) -> Prior:
    """Return the prior with ``_FACTOR`` times its spread, as far as its family allows."""
    a = p.arguments
    match p.name:
        case "normal" | "lognormal":
            return replace(p, arguments=(a[0], _FACTOR * a[1]))
        case "halfnormal" | "exponential":
            return replace(p, arguments=(_FACTOR * a[0],))
        case "gamma":
            return replace(p, arguments=(a[0] / _FACTOR**2, a[1] * _FACTOR**2))
        case "triangular":
            return Prior("uniform", (a[0], a[2]), p.low, p.high)
        case "beta":
            total, share = a[0] + a[1], a[0] / (a[0] + a[1])
            wider = max((total + 1) / _FACTOR**2 - 1, 2.0)  # never less concentrated than a uniform distribution
            return replace(p, arguments=(share * wider, (1 - share) * wider, *a[2:]))
        case _:
            return p
