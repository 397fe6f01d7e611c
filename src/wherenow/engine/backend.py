"""Inputs and results of a run, the same for every backend.

Arrays are float64 with draws last: parameters ``(n_parameters, draws)``, results ``(n_outputs, saves, draws)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.ir import Program
from wherenow.errors import SimulationError, UsageError
from wherenow.language.syntax import Table

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called between blocks with (draws done, draws in all), on the caller's thread. To cancel a run, raise from it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run's state at the beginning of ``step``: a run continued from it gives the bits of an uninterrupted one.

    ``states`` is ``(n_states, draws)``; ``histories`` is ``(n_histories, step, draws)``, all past values.
    """

    step: int
    states: Array
    histories: Array

    def take(self, draws: slice) -> Checkpoint:
        """Return the same checkpoint for some of its draws."""
        return Checkpoint(self.step, self.states[:, draws], self.histories[:, :, draws])


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that may differ from run to run of one program.

    ``parameters``: ``(n_parameters, draws)``, rows as ``Program.parameters``. ``series`` overrides
    ``Program.series_tables``, in order. Noise is keyed by ``seed`` and the draw number, which counts from
    ``first_draw``. ``start`` continues from saved states instead of the beginning.
    """

    parameters: Array
    series: tuple[Table, ...] | None = None
    seed: int = 0
    first_draw: int = 0
    start: Checkpoint | None = None

    @property
    def draws(self) -> int:
        return int(self.parameters.shape[1])

    @property
    def first_step(self) -> int:
        """The first step of the run: 0, or the checkpoint's."""
        return self.start.step if self.start else 0

    def take(self, first: int, stop: int) -> Inputs:
        """Return the inputs of draws ``first`` to ``stop`` (exclusive), with their own noise."""
        start = self.start.take(slice(first, stop)) if self.start else None
        return Inputs(self.parameters[:, first:stop], self.series, self.seed, self.first_draw + first, start)


LINE = 8
"""Numbers in a line of the processor's cache."""


