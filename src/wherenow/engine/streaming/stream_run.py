"""Runs of a streaming plan: an ensemble of which only registers are stored (:mod:`wherenow.engine.streaming.plan`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Checkpoint, Inputs, Progress, check_inputs, padded_rows
from wherenow.engine.llvm.compiled_runs import Block, CompiledRuns, Saves, Shared, for_each_block
from wherenow.engine.streaming.emit_plan import reader
from wherenow.engine.streaming.plan import Begun, StreamingPlan
from wherenow.errors import UsageError

CHUNK = 128
"""Draws whose registers are filled together: few enough for the processor's cache."""
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """The result of a streaming run.

    It holds the returned ``registers[register, draw]`` at the end, the draws (positions) with a non-finite output at
    some saved step, and the checkpoint if one was requested.
    """

    registers: Array
    nonfinite_draws: tuple[int, ...] = ()
    checkpoint: Checkpoint | None = field(default=None, repr=False)


class File:
    """The registers of a plan for ``draws``, by groups of the vector width, so that a group's are close together.

    The first registers are the outputs of a program, where every saved step puts its values.
    """

    def __init__(self, draws: int, registers: int, width: int) -> None:
        self.draws, self.width = draws, width
        self.groups = np.zeros((-(-draws // width), registers, width))

    def take(self, rows: Rows) -> Array:
        """Return ``[register, draw]`` of some registers."""
        values = self.groups[:, rows].swapaxes(0, 1)
        return values.reshape(len(rows), -1)[:, : self.draws]

    def put(self, rows: Rows, values: Array) -> None:
        """Write ``values[register, draw]``, or one number per register."""
        if values.ndim == 1:
            self.groups[:, rows] = values[:, None]
            return
        count = len(self.groups)
        padded = padded_rows(values, count * self.width)
        self.groups[:, rows] = padded.reshape(len(rows), count, self.width).swapaxes(0, 1)

    @property
    def saves(self) -> Saves:
        """Return a destination in which every saved step overwrites the previous one, which has been read by then."""
        return Saves(self.groups.ctypes.data, 0, self.width, self.groups[0].size)


def table_of(readings: StreamingPlan, width: int) -> NDArray[np.void]:
    """Convert the instructions of a plan for a :class:`File` to the compiled loop's layout."""
    table = readings.instructions.copy()
    for name in ("into", "a", "b", "c"):
        table[name] *= width
    return table


def read(
    native: CompiledRuns,
    inputs: Inputs,
    readings: StreamingPlan,
    begun: Begun,
    returned: Sequence[int] | None,
    checkpoint: int | None,
    end: int | None,
    progress: Progress | None,
) -> StreamResult:
    """See :meth:`wherenow.engine.native.Native.read`."""
    program = native.program
    inputs = check_inputs(program, inputs)
    last = program.time.steps + 1 if end is None else end
    if not max(inputs.first_step, checkpoint or 0) <= last <= program.time.steps + 1:
        raise UsageError(f"a run from step {inputs.first_step} cannot end before step {end}")
    draws = inputs.draws
    for register, values in begun.items():
        if not 0 <= register < len(readings) or values.shape != (draws,):
            raise UsageError(f"register {register} of {len(readings)} begins with shape {values.shape}, not {(draws,)}")
    count = len(readings) if returned is None else len(returned)
    registers, flags = np.empty((count, draws)), np.zeros(draws)
    kept = native.empty_checkpoint(checkpoint, inputs)
    work = Work(native, native.shared(inputs), readings, inputs.first_step, last, returned)

    def one(first: int, stop: int) -> None:
        here = slice(first, stop)
        begins = {register: values[here] for register, values in begun.items()}
        work.fill(inputs.take(first, stop), begins, registers[:, here], flags[here], kept and kept.take(here))

    for_each_block(one, draws, native.share(draws, CHUNK), native.threads, progress)
    bad = tuple(int(d) for d in np.nonzero(np.isnan(flags))[0])
    return StreamResult(registers, bad, kept)


class Work:
    """Data for streaming that all blocks of a run share."""

    def __init__(
        self,
        native: CompiledRuns,
        shared: Shared,
        readings: StreamingPlan,
        start: int,
        end: int,
        returned: Sequence[int] | None = None,
    ) -> None:
        self.native, self.shared, self.readings, self.end = native, shared, readings, end
        self.outputs = len(native.program.outputs)
        used = readings.used(start, end)
        self.used = used[used >= self.outputs]
        self.returned = np.arange(len(readings)) if returned is None else np.array(returned, np.int64)
        self.chunk = -(-CHUNK // native.width) * native.width
        self.table = table_of(readings, native.width)
        self.address = reader(native.width).address

    def fill(
        self, inputs: Inputs, begun: Begun, registers: Array, flags: Array, kept: Checkpoint | None = None
    ) -> None:
        """Run a block: fill ``registers[register, draw]``, and NaN in the ``flags`` of non-finite draws."""
        first, outputs = self.readings.first, self.returned < self.outputs
        called = (self.address, self.readings.starts.ctypes.data, self.table.ctypes.data)
        rows = np.fromiter(begun, np.int64)
        begins = np.stack(list(begun.values())) if begun else np.empty((0, inputs.draws))
        rest = np.setdiff1d(np.union1d(self.used, self.returned), rows)
        for start in range(0, inputs.draws, self.chunk):
            here = slice(start, min(start + self.chunk, inputs.draws))
            file = File(here.stop - here.start, len(first), self.native.width)
            file.put(rest, first[rest])
            file.put(rows, begins[:, here])
            block = Block(self.native, self.shared, inputs.take(here.start, here.stop), file.draws, called)
            flag = np.zeros(block.padded)
            block.run(file.saves, flag, kept and kept.take(here), self.end)
            registers[:, here], flags[here] = file.take(self.returned), flag[: file.draws]
        # the outputs belong to no step, because every step overwrote them
        registers[outputs] = first[self.returned[outputs], None]
