"""What it costs to read a run while it runs: the likelihood of the Iraq–US case's data, and its claims judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Entry, entry, least
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import needed_outputs, read_claims
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.signals import Signal, Signals
from wherenow.claims.evaluation.sources import declared_model
from wherenow.claims.evaluation.streaming_plan import read_formulas
from wherenow.engine.backend import Array, Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import inputs_of
from wherenow.inference.likelihood.density import likelihood
from wherenow.model.elaboration.elaborate import elaborate

CASE = Path(__file__).parents[1] / "cases" / "iraq-us"
DRAWS = 1024
A_SECOND = 25_000


def read() -> Iterator[Entry]:
    """Likelihoods a second on one core, and claims judged with and without a kept run."""
    yield _likelihoods()
    yield _claims()


def _likelihoods() -> Entry:
    target = likelihood(read_case(CASE), threads=1)
    z = np.random.default_rng(0).standard_normal((len(target.space), DRAWS))
    values = target.space.values(z)
    inputs = Inputs(target.observer.rows(target.space.names, values))
    native = target.observer.backend
    room = native.allocate(inputs)
    whole, priors, run = least(lambda: target(z), lambda: target.space.values(z), lambda: native.run(inputs, out=room))
    return entry(
        "Iraq–US, log-likelihoods", f"{DRAWS} draws, {target.data} data", whole, below=DRAWS / A_SECOND,
        note=f"{DRAWS / whole:,.0f} a second (goal {A_SECOND:,}); the stored run alone takes {run / whole:.0%} of it,"
        f" quantiles of priors {priors / whole:.0%}",
    )  # fmt: skip


def _claims() -> Entry:
    """Ours reads what the claims ask of a run; the peer keeps the run (in memory reused) and judges it."""
    case = read_case(CASE)
    claims = [r.model for r in read_claims(case) if r.model is not None]
    program, declared = lower(elaborate(case.model), needed_outputs(case)), declared_model(case)
    native, plan = Native(program, threads=1), read_formulas(claims, program, declared)
    members = draw(case, DRAWS, seed=1)
    inputs = inputs_of(program, members)

    def margins(registers: Array) -> Array:
        found = [plan.robustness(claim, {"": registers}).values for claim in claims]
        return np.stack([np.broadcast_to(values, registers.shape[1]) for values in found])

    room = native.allocate(inputs)

    def kept() -> None:
        ran = native.run(inputs, out=room)
        signals = Signals(declared, {"": {n: Signal(ran.times, ran[n]) for n in ran.names}})
        with np.errstate(all="ignore"):
            for claim in claims:
                robustness(claim, signals)

    ours, theirs = least(lambda: margins(native.read(inputs, plan.readings).registers), kept)
    return entry(
        f"Iraq–US, {len(claims)} claims judged", f"{DRAWS} draws", ours, theirs, at_least=1,
        note="against our own stored run, judged; memory does not grow with the draws",
    )  # fmt: skip