def rows_apart(rows: int, length: int) -> Array:
    """Allocate an array ``(rows, length)`` whose row stride is an odd number of cache lines.

    Elements of a column then fall into different cache sets; with rows of 1,024 draws they would all share one set.
    """
    lines = -(-length // LINE)
    return np.empty((rows, LINE * (lines + 1 - lines % 2)))[:, :length]


def padded_rows(rows: Array, length: int) -> Array:
    """Pad ``(n, draws)`` to a contiguous ``(n, length)`` by repeating the last draw."""
    draws = rows.shape[1]
    if draws == length and rows.strides[1] == rows.itemsize:
        return rows
    padded = rows_apart(rows.shape[0], length)
    fill_padded(padded, rows)
    return padded


def fill_padded(padded: Array, rows: Array) -> None:
    """Write ``(n, draws)`` into the longer rows ``padded``, and repeat the last draw."""
    draws = rows.shape[1]
    padded[:, :draws] = rows
    padded[:, draws:] = rows[:, -1:]


def default_inputs(program: Program, draws: int = 1, **changed: Array | float) -> Inputs:
    """Return inputs with every parameter at its default, except ``changed`` (a number, or one value per draw).

    Raises UsageError for an unknown parameter.
    """
    parameters = np.repeat(np.array(program.defaults, dtype=float).reshape(-1, 1), draws, axis=1)
    for name, value in changed.items():
        if name not in program.parameters:
            raise UsageError(f"the program has no parameter {name!r}")
        parameters[program.parameters.index(name)] = value
    return Inputs(parameters)


def check_inputs(program: Program, inputs: Inputs) -> Inputs:
    """Convert inputs to contiguous float64; raises UsageError if a shape does not fit the program."""
    parameters = np.asarray(inputs.parameters, dtype=np.float64)
    if parameters.ndim == 2 and parameters.strides[1] != parameters.itemsize:
        parameters = np.ascontiguousarray(parameters)
    if parameters.ndim != 2 or parameters.shape[0] != len(program.parameters):
        raise UsageError(
            f"parameters have shape {parameters.shape}; this program takes ({len(program.parameters)}, draws)"
        )
    if inputs.series is not None and len(inputs.series) != len(program.series_tables):
        raise UsageError(f"{len(inputs.series)} series given; this program takes {len(program.series_tables)}")
    start = inputs.start
    if start is not None:
        draws = parameters.shape[1]
        if not 0 <= start.step <= program.time.steps:
            raise UsageError(f"the checkpoint is at step {start.step}, but the run has {program.time.steps} steps")
        if start.states.shape != (len(program.states), draws):
            raise UsageError(f"checkpoint states have shape {start.states.shape}, not {(len(program.states), draws)}")
        if start.histories.shape != (len(program.histories), start.step, draws):
            raise UsageError(f"checkpoint histories have shape {start.histories.shape}")
    return Inputs(parameters, inputs.series, inputs.seed, inputs.first_draw, start)


SHOWN = 6
"""Maximum number of arguments in a message about an operation's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NonFinite:
    """The first non-finite value of a draw, and the values it was computed from.

    ``variable`` is the output or state that has the value or first depends on it; ``inputs`` holds the values of the
    operation's arguments, by description; ``draw`` is the position in the run.
    """

    variable: str
    operation: str  # operation, as ``explain-program`` describes it
    time: float  # time of the value
    draw: int
    value: float  # the value: NaN or infinite
    inputs: Mapping[str, float]

    def __str__(self) -> str:
        arguments = ", ".join(f"{name} = {value:g}" for name, value in list(self.inputs.items())[:SHOWN])
        arguments += ", …" if len(self.inputs) > SHOWN else ""
        finding = f"{self.variable} is {self.value} at time {self.time:g} in draw {self.draw}"
        if self.operation == "constant":
            return f"{finding}: its equation uses the constant {self.value}"
        return f"{finding}: {self.operation}" + (f" of {arguments}" if arguments else "")


@dataclass(frozen=True, kw_only=True)
class Trajectories:
    """Saved values of a run: ``values`` is ``(n_outputs, saves, draws)`` at ``times`` (in the model's time unit).

    ``nonfinite_draws`` lists the draws (positions in this run) with a non-finite saved value; the others are
    unaffected. ``checkpoint`` is set if one was requested. ``diagnose`` finds the first such value of a draw.
    """

    names: tuple[str, ...]  # names of the outputs
    times: Array
    values: Array
    nonfinite_draws: tuple[int, ...] = ()
    checkpoint: Checkpoint | None = field(default=None, repr=False)
    diagnose: Callable[[int], NonFinite] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def nonfinite(self) -> NonFinite | None:
        """Find the first non-finite value in the first of ``nonfinite_draws``; None if all are finite.

        This runs the draw again, so it takes a moment.
        """
        if not self.nonfinite_draws or self.diagnose is None:
            return None
        return self.diagnose(self.nonfinite_draws[0])

    def __getitem__(self, name: str) -> Array:
        """Return the ``(saves, draws)`` values of one output; raises UsageError for a name that was not saved."""
        if name not in self.names:
            raise UsageError(f"{name!r} is not among the outputs of this run")
        return np.asarray(self.values[self.names.index(name)])

    def strict(self) -> Trajectories:
        """Return itself if every draw is finite; else raise SimulationError with the first non-finite value."""
        if self.nonfinite is not None:
            others = len(self.nonfinite_draws) - 1
            raise SimulationError(str(self.nonfinite) + (f" (and {others} more draws)" if others else ""))
        return self


class Backend(Protocol):
    """A backend for one program. ``checkpoint``: also save the state at the beginning of that step."""

    program: Program

    def run(self, inputs: Inputs, *, checkpoint: int | None = None) -> Trajectories: ...


def saved_steps(program: Program, first_step: int = 0, end: int | None = None) -> range:
    """Return the steps whose values are saved, from ``first_step`` on and before ``end``."""
    every = program.time.save_every
    return range(-(-first_step // every) * every, program.time.steps + 1 if end is None else end, every)


def saved_times(program: Program, first_step: int = 0) -> Array:
    """Return the model times of :func:`saved_steps`."""
    time = program.time
    saved = saved_steps(program, first_step)
    steps: Array = np.arange(saved.start, saved.stop, saved.step, dtype=float)
    return np.asarray(time.start + steps * time.step)
