"""``python -m benchmarks.million DRAWS``: reduces so many draws; prints seconds, peak memory and the engine's bound."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import numpy as np

from benchmarks.measure import once
from benchmarks.ours import case_program
from wherenow.engine.backend import Inputs
from wherenow.engine.native import Native
from wherenow.engine.streaming.reduce import Stream, memory_bound
from wherenow.engine.streaming.reducers import Moments


def main() -> None:
    draws = int(sys.argv[1])
    program, base, _ = case_program(1024)
    native = Native(program, threads=2)

    def inputs_of(first: int, stop: int) -> Inputs:
        """Parameters of the drawn thousand, mixed again for each span: every draw has numbers of its own."""
        chosen = np.random.Generator(np.random.Philox(key=1, counter=first))
        order = chosen.integers(0, base.draws, stop - first)
        factor = chosen.uniform(0.999, 1.001, (base.parameters.shape[0], 1))
        return Inputs(base.parameters[:, order] * factor, seed=1, first_draw=first)

    native.reduce(Stream(2048, inputs_of), [Moments()])
    seconds = once(lambda: native.reduce(Stream(draws, inputs_of), [Moments()]))
    print(seconds, peak(), memory_bound(program, [Moments()], 2, draws))


def peak() -> int:
    """Bytes of memory this process has had at most. Not getrusage alone: on Linux that remembers the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
