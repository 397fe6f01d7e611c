"""Calibration: the posterior of a case's parameters given its data.

Tempering brings particles from the prior to the posterior; chains go on from there, first learning the shape of the
posterior, then with everything fixed until they agree (:mod:`wherenow.inference.diagnostics`). The state after each
round can be kept in a file: a calibration that was stopped goes on from it to the same bits.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.families import Array
from wherenow.case.types import Case
from wherenow.errors import Diagnostic, InputError, Location, UsageError
from wherenow.inference.diagnostics import Convergence, convergence, quick_rhat
from wherenow.inference.likelihood import Likelihood, likelihood
from wherenow.inference.posterior import Posterior
from wherenow.inference.proposal import Normal, Positions, fitted, move
from wherenow.inference.tempering import Tempered, forget, from_prior, reaches, temper

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try. The defaults suit a case of a few hundred parameters."""

    particles: int = 1024
    moves: int = 30  # of every particle, at each step of tempering
    chains: int = 256
    learning: int = 1500  # moves of every chain while the approximation is learned
    thin: int = 20  # moves between kept draws
    round: int = 50  # kept draws between looks
    rounds: int = 24
    target: float = 1.008  # quick R-hat at which the full diagnostics are taken


@dataclass(frozen=True, eq=False)
class State:
    """Where a calibration is: the particles or chains, what was kept, and the random numbers to come."""

    stage: str  # tempering, learning, sampling
    tempered: Tempered
    rng: np.random.Generator
    evaluations: int = 0
    seconds: float = 0.0
    mean: Array = field(default_factory=lambda: np.zeros(0))
    root: Array = field(default_factory=lambda: np.zeros((0, 0)))
    kept: tuple[Array, ...] = ()  # each [parameter, chain, draw]


def calibrate(
    case: Case,
    seed: int = 0,
    effort: Effort = Effort(),
    threads: int | None = None,
    progress: Progress = lambda _: None,
    state_file: Path | None = None,
    resume: bool = False,
) -> Posterior:
    """The posterior of ``case``.

    Raises
    ------
    UsageError
        where the case has no observations.
    InputError
        where an observation is wrong, or a state file is not one of this case, seed and effort.
    """
    target = likelihood(case, threads)
    if not target.data:
        raise UsageError(f"{case.name} has no observed data to calibrate on: see observations.yaml")
    key = {"case_hash": case.hash, "seed": seed, "effort": str(effort), "version": version("wherenow")}
    begun = _read_state(state_file, key) if resume and state_file and state_file.is_file() else None
    state = begun
    for state in _rounds(target, seed, effort, begun, progress):
        if state_file:
            _write_state(state_file, key, state)
    assert state is not None
    chains = np.concatenate(state.kept, axis=2)
    progress("taking the full diagnostics")
    found = convergence(target.space.names, chains)
    progress(str(found))
    posterior = _posterior(target, chains)
    record = {
        **key, "case": case.name, "data": target.data, "data_until": case.cutoff_date,
        "evaluations": state.evaluations, "seconds": round(state.seconds, 1),
        "evidence": state.tempered.evidence, "convergence": str(found), "failing": list(found.failing),
        "rhat": _table(found, found.rhat), "bulk": _table(found, found.bulk), "tail": _table(found, found.tail),
    }  # fmt: skip
    return replace(posterior, record=record)


def _table(found: Convergence, values: Array) -> dict[str, float]:
    return {n: float(f"{v:.6g}") for n, v in zip(found.names, values, strict=True)}


def _rounds(target: Likelihood, seed: int, effort: Effort, state: State | None, progress: Progress) -> Iterator[State]:
    """The calibration, one state after each round of work; the last is the end."""
    d = len(target.space)
    if state is None:
        rng = np.random.default_rng(seed)
        clock = time.perf_counter()
        state = State("tempering", from_prior(d, effort.particles, target, rng), rng, effort.particles)
        state = replace(state, seconds=time.perf_counter() - clock)
        yield state
    while state.stage != "done":
        clock = time.perf_counter()
        work = {"tempering": _temper, "learning": _learn, "sampling": _sample}[state.stage]
        state = work(target, effort, state, progress)
        state = replace(state, seconds=state.seconds + time.perf_counter() - clock)
        yield state


def _temper(target: Likelihood, effort: Effort, state: State, progress: Progress) -> State:
    now = temper(state.tempered, target, effort.moves, state.rng)
    progress(f"tempering: {now.power:.2%} of the likelihood, moves of {now.reach:.2f}")
    done = now.power >= 1.0
    if done:
        chosen = state.rng.permutation(now.at.z.shape[1])[: effort.chains]
        now = replace(now, at=Positions(now.at.z[:, chosen], now.at.log_likelihood[chosen]))
    evaluations = state.evaluations + effort.particles * effort.moves
    return replace(state, stage="learning" if done else "tempering", tempered=now, evaluations=evaluations)


