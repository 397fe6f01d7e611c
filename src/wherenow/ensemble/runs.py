"""The result of an ensemble: trajectories of every saved variable in every draw, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """How a result was made; with the case folder, it is enough to reproduce the result to the same bits.

    ``seconds`` gives the wall time of each part. ``failed_draws`` lists draws that turned non-finite, and ``failure``
    says what failed first, and when. ``noise`` is the version of the noise's bits
    (:data:`wherenow.engine.noise.VERSION`); records that lack it have version 1.
    """

    case: str
    case_hash: str
    program_hash: str
    scenario: str
    seed: int
    draws: int
    first_draw: int
    draws_hash: str
    design: str
    basis: str
    engine: str
    threads: int | None
    method: str
    step: float
    version: str
    libraries: Mapping[str, str]
    platform: str
    seconds: Mapping[str, float]
    failed_draws: tuple[int, ...] = ()
    failure: str = ""
    noise: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON types."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {"libraries": dict(self.libraries), "seconds": dict(self.seconds)}
        return {**found, **plain, "failed_draws": list(self.failed_draws)}


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved scalar: its variable, elements (of an array), unit and display name."""

    name: str
    variable: str
    elements: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Runs:
    """Trajectories ``values[variable, time, draw]`` at ``times`` (in ``time_unit``), one row for each of ``saved``.

    ``central[variable, time]`` is the run at the parameters' central values. ``dimensions[variable]`` names the axes of
    an array.
    """

    saved: tuple[Saved, ...]
    times: Array
    values: Array
    central: Array
    draws: Draws
    record: RunRecord
    time_unit: str = ""
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the saved scalars: ``x``, or ``x[a,b]`` for an element."""
        return tuple(s.name for s in self.saved)

    @property
    def units(self) -> Mapping[str, str]:
        """The unit of each saved scalar, by name."""
        return {s.name: s.unit for s in self.saved}

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.draws)

    def __getitem__(self, name: str) -> Array:
        """Return ``[time, draw]`` of one scalar. Raises UsageError for a name that was not saved."""
        trajectories: Array = self.values[self._row(name)]
        return trajectories

    def __repr__(self) -> str:
        when = f"{self.times[0]:g} to {self.times[-1]:g} {self.time_unit}".strip()
        scenario = f", scenario {self.record.scenario}" if self.record.scenario else ""
        return f"Runs({len(self)} draws of {len(self.saved)} series, {when}{scenario}, {self.record.basis})"

    def at_centre(self, name: str) -> Array:
        """Return ``[time]`` of one scalar in the run at central values.

        Raises
        ------
        UsageError
            where the scalar was not saved.
        """
        trajectory: Array = self.central[self._row(name)]
        return trajectory

    def _row(self, name: str) -> int:
        if name not in self.names:
            raise UsageError(f"{name!r} was not saved in these runs", did_you_mean(name, self.names))
        return self.names.index(name)

    def quantiles(self, name: str, shares: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> Array:
        """Compute quantiles over the draws that stayed finite.

        Parameters
        ----------
        shares
            which quantiles, between 0 and 1.

        Returns
        -------
        array
            ``[share, time]`` in the scalar's unit; NaN where no draw is finite.

        Raises
        ------
        UsageError
            where the scalar was not saved.

        Examples
        --------
        >>> import wherenow
        >>> runs = wherenow.open("teacup.mdl").sample({"room temperature": "normal(70, 5)"}, n=64, seed=1)
        >>> runs.quantiles("teacup temperature", (0.05, 0.95)).shape
        (2, 241)
        """
        return quantiles_over_draws(self[name], shares)

    def to_dataset(self, draw: int | None = None) -> xarray.Dataset:
        """Return the runs as an xarray Dataset, with one variable for each variable of the model.

        Parameters
        ----------
        draw
            one draw by position; the dataset then has no dimension ``draw`` and no parameters.

        Returns
        -------
        Dataset
            dimensions ``draw``, ``time`` and those of arrays; units and labels in the variables' attributes, drawn
            parameters in coordinates ``parameter_…`` along ``draw``, the run record (JSON) in the attribute ``record``.
            Values are views of these runs where possible.
        """
        import json

        import pandas
        import xarray

        groups: dict[str, list[int]] = {}
        for i, saved in enumerate(self.saved):
            groups.setdefault(saved.variable, []).append(i)
        variables: dict[str, Any] = {}
        coordinates: dict[str, Any] = {}
        values = self.values if draw is None else self.values[:, :, draw : draw + 1]
        for name, rows in groups.items():
            axes, shape = self._axes(name, rows, coordinates)
            consecutive = rows[-1] - rows[0] == len(rows) - 1
            chosen = values[rows[0] : rows[-1] + 1] if consecutive else values[rows]
            block = chosen.transpose(2, 1, 0).reshape(values.shape[2], len(self.times), *shape)
            first = self.saved[rows[0]]
            attributes = {"units": first.unit, "long_name": first.label or name}
            dimensions, data = (("draw", "time", *axes), block) if draw is None else (("time", *axes), block[0])
            # pass arrays as they are: otherwise xarray imports every other array library, for a third of a second
            variables[name] = xarray.Variable(dimensions, data, attributes, fastpath=True)
        indexes: dict[str, Any] = {n: pandas.Index(elements) for n, elements in coordinates.items()}
        time = pandas.Index(self.times)
        indexes["time"] = xarray.IndexVariable("time", time, {"units": self.time_unit})  # type: ignore[no-untyped-call]
        if draw is None:
            indexes["draw"] = pandas.RangeIndex(self.draws.first, self.draws.first + len(self))
            for name, row in zip(self.draws.names, self.draws.values, strict=True):
                indexes[f"parameter_{name}"] = xarray.Variable(("draw",), row, fastpath=True)
        return xarray.Dataset(variables, indexes, {"record": json.dumps(self.record.to_dict(), sort_keys=True)})

    def _axes(self, name: str, rows: list[int], coordinates: dict[str, Any]) -> tuple[list[str], list[int]]:
        """Return the array axes of a variable and their lengths; its elements are in row-major order."""
        axes: list[str] = []
        for position, dimension in enumerate(self.dimensions.get(name, ())):
            elements = list(dict.fromkeys(self.saved[r].elements[position] for r in rows))
            axis = dimension if dimension not in axes else f"{dimension}_{position + 1}"
            if coordinates.setdefault(axis, elements) != elements:  # a part of the dimension was saved
                axis = f"{axis}_of_{name}"
                coordinates[axis] = elements
            axes.append(axis)
        return axes, [len(coordinates[a]) for a in axes]


def quantiles_over_draws(values: Array, shares: tuple[float, ...]) -> Array:
    """Return ``[share, time]`` of ``values[time, draw]``, by linear interpolation, over draws finite at all times."""
    finite = np.isfinite(values).all(axis=0)
    if not finite.any():
        return np.full((len(shares), values.shape[0]), np.nan)
    found: Array = np.quantile(values[:, finite], shares, axis=1)
    return found


def quick_quantiles(values: Array, shares: tuple[float, ...]) -> Array:
    """Return ``[share, time]`` of finite ``values[time, draw]``, as :func:`quantiles_over_draws` but several times
    faster.
    """
    ordered = np.sort(values, axis=1)
    places = np.asarray(shares) * (values.shape[1] - 1)
    low = places.astype(int)
    below, above = ordered[:, low].T, ordered[:, np.minimum(low + 1, values.shape[1] - 1)].T
    found: Array = below + (above - below) * (places - low)[:, None]
    return found
