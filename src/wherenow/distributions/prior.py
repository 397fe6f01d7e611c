"""Priors of uncertain parameters: named distributions, truncated to a range.

A prior is sampled by its inverse cumulative distribution, so that any design on the unit cube (Sobol, Latin hypercube,
plain random) becomes draws from it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wherenow.distributions.families import FAMILIES, Arguments, Array
from wherenow.errors import InputError, Text, did_you_mean

LEAST_MASS = 1e-6
"""A range that leaves less of the distribution than this is refused: its quantiles would be rounding errors."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution by name, truncated to ``[low, high]``, which lies within the support."""

    name: str
    arguments: Arguments
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{a:.12g}' for a in self.arguments)})"

    @property
    def truncated(self) -> bool:
        """Whether the range cuts off part of the distribution."""
        return (self.low, self.high) != FAMILIES[self.name].support(self.arguments)

    def quantile(self, u: ArrayLike) -> Array:
        """The values below which a share ``u`` (in [0, 1], any shape) of the truncated distribution lies."""
        share = np.asarray(u, dtype=np.float64)
        if self.name == "discrete":
            values = np.array(self._values)
            return values[np.minimum((share * len(values)).astype(np.intp), len(values) - 1)]
        family = FAMILIES[self.name]
        if not self.truncated:
            return family.quantile(share, self.arguments)
        below, above = self._edges()
        return np.clip(family.quantile(below + share * (above - below), self.arguments), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Array:
        """The share of the truncated distribution at or below ``x`` (any shape)."""
        at = np.asarray(x, dtype=np.float64)
        if self.name == "discrete":
            return np.searchsorted(np.array(self._values), at, side="right") / len(self._values)
        below, above = self._edges()
        inside = np.clip(at, self.low, self.high)
        return (FAMILIES[self.name].cdf(inside, self.arguments) - below) / (above - below)

    def median(self) -> float:
        """The truncated distribution's median, to twelve digits where it is not exact."""
        if self.name == "discrete":
            values = self._values
            return values[(len(values) - 1) // 2]
        middle = float(self.quantile(0.5))
        rounded = float(f"{middle:.12g}")  # lognormal(0.1, s) has median 0.1, not exp(log(0.1))
        return min(max(rounded, self.low), self.high)

    def mean(self) -> float:
        """The truncated distribution's mean."""
        if self.name == "discrete":
            return math.fsum(self._values) / len(self._values)
        if not self.truncated:
            return FAMILIES[self.name].mean(self.arguments)
        from scipy.integrate import quad

        return float(quad(lambda u: float(self.quantile(u)), 0.0, 1.0, limit=200, epsabs=0.0, epsrel=1e-10)[0])

    @property
    def _values(self) -> tuple[float, ...]:
        """The values that a discrete prior may take, ascending."""
        return tuple(sorted(v for v in self.arguments if self.low <= v <= self.high))

    def _surely_has_mass(self) -> bool:
        """Whether Cantelli's inequality (1928) alone shows that the range leaves enough of the distribution.

        It holds for most ranges, and needs no distribution function, which takes a fifth of a second to import.
        """
        family, a, ends = FAMILIES[self.name], self.arguments, (self.low, self.high)
        if self.name == "lognormal":  # its logarithm is less skewed, so that the bound is closer
            family, a = FAMILIES["normal"], (math.log(a[0]), a[1])
            ends = (math.log(self.low) if self.low else -math.inf, math.log(self.high))
        try:
            mean, variance = family.mean(a), family.variance(a)
            outside = sum(variance / (variance + (end - mean) ** 2) for end in ends)
        except ArithmeticError:  # the moments overflow
            return False
        return ends[0] < mean < ends[1] and outside < 1 - LEAST_MASS

    def _edges(self) -> tuple[float, float]:
        """The untruncated distribution function at ``low`` and ``high``."""
        ends = FAMILIES[self.name].cdf(np.array([self.low, self.high]), self.arguments)
        return float(ends[0]), float(ends[1])


def prior(name: str, *arguments: float, low: float = -math.inf, high: float = math.inf) -> Prior:
    """A prior of a known family, truncated to ``[low, high]``. Raises ValueError with a sentence for a person."""
    family = FAMILIES.get(name)
    if family is None:
        hint = did_you_mean(name, FAMILIES)
        raise ValueError(f"there is no prior '{name}'; {hint or 'known are ' + ', '.join(FAMILIES)}")
    if family.counts and len(arguments) not in family.counts:
        point = "; decimals have a point" if len(arguments) > max(family.counts) else ""
        raise ValueError(f"{name} takes {family.form}, not {len(arguments)} arguments{point}")
    if not arguments or not all(map(math.isfinite, arguments)):
        raise ValueError(f"{name} takes finite numbers: {family.form}")
    wrong = family.wrong(arguments)
    if wrong:
        raise ValueError(f"{family.form}: {wrong}")
    if not low < high:
        raise ValueError(f"the range [{low:g}, {high:g}] is empty")
    least, greatest = family.support(arguments)
    found = Prior(name, arguments, max(low, least), min(high, greatest))
    outside = f"{found} has (almost) nothing inside its range [{low:g}, {high:g}]"
    if name == "discrete":
        if not found._values:
            raise ValueError(outside)
        return found
    if not found.low < found.high:
        raise ValueError(outside)
    if found.truncated and not found._surely_has_mass():
        below, above = found._edges()
        if above - below < LEAST_MASS:
            raise ValueError(outside)
    return found


_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*")


def parse_prior(text: Text, low: float = -math.inf, high: float = math.inf) -> Prior:
    """The prior that ``text`` spells, as ``lognormal(0.1, 0.5)``. Raises InputError with the place of what is wrong."""
    matched = _CALL.fullmatch(text.content)
    if not matched:
        raise InputError([text.problem(f"{text.content!r} is not a prior; write for example lognormal(0.1, 0.5)")])
    arguments = []
    offset = matched.start(2)
    for part in matched.group(2).split(",") if matched.group(2).strip() else []:
        try:
            arguments.append(float(part))
        except ValueError:
            at = offset + len(part) - len(part.lstrip())
            hint = ", without its name" if "=" in part else ": 5% is 0.05" if "%" in part else ""
            what = f"{part.strip()!r} is not a number" + (f"; write the number{hint}" if hint else "")
            raise InputError([text.problem(what, at=at)]) from None
        offset += len(part) + 1
    try:
        return prior(matched.group(1), *arguments, low=low, high=high)
    except ValueError as error:
        raise InputError([text.problem(str(error), at=matched.start(1))]) from None
