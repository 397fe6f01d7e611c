"""Calibration: the posterior of a case's parameters given its data.

Several runs of tempering, each from its own draws, bring particles from the prior to the posterior. Then all particles
move on until the runs agree (:mod:`wherenow.inference.sampling.diagnostics`, with a run as a chain and its particles as
draws, siblings side by side, so that their common ancestry counts against them) and particles have forgotten where
tempering left them. Agreement between runs is necessary, not sufficient: with fewer than about five particles per
parameter, all runs are under-dispersed alike after tempering, and only moves correct that. Each run moves around a
normal fitted to the other runs, because one fitted to its own particles would hold them in place. A checkpoint after
each piece of work can be stored in a file, from which an interrupted calibration continues to the same bits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.engine import noise
from wherenow.errors import InputError, UsageError
from wherenow.execution import HERE, Execution, Progress
from wherenow.files import atomic_write, inflated
from wherenow.inference.likelihood.density import Likelihood, likelihood
from wherenow.inference.posterior import Posterior
from wherenow.inference.sampling.blas import one_thread
from wherenow.inference.sampling.diagnostics import convergence, quick_rhat
from wherenow.inference.sampling.pcn import Positions, fitted
from wherenow.inference.sampling.tempering import Tempered, forget, from_prior, temper, tempered

FORGOTTEN = 0.01
"""Maximum product, over rounds, of the greatest autocorrelation of any parameter or of the likelihood from round to
round. A slow direction is remembered longer than this product says, so it must be far below what may be remembered.
"""
STORED = 1024
"""Draws that a stored posterior holds: enough for shares to within two per cent, in a file of one or two megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much work to do. The defaults suit a case of a few hundred parameters."""

    runs: int = 4  # number of independent runs
    particles: int = 1024  # particles in each run
    moves: int = 30  # moves of every particle at each tempering step
    round: int = 60  # moves of every particle between convergence checks
    rounds: int = 20  # largest number of rounds
    target: float = 1.008  # quick R-hat at which the full diagnostics are computed


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationState:
    """The state of a calibration: its runs, each at its power of the likelihood, and the random generator.

    ``remembered`` is the correlation of particles with where tempering left them: the product over rounds of the
    greatest correlation of a parameter before and after.
    """

    runs: tuple[Tempered, ...]  # independent runs from the same prior
    rng: np.random.Generator  # random generator of the next round
    rounds: int = 0  # rounds completed since all runs reached the posterior
    remembered: float = 1.0
    done: bool = False  # whether runs agree, or all rounds are spent
    evaluations: int = 0  # likelihood evaluations so far
    seconds: float = 0.0  # seconds spent so far

    @property
    def chains(self) -> Array:
        """The particles as ``[parameter, run, particle]``."""
        return np.stack([run.at.z for run in self.runs], axis=1)


def calibrate(
    case: Case,
    seed: int = 0,
    effort: Effort = Effort(),
    execution: Execution = HERE,
    state_file: Path | None = None,
    resume: bool = False,
) -> Posterior:
    """Compute the posterior of ``case``.

    Raises
    ------
    UsageError
        If the case has no observations.
    InputError
        If an observation is invalid, or a state file is not of this case, seed and effort.
    """
    target = observed(case, execution.threads)
    made_by = {"version": version("wherenow"), "noise": noise.VERSION}
    key = {"sampler": "tempered runs", "case_hash": case.hash, "seed": seed, "effort": str(effort), **made_by}
    with one_thread():
        state = stored = _read_state(state_file, key) if resume and state_file and state_file.is_file() else None
        for state in _work(target, seed, effort, stored, execution.progress):
            if state_file:
                _write_state(state_file, key, state)
    assert state is not None  # a calibration that was finished yields nothing more
    execution.progress("computing the full diagnostics")
    diagnostics = convergence(target.space.names, state.chains)
    verdict = f"{diagnostics}; {state.remembered:.0%} correlation left with where tempering ended"
    execution.progress(verdict)
    of_case = {"fit_hash": case.fit_hash, "case": case.name, "data": target.data, "data_until": case.cutoff_date}
    spent = {"evaluations": state.evaluations, "seconds": round(state.seconds, 1)}
    evidence = float(np.mean([run.evidence for run in state.runs]))
    reached = {"evidence": evidence, "convergence": verdict, "remembered": state.remembered}
    record = {**key, **of_case, **spent, **reached, **diagnostics.record}
    return replace(posterior_at(target, state.chains), record=record)


def _work(
    target: Likelihood, seed: int, effort: Effort, state: CalibrationState | None, progress: Progress
) -> Iterator[CalibrationState]:
    """Calibrate step by step; yields the state after each piece of work, the last one at the end."""
    if state is None:
        rng = np.random.default_rng(seed)
        clock = time.perf_counter()
        runs = tuple(from_prior(len(target.space), effort.particles, target, rng) for _ in range(effort.runs))
        seconds = time.perf_counter() - clock
        state = CalibrationState(runs=runs, rng=rng, evaluations=effort.runs * effort.particles, seconds=seconds)
        yield state
    while not state.done:
        clock = time.perf_counter()
        unfinished = [k for k, run in enumerate(state.runs) if run.power < 1.0]
        if unfinished:
            k = unfinished[0]
            now = temper(state.runs[k], target, effort.moves, state.rng)
            progress(f"run {k + 1} of {effort.runs}: {now.power:.1%} of the likelihood, moves of {now.reach:.2f}")
            runs = (*state.runs[:k], now, *state.runs[k + 1 :])
            state = replace(state, runs=runs, evaluations=state.evaluations + effort.particles * effort.moves)
        else:
            state = _move_on(target, effort, state, progress)
        state = replace(state, seconds=state.seconds + time.perf_counter() - clock)
        yield state


def _move_on(target: Likelihood, effort: Effort, state: CalibrationState, progress: Progress) -> CalibrationState:
    """Move all particles for one round; then check whether runs agree, and how far they remember their start."""
    moved = []
    for k, run in enumerate(state.runs):
        others = [r.at.z for j, r in enumerate(state.runs) if j != k] or [run.at.z]
        around = fitted(np.concatenate(others, axis=1))
        at, reach = forget(run.at, run.reach, target, 1.0, effort.round, state.rng, around)
        moved.append(replace(run, at=at, reach=reach))
    after = replace(
        state,
        runs=tuple(moved),
        rounds=state.rounds + 1,
        remembered=state.remembered * _remembered(state.runs, moved),
        evaluations=state.evaluations + effort.runs * effort.particles * effort.round,
    )
    rhat = quick_rhat(after.chains)
    progress(
        f"round {after.rounds} of {effort.rounds} at most: R-hat {rhat:.4f}, moves of {moved[0].reach:.2f}, "
        f"{after.remembered:.0%} remembered"
    )
    good = rhat < effort.target and after.remembered < FORGOTTEN
    return replace(after, done=good or after.rounds >= effort.rounds)


def _remembered(before: Sequence[Tempered], after: Sequence[Tempered]) -> float:
    """Return the greatest correlation, before and after a round, of any parameter or the log-likelihood."""
    parts = ([np.vstack([r.at.z, r.at.log_likelihood]) for r in runs] for runs in (before, after))
    start, end = (rows - rows.mean(axis=1, keepdims=True) for rows in (np.concatenate(p, axis=1) for p in parts))
    products = np.einsum("ij,ij->i", start, end)
    spreads = np.sqrt(np.einsum("ij,ij->i", start, start) * np.einsum("ij,ij->i", end, end))
    return float(np.abs(products[spreads > 0] / spreads[spreads > 0]).max(initial=0.0))


def tempered_posterior(case: Case, seed: int = 0, effort: Effort = Effort(), execution: Execution = HERE) -> Posterior:
    """Compute a posterior by tempering alone: quick, but without a convergence check. For many fits of small cases."""
    target = observed(case, execution.threads)
    rng = np.random.default_rng(seed)

    def report(now: Tempered) -> None:
        execution.progress(f"tempering: {now.power:.2%} of the likelihood")

    with one_thread():
        now = tempered(len(target.space), effort.particles, effort.moves, target, rng, report)
        at, _ = forget(now.at, now.reach, target, 1.0, 2 * effort.moves, rng)
    hashes = {"case": case.name, "case_hash": case.hash, "fit_hash": case.fit_hash}
    return replace(posterior_at(target, at.z[:, :, None]), record={**hashes, "seed": seed, "evidence": now.evidence})


def observed(case: Case, threads: int | None) -> Likelihood:
    """Return the likelihood of the observations of ``case``. Raises UsageError if it has none."""
    target = likelihood(case, threads)
    if not target.data:
        raise UsageError(f"{case.name} has no observed data to calibrate on: see observations.yaml")
    return target


def posterior_at(target: Likelihood, chains: Array) -> Posterior:
    """Return ``chains[parameter, run, particle]`` as draws, thinned within each run to at most :data:`STORED`."""
    chains = chains[:, :, :: max(1, -(-chains.shape[1] * chains.shape[2] // STORED))]
    d, c, n = chains.shape
    flat = chains.reshape(d, c * n)
    values = target.space.values(flat).reshape(d, c, n)
    fit = target.by_series(flat).reshape(-1, c, n)
    series = (*(g.name for g in target.gaussians), *(o.series for o, _ in target.others))
    return Posterior(target.space.names, values, fit, series, {})


# -- states in files

_PROGRESS = ("rounds", "remembered", "done", "evaluations", "seconds")


def _write_state(path: Path, key: dict[str, Any], state: CalibrationState) -> None:
    runs = [{"power": r.power, "evidence": r.evidence, "reach": r.reach} for r in state.runs]
    progress = {name: getattr(state, name) for name in _PROGRESS}
    words = {"rng": state.rng.bit_generator.state, "runs": runs, **progress}
    fit = np.stack([r.at.log_likelihood for r in state.runs])
    record = np.array(json.dumps({"key": key, **words}))
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez(file, allow_pickle=False, words=record, chains=state.chains, log_likelihood=fit)


def _read_state(path: Path, key: dict[str, Any]) -> CalibrationState:
    """Read a state. Raises InputError if the file is damaged, or belongs to a calibration with another key."""
    try:
        if inflated(path):
            raise ValueError("it is compressed, unlike any state by wherenow")
        with np.load(path, allow_pickle=False) as stored:
            words = json.loads(str(stored["words"]))
            stored_key = words["key"]
            changed = ", ".join(k for k in key if stored_key.get(k) != key[k])
            arrays = [] if changed else [stored["chains"], stored["log_likelihood"]]
    except Exception as error:  # zipfile and NumPy raise a dozen kinds of errors for damaged files
        raise InputError.of_file(path, f"this is not a state of a calibration: {error}") from error
    if changed:
        message = f"this calibration was started with another {changed}"
        raise InputError.of_file(path, message, "start again, without --resume")
    chains, fit = arrays
    rng = np.random.default_rng()
    rng.bit_generator.state = words["rng"]
    runs = tuple(
        Tempered(Positions(np.ascontiguousarray(chains[:, k]), fit[k]), run["power"], run["evidence"], run["reach"])
        for k, run in enumerate(words["runs"])
    )
    return CalibrationState(runs=runs, rng=rng, **{name: words[name] for name in _PROGRESS})
