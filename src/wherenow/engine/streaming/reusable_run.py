"""An ensemble that is run again and again with a few inputs changed, piece by piece.

:meth:`CompiledRuns.read` takes inputs and memory anew at each call and gives them back after it, which costs more than
a short piece of a run. Here everything stays where it is from call to call, and random numbers are made once: they hang
on nothing that can change. What is read, and its bits, are the same. An object serves one thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Inputs, rows_apart
from wherenow.engine.llvm.runs import Block, CompiledRuns, Shared
from wherenow.engine.streaming.emit_plan import reader
from wherenow.engine.streaming.plan import Readings
from wherenow.engine.streaming.run import File, Rows, table_of


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is read of a run, as the compiled loop takes it; ``used`` are the registers beside the outputs."""

    starts: NDArray[np.int64]
    table: NDArray[np.void]
    used: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Where a run stood at the beginning of ``step``: states ``[state, draw]``, histories ``[group, history, step,
    lane]``, and the values of some registers ``[group, register, lane]``."""

    step: int
    states: Array
    histories: Array
    registers: Rows
    values: Array


class Again:
    """Runs of ``native`` on one set of inputs, read into registers; all draws are one block.

    ``parameters`` is ``[parameter, draw]`` and may be written to between runs; that of another object of the same draws
    may be given, so that both see what is written.
    """

    def __init__(self, native: CompiledRuns, inputs: Inputs, plan: Readings, parameters: Array | None = None) -> None:
        self.native, self.draws = native, inputs.draws
        self._block = Block(native, native.shared(inputs), inputs, inputs.draws)
        program, own = native.program, self._block.parameters
        if parameters is None:
            parameters = rows_apart(*own.shape)
            parameters[:] = own
        self._block.parameters = parameters
        self._file = File(self.draws, len(plan), native.width)
        self._first = plan.first
        self._outputs = len(program.outputs)
        groups = self._block.groups if program.histories else 1
        self._history = np.empty((groups, len(program.histories), program.time.steps + 1, native.width))
        self._flags = np.zeros(self._block.padded)
        self._address = reader(native.width).address
        self._step: int | None = None
        self._block.made = self._block.ahead()

    @property
    def parameters(self) -> Array:
        return self._block.parameters

    def registers(self, asked: Asked) -> Array:
        """What was read, ``[register, draw]``; rows that ``asked`` does not use mean nothing."""
        found = np.empty((len(self._first), self.draws))
        found[asked.used] = self._file.take(asked.used)
        return found

    @property
    def finite(self) -> NDArray[np.bool_]:
        """The draws all of whose values saved since the run began, or went on from a moment, are finite numbers."""
        return ~np.isnan(self._flags[: self.draws])

    def asked(self, readings: Readings) -> Asked:
        """A plan, or a part of the plan that this object was made with, ready for :meth:`go`."""
        used = readings.used()
        return Asked(readings.starts, table_of(readings, self.native.width), used[used >= self._outputs])

    def begin(self) -> None:
        """Stand before the first step, with registers as they are before a run."""
        self._step = None
        self._flags[:] = 0.0
        self._file.groups[:, self._outputs :] = self._first[self._outputs :, None]

    def resume(self, moment: Moment) -> None:
        """Stand where another run of this program stood."""
        self._step = moment.step
        self._flags[:] = 0.0
        self._block.states[:] = moment.states
        self._history[:, :, : moment.step] = moment.histories
        self._file.groups[:, moment.registers] = moment.values

    def go(self, asked: Asked, end: int, shared: Shared | None = None) -> None:
        """Goes on until before step ``end``, reading what is ``asked``; ``shared`` holds other series than its own."""
        block = self._block
        block.reader = (self._address, asked.starts.ctypes.data, asked.table.ctypes.data)
        block.shared, own = shared or block.shared, block.shared
        flags = np.zeros_like(self._flags)
        block.call(self._step or 0, end, self._step is not None, self._history, self._file.saves, flags)
        block.shared = own
        self._flags += flags
        self._step = end

    def moment(self, registers: Iterable[int], states: Iterable[int], histories: Iterable[int]) -> Moment:
        """Where the run stands, of some of its registers, states and histories by number."""
        step, rows = self._step or 0, np.fromiter(registers, dtype=np.int64)
        kept = list(histories)
        return Moment(
            step,
            self._block.states[list(states)],
            self._history[:, kept, :step] if kept else np.empty((1, 0, step, self.native.width)),
            rows,
            self._file.groups[:, rows],
        )
