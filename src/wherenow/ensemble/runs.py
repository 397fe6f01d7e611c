"""The result of an ensemble: trajectories of every saved variable in every draw, and how they were made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError, did_you_mean
from wherenow.gc_pause import imported

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

    case: str  # name of the case
    case_hash: str  # hash of the case's state
    program_hash: str  # hash of the compiled program
    scenario: str  # id of the scenario; empty for the baseline
    seed: int  # seed of draws and noise
    draws: int  # number of draws
    first_draw: int  # number of the first draw
    draws_hash: str  # hash of the draws' values
    design: str  # method of spreading draws: sobol, latin or random
    basis: str  # distribution of the draws: prior or posterior
    engine: str  # engine of the run: native or reference
    threads: int | None  # number of threads; None for all cores
    method: str  # integration method
    step: float  # integration step, in the model's unit of time
    version: str  # version of wherenow
    libraries: Mapping[str, str]  # versions of libraries, by name
    platform: str  # operating system, processor and Python version
    seconds: Mapping[str, float]
    failed_draws: tuple[int, ...] = ()
    failure: str = ""
    noise: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON types."""
        tree = {name: getattr(self, name) for name in self.__slots__}
        plain = {"libraries": dict(self.libraries), "seconds": dict(self.seconds)}
        return {**tree, **plain, "failed_draws": list(self.failed_draws)}


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved scalar: its variable, elements (of an array), unit and display name."""

    name: str
    variable: str
    elements: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ensemble:
    """Trajectories ``values[variable, time, draw]`` at ``times`` (in ``time_unit``), one row for each of ``saved``.

    ``central[variable, time]`` is the run at the parameters' central values. ``dimensions[variable]`` names the axes of
    an array.
    """

    saved: tuple[Saved, ...]
    times: Array
    values: Array
    central: Array
    draws: Draws  # parameter values of each run
    record: RunRecord  # record of how the runs were made
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
            if the scalar was not saved.
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
            ``[share, time]`` in the scalar's unit; NaN if no draw is finite.

        Raises
        ------
        UsageError
            if the scalar was not saved.

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
            dimensions ``draw``, ``time`` and those of arrays, with ``_axis`` added if a variable has that name;
            units and labels in the variables' attributes, drawn parameters in coordinates ``parameter_…`` along
            ``draw``, the run record (JSON) in the attribute ``record``.
            Values are views of these runs where possible.
        """
        import json

        imported("xarray")
        import pandas
        import xarray

        dimensions = tuple(self.dimensions.get(saved.variable, ()) for saved in self.saved)
        record = json.dumps(self.record.to_dict())
        if draw is not None:
            parts, frame = _frame(self.saved, dimensions, self.times.tobytes(), self.time_unit)
            values = self.values[:, :, draw]
            # wrap the arrays: given bare ones, xarray imports dask to see whether they are its own
            shaped = ((p, p.block(values)) for p in parts)
            dataset = frame.copy(data={p.name: xarray.Variable(("time", *p.axes), a, fastpath=True) for p, a in shaped})
            dataset.attrs["record"] = record
            return dataset
        parts, coordinates = _layout(self.saved, dimensions)
        along, variables = _draw_axis(self.saved), {}
        for p in parts:
            # pass arrays as they are: otherwise xarray imports all other array libraries for a third of a second
            array = p.block(self.values)
            variables[p.name] = xarray.Variable((along, "time", *p.axes), array, p.attributes, fastpath=True)
        indexes: dict[str, Any] = {**coordinates, "time": _time_axis(self.times, self.time_unit)}
        indexes[along] = pandas.RangeIndex(self.draws.first, self.draws.first + len(self))
        for name, row in zip(self.draws.names, self.draws.values, strict=True):
            indexes[f"parameter_{name}"] = xarray.Variable((along,), row, fastpath=True)
        return xarray.Dataset(variables, indexes, {"record": record})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A variable of a dataset: the rows of its elements among the saved scalars, and its array axes."""

    name: str  # name of the variable
    rows: slice | list[int]  # rows of its elements
    axes: tuple[str, ...]  # names of its array axes
    shape: tuple[int, ...]  # number of elements along each axis
    places: tuple[int, ...]  # position of each row in the flat array, if some elements have no equation and are NaN
    attributes: Mapping[str, str]  # unit and label

    def block(self, values: Array) -> Array:
        """Return the values of the elements, ``[…, time, *shape]``, of ``values[row, time, …]``."""
        rows = values[self.rows].T
        if self.places:
            flat = np.full((*rows.shape[:-1], math.prod(self.shape)), np.nan)
            flat[..., self.places] = rows
            rows = flat
        return rows.reshape(*rows.shape[:-1], *self.shape)


def _draw_axis(saved: tuple[Saved, ...]) -> str:
    """Return ``draw``, the dimension of draws, or another name if a variable has that one."""
    return "draw_axis" if any(scalar.variable == "draw" for scalar in saved) else "draw"


@lru_cache(maxsize=16)
def _layout(
    saved: tuple[Saved, ...], dimensions: tuple[tuple[str, ...], ...]
) -> tuple[tuple[_Part, ...], Mapping[str, Any]]:
    """Return the variables of the dataset of some scalars, and the elements along its array axes."""
    import pandas

    groups: dict[str, list[int]] = {}
    for i, scalar in enumerate(saved):
        groups.setdefault(scalar.variable, []).append(i)
    taken = {*groups, "time", _draw_axis(saved)}
    parts, coordinates = dict[str, _Part](), dict[str, list[str]]()

    def along(rows: list[int]) -> list[list[str]]:
        """Return the elements at each position, in order."""
        positions = range(len(dimensions[rows[0]]))
        return [list(dict.fromkeys(saved[r].elements[position] for r in rows)) for position in positions]

    partial = {name: len(rows) < math.prod(map(len, along(rows))) for name, rows in groups.items()}
    for name, rows in sorted(groups.items(), key=lambda group: partial[group[0]]):  # whole arrays come first
        axes: list[str] = []
        for position, elements in enumerate(along(rows)):
            dimension = dimensions[rows[0]][position]
            axis = f"{dimension}_axis" if dimension in taken else dimension
            axis = axis if axis not in axes else f"{axis}_{position + 1}"
            if partial[name] and set(coordinates.get(axis, ())) == set(elements):
                elements = coordinates[axis]
            if coordinates.setdefault(axis, elements) != elements:  # only part of the dimension was saved
                axis = f"{axis}_of_{name}"
                coordinates[axis] = elements
            axes.append(axis)
        shape = tuple(len(coordinates[a]) for a in axes)
        consecutive = rows[-1] - rows[0] == len(rows) - 1
        first = saved[rows[0]]
        parts[name] = _Part(
            name=name,
            rows=slice(rows[0], rows[-1] + 1) if consecutive else rows,
            axes=tuple(axes),
            shape=shape,
            places=_places([saved[r].elements for r in rows], [coordinates[a] for a in axes]) if partial[name] else (),
            attributes={"units": first.unit, "long_name": first.label or name},
        )
    return tuple(parts[name] for name in groups), {
        axis: pandas.Index(elements) for axis, elements in coordinates.items()
    }


def _places(elements: list[tuple[str, ...]], axes: list[list[str]]) -> tuple[int, ...]:
    """Return the position of each element in the flat array over ``axes``, the last axis fastest."""
    numbered = [{e: i for i, e in enumerate(axis)} for axis in axes]
    shape = [len(axis) for axis in axes]
    return tuple(
        sum(n[e] * math.prod(shape[i + 1 :]) for i, (n, e) in enumerate(zip(numbered, one, strict=True)))
        for one in elements
    )


@lru_cache(maxsize=16)
def _frame(
    saved: tuple[Saved, ...], dimensions: tuple[tuple[str, ...], ...], times: bytes, unit: str
) -> tuple[tuple[_Part, ...], xarray.Dataset]:
    """Return the variables of the dataset of one run, and the dataset with zeros.

    A copy with other values takes a fifth of the time to build a dataset.
    """
    import xarray

    parts, coordinates = _layout(saved, dimensions)
    axis = _time_axis(np.frombuffer(times), unit)
    variables = {
        p.name: xarray.Variable(("time", *p.axes), np.zeros((len(axis), *p.shape)), p.attributes, fastpath=True)
        for p in parts
    }
    return parts, xarray.Dataset(variables, {**coordinates, "time": axis})


def _time_axis(times: Array, unit: str) -> Any:
    import pandas
    import xarray

    return xarray.IndexVariable("time", pandas.Index(times), {"units": unit})  # type: ignore[no-untyped-call]


def quantiles_over_draws(values: Array, shares: tuple[float, ...]) -> Array:
    """Return ``[share, time]`` of ``values[time, draw]``, by linear interpolation, over draws finite at all times."""
    finite = np.isfinite(values).all(axis=0)
    if not finite.any():
        return np.full((len(shares), values.shape[0]), np.nan)
    result: Array = np.quantile(values[:, finite], shares, axis=1)
    return result


def quick_quantiles(values: Array, shares: tuple[float, ...]) -> Array:
    """Return ``[share, time]`` of finite ``values[time, draw]``, as :func:`quantiles_over_draws` but several times
    faster.
    """
    ordered = np.sort(values, axis=1)
    places = np.asarray(shares) * (values.shape[1] - 1)
    low = places.astype(int)
    below, above = ordered[:, low].T, ordered[:, np.minimum(low + 1, values.shape[1] - 1)].T
    result: Array = below + (above - below) * (places - low)[:, None]
    return result