def _learn(target: Likelihood, effort: Effort, state: State, progress: Progress) -> State:
    """The chains move while their approximation follows them; at the end it is fixed, from the second half."""
    now, rng = state.tempered, state.rng
    seen: list[Array] = []
    at, reach = now.at, now.reach
    for k in range(0, effort.learning, 100):
        around = fitted(np.concatenate(seen[len(seen) // 2 :], axis=1)) if seen else None
        for _ in range(10):
            at, reach = forget(at, reach, target, 1.0, 10, rng, around)
            seen.append(at.z)
        progress(f"learning the posterior's shape: {(k + 100) / effort.learning:.0%}, moves of {reach:.2f}")
    around = fitted(np.concatenate(seen[len(seen) // 2 :], axis=1))
    evaluations = state.evaluations + effort.learning * effort.chains
    return replace(
        state, stage="sampling", tempered=replace(now, at=at, reach=reach), mean=around.mean, root=around.root,
        evaluations=evaluations,
    )  # fmt: skip


def _sample(target: Likelihood, effort: Effort, state: State, progress: Progress) -> State:
    """One round of the chains, everything fixed."""
    around, rng, at = Normal(state.mean, state.root), state.rng, state.tempered.at
    kept = np.empty((len(at.z), effort.chains, effort.round))
    accepted = 0.0
    for k in range(effort.round):
        for _ in range(effort.thin):
            at, moved = move(at, around, reaches(state.tempered.reach, effort.chains, rng), target, 1.0, rng)
            accepted += moved.mean() / effort.round / effort.thin
        kept[:, :, k] = at.z
    everything = (*state.kept, kept)
    rhat = quick_rhat(np.concatenate(everything, axis=2))
    done = rhat < effort.target or len(everything) >= effort.rounds
    progress(f"sampling: round {len(everything)}, R-hat {rhat:.4f}, {accepted:.0%} of moves accepted")
    return replace(
        state, stage="done" if done else "sampling", tempered=replace(state.tempered, at=at), kept=everything,
        evaluations=state.evaluations + effort.round * effort.thin * effort.chains,
    )  # fmt: skip


def _posterior(target: Likelihood, chains: Array, most: int = 4096) -> Posterior:
    """Values of a part of the kept draws, evenly thinned, as many as a file should hold."""
    every = max(1, -(-chains.shape[1] * chains.shape[2] // most))
    thinned = chains[:, :, ::every]
    d, c, n = thinned.shape
    values = target.space.values(thinned.reshape(d, c * n)).reshape(d, c, n)
    fit = target.by_series(thinned.reshape(d, c * n)).reshape(-1, c, n)
    series = (*(g.name for g in target.gaussians), *(o.series for o, _ in target.others))
    return Posterior(target.space.names, values, fit, series, {})


# -- states in files


def _write_state(path: Path, key: dict[str, Any], state: State) -> None:
    words = {
        "key": key, "stage": state.stage, "rng": state.rng.bit_generator.state, "evaluations": state.evaluations,
        "seconds": state.seconds, "power": state.tempered.power, "evidence": state.tempered.evidence,
        "reach": state.tempered.reach,
    }  # fmt: skip
    kept = np.concatenate(state.kept, axis=2) if state.kept else np.zeros((0, 0, 0))
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            np.savez(file, words=np.array(json.dumps(words)), z=state.tempered.at.z, mean=state.mean, root=state.root,
                     log_likelihood=state.tempered.at.log_likelihood, kept=kept)  # fmt: skip
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


def _read_state(path: Path, key: dict[str, Any]) -> State:
    try:
        with np.load(path, allow_pickle=False) as stored:
            words = json.loads(str(stored["words"]))
            if words["key"] != key:
                changed = ", ".join(k for k in key if words["key"].get(k) != key[k])
                raise InputError([Diagnostic(
                    f"this calibration was begun with another {changed}", Location(str(path), 1, 1),
                    "start anew, without --resume",
                )])  # fmt: skip
            rng = np.random.default_rng()
            rng.bit_generator.state = words["rng"]
            at = Positions(stored["z"], stored["log_likelihood"])
            tempered = Tempered(at, words["power"], words["evidence"], words["reach"])
            kept = stored["kept"]
            return State(words["stage"], tempered, rng, words["evaluations"], words["seconds"], stored["mean"],
                         stored["root"], (kept,) if kept.size else ())  # fmt: skip
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            [Diagnostic(f"this is no state of a calibration: {error}", Location(str(path), 1, 1))]
        ) from error
