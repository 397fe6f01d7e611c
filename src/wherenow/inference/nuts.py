"""Calibration by the No-U-Turn sampler: chains that follow the gradient of the posterior, an option where JAX is.

Chains move in the space where every prior is a standard normal. They begin at particles of a rough tempering, which
costs no gradient, and with the metric that these suggest. While they warm up, the length of steps is steered to a share
of accepted moves by dual averaging (Hoffman & Gelman 2014, section 3.2), and the metric, which is the posterior's
covariance or its diagonal, is learned from all chains in windows that double (Stan's reference manual, "HMC algorithm
parameters"). Then neither changes, and draws are made until split R-hat and effective sample sizes are good for every
unknown (:mod:`wherenow.inference.diagnostics`) or there are as many as were allowed.

Chains do not jump between separate modes, and nothing here weighs them; tempered runs do
(:mod:`wherenow.inference.calibrate`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.metadata import version
from itertools import accumulate
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.families import Array
from wherenow.case.types import Case
from wherenow.engine import noise
from wherenow.errors import UsageError
from wherenow.inference.calibrate import Progress, observed, posterior_at
from wherenow.inference.diagnostics import RHAT, convergence, quick_rhat
from wherenow.inference.likelihood import Likelihood
from wherenow.inference.posterior import Posterior
from wherenow.inference.products import one_thread
from wherenow.inference.proposal import fitted
from wherenow.inference.states import carried_out, read_state, write_state
from wherenow.inference.tempering import tempered
from wherenow.model.types import Method

INSTEAD = "calibrate it by tempered runs, without --sampler nuts"
_PIECE = 25  # trajectories between states that can be kept


@dataclass(frozen=True, slots=True)
class Settings:
    """How chains are made."""

    chains: int = 4
    warm_up: int = 1000  # trajectories of each chain
    draws: int = 4000  # of each chain, at most
    look: int = 250  # draws of each chain between looks at whether they suffice
    dense: bool = True  # the metric: a covariance, or its diagonal
    accepted: float = 0.95  # what the length of steps is steered to: Stan's 0.8 diverges where posteriors bend
    doublings: int = 10  # of a trajectory, at most
    particles: int = 256  # of the tempering that chains begin from
    moves: int = 10  # of every particle, at each step of it


@dataclass(frozen=True, slots=True)
class Averaging:
    """Dual averaging of the logarithm of a step's length towards a share accepted (Hoffman & Gelman 2014, eq. 6)."""

    centre: float
    now: float
    mean: float = 0.0
    missed: float = 0.0
    count: int = 0

    @classmethod
    def around(cls, step: float) -> Averaging:
        """Begin at ``step``; longer ones are tried first, since they cost less."""
        return cls(log(10 * step), log(step))

    def seen(self, accepted: float, wanted: float) -> Averaging:
        """After a trajectory with this share accepted."""
        count = self.count + 1
        share = 1 / (count + 10)
        missed = (1 - share) * self.missed + share * (wanted - accepted)
        now = self.centre - sqrt(count) / 0.05 * missed
        weight = count**-0.75
        return Averaging(self.centre, now, weight * now + (1 - weight) * self.mean, missed, count)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of all chains together."""

    gradients: int = 0
    draws: int = 0
    diverged: int = 0  # of the draws
    cut: int = 0  # of the draws, by the greatest length
    accepted: float = 0.0  # on average, of the draws

    def with_draw(self, gone: Any) -> Counts:
        """With one more draw of each chain."""
        n = len(gone.accepted)
        accepted = (self.accepted * self.draws + float(gone.accepted.sum())) / (self.draws + n)
        diverged, cut = self.diverged + int(gone.diverged.sum()), self.cut + int(gone.cut.sum())
        return Counts(self.gradients, self.draws + n, diverged, cut, accepted)


@dataclass(frozen=True, eq=False)
class State:
    """Where chains are. ``kept[parameter, chain, step]`` are the positions of the present window of warm-up, then the
    draws."""

    here: tuple[Array, Array, Array]  # hamiltonian.Standing
    metric: Array
    averaging: Averaging
    kept: Array
    made: int = 0  # trajectories of each chain so far
    counts: Counts = Counts()
    done: bool = False
    seconds: float = 0.0


def calibrate_by_nuts(
    case: Case,
    seed: int = 0,
    settings: Settings = Settings(),
    threads: int | None = None,
    progress: Progress = lambda _: None,
    state_file: Path | None = None,
    resume: bool = False,
) -> Posterior:
    """The posterior of ``case`` by chains that follow its gradient; one state after the other is kept in a file.

    Raises
    ------
    UsageError
        where JAX or BlackJAX is not installed, a parameter is discrete, the case has no observations, or its method has
        no gradient.
    InputError
        where an observation is wrong, or a state file is not one of this case, seed and settings.
    """
    target = observed(case, threads)
    _check(target)
    trace = _trace()
    walker = trace.Trajectories(import_module("wherenow.inference.differentiable").log_likelihood(target),
                                settings.doublings)  # fmt: skip
    key = {"sampler": "nuts", "case_hash": case.hash, "seed": seed, "settings": asdict(settings),
           "version": version("wherenow"), "noise": noise.VERSION}  # fmt: skip
    with one_thread():
        state = carried_out(
            lambda begun: chains(target, walker, len(target.space), seed, settings, begun, progress),
            state_file,
            resume,
            lambda path: _read_state(path, key),
            lambda path, state: _write_state(path, key, state),
        )
    progress("taking the full diagnostics")
    found = convergence(target.space.names, state.kept)
    counts = state.counts
    record = {
        **key, "libraries": {name: version(name) for name in ("jax", "blackjax")},
        "case": case.name, "data": target.data, "data_until": case.cutoff_date,
        "evaluations": counts.gradients, "seconds": round(state.seconds, 1),
        "draws": counts.draws, "divergences": counts.diverged, "cut": counts.cut,
        "accepted": round(counts.accepted, 4), "step": float(f"{exp(state.averaging.mean):.6g}"),
        "evidence": None, "remembered": None,  # of tempering only
        "convergence": f"{found}; {trajectories_said(counts, settings)}", **found.record,
    }  # fmt: skip
    progress(str(record["convergence"]))
    return replace(posterior_at(target, state.kept), record=record)


def trajectories_said(counts: Counts, settings: Settings) -> str:
    """What trajectories that diverged, or were ended before they turned, mean."""
    if counts.diverged:
        said = (
            f"{counts.diverged:,} of {counts.draws:,} trajectories diverged: there the posterior bends more sharply "
            "than steps of this length can follow, or the model turns non-finite, so that draws may shun a part of it "
            "and spreads be too small"
        )
    else:
        said = f"none of {counts.draws:,} trajectories diverged"
    if counts.cut:
        said += (
            f"; {counts.cut:,} were ended at {2**settings.doublings - 1:,} steps before they turned back, which "
            "costs effective draws but no truth"
        )
    return said


def _check(target: Likelihood) -> None:
    if target.space.discrete:
        names = ", ".join(target.space.names[i] for i in target.space.discrete)
        raise UsageError(f"NUTS follows derivatives, and a discrete unknown has none: {names}", INSTEAD)
    method = target.observer.backend.program.time.method
    if method not in (Method.EULER, Method.RK4):
        raise UsageError(f"NUTS needs derivatives of the run, which there are for euler and rk4, not {method}", INSTEAD)


def _trace() -> Any:
    """The module :mod:`wherenow.inference.hamiltonian`; raises UsageError where what it needs is not installed."""
    try:
        return import_module("wherenow.inference.hamiltonian")
    except ImportError as error:
        if not (error.name or "").startswith(("jax", "blackjax")):
            raise
        hint = "pip install 'wherenow[jax]', or calibrate without --sampler nuts"
        raise UsageError("NUTS needs JAX and BlackJAX, which are not installed", hint) from error


def windows(warm_up: int) -> tuple[tuple[int, bool], ...]:
    """The parts of a warm-up: how many trajectories, and whether the metric is learned from them at their end.

    As Stan does: a first part in which steps alone adapt (15%), windows that double, a last part as the first (10%);
    what is left after a whole window goes to it where it would not make half of the next.
    """
    first, last = round(0.15 * warm_up), round(0.1 * warm_up)
    middle, size, sizes = warm_up - first - last, 25, []
    while middle > 0:
        now = middle if middle < 3 * size else size
        sizes.append(now)
        middle, size = middle - now, 2 * size
    return ((first, False), *((n, True) for n in sizes), (last, False))


def chains(
    log_likelihood: Callable[[Array], Array],
    walker: Any,
    dimensions: int,
    seed: int,
    settings: Settings,
    state: State | None,
    progress: Progress,
) -> Iterator[State]:
    """The calibration, a state after each piece of work; the last is the end.

    ``log_likelihood`` is of ``z[parameter, draw]`` and says where to begin; ``walker`` is
    :class:`~wherenow.inference.hamiltonian.Trajectories` of the same.
    """
    if state is None:
        clock = time.perf_counter()
        progress("tempering roughly, for where to begin")
        rough = _roughly(log_likelihood, dimensions, seed, settings)
        progress("compiling the gradient")
        chosen = np.linspace(0, settings.particles - 1, settings.chains).astype(int)
        here = walker.begin(rough[:, chosen].T)
        metric = _metric(rough[:, None], settings.dense)
        none = np.empty((dimensions, settings.chains, 0))
        seconds = time.perf_counter() - clock
        state = State(here, metric, Averaging.around(dimensions**-0.25), none, seconds=seconds)
        yield state
    while not state.done:
        clock = time.perf_counter()
        state = _piece(walker, seed, settings, state, progress)
        state = replace(state, seconds=state.seconds + time.perf_counter() - clock)
        yield state


def _roughly(log_likelihood: Callable[[Array], Array], dimensions: int, seed: int, settings: Settings) -> Array:
    """Particles ``[parameter, particle]`` of a short tempering: near the posterior, at the price of no gradient."""
    rng = np.random.default_rng(seed)
    return tempered(dimensions, settings.particles, settings.moves, log_likelihood, rng).at.z


def _piece(walker: Any, seed: int, settings: Settings, state: State, progress: Progress) -> State:
    """Some trajectories of all chains, at most to the end of a window or to a look at the draws."""
    parts = windows(settings.warm_up)
    ends = list(accumulate(n for n, _ in parts))
    at = next((i for i, end in enumerate(ends) if state.made < end), None)
    if at is None:
        n = min(_PIECE, settings.look - state.kept.shape[2] % settings.look, settings.draws - state.kept.shape[2])
    else:
        n = min(_PIECE, ends[at] - state.made)
    state, newest = _walk(walker, seed, settings, state, n, warming=at is not None)
    kept = np.concatenate([state.kept, newest], axis=2)
    if at is None:
        return _looked(settings, replace(state, kept=kept), progress)
    step = exp(state.averaging.now)
    progress(f"warming up: {state.made} of {settings.warm_up} trajectories, {state.counts.gradients:,} gradients, "
             f"steps of {step:.3g}")  # fmt: skip
    learns = parts[at][1]
    if state.made < ends[at]:
        return replace(state, kept=kept if learns else state.kept)
    metric, averaging = state.metric, state.averaging
    if learns:
        metric, averaging = _metric(kept, settings.dense), Averaging.around(exp(averaging.mean))
    return replace(state, metric=metric, averaging=averaging, kept=kept[:, :, :0])


def _walk(walker: Any, seed: int, settings: Settings, state: State, n: int, warming: bool) -> tuple[State, Array]:
    """The state ``n`` trajectories on, and their ends ``[parameter, chain, n]``."""
    here, averaging, counts, ends = state.here, state.averaging, state.counts, []
    for number in range(state.made, state.made + n):
        step = exp(averaging.now if warming else averaging.mean)
        here, gone = walker.walk(seed, number, here, step, state.metric)
        counts = replace(counts, gradients=counts.gradients + int(gone.gradients.sum()))
        if warming:
            averaging = averaging.seen(float(gone.accepted.mean()), settings.accepted)
        else:
            counts = counts.with_draw(gone)
        ends.append(here[0].T)
    made = state.made + n
    z, density, slope = here
    moved = replace(state, here=(z, density, slope), averaging=averaging, counts=counts, made=made)
    return moved, np.stack(ends, axis=2)


def _metric(kept: Array, dense: bool) -> Array:
    """The covariance of positions ``[parameter, chain, step]`` of all chains, with its chance taken out; or variances,
    drawn towards the prior's 1 as by five draws more."""
    flat = kept.reshape(len(kept), -1)
    if dense:
        root = fitted(flat).root
        return np.asarray(root @ root.T)
    n = flat.shape[1]
    return np.asarray((n * flat.var(axis=1) + 5) / (n + 5))


