"""PySD's and pysimlin's own loops over draws, and a C compiler, on the models that they can run too."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.generated import STEPS, Generated, generate
from benchmarks.measure import Entry, entry, least, once
from wherenow.engine.backend import Array, Inputs, default_inputs
from wherenow.engine.ir import Program
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.streaming.reducers import Moments
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile, read_xmile
from wherenow.model.elaboration.elaborate import elaborate

SAMPLES = Path(__file__).parents[2] / "shared" / "test-models" / "samples"
DRAWS = 10_000
SAMPLE_DRAWS = {"pysd": 30, "pysimlin": 300}  # of the peers' loops; the fastest single run counts, to their favour
MODELS = {
    # folder: ours and pysimlin's file, PySD's; two saved series; two varied parameters (as ours, as PySD names them)
    "teacup": (
        "teacup.xmile", "teacup.mdl", ("teacup_temperature", "heat_loss_to_room"),
        ("room_temperature", "characteristic_time"),
    ),
    "SIR": ("SIR.xmile", "SIR.mdl", ("susceptible", "infectious"), ("duration", "contact_infectivity")),
}  # fmt: skip


def samples() -> Iterator[Entry]:
    """Teacup and SIR over two varied parameters, two saved series."""
    if not SAMPLES.is_dir():
        return
    for name, (own, vensim, series, varied) in MODELS.items():
        program = lower(elaborate(read_xmile(SAMPLES / name / own)), series)
        factor = np.random.default_rng(1).uniform(0.9, 1.1, (len(varied), DRAWS))
        inputs = default_inputs(program, DRAWS)
        for row, parameter in enumerate(varied):
            inputs.parameters[program.parameters.index(parameter)] *= factor[row]
        native = Native(program, threads=1)
        room = native.allocate(inputs)
        kept = native.run(inputs, out=room).values
        simlin, simlin_values = _simlin(SAMPLES / name / own, program, inputs, series, varied)
        pysd, pysd_values = _pysd(SAMPLES / name / vensim, program, inputs, series, varied)
        ours, new, reduced = least(
            lambda: native.run(inputs, out=room),  # noqa: B023
            lambda: native.run(inputs),  # noqa: B023
            lambda: native.reduce(inputs, [Moments()]),  # noqa: B023
        )
        size = f"{DRAWS} draws, {program.time.steps} steps, 2 series of {kept.shape[1]} values"
        for peer, seconds, values, goal in (
            ("PySD", pysd, pysd_values, 5000.0),
            ("pysimlin", simlin, simlin_values, 10.0),
        ):
            note = (
                f"{_difference(kept, values)}; {seconds * 1e6:.1f} µs per run of {peer}, "
                f"ours {ours / DRAWS * 1e6:.2f} into a reused array, {new / DRAWS * 1e6:.2f} into a new one"
            )
            yield entry(f"{name} against {peer}", size, ours, seconds * DRAWS, at_least=goal, note=note)
        note = f"mean, variance, minimum and maximum of each value; {reduced / DRAWS * 1e6:.2f} µs per draw"
        yield entry(f"{name} reduced, against pysimlin", size, reduced, simlin * DRAWS, at_least=20.0, note=note)


def _difference(ours: Array, theirs: Array) -> str:
    """How far apart the same draws are, relative to the greatest value of a series."""
    if theirs.shape[1] != ours.shape[1]:
        every = (ours.shape[1] - 1) // (theirs.shape[1] - 1)
        ours = ours[:, ::every]
    apart = np.abs(ours[:, :, : theirs.shape[2]] - theirs).max(axis=(1, 2)) / np.abs(theirs).max(axis=(1, 2))
    return f"results differ by {apart.max():.1e} of the greatest value"


def _simlin(path: Path, program: Program, inputs: Inputs, series: tuple[str, ...], varied: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """Its fastest way: one simulation, reset and run again. Seconds a run, and the values."""
    import simlin

    simulation = simlin.load(str(path)).simulate()
    rows = [inputs.parameters[program.parameters.index(p)] for p in varied]
    count = SAMPLE_DRAWS["pysimlin"]
    values = np.empty((2, program.time.steps // program.time.save_every + 1, count))

    def run(draw: int) -> None:
        simulation.reset()
        for parameter, row in zip(varied, rows, strict=True):
            simulation.set_value(parameter, float(row[draw]))
        simulation.run_to_end()
        for i, one in enumerate(series):
            values[i, :, draw] = simulation.get_series(one)

    return min(once(lambda draw=draw: run(draw)) for _ in range(3) for draw in range(count)), values  # type: ignore[misc]


def _pysd(path: Path, program: Program, inputs: Inputs, series: tuple[str, ...], varied: tuple[str, ...]):  # type: ignore[no-untyped-def]
    import pysd

    with tempfile.TemporaryDirectory() as folder:  # it writes a translation beside the model
        shutil.copy(path, folder)
        model = pysd.read_vensim(str(Path(folder) / path.name))
        names = {p: n for n, p in zip(model.doc["Real Name"], model.doc["Py Name"], strict=True)}
        rows = [inputs.parameters[program.parameters.index(p)] for p in varied]
        count = SAMPLE_DRAWS["pysd"]
        tables = []

        def run(draw: int) -> None:
            given = {p: float(row[draw]) for p, row in zip(varied, rows, strict=True)}
            tables.append(model.run(params=given, return_columns=[names[s] for s in series]))

        seconds = min(once(lambda draw=draw: run(draw)) for draw in range(count))  # type: ignore[misc]
    return seconds, np.stack([[t[names[s]].to_numpy() for s in series] for t in tables], axis=-1)


def generated() -> Iterator[Entry]:
    """Models of 60, 200 and 1,000 equations against C; skipped if there is no gcc."""
    import ctypes

    if shutil.which("gcc") is None:
        return
    draws = 4096
    for equations, blocks in (
        (60, (16, 32, 64)),
        (200, (16, 32, 64)),
        (1000, (64,)),
    ):  # gcc takes a minute for the last
        model = generate(equations)
        program, inputs, parameters = program_of(model, draws)
        native = Native(program, threads=1)
        room = native.allocate(inputs)
        kept = native.run(inputs, out=room).values
        out = np.empty((len(model.saved), STEPS + 1, draws))
        best, text, compiling = float("inf"), "", 0.0
        ours = float("inf")
        for block in blocks:
            with tempfile.TemporaryDirectory() as folder:
                compiling = once(lambda: compile_c(model, block, Path(folder)))  # noqa: B023
                function = ctypes.CDLL(str(Path(folder) / "model.so")).run
                function.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
                function.restype = None
                where = (draws, parameters.ctypes.data, out.ctypes.data)
                our, seconds = least(lambda: native.run(inputs, out=room), lambda: function(*where), rounds=5)  # noqa: B023
            ours = min(ours, our)
            if seconds < best:
                best, text = seconds, f"blocks of {block} draws, compiled in {compiling:.2f} s"
        apart = np.abs(kept - out).max() / np.abs(out).max()
        unit = draws * (STEPS + 1) * equations / 1e9
        note = (
            f"C: {text}; {ours / unit:.2f} ns per equation, step and draw against {best / unit:.2f}; "
            f"results differ by {apart:.1e}"
        )
        size = f"{equations} equations, {STEPS} steps, {draws} draws, {len(model.saved)} series"
        yield entry(f"{equations} equations against C", size, ours, best, at_least=1.3, note=note)


def compile_c(model: Generated, block: int, folder: Path) -> None:
    """The model's C as a shared library ``model.so``."""
    import subprocess

    source = folder / "model.c"
    source.write_text(model.c(block), encoding="utf-8")
    options = ["-O3", "-march=native", "-ffast-math", "-fopenmp-simd", "-shared", "-fPIC"]
    subprocess.run(["gcc", *options, source, "-o", folder / "model.so", "-lmvec", "-lm"], check=True)


def program_of(model: Generated, draws: int, series: tuple[str, ...] | None = None) -> tuple[Program, Inputs, Array]:
    """A generated model's program, drawn inputs, and the same parameters in the model's own order."""
    read, _ = parse_xmile(model.xmile())
    program = lower(elaborate(read), series or model.saved)
    parameters = np.random.default_rng(1).uniform(0.3, 0.9, (len(model.parameters), draws))
    inputs = default_inputs(program, draws)
    inputs.parameters[:] = parameters[[model.parameters.index(p) for p in program.parameters]]
    return program, inputs, parameters
