"""Runs of a compiled program over blocks of draws, shared by :class:`~wherenow.engine.native.Native` and streaming."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np

from wherenow.engine.backend import (
    LINE,
    Array,
    Checkpoint,
    Inputs,
    Progress,
    Trajectories,
    check_inputs,
    fill_padded,
    padded_rows,
    rows_apart,
    saved_steps,
    saved_times,
)
from wherenow.engine.elementary import ELEMENTARY
from wherenow.engine.evaluate import STAGES, StepTable, first_series_values, step_table
from wherenow.engine.ir import Program
from wherenow.engine.llvm.emit.emit_noise import made_ahead, made_length
from wherenow.engine.llvm.emit.emit_writer import SPREAD
from wherenow.engine.llvm.jit import vector_registers
from wherenow.engine.llvm.kernel_cache import compiled
from wherenow.engine.llvm.straight import ENTRY_AHEAD
from wherenow.engine.philox import key_of
from wherenow.engine.reference import diagnose
from wherenow.errors import UsageError

WIDTHS = (1, 2, 4, 8, 16, 32)
BLOCK = 1024
WORTH = 20_000_000
"""Minimum number of operations, over all steps and draws, for which threads share a block: about two milliseconds."""


def default_width(program: Program) -> int:
    """Choose the width: more registers per value for short steps, which would otherwise wait for latency.

    Measured (docs/performance.md): long programs gain nothing beyond two registers, and compile several times slower;
    if few operations are function calls, one is enough, because calls are paired.
    """
    registers = vector_registers()
    for nodes, factor in ((30, 8), (400, 4)):
        if len(program.nodes) < nodes:
            return min(32, registers * factor)
    ahead = made_ahead(program).nodes
    calls = sum(n.operation in ELEMENTARY for position, n in enumerate(program.nodes) if position not in ahead)
    return registers if registers == SPREAD and 10 * calls < len(program.nodes) else registers * 2


def layout(width: int, threads: int | None, block: int) -> tuple[int, int, int]:
    """Return the vector width, the threads and the draws of a block, a multiple of the width.

    Raises UsageError for a number that does not fit.
    """
    if width not in WIDTHS:
        raise UsageError(f"the vector width must be one of {', '.join(map(str, WIDTHS))}, not {width}")
    threads = usable_cores() if threads is None else threads
    if threads < 1 or block < 1:
        raise UsageError(f"threads and block must be at least 1, not {threads} and {block}")
    return width, threads, -(-block // width) * width


class CompiledRuns:
    """A program that is compiled, or taken from the cache, at construction, and can be run.

    Parameters
    ----------
    program
        What to run; its method is Euler or RK4.
    width
        Draws per vector: 1, 2, 4, 8, 16 or 32; chosen by processor and program if None. A single run of a large
        model is quickest, and smallest, with 1.
    threads
        How many threads share a run's blocks; one per usable core if None.
    block
        Draws per block: the unit of work of a thread, of progress and of cancellation.
    """

    def __init__(
        self, program: Program, *, width: int | None = None, threads: int | None = None, block: int = BLOCK
    ) -> None:
        self.program = program
        self.width, self.threads, self.block = layout(width or default_width(program), threads, block)
        self._kernel = compiled(program, self.width)
        self._defaults: Shared | None = None
        self._names = tuple(output.name for output in program.outputs)
        self._times = saved_times(program)
        self._times.flags.writeable = False  # all runs share this array

    def run(
        self,
        inputs: Inputs,
        *,
        checkpoint: int | None = None,
        progress: Progress | None = None,
        out: Array | None = None,
        end: int | None = None,
    ) -> Trajectories:
        """Return all saved values of all draws; see :class:`~wherenow.engine.backend.Backend`.

        ``out``, from :meth:`allocate` or a part of its saves, is overwritten and holds the result: reused memory is
        filled twice as fast as new memory. With ``end`` the run stops before that step and can continue from a
        checkpoint there. Raises UsageError if inputs, ``out`` or ``end`` do not fit the program. The result lists draws
        that become non-finite.
        """
        program = self.program
        inputs = check_inputs(program, inputs)
        last = program.time.steps + 1 if end is None else end
        if not max(inputs.first_step, checkpoint or 0) <= last <= program.time.steps + 1:
            raise UsageError(f"a run from step {inputs.first_step} cannot end before step {end}")
        every, draws = program.time.save_every, inputs.draws
        times = self._times[-(-inputs.first_step // every) : -(-last // every)]
        saves = len(times)
        padded = -(-draws // self.width) * self.width
        values = self._new_values(saves, padded) if out is None else out
        apart = values.size > 0 and values.strides[2] != values.itemsize
        if values.shape != (len(program.outputs), saves, padded) or apart:
            raise UsageError(f"out has shape {values.shape}, not {(len(program.outputs), saves, padded)}")
        flags = np.zeros(padded)
        state = self.empty_checkpoint(checkpoint, inputs)
        shared = self.shared(inputs)

        def one(first: int, stop: int) -> None:
            block = Block(self, shared, inputs.take(first, stop), stop - first)
            here = slice(first, first + block.padded)
            block.run(
                Saves.into(values[:, :, here], self.width), flags[here], state and state.take(slice(first, stop)), last
            )

        for_each_block(one, draws, self.share(draws, self.width), self.threads, progress)
        bad = tuple(np.isnan(flags[:draws]).nonzero()[0].tolist())
        trajectories = values[:, :, :draws]
        if out is None and 2 * draws < padded:  # with few draws, do not keep the memory of empty lanes
            trajectories = trajectories.copy()
        return Trajectories(
            names=self._names,
            times=times,
            values=trajectories,
            nonfinite_draws=bad,
            checkpoint=state,
            diagnose=lambda draw: diagnose(program, inputs, draw),
        )

    def allocate(self, inputs: Inputs) -> Array:
        """Allocate an array for the values of a run, with draws padded to a multiple of the vector width."""
        saves = len(saved_steps(self.program, inputs.first_step))
        return self._new_values(saves, -(-inputs.draws // self.width) * self.width)

    def share(self, draws: int, multiple: int) -> int:
        """Choose the draws per block, a multiple of ``multiple``: fewer than usual if threads would otherwise be idle.

        An example is the thousand draws of an outlook. Work that is shorter than the start of a thread is not divided.
        """
        if draws * len(self.program.nodes) * self.program.time.steps < WORTH:
            return self.block
        share = -(-draws // self.threads)
        return min(self.block, -(-share // multiple) * multiple)

    def _new_values(self, saves: int, padded: int) -> Array:
        """Lay out by output, or by time if one value's draws do not fill a cache line.

        Each saved time is then written in one piece.
        """
        outputs = len(self.program.outputs)
        if padded < LINE:
            return np.empty((saves, outputs, padded)).swapaxes(0, 1)
        return np.empty((outputs, saves, padded))

    def run_block(self, shared: Shared, inputs: Inputs, scratch: Array) -> tuple[Array, Array]:
        """Run a few draws into ``scratch`` ``(n_outputs, saves, at least the padded draws)``.

        Returns their values there, and a flag per draw that is NaN if some value is not finite.
        """
        block = Block(self, shared, inputs, inputs.draws)
        flags = np.zeros(block.padded)
        block.run(Saves.into(scratch, self.width), flags, None, self.program.time.steps + 1)
        return scratch[:, :, : inputs.draws], flags[: inputs.draws]

    def empty_checkpoint(self, step: int | None, inputs: Inputs) -> Checkpoint | None:
        """Allocate a checkpoint for the beginning of ``step``; None if that is None."""
        program = self.program
        if step is None:
            return None
        if not inputs.first_step <= step <= program.time.steps:
            raise UsageError(f"step {step} is outside the run, steps {inputs.first_step} to {program.time.steps}")
        states = np.empty((len(program.states), inputs.draws))
        return Checkpoint(step, states, np.empty((len(program.histories), step, inputs.draws)))

    def shared(self, inputs: Inputs) -> Shared:
        """Return the data that all blocks of a run with these series read."""
        program, defaults = self.program, Inputs(inputs.parameters)
        if self._defaults is None:
            table = step_table(program, defaults)
            shape = (program.time.steps + 1, len(STAGES[program.time.method]))
            rows = np.zeros((*shape, max(1, len(self._kernel.rows))))
            for i, node in enumerate(self._kernel.rows):
                rows[:, :, i] = table.rows[node]
            self._defaults = Shared(rows, first_series_values(program, defaults), table)
        if inputs.series is None:
            return self._defaults
        # recompute only what changed: moving a lever changes one of many series
        before, rows, first = self._defaults.table, self._defaults.rows.copy(), self._defaults.first_series.copy()
        table = step_table(program, inputs, before)
        for i, node in enumerate(self._kernel.rows):
            if table.rows[node] is not before.rows[node]:
                rows[:, :, i] = table.rows[node]
        changed = [i for i, series in enumerate(table.series) if series is not before.series[i]]
        first[changed] = first_series_values(program, inputs, changed)
        return Shared(rows, first, table)


@dataclass(frozen=True, slots=True)
class Shared:
    """Data that all blocks of a run read: the step table in the kernel's layout, ``(steps + 1, stages, rows)``."""

    rows: Array
    first_series: Array
    table: StepTable


