"""The native backend: programs compiled to vector instructions and run over blocks of draws by threads.

Results have the same bits for any width, block size and number of threads, and as the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from wherenow.engine.backend import Inputs, Progress
from wherenow.engine.llvm.compiled_runs import CompiledRuns

if TYPE_CHECKING:  # types only: a run without streaming need not import these
    from wherenow.engine.streaming.plan import Begun, StreamingPlan
    from wherenow.engine.streaming.reduce import Stream
    from wherenow.engine.streaming.reducers import Reduced, Reducer
    from wherenow.engine.streaming.stream_run import StreamResult


class Native(CompiledRuns):
    """A compiled program that also streams: results are evaluated while it runs."""

    def reduce(
        self, source: Inputs | Stream, reducers: Sequence[Reducer], *, progress: Progress | None = None
    ) -> Reduced:
        """Compute moments and quantiles over all draws without storing trajectories.

        See :func:`wherenow.engine.streaming.reduce.reduce`.
        """
        from wherenow.engine.streaming.reduce import reduce

        return reduce(self, source, reducers, progress)

    def read(
        self,
        inputs: Inputs,
        readings: StreamingPlan,
        *,
        begun: Begun = MappingProxyType({}),
        returned: Sequence[int] | None = None,
        checkpoint: int | None = None,
        end: int | None = None,
        progress: Progress | None = None,
    ) -> StreamResult:
        """Evaluate a streaming plan (:mod:`wherenow.engine.streaming.plan`) during a run; no trajectory is stored.

        ``begun`` overrides the plan's initial registers, by number, with a value for each draw: for a run that
        continues from a checkpoint, the register contents at that point. ``returned`` are the registers to return, all
        if None. ``checkpoint`` and ``end`` are those of :meth:`run`. Raises UsageError if inputs, ``begun`` or ``end``
        do not fit.
        """
        from wherenow.engine.streaming.stream_run import read

        return read(self, inputs, readings, begun, returned, checkpoint, end, progress)
