"""``python -m benchmarks.first EQUATIONS compiled|edited|stored``: seconds from XMILE text to a first result, in
all, for reading, and for compiling (or loading)."""

from __future__ import annotations

import sys
import time

from benchmarks.generated import generate
from wherenow.engine.backend import default_inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile
from wherenow.model.elaboration.elaborate import elaborate


def main() -> None:
    model = generate(int(sys.argv[1]))
    text = model.xmile()
    if sys.argv[2] == "edited":
        flow = '<flow name="s0_flow"><eqn>'
        text = text.replace(flow, flow + "0.001 * s0 + ")
    # what a session has done once before it reads its first text: LLVM is begun
    small = generate(5)
    Native(lower(elaborate(parse_xmile(small.xmile())[0]), small.saved), threads=1)
    begun = time.perf_counter()
    system = elaborate(parse_xmile(text)[0])
    read = time.perf_counter()
    program = lower(system, model.saved)
    lowered = time.perf_counter()
    native = Native(program, threads=1)
    compiled = time.perf_counter()
    native.run(default_inputs(program))
    print(time.perf_counter() - begun, read - begun, compiled - lowered)


if __name__ == "__main__":
    main()
