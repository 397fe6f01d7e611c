"""Compiled Runge-Kutta with error control, with the same bits as :class:`wherenow.engine.rk45.RungeKutta45`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import numpy as np

from wherenow.engine.backend import Array, Inputs, Progress, Trajectories, check_inputs, padded_rows, saved_times
from wherenow.engine.evaluate import first_series_values
from wherenow.engine.ir import Program
from wherenow.engine.llvm.compiled_runs import BLOCK, for_each_block, layout
from wherenow.engine.llvm.jit import Loaded, load, vector_registers
from wherenow.engine.llvm.kernel_cache import machine_code
from wherenow.engine.llvm.kernel_rk45 import ARGUMENTS, ENTRY, SERIES_HEAD, emit_rk45
from wherenow.engine.lookups import prepare
from wherenow.engine.native import Native
from wherenow.engine.philox import key_of
from wherenow.engine.rk45 import check_smooth, check_whole
from wherenow.engine.streaming.plan import NOTHING, Begun, StreamingPlan, read_trajectories
from wherenow.engine.streaming.stream_run import StreamResult
from wherenow.language.syntax import Table
from wherenow.model.model_types import Method

_names = count()


class NativeRungeKutta45:
    """A smooth program that is compiled, or taken from the cache, at construction.

    ``width``, ``threads`` and ``block`` are those of :class:`wherenow.engine.native.Native`; no bit of a result depends
    on them. Raises UsageError for a program that is not smooth.
    """

    def __init__(
        self, program: Program, *, width: int | None = None, threads: int | None = None, block: int = BLOCK
    ) -> None:
        self.program = check_smooth(program)
        self.width, self.threads, self.block = layout(width or vector_registers(), threads, block)
        self._kernel = _compiled(self.program, self.width)

    def run(self, inputs: Inputs, *, checkpoint: int | None = None, progress: Progress | None = None) -> Trajectories:
        """Return all saved values of all draws; see :meth:`wherenow.engine.rk45.RungeKutta45.run`."""
        program = self.program
        inputs = check_inputs(program, inputs)
        check_whole(inputs, checkpoint)
        times, draws = saved_times(program), inputs.draws
        padded = -(-draws // self.width) * self.width
        values, flags = np.empty((len(program.outputs), times.size, padded)), np.zeros(padded)
        series, size = packed_series(inputs.series if inputs.series is not None else program.series_tables)
        first_series = first_series_values(program, inputs)

        def one(first: int, stop: int) -> None:
            groups = -(-(stop - first) // self.width)
            rows = padded_rows(inputs.parameters[:, first:stop], groups * self.width)
            here, own = values[:, :, first:], flags[first:]
            given = groups, rows.ctypes.data, rows.strides[0] // 8, first_series.ctypes.data, series.ctypes.data, size
            saved = here.ctypes.data, values.strides[1] // 8, values.strides[0] // 8, own.ctypes.data
            self._kernel.function(*given, *key_of(inputs.seed), inputs.first_draw + first, *saved)

        for_each_block(one, draws, self.block, self.threads, progress)
        bad = tuple(int(d) for d in np.nonzero(np.isnan(flags[:draws]))[0])
        return Trajectories(
            names=tuple(o.name for o in program.outputs), times=times, values=values[:, :, :draws], nonfinite_draws=bad
        )

    def read(
        self,
        inputs: Inputs,
        readings: StreamingPlan,
        *,
        begun: Begun = NOTHING,
        returned: Sequence[int] | None = None,
        progress: Progress | None = None,
    ) -> StreamResult:
        """Evaluate a streaming plan as :meth:`wherenow.engine.native.Native.read`, but on stored trajectories."""
        ran = self.run(inputs, progress=progress)
        registers = read_trajectories(self.program, ran, readings, begun)
        return StreamResult(registers if returned is None else registers[list(returned)], ran.nonfinite_draws)


def native(program: Program, *, threads: int | None = None, block: int = BLOCK) -> Native | NativeRungeKutta45:
    """Return the native engine for a program's method. Raises UsageError as either engine does."""
    chosen = NativeRungeKutta45 if program.time.method is Method.RK45 else Native
    return chosen(program, threads=threads, block=block)


def packed_series(tables: tuple[Table, ...]) -> tuple[Array, int]:
    """Pack runtime series for the kernel, and return the points of each: a power of two, padded with NaN."""
    prepared = [prepare(t) for t in tables]
    size = 1 << (max((len(p.xs) for p in prepared), default=1) - 1).bit_length()
    packed = np.full((max(1, len(prepared)), SERIES_HEAD + 3 * size), np.nan)
    for row, table in zip(packed, prepared, strict=False):
        row[:SERIES_HEAD] = table.low, table.high, float(table.passes_at)
        for part, points in enumerate((table.xs, table.ys, table.slopes)):
            first = SERIES_HEAD + part * size
            row[first : first + len(points)] = points
    return packed, size


@lru_cache(maxsize=64)
def _compiled(program: Program, width: int) -> Loaded:
    return load(machine_code(emit_rk45(program, width)), f"rk45.{next(_names)}", ENTRY, ARGUMENTS)
