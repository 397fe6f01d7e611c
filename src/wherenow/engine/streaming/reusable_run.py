"""Reusable runs: an ensemble that is run repeatedly, in segments, with a few inputs changed.

:meth:`CompiledRuns.read` packs inputs and allocates memory at each call, which costs more than a short segment of a
run. Here everything stays in place between calls, and random numbers are generated once, because they do not depend on
anything that can change. The results have the same bits. An object serves one thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Inputs, rows_apart
from wherenow.engine.llvm.compiled_runs import Block, CompiledRuns, Shared
from wherenow.engine.streaming.emit_plan import reader
from wherenow.engine.streaming.plan import StreamingPlan
from wherenow.engine.streaming.stream_run import File, Rows, table_of


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPlan:
    """A streaming plan in the compiled loop's layout; ``used`` are the registers besides the outputs."""

    starts: NDArray[np.int64]
    table: NDArray[np.void]
    used: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A snapshot of a run at the beginning of ``step``: states ``[state, draw]``, histories ``[group, history, step,
    lane]``, and the values of some registers ``[group, register, lane]``.
    """

    step: int
    states: Array
    histories: Array
    registers: Rows
    values: Array


class ReusableRun:
    """A reusable run of ``native`` on one set of inputs, evaluated into registers; all draws are one block.

    ``parameters`` is ``[parameter, draw]`` and may be modified between runs; objects with the same draws may share one
    array.
    """

    def __init__(
        self, native: CompiledRuns, inputs: Inputs, plan: StreamingPlan, parameters: Array | None = None
    ) -> None:
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
        self._block.noise = self._block.ahead()

    @property
    def parameters(self) -> Array:
        return self._block.parameters

    def registers(self, asked: CompiledPlan) -> Array:
        """Return the results, ``[register, draw]``; rows that ``asked`` does not use have no meaning."""
        registers = np.empty((len(self._first), self.draws))
        registers[asked.used] = self._file.take(asked.used)
        return registers

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Return the draws whose values have all been finite since the run began or resumed from a snapshot."""
        return ~np.isnan(self._flags[: self.draws])

    def asked(self, readings: StreamingPlan) -> CompiledPlan:
        """Prepare a plan, or a part of this object's plan, for :meth:`go`."""
        used = readings.used()
        return CompiledPlan(readings.starts, table_of(readings, self.native.width), used[used >= self._outputs])

    def begin(self) -> None:
        """Reset to the first step, with initial registers."""
        self._step = None
        self._flags[:] = 0.0
        self._file.groups[:, self._outputs :] = self._first[self._outputs :, None]

    def resume(self, moment: Snapshot) -> None:
        """Continue from a snapshot of a run of this program."""
        self._step = moment.step
        self._flags[:] = 0.0
        self._block.states[:] = moment.states
        self._history[:, :, : moment.step] = moment.histories
        self._file.groups[:, moment.registers] = moment.values

    def go(self, asked: CompiledPlan, end: int, shared: Shared | None = None) -> None:
        """Run until before step ``end``, evaluating ``asked``; ``shared`` replaces the series for this call."""
        block = self._block
        block.reader = (self._address, asked.starts.ctypes.data, asked.table.ctypes.data)
        block.shared, usual = shared or block.shared, block.shared
        flags = np.zeros_like(self._flags)
        block.call(self._step or 0, end, self._step is not None, self._history, self._file.saves, flags)
        block.shared = usual
        self._flags += flags
        self._step = end

    def moment(self, registers: Iterable[int], states: Iterable[int], histories: Iterable[int]) -> Snapshot:
        """Take a snapshot of some registers, states and histories, by number."""
        step, rows = self._step or 0, np.fromiter(registers, dtype=np.int64)
        chosen = list(histories)
        return Snapshot(
            step,
            self._block.states[list(states)],
            self._history[:, chosen, :step] if chosen else np.empty((1, 0, step, self.native.width)),
            rows,
            self._file.groups[:, rows],
        )
