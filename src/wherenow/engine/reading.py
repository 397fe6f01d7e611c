"""Running a reading plan: an ensemble of which only registers are kept (:mod:`wherenow.engine.readings`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wherenow.engine.backend import Array, Checkpoint, Inputs, Progress, check_inputs, saved_steps
from wherenow.engine.emit_readings import reader
from wherenow.engine.readings import Readings
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.engine.native import Native, Shared

CHUNK = 128
"""Draws whose registers are filled at a time: few enough that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Read:
    """``registers[register, draw]`` at the end; the draws (positions) with an output that was no finite number at some
    saved step; the memory at the beginning of a step, where one was asked for."""

    registers: Array
    nonfinite_draws: tuple[int, ...] = ()
    checkpoint: Checkpoint | None = field(default=None, repr=False)


def read(
    native: Native,
    inputs: Inputs,
    readings: Readings,
    begun: Array | None = None,
    checkpoint: int | None = None,
    end: int | None = None,
    progress: Progress | None = None,
) -> Read:
    """See :meth:`wherenow.engine.native.Native.read`."""
    from wherenow.engine.native import for_each_block

    program = native.program
    inputs = check_inputs(program, inputs)
    last = program.time.steps + 1 if end is None else end
    if not max(inputs.first_step, checkpoint or 0) <= last <= program.time.steps + 1:
        raise UsageError(f"no run from step {inputs.first_step} ends before step {end}")
    draws = inputs.draws
    if begun is not None and begun.shape != (len(readings), draws):
        raise UsageError(f"registers have shape {begun.shape}, not {(len(readings), draws)}")
    registers, flags = np.empty((len(readings), draws)), np.zeros(draws)
    kept = native.empty_checkpoint(checkpoint, inputs)
    work = Work(native, native.shared(inputs), readings, inputs.first_step, last)

    def one(first: int, stop: int) -> None:
        here = slice(first, stop)
        begins = None if begun is None else begun[:, here]
        work.fill(inputs.take(first, stop), begins, registers[:, here], flags[here], kept and kept.take(here))

    for_each_block(one, draws, native.block, native.threads, progress)
    bad = tuple(int(d) for d in np.nonzero(np.isnan(flags))[0])
    return Read(registers, bad, kept)


class Work:
    """What reading needs, the same for all blocks of a run."""

    def __init__(self, native: Native, shared: Shared, readings: Readings, start: int, end: int) -> None:
        self.native, self.shared, self.readings, self.end = native, shared, readings, end
        self.saves = len([k for k in saved_steps(native.program, start) if k < end])
        self.written, self.used = (
            rows[rows >= len(native.program.outputs)]
            for rows in (readings.written(start, end), readings.used(start, end))
        )
        self.chunk = -(-CHUNK // native.width) * native.width
        self.stride = self.chunk + 8  # not a power of two, so that registers do not share a set of the cache
        self.table = readings.instructions.copy()
        for name in ("into", "a", "b", "c"):
            self.table[name] *= self.stride
        self.address = reader(native.width).address

    def fill(
        self, inputs: Inputs, begun: Array | None, registers: Array, flags: Array, kept: Checkpoint | None = None
    ) -> None:
        """Runs a block: ``registers[register, draw]``, and NaN in the ``flags`` of draws that did not stay finite."""
        from wherenow.engine.native import Block

        readings = self.readings
        registers[:] = readings.first[:, None] if begun is None else begun
        file = np.empty((len(readings), self.stride))
        file[:] = readings.first[:, None]
        called = (self.address, readings.starts.ctypes.data, self.table.ctypes.data)
        for first in range(0, inputs.draws, self.chunk):
            here = slice(first, min(first + self.chunk, inputs.draws))
            count = here.stop - here.start
            file[self.used, :count] = registers[self.used, here]
            block = Block(self.native, self.shared, inputs.take(here.start, here.stop), count, called)
            flag = np.zeros(block.padded)
            # every saved step writes the same places, which have been read by then
            values = np.broadcast_to(file[:, None, : block.padded], (len(readings), self.saves, block.padded))
            block.run(values, flag, kept and kept.take(here), self.end)
            registers[self.written, here], flags[here] = file[self.written, :count], flag[:count]
