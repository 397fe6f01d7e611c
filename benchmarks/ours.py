"""What has no peer: from text to a result, the Iraq–US case, a million draws, threads, and what each thing costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.arrays import KINDS
from benchmarks.generated import STEPS, Generated, generate
from benchmarks.measure import Entry, entry, least, pin
from benchmarks.peers import program_of
from wherenow.case.reader import read_case
from wherenow.engine.backend import Inputs, default_inputs
from wherenow.engine.ir import Program
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import draw
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Method

CASE = Path(__file__).parents[1] / "cases" / "iraq-us"


def first_result() -> Iterator[Entry]:
    """From XMILE text to the saved series of one draw, everything imported; compiled, and from the cache."""
    for equations, compiled, stored in ((200, 0.4, 0.2), (1000, 2.5, 0.2)):
        size = f"{equations} equations, one draw"
        best: dict[str, list[float]] = {}
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                for name in ("compiled", "edited", "stored"):
                    found = _of_process("first", equations, name, WHERENOW_CACHE=folder)
                    best[name] = min(best.get(name, found), found)
        for name, said, below in (
            ("compiled", "text to first result", compiled),
            ("edited", "one equation edited, to its first result", 0.3 if equations == 200 else None),
            ("stored", "text to first result, with compiled code cached", stored),
        ):
            total, reading, compiling = best[name]
            what = "loading from the cache" if name == "stored" else "compiling"
            note = f"reading the text {reading:.3f} s, {what} {compiling:.3f} s"
            yield entry(said, size, total, below=below, note=note)


def large_arrays() -> Iterator[Entry]:
    """From text to the first result of 2,000 equations over 100 elements, in processor time, by construct."""
    size = "2,000 equations over 100 elements, one draw"
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            total, *parts, run, operations = _of_process("arrays", kind, WHERENOW_CACHE=folder)
        reading, elaborating, lowering, compiling = parts
        note = (
            f"{operations:,.0f} operations; reading {reading:.2f} s, elaborating {elaborating:.2f} s, "
            f"lowering {lowering:.2f} s, compiling {compiling:.2f} s, running {run:.2f} s"
        )
        yield entry(f"arrays: {kind}", size, total - run, below=3.0, note=note)
    whole, apart = _of_process("arrays", "plain", 2000, 100, "apart")
    note = "the ratio is the time of the program unfolded element by element over ours"
    yield entry("arrays: one run", size, whole, apart, at_least=1 / 1.2, note=note)


def _of_process(module: str, *words: object, **environment: str) -> list[float]:
    """The numbers that a module of this package prints, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)],
        check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1], env={**os.environ, **environment},
    )  # fmt: skip
    return [float(word) for word in done.stdout.split()]


def case_program(draws: int) -> tuple[Program, Inputs, int]:
    """The Iraq–US case saving the series of its outlook: program, drawn inputs, and the step of its cut-off."""
    case = read_case(CASE)
    program = lower(elaborate(case.model), case.outlook.show)
    drawn = draw(case, draws)
    inputs = default_inputs(program, draws)
    for name, row in zip(drawn.names, drawn.values, strict=True):
        if name in program.parameters:
            inputs.parameters[program.parameters.index(name)] = row
    time = program.time
    return program, inputs, int(((case.cutoff or time.start) - time.start) / time.step)


def iraq() -> Iterator[Entry]:
    """A thousand draws of the case, whole and from the cut-off, on one core and two; a million draws reduced."""
    program, inputs, cut = case_program(1000)
    native = Native(program, threads=1)
    kept = native.run(inputs, checkpoint=cut).checkpoint
    rest = replace(inputs, start=kept)
    room, later_room = native.allocate(inputs), native.allocate(rest)
    whole, outlook = least(lambda: native.run(inputs, out=room), lambda: native.run(rest, out=later_room))
    steps = program.time.steps
    size = f"1000 draws, {len(program.nodes)} operations, {steps} steps, {len(program.outputs)} series, memory reused"
    yield entry("Iraq–US, history and outlook", size, whole, below=0.030, note=_limit(program, whole, 1000))
    later = f"1000 draws, the last {steps - cut} of {steps} steps"
    yield entry("Iraq–US, outlook from the checkpoint at the cut-off", later, outlook, below=0.005)
    if pin(2) == 2:
        small = Native(program, threads=2, block=128)
        many = Inputs(np.repeat(inputs.parameters, 4, axis=1))
        room = native.allocate(many)
        one, two = least(lambda: native.run(many, out=room), lambda: small.run(many, out=room))
        same = np.array_equal(native.run(many).values, small.run(many).values)
        note = f"the ratio is one thread's time over that of two; bits {'the same' if same else 'DIFFER'}"
        yield entry("Iraq–US on two threads", "4000 draws", two, one, at_least=1.8, note=note)
    pin(1)


