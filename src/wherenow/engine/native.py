"""The native backend: a program compiled to this processor's vector instructions, run over blocks of draws by threads.

Results have the same bits for any width, block size and number of threads, and as the reference.
"""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.engine.backend import Inputs, Progress
from wherenow.engine.llvm.runs import CompiledRuns
from wherenow.engine.streaming.plan import NOTHING, Begun, Readings
from wherenow.engine.streaming.reduce import Stream, reduce
from wherenow.engine.streaming.reducers import Reduced, Reducer
from wherenow.engine.streaming.run import Read, read


class Native(CompiledRuns):
    """A compiled program that also streams: what is asked of a run is evaluated while it runs."""

    def reduce(
        self, source: Inputs | Stream, reducers: Sequence[Reducer], *, progress: Progress | None = None
    ) -> Reduced:
        """Means, quantiles, likelihoods and the like of all draws without keeping a trajectory.

        See :func:`wherenow.engine.streaming.reduce.reduce`, and :mod:`wherenow.engine.streaming.reducers` for what can
        be asked.
        """
        return reduce(self, source, reducers, progress)

    def read(
        self,
        inputs: Inputs,
        readings: Readings,
        *,
        begun: Begun = NOTHING,
        wanted: Sequence[int] | None = None,
        checkpoint: int | None = None,
        end: int | None = None,
        progress: Progress | None = None,
    ) -> Read:
        """What a plan (:mod:`wherenow.engine.streaming.plan`) reads of a run while it runs; no trajectory is kept.

        ``begun`` has, by number, the registers that begin otherwise than the plan says, a value for each draw: of a run
        that goes on from a checkpoint, all that was read until there. ``wanted`` are the registers that are given back,
        all where None. ``checkpoint`` and ``end`` are those of :meth:`run`. Raises UsageError where inputs, ``begun``
        or ``end`` do not fit.
        """
        return read(self, inputs, readings, begun, wanted, checkpoint, end, progress)
