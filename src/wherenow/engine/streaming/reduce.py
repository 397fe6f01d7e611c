"""Reduction of ensembles during a run: blocks of saved values go to reducers and are overwritten by the next.

Memory is bounded by :func:`memory_bound` for any number of draws. Results have the same bits for any number of
threads and any vector width: draws are summed in chunks and spans whose lengths depend on the program alone, and spans
are merged in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Inputs, Progress, Trajectories, check_inputs, saved_steps, saved_times
from wherenow.engine.ir import Program
from wherenow.engine.llvm.compiled_runs import CompiledRuns, for_each_block
from wherenow.engine.streaming.emit_reducers import LANES, counts, moments
from wherenow.engine.streaming.reducers import (
    BINS,
    PASSES,
    Moments,
    Quantiles,
    Reduced,
    Reducer,
    Summary,
)
from wherenow.errors import UsageError

SPAN = 1024
"""Draws whose summaries are merged together, and whose inputs are requested together."""
_CHUNK = 1 << 20  # bytes of saved values in a chunk; the measured overhead of each chunk is 30 µs
_Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Stream:
    """Draws whose inputs are generated on demand.

    ``inputs_of(first, stop)`` is called from several threads and must give equal inputs for equal draws, with
    ``first_draw`` set so that noise does not repeat.
    """

    draws: int
    inputs_of: Callable[[int, int], Inputs]


def chunk_draws(program: Program) -> int:
    """Return the draws in a chunk: 64 to 1,024, such that its saved values stay in the processor's cache."""
    rows = max(1, len(program.outputs) * len(saved_steps(program)))
    fitting = max(1, _CHUNK // (8 * rows))
    return min(SPAN, max(64, 1 << (fitting.bit_length() - 1)))


def memory_bound(program: Program, reducers: Sequence[Reducer], threads: int, draws: int) -> int:
    """Return the most bytes that :func:`reduce` allocates, apart from inputs.

    A thread has two chunks of saved values, packed inputs and histories; a summary; and for quantiles 32-bit counts of
    258 bins per saved number, once in the first pass and once per share in the second.
    """
    rows = len(program.outputs) * len(saved_steps(program))
    chunk = chunk_draws(program)
    shares = sum(len(r.shares) for r in reducers if isinstance(r, Quantiles))
    block = 8 * chunk * (2 * rows + len(program.parameters) + len(program.states))
    history = 8 * len(program.histories) * (program.time.steps + 1) * chunk
    tables = (4 * (BINS + 2) + 16) * rows * max(1, shares) if shares else 0
    return threads * (block + history + 2 * 32 * rows + tables) + 2 * tables + 8 * draws


def reduce(
    native: CompiledRuns, source: Inputs | Stream, reducers: Sequence[Reducer], progress: Progress | None = None
) -> Reduced:
    """Run all draws of ``source`` once, and once more for each pass of quantiles, without storing trajectories.

    ``progress`` is called between spans with (draws done, draws in all passes), and may raise to cancel.

    Raises
    ------
    UsageError
        if inputs or a reducer do not fit the program.
    """
    stream = source if isinstance(source, Stream) else Stream(source.draws, source.take)
    if stream.draws < 1:
        raise UsageError("an ensemble needs at least one draw")
    return _Reduction(native, stream, tuple(reducers), progress).all()


class _Reduction:
    """A reduction in progress."""

    def __init__(
        self, native: CompiledRuns, stream: Stream, reducers: tuple[Reducer, ...], progress: Progress | None
    ) -> None:
        self.native, self.stream, self.reducers, self.progress = native, stream, reducers, progress
        program = native.program
        first = check_inputs(program, stream.inputs_of(0, 1))
        self.shape = (len(program.outputs), len(saved_steps(program, first.first_step)))
        self.times = saved_times(program, first.first_step)
        self.names = tuple(o.name for o in program.outputs)
        self.shares = tuple(q for r in reducers if isinstance(r, Quantiles) for q in r.shares)
        self.passes = 1 + (PASSES if self.shares else 0)
        self.passed = 0
        self.bad: list[int] = []

    @property
    def rows(self) -> int:
        return self.shape[0] * self.shape[1]

    def all(self) -> Reduced:
        draws = self.stream.draws
        summary = _Summaries(self.rows)

        def first_pass(first: int, stop: int) -> None:
            span = _Span(self.rows)
            for begin, block in self._chunks(first, stop):
                span.bad.extend(begin + d for d in block.nonfinite_draws)
                span.add(_finite(block))
            summary.add(first // SPAN, span)

        self._each_span(first_pass)
        self.bad = summary.whole.bad
        summaries = summary.whole.summary()
        quantiles = self._quantiles(summaries) if self.shares else np.empty((0, *self.shape))
        results: list[Summary | Array] = []
        used = 0
        for reducer in self.reducers:
            match reducer:
                case Moments():
                    results.append(Summary(*(v.reshape(self.shape) for v in summaries)))
                case Quantiles(shares):
                    results.append(quantiles[used : used + len(shares)])
                    used += len(shares)
        return Reduced(self.names, self.times, draws, tuple(results), tuple(self.bad))

    def _each_span(self, work: Callable[[int, int], None]) -> None:
        draws, before = self.stream.draws, self.passed * self.stream.draws

        def report(done: int, _: int) -> None:
            if self.progress:
                self.progress(before + done, self.passes * draws)

        for_each_block(work, draws, SPAN, self.native.threads, report)
        self.passed += 1

    def _chunks(self, first: int, stop: int) -> Iterator[tuple[int, Trajectories]]:
        """Yield the chunks of a span: (position of the first draw, saved values), overwritten by the next."""
        native = self.native
        inputs = check_inputs(native.program, self.stream.inputs_of(first, stop))
        shared = native.shared(inputs)
        chunk = chunk_draws(native.program)
        width = max(LANES, native.width)
        scratch = np.empty((*self.shape, -(-chunk // width) * width))
        for begin in range(0, stop - first, chunk):
            part = inputs.take(begin, min(begin + chunk, stop - first))
            values, flags = native.run_block(shared, part, scratch)
            bad = tuple(int(d) for d in np.nonzero(np.isnan(flags))[0])
            yield (
                first + begin,
                Trajectories(names=self.names, times=self.times, values=values, nonfinite_draws=bad),
            )

    def _quantiles(self, found: tuple[Array, ...]) -> Array:
        """Compute quantiles: brackets start at the extremes and narrow to one bin per pass."""
        _, _, least, greatest = found
        good = self.stream.draws - len(self.bad)
        if good == 0:
            return np.full((len(self.shares), *self.shape), np.nan)
        ranks = np.floor(np.array(self.shares) * (good - 1)).astype(np.int64)
        low, high = (np.repeat(v[None], len(ranks), axis=0) for v in (least, greatest))
        place = np.zeros(low.shape)
        for index in range(PASSES):
            tables = 1 if index == 0 else len(ranks)  # all shares have the same bracket at first
            counted = self._counted(low[:tables], high[:tables])
            width = (high - low) / BINS
            for i, rank in enumerate(ranks):
                table = counted[i if tables > 1 or len(ranks) == 1 else 0].cumsum(axis=1)
                bin_ = np.minimum((table <= rank).sum(axis=1), BINS + 1)
                rows = np.arange(self.rows)
                below = np.where(bin_ > 0, table[rows, np.maximum(bin_ - 1, 0)], 0)
                share = (rank - below + 0.5) / np.maximum(table[rows, bin_] - below, 1)
                inside = np.clip(bin_ - 1, 0, BINS - 1)
                start = low[i] + inside * width[i]
                # bins 0 and last hold values that rounding put outside the bracket
                place[i] = np.where(bin_ == 0, low[i], np.where(bin_ > BINS, high[i], start + share * width[i]))
                low[i], high[i] = start, start + width[i]
        return np.clip(place, least, greatest).reshape(len(ranks), *self.shape)

    def _counted(self, low: Array, high: Array) -> NDArray[np.int64]:
        """Count the draws in each bin, ``(brackets, rows, bins)``."""
        with np.errstate(divide="ignore"):
            rate = np.where(high > low, BINS / (high - low), 0.0)
        brackets = np.ascontiguousarray(np.stack([low, rate], axis=-1))
        shape = (len(low), self.rows, BINS + 2)
        idle: list[_Counts] = []
        tables: list[_Counts] = []
        count = counts().function

        def work(first: int, stop: int) -> None:
            try:
                table = idle.pop()
            except IndexError:
                table = np.zeros(shape, dtype=np.int32)
                tables.append(table)
            for _, block in self._chunks(first, stop):
                values = _finite(block)
                stride = values.strides[1] // 8
                for i in range(shape[0]):
                    where = (values.ctypes.data, brackets[i].ctypes.data, BINS + 1, table[i].ctypes.data)
                    count(self.rows, values.shape[2], stride, *where)
            idle.append(table)

        self._each_span(work)
        return np.asarray(sum(t.astype(np.int64) for t in tables))


class _Span:
    """Summaries of a span's draws, ``rows`` of (mean, sum of squared deviations, least, greatest)."""

    def __init__(self, rows: int) -> None:
        self.count, self.bad = 0, list[int]()
        self.table = np.zeros((rows, 4))
        self.table[:, 2:] = np.inf, -np.inf

    def add(self, values: Array) -> None:
        """Merge a chunk, ``(outputs, saves, draws)``, into it."""
        outputs, saves, draws = values.shape
        if draws == 0:
            return
        if draws % LANES:  # copies of the first draw add nothing, because sums are taken about it
            padding = np.repeat(values[:, :, :1], -draws % LANES, axis=2)
            values = np.concatenate([values, padding], axis=2)
        count: Array = np.array([draws, self.count, self.count + draws], dtype=float)
        stride = values.strides[1] // 8
        where = (values.ctypes.data, count.ctypes.data, self.table.ctypes.data)
        moments().function(outputs * saves, values.shape[2], stride, *where)
        self.count += draws

    def merge(self, other: _Span) -> None:
        """Merge the draws of the following span."""
        self.bad += other.bad
        if other.count == 0:
            return
        total = self.count + other.count
        difference = other.table[:, 0] - self.table[:, 0]
        self.table[:, 0] += difference * (other.count / total)
        self.table[:, 1] += other.table[:, 1] + difference * difference * (self.count * other.count / total)
        np.minimum(self.table[:, 2], other.table[:, 2], out=self.table[:, 2])
        np.maximum(self.table[:, 3], other.table[:, 3], out=self.table[:, 3])
        self.count = total

    def summary(self) -> tuple[Array, ...]:
        """Return mean, variance, least and greatest; NaN without draws."""
        if self.count == 0:
            return tuple(np.full((4, len(self.table)), np.nan))
        mean, deviations, least, greatest = self.table.T
        return mean, deviations / self.count, least, greatest


class _Summaries:
    """Spans merged in order, whichever finishes first."""

    def __init__(self, rows: int) -> None:
        self.whole = _Span(rows)
        self._waiting: dict[int, _Span] = {}
        self._next = 0
        self._lock = Lock()

    def add(self, number: int, span: _Span) -> None:
        with self._lock:
            self._waiting[number] = span
            while self._next in self._waiting:
                self.whole.merge(self._waiting.pop(self._next))
                self._next += 1


def _finite(block: Trajectories) -> Array:
    """Return the values of the finite draws."""
    if not block.nonfinite_draws:
        return block.values
    finite = np.ones(block.values.shape[2], dtype=bool)
    finite[list(block.nonfinite_draws)] = False
    return np.ascontiguousarray(block.values[:, :, finite])
