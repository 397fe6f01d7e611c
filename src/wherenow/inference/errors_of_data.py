"""How data err around the model: the scale on which errors are normal, and how wide they are, datum by datum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wherenow.case.families import Array
from wherenow.case.observation import Observation
from wherenow.case.types import DataSeries
from wherenow.errors import Diagnostic, InputError

_FLOOR = 1e-3
"""A model value at or near zero counts as this part of the least datum: as wrong as that, and no worse."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How a series is seen by its error: as it is, or as the logarithm of value + offset, where at least ``floor``."""

    logarithmic: bool
    offset: float = 0.0
    floor: float = 1e-300

    def to(self, values: Array) -> Array:
        if not self.logarithmic:
            return np.asarray(values, float)
        return np.log(np.maximum(np.asarray(values, float) + self.offset, self.floor))

    def back(self, scaled: Array) -> Array:
        return np.exp(scaled) - self.offset if self.logarithmic else scaled


@dataclass(frozen=True, eq=False)
class Gaussian:
    """One series with normal errors on its scale: ``y``, ``sd`` and ``gap`` (to the datum before; inf at breaks)."""

    name: str
    scale: Scale
    times: Array
    y: Array
    sd: Array
    gap: Array


def gaussian(observation: Observation, data: DataSeries) -> Gaussian:
    """A series with normal or lognormal errors. Raises InputError where a datum has no logarithm."""
    error = observation.error
    logarithmic = error.name == "lognormal"
    offset = error.arguments[1] if len(error.arguments) > 1 else 0.0
    if logarithmic and (data.values + offset <= 0).any():
        where = data.dates[int(np.flatnonzero(data.values + offset <= 0)[0])]
        raise InputError([Diagnostic(
            f"'{data.name}' is not positive at {where}, which lognormal errors need", observation.text.locate(0),
            "give an offset, lognormal(0.3, 10), or another error",
        )])  # fmt: skip
    scale = Scale(logarithmic, offset, _FLOOR * float((data.values + offset).min())) if logarithmic else Scale(False)
    gap = np.diff(data.times, prepend=-np.inf)
    for moment in observation.breaks:
        after = np.flatnonzero(data.times >= moment)
        if len(after):
            gap[after[0]] = np.inf
    sd = error.arguments[0] * wideness(observation, data)
    return Gaussian(data.name, scale, data.times, scale.to(data.values), sd, gap)


def wideness(observation: Observation, data: DataSeries) -> Array:
    """By datum: how many times wider than the observation's its error is; more than 1 for recalled figures."""
    return np.where(np.array(data.quality) == "recalled", observation.recalled, 1.0)