def _limit(program: Program, seconds: float, draws: int) -> str:
    """The arithmetic of what a step costs."""
    from wherenow.engine.ir import Binding, bindings

    at_each = [n.operation for n, b in zip(program.nodes, bindings(program), strict=True) if b is Binding.BOTH]
    evaluations = draws * (program.time.steps + 1)
    each = seconds / evaluations / len(at_each) * 1e9
    return (
        f"{len(at_each)} operations per step and draw, including {at_each.count('div')} divisions and "
        f"{at_each.count('uniform')} random numbers (two per block of 10 rounds); {each:.3f} ns per operation"
    )


def million() -> Iterator[Entry]:
    """Moments and quantiles of a million draws of the case, in a process of its own, so that its memory is its own."""
    pin(2)
    small, _, _ = min(_of_process("million", 10_000) for _ in range(3))
    large, peak, bound = _of_process("million", 1_000_000)
    per_draw = large / 1_000_000, small / 10_000
    note = (
        f"peak memory of the process {peak / 2**20:.0f} MiB (goal < 1024), the engine's bound {bound / 2**20:.0f} MiB; "
        f"{per_draw[0] * 1e6:.1f} µs per draw against {per_draw[1] * 1e6:.1f} at 10,000; two threads"
    )
    size = "1,000,000 draws, mean, variance, minimum and maximum"
    yield entry("Iraq–US, a million draws reduced", size, large, per_draw[1] * 1e6, at_least=0.9, note=note)
    pin(1)


def costs() -> Iterator[Entry]:
    """Noise, saving, Runge–Kutta, and the cost of equations, steps and draws; drawn in docs/performance/."""
    for equations in (20, 60, 200, 600):
        program, inputs, _ = program_of(generate(equations), 1024)
        native = Native(program, threads=1)
        (seconds,) = least(lambda: native.run(inputs), rounds=5)  # noqa: B023
        yield entry("cost: equations", f"{equations} equations, {STEPS} steps, 1024 draws", seconds)
    model = generate(60)
    program, inputs, _ = program_of(model, 4096)
    for steps in (80, 320, 1280):
        longer = replace(
            program, time=replace(program.time, stop=steps * program.time.step, save=program.time.step * 4)
        )
        native = Native(longer, threads=1)
        (seconds,) = least(lambda: native.run(inputs), rounds=5)  # noqa: B023
        yield entry("cost: steps", f"60 equations, {steps} steps, 4096 draws", seconds)
    native = Native(program, threads=1)
    for draws in (64, 512, 4096, 16384):
        _, some, _ = program_of(model, draws)
        (seconds,) = least(lambda: native.run(some), rounds=5)  # noqa: B023
        yield entry("cost: draws", f"60 equations, {STEPS} steps, {draws} draws", seconds)
    one = replace(program.time, save=program.time.stop)
    seldom = Native(replace(program, time=one), threads=1)
    rk4 = Native(replace(program, time=replace(program.time, method=Method.RK4)), threads=1)
    noisy = Native(_with_noise(model), threads=1)
    euler, last, fourth, noise = least(*(lambda n=n: n.run(inputs) for n in (native, seldom, rk4, noisy)))
    size = f"60 equations, {STEPS} steps, 4096 draws"
    yield entry("cost: saving four series at every step instead of at the ends", size, euler, last)
    yield entry("cost: RK4, against Euler", size, fourth, euler, note="the ratio is Euler's time over RK4's")
    each = (noise - euler) / 4096 / (STEPS + 1) * 1e9
    yield entry("cost: a standard normal at each step", size, noise, euler, note=f"{each:.1f} ns per random number")


def _with_noise(model: Generated) -> Program:
    """The same with a normal number added to the first stock's rate."""
    flow = '<flow name="s0_flow"><eqn>'
    text = model.xmile().replace(flow, flow + "0.01 * NORMAL(0, 1) + ")
    return lower(elaborate(parse_xmile(text)[0]), model.saved)
