"""Sensitivity to the priors: reweight draws as if a prior had been another, without running anything again.

A prior is moved or widened in its own scores (standard normal, as samplers see it), so that every family and range is
treated alike. The weights are ratios of prior densities (Kallioinen, Paananen, Bürkner & Vehtari 2023, "Detecting and
diagnosing prior and likelihood sensitivity with power-scaling", whose factor 1.25 is used). They are exact up to the
finite number of draws, for draws of the prior and of a posterior alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.distributions.prior import Prior
from wherenow.inference.likelihood.transform import Space

MOVED = 0.5
"""Standard deviations by which a prior is moved."""
POWER = 1.25
"""The power, or its inverse, to which a prior's density is raised: scores 11% narrower or 12% wider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorShift:
    """Probabilities, by outcome, if one parameter's prior were lower, higher, wider or narrower.

    ``error`` is the standard error, by outcome, of the difference between higher and lower.
    """

    name: str  # name of the parameter
    lower: Mapping[str, float]  # probabilities with the prior moved down
    higher: Mapping[str, float]  # probabilities with the prior moved up
    narrower: Mapping[str, float]  # probabilities with the prior density raised to a power above 1
    wider: Mapping[str, float]  # probabilities with the prior density raised to a power below 1
    error: Mapping[str, float]

    @property
    def most(self) -> float:
        """The greatest change of a probability between a lower and a higher prior."""
        return max((abs(self.higher[k] - self.lower[k]) for k in self.lower), default=0.0)

    @property
    def discernible(self) -> bool:
        """Whether some change exceeds what the finite number of draws explains (two standard errors)."""
        return any(abs(self.higher[k] - self.lower[k]) > 2 * self.error[k] for k in self.lower)


def prior_shifts(
    priors: Mapping[str, Prior], names: tuple[str, ...], values: Array, holds: Mapping[str, NDArray[np.bool_]]
) -> tuple[PriorShift, ...]:
    """Compute what each prior does to the probability of each of ``holds[outcome][draw]``; the most influential first.

    ``values[name, draw]`` are draws of the priors or of a posterior. Discrete parameters are left out.
    """
    smooth = [i for i, name in enumerate(names) if name in priors and priors[name].name != "discrete"]
    space = Space({names[i]: priors[names[i]] for i in smooth})
    shifts = [_shift(name, z, holds) for name, z in zip(space.names, space.z(values[smooth]), strict=True)]
    return tuple(sorted(shifts, key=lambda s: -s.most))


def _shift(name: str, z: Array, holds: Mapping[str, NDArray[np.bool_]]) -> PriorShift:
    weights = {
        "lower": _weights(-MOVED * z),
        "higher": _weights(MOVED * z),
        "narrower": _weights(-0.5 * (POWER - 1) * z * z),
        "wider": _weights(-0.5 * (1 / POWER - 1) * z * z),
    }
    shares = {k: {o: float(w @ truth) for o, truth in holds.items()} for k, w in weights.items()}
    apart = weights["higher"] - weights["lower"]
    error = {o: float(np.sqrt(((apart * (truth - truth.mean())) ** 2).sum())) for o, truth in holds.items()}
    return PriorShift(name=name, error=error, **shares)


def _weights(logs: Array) -> Array:
    raw = np.exp(logs - logs.max())
    return np.asarray(raw / raw.sum())