@dataclass(frozen=True, slots=True)
class Saves:
    """The destination of saved values: an address, and strides to the next saved time, output and group, in doubles.

    The caller must keep the memory alive.
    """

    address: int
    time: int
    output: int
    group: int

    @classmethod
    def into(cls, values: Array, width: int) -> Saves:
        """Save into ``values[output, time, draw]``, with contiguous draws."""
        output, time, _ = (stride // values.itemsize for stride in values.strides)
        return cls(values.ctypes.data, time, output, width)

    def after(self, times: int) -> Saves:
        """Return the destination after a number of saved times."""
        return replace(self, address=self.address + 8 * self.time * times)


class Block:
    """One block of draws: its inputs packed by groups of the vector width, its memory, and its kernel calls.

    ``reader`` holds addresses for the kernel: of the function that reads saved values, and of its tables. ``noise`` is
    the result of :meth:`ahead`, for calls that read it rather than generate it.
    """

    def __init__(
        self,
        native: CompiledRuns,
        shared: Shared,
        inputs: Inputs,
        draws: int,
        reader: tuple[int, int, int] | None = None,
    ) -> None:
        self.reader = reader or (None, None, None)
        self.noise: Array | None = None
        self.native, self.shared, self.inputs, self.draws = native, shared, inputs, draws
        self.program, self.width = native.program, native.width
        self.groups = -(-draws // self.width)
        self.padded = self.groups * self.width
        self.parameters = padded_rows(inputs.parameters, self.padded)
        self.states = rows_apart(len(self.program.states), self.padded)
        self.work = np.empty(native._kernel.work)

    def pack(self, rows: Array) -> Array:
        """Pack ``(n, draws)`` as ``(groups, n, width)``; the lanes that pad the last group repeat the last draw."""
        padded = padded_rows(rows, self.padded)
        return np.ascontiguousarray(padded.reshape(rows.shape[0], self.groups, self.width).swapaxes(0, 1))

    def unpack(self, groups: Array) -> Array:
        """Return the inverse of :meth:`pack`."""
        return groups.swapaxes(0, 1).reshape(groups.shape[1], self.padded)[:, : self.draws]

    def run(self, saves: Saves, flags: Array, kept: Checkpoint | None, end: int) -> None:
        """Run the steps before ``end``: save values, and fill ``flags`` (padded) and the checkpoint ``kept``."""
        program, start = self.program, self.inputs.start
        whole_history = bool(program.histories) and (kept is not None or start is not None)
        steps = program.time.steps + 1
        groups = self.groups if whole_history else 1
        history = np.empty((groups, len(program.histories), steps, self.width))
        first = self.inputs.first_step
        if start is not None:
            fill_padded(self.states, start.states)
            for i in range(len(program.histories)):
                history[:, i, :first] = self.pack(start.histories[i])
        if kept is None:
            self.call(first, end, start is not None, history, saves, flags)
            return
        self.call(first, kept.step, start is not None, history, saves, flags)
        kept.states[:] = self.states[:, : self.draws]
        for i in range(len(program.histories)):
            kept.histories[i] = self.unpack(history[:, i, : kept.step])
        before = len(saved_steps(program, first, kept.step))
        flags_after = np.empty_like(flags)
        self.call(kept.step, end, True, history, saves.after(before), flags_after)
        flags += flags_after

    def ahead(self) -> Array | None:
        """Generate the noise of every step, ``(groups, numbers)``; None for a program without noise."""
        rows, steps = self.native._kernel.noise, self.program.time.steps + 1
        if not rows:
            return None
        noise = np.empty((self.groups, made_length(rows, self.width, steps)))
        key, first = key_of(self.inputs.seed), self.inputs.first_draw
        self.native._kernel.loaded.further[ENTRY_AHEAD](0, self.groups, *key, first, noise.ctypes.data)
        return noise

    def call(self, first: int, end: int, resume: bool, history: Array, saves: Saves, flags: Array) -> None:
        """Run steps ``first`` to ``end`` (exclusive) of all groups."""
        every = self.program.time.save_every
        key = key_of(self.inputs.seed)
        self.native._kernel.loaded.function(
            0,
            self.groups,
            first,
            end,
            int(resume),
            self.parameters.ctypes.data,
            self.parameters.strides[0] // 8,
            self.shared.first_series.ctypes.data,
            self.shared.rows.ctypes.data,
            *key,
            self.inputs.first_draw,
            None if self.noise is None else self.noise.ctypes.data,
            self.states.ctypes.data,
            self.states.strides[0] // 8,
            history.ctypes.data,
            history[0].size if len(history) > 1 or self.groups == 1 else 0,
            saves.address,
            saves.time,
            saves.output,
            saves.group,
            -first % every,
            flags.ctypes.data,
            *self.reader,
            self.work.ctypes.data,
        )


def for_each_block(
    work: Callable[[int, int], None], draws: int, block: int, threads: int, progress: Progress | None
) -> None:
    """Call ``work(first, stop)`` for each block of draws, from ``threads`` threads; ``progress`` from this one.

    If ``progress`` or a block raises, blocks that have not started are dropped.
    """
    spans = [(first, min(first + block, draws)) for first in range(0, draws, block)]
    if threads == 1 or len(spans) == 1:
        for first, stop in spans:
            work(first, stop)
            if progress:
                progress(stop, draws)
        return
    done = 0
    with ThreadPoolExecutor(min(threads, len(spans))) as pool:
        pending: dict[Future[None], int] = {pool.submit(work, *span): span[1] - span[0] for span in spans}
        try:
            while pending:
                finished, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += pending.pop(future)
                    future.result()
                    if progress:
                        progress(done, draws)
        except BaseException:
            for future in pending:
                future.cancel()
            raise


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