def _looked(settings: Settings, state: State, progress: Progress) -> State:
    """Whether the draws suffice, where it is time to look."""
    n, counts = state.kept.shape[2], state.counts
    head = f"{n} of {settings.draws} draws at most of each chain, {counts.gradients:,} gradients"
    if n % settings.look and n < settings.draws:
        progress(f"{head}, {counts.diverged} diverged")
        return state
    rhat = quick_rhat(state.kept)
    progress(f"{head}: R-hat {rhat:.4f}, {counts.diverged} diverged")
    names = tuple(map(str, range(len(state.kept))))
    good = rhat < RHAT and not convergence(names, state.kept).failing
    return replace(state, done=good or n >= settings.draws)


# -- states in files


def _write_state(path: Path, key: dict[str, Any], state: State) -> None:
    words = {"averaging": asdict(state.averaging), "counts": asdict(state.counts), "made": state.made,
             "done": state.done, "seconds": state.seconds}  # fmt: skip
    z, density, slope = state.here
    arrays = {"z": z, "density": density, "slope": slope, "metric": state.metric, "kept": state.kept}
    write_state(path, key, words, arrays)


def _read_state(path: Path, key: dict[str, Any]) -> State:
    words, arrays = read_state(path, key, ("z", "density", "slope", "metric", "kept"))
    here = arrays["z"], arrays["density"], arrays["slope"]
    averaging, counts = Averaging(**words["averaging"]), Counts(**words["counts"])
    return State(here, arrays["metric"], averaging, arrays["kept"], words["made"], counts, words["done"],
                 words["seconds"])  # fmt: skip
