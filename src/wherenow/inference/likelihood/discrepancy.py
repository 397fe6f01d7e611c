"""The discrepancy between a model and its data, inferred with the parameters: size, duration, and scale of errors.

A case states the error of each series, usually by judgement, and judgement errs by series and as a whole. So each
stated error is multiplied by a factor, part of it common to all series and part the series' own: a series of few data
borrows from all others (partial pooling; Gelman & Hill 2007, chapter 12). The size of the discrepancy is pooled
likewise if the case gives no prior for it. The error of a single series stays as stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.distributions.prior import Prior, prior

SIZE, TIME, ERROR = PREFIXES = ("discrepancy·", "discrepancy-time·", "error·")
COMMON = "all series"
_SIZES, _ERRORS = (1.0, 1.0), (0.5, 0.5)
"""Standard deviations of the logarithms of a series' own part and of the common one."""


@dataclass(frozen=True, eq=False)
class Discrepancy:
    """Discrepancies by Gaussian series, ``[series, draw]``: size, time, and the factor of the stated error."""

    sizes: Array
    spans: Array
    errors: Array


def discrepancy_priors(case: Case, series: Sequence[str]) -> dict[str, Prior]:
    """Return priors by name, for series with errors that are normal on some scale.

    The default size is about twice the stated error, uncertain by a factor of three, and of four with the common part;
    the default time is an eighth of the span of the data, uncertain by a factor of two; the default factor of stated
    errors is 1, uncertain by a factor of two.
    """
    priors: dict[str, Prior] = {}
    for name in series:
        observation, data = case.observations[name], case.data[name]
        default = prior("lognormal", 2 * observation.error.arguments[0], _SIZES[0])
        priors[SIZE + name] = observation.discrepancy or default
        length = max(float(data.times[-1] - data.times[0]), case.model.time.save)
        priors[TIME + name] = prior("lognormal", length / 8, 0.7)
    if len(series) > 1:
        priors[SIZE + COMMON] = prior("lognormal", 1.0, _SIZES[1])
        priors[ERROR + COMMON] = prior("lognormal", 1.0, _ERRORS[1])
        priors |= {ERROR + name: prior("lognormal", 1.0, _ERRORS[0]) for name in series}
    return priors


@dataclass(frozen=True, eq=False)
class DiscrepancyRows:
    """The position of each series' discrepancy among the parameters.

    ``pooled[series]`` is 1 if its size is in part the common one. ``common`` are the rows of the common size and
    factor, None if there is only one series.
    """

    sizes: NDArray[np.intp]
    spans: NDArray[np.intp]
    errors: NDArray[np.intp]
    pooled: NDArray[np.float64]
    common: tuple[int, int] | None

    def of(self, values: Array) -> Discrepancy:
        """Return the discrepancy at parameter ``values[parameter, draw]``."""
        sizes, spans = values[self.sizes], values[self.spans]
        if self.common is None:
            return Discrepancy(sizes, spans, np.ones(sizes.shape))
        size, error = (values[row] for row in self.common)
        return Discrepancy(sizes * (1.0 + self.pooled[:, None] * (size - 1.0)), spans, values[self.errors] * error)


def discrepancy_rows(case: Case, names: Sequence[str], series: Sequence[str]) -> DiscrepancyRows:
    """Return the rows of ``series`` among parameter ``names``."""
    row = {name: i for i, name in enumerate(names)}
    pooled = np.array([case.observations[name].discrepancy is None for name in series], np.float64)
    common = (row[SIZE + COMMON], row[ERROR + COMMON]) if SIZE + COMMON in row else None
    sizes, spans, errors = (
        np.array([row[prefix + name] for name in series], np.intp)
        if prefix != ERROR or common
        else np.empty(0, np.intp)
        for prefix in PREFIXES
    )
    return DiscrepancyRows(sizes, spans, errors, pooled, common)
