"""Find robust levers: which combinations help in most futures, and in which futures the best of them fails.

Every combination is run on the same draws and the same noise. A future is a draw; a combination helps in it if the
outcome holds by a greater margin than with all levers at the baseline. Combinations are chosen on one half of the
futures and evaluated on the other, since selecting the best of many overstates it. After robust decision making
(Lempert, Groves, Popper & Bankes 2006) and scenario discovery (:mod:`wherenow.exploration.prim`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.case.scenario import scenario_of
from wherenow.distributions.families import Array
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.live import Live
from wherenow.errors import UsageError, did_you_mean
from wherenow.execution import HERE, Execution
from wherenow.exploration.outcome import Outcome
from wherenow.exploration.prim import Box, find_box
from wherenow.foresight.verbal_probabilities import percent
from wherenow.outlook.comparison import paired_interval

Setting = Mapping[str, float]
MOST = 2 / 3
"""A setting that helps in at least this share of futures is a hit of the search over levers."""
SETTINGS, FUTURES = 512, 64
"""Settings of all levers at once that the search tries, and futures in which each is run."""
TRIED = 8
"""Number of single moves that are combined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A combination of moved levers and its effects.

    They are the probability of each outcome and, for the outcome of interest, the change with its 90% interval, the
    shares of futures in which its margin grows and shrinks, and the regret. ``missed`` is the share of futures in which
    another combination brings the outcome about and this one does not.
    """

    levers: Setting  # value of each lever
    p: Mapping[str, float]  # probability of each outcome
    change: float  # change of the probability of interest
    low: float  # lower end of the interval of ``change``
    high: float  # upper end of the interval of ``change``
    helped: float  # share of futures in which the levers help
    harmed: float  # share of futures in which the levers harm
    missed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustLevers:
    """What levers can do for an outcome, the best combinations first.

    ``region`` is where settings of all levers help in most futures; ``fails`` the futures in which the best combination
    does not bring the outcome about, by parameters. Either is None if there is no such box.
    """

    case: str  # name of the case
    outcome: str  # name of the outcome
    says: str  # the outcome in words
    basis: str  # source of the draws
    futures: int  # number of simulated futures
    rest: Mapping[str, float]  # probability of each outcome without levers
    reachable: float  # share of futures in which some combination brings the outcome about
    combinations: tuple[Combination, ...]  # combinations of levers with their effects
    region: Box | None
    fails: Box | None
    holders: Mapping[str, Combination] = field(default_factory=dict)  # best choice of each lever holder alone

    @property
    def best(self) -> Combination:
        """The combination of levers that helps in most futures."""
        return self.combinations[0]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The finding in words."""
        best, base = self.best, self.rest[self.outcome]
        if best.low <= 0:
            return (f"“{self.says}” ({percent(base)}): no combination of levers raises it beyond what chance allows.",)
        sentences = [
            f"“{self.says}” goes from {percent(base)} to {percent(best.p[self.outcome])} with {_levers(best.levers)}, "
            f"which helps in {percent(best.helped)} of futures and harms in {percent(best.harmed)}.",
            f"In {percent(1 - self.reachable)} of futures no combination that was tried brings it about.",
        ]
        if self.region is not None and self.region.limits:
            sentences.append(
                f"Settings that help in most futures have {_limits(self.region)}: of settings within these limits "
                f"{percent(self.region.density)} do, of all {percent(self.region.base)}."
            )
        if self.fails is not None and self.fails.limits:
            sentences.append(
                f"The best combination fails most where {_limits(self.fails)}: there in {percent(self.fails.density)} "
                f"of futures, elsewhere and there in {percent(self.fails.base)}."
            )
        return tuple(sentences)

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain JSON types."""
        return {**asdict(self), "sentences": list(self.sentences)}


def robust(
    case: Case,
    outcomes: tuple[Outcome, ...],
    draws: Draws,
    levers: Iterable[str] = (),
    scenario: str = "",
    seed: int = 0,
    execution: Execution = HERE,
) -> tuple[RobustLevers, ...]:
    """Find what ``levers`` (all of the case's by default) can do for each of ``outcomes``, over ``draws``.

    Raises UsageError if the case has no levers, and for an unknown lever or scenario or an unsuitable formula.
    """
    names = _known(case, tuple(levers))
    for outcome in outcomes:
        if not outcome.condition:
            raise UsageError(f"levers need a condition as outcome, and {outcome.id!r} is a number")
    base = scenario_of(case, scenario or None)
    saved = tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.outputs(case)))
    execution.progress(f"running {len(draws)} futures with levers at the baseline")
    futures = _Futures(case, outcomes, Live(case, draws, saved, base, execution.threads))
    execution.progress(f"trying {len(names)} levers")
    single = [{name: end} for name in names for end in case.levers[name].range if end != case.levers[name].default]
    few = _Futures(case, outcomes, Live(case, draws.take(0, FUTURES), saved, base, execution.threads))
    execution.progress(f"evaluating {SETTINGS} settings of all levers")
    spread = _spread(case, names, seed)
    return tuple(_robust(case, outcome, futures, few, names, single, spread) for outcome in outcomes)


class _Futures:
    """Margins of every outcome in every future, by setting; each setting is run once."""

    def __init__(self, case: Case, outcomes: tuple[Outcome, ...], live: Live) -> None:
        self.case, self.outcomes, self.live = case, outcomes, live
        self._found: dict[tuple[tuple[str, float], ...], dict[str, Array]] = {}
        self.rest = self.margins({})

    def margins(self, setting: Setting) -> dict[str, Array]:
        """Return ``[future]`` by outcome; a future in which it is undefined counts as one in which it does not hold."""
        key = tuple(sorted(setting.items()))
        if key not in self._found:
            runs = self.live.runs(setting)
            values = {o.id: o.values(self.case, runs) for o in self.outcomes}
            self._found[key] = {name: np.nan_to_num(v, nan=-np.inf) for name, v in values.items()}
        return self._found[key]


def _robust(
    case: Case,
    outcome: Outcome,
    futures: _Futures,
    few: _Futures,
    names: tuple[str, ...],
    single: list[dict[str, float]],
    spread: list[dict[str, float]],
) -> RobustLevers:
    half = len(futures.live.base) // 2  # combinations are chosen on one half of the futures and evaluated on the other

    def worth(setting: Setting) -> float:
        return float((futures.margins(setting)[outcome.id][:half] > 0).mean())

    firsts = sorted(single, key=worth, reverse=True)[:TRIED]
    pairs = [{**a, **b} for a, b in combinations(firsts, 2) if not a.keys() & b.keys()]
    best_pairs = sorted(pairs, key=worth, reverse=True)[:4]
    triples = [{**p, **s} for p in best_pairs for s in firsts if not p.keys() & s.keys()]
    distinct = {tuple(sorted(t.items())): t for t in triples}
    settings = [*single, *pairs, *distinct.values()]
    settings.sort(key=lambda s: (-round(50 * worth(s)), len(s)))  # a gain below two hundredths does not justify a lever
    held = np.stack([futures.margins(s)[outcome.id][half:] > 0 for s in ({}, *settings)])
    reachable = np.asarray(held.any(axis=0))
    ranked = tuple(_combination(s, outcome, futures, half, reachable) for s in settings[:10])
    failing = np.asarray(futures.margins(ranked[0].levers)[outcome.id] <= 0)
    drawn = futures.live.base.draws
    helped = np.array([float((few.margins(s)[outcome.id] > few.rest[outcome.id]).mean()) for s in spread])
    return RobustLevers(
        case=case.name,
        outcome=outcome.id,
        says=outcome.says,
        basis=drawn.basis,
        futures=len(drawn) - half,
        rest={o.id: float((futures.rest[o.id][half:] > 0).mean()) for o in futures.outcomes},
        reachable=float(reachable.mean()),
        combinations=ranked,
        region=_box(names, np.array([[s[name] for s in spread] for name in names]), np.asarray(helped >= MOST)),
        fails=_box(drawn.names, drawn.values, failing),
        holders=_by_holder(case, names, settings, lambda s: _combination(s, outcome, futures, half, reachable)),
    )


def _by_holder(
    case: Case, names: tuple[str, ...], settings: list[dict[str, float]], combined: Callable[[Setting], Combination]
) -> dict[str, Combination]:
    """Return, by holder, the first of the sorted ``settings`` that moves that holder's levers alone."""
    holders = dict.fromkeys(case.levers[name].holder for name in names if case.levers[name].holder)
    own = {h: [s for s in settings if all(case.levers[name].holder == h for name in s)] for h in holders}
    return {holder: combined(alone[0]) for holder, alone in own.items() if alone}


def _combination(
    setting: Setting, outcome: Outcome, futures: _Futures, half: int, reachable: NDArray[np.bool_]
) -> Combination:
    margins = futures.margins(setting)
    mine, before = margins[outcome.id][half:], futures.rest[outcome.id][half:]
    holds, held = mine > 0, before > 0
    low, high = paired_interval(int((holds & ~held).sum()), int((held & ~holds).sum()), len(mine))
    return Combination(
        levers=dict(setting),
        p={name: float((m[half:] > 0).mean()) for name, m in margins.items()},
        change=float(holds.mean() - held.mean()),
        low=low,
        high=high,
        helped=float((mine > before).mean()),
        harmed=float((mine < before).mean()),
        missed=float((reachable & ~holds).mean()),
    )


def _spread(case: Case, names: tuple[str, ...], seed: int) -> list[dict[str, float]]:
    """Return settings of all levers, spread over their ranges (Sobol' points)."""
    from scipy.stats import qmc

    ranges = np.array([case.levers[name].range for name in names])
    points = qmc.Sobol(len(names), scramble=True, rng=np.random.default_rng(seed)).random(SETTINGS)
    values = ranges[:, 0] + points * (ranges[:, 1] - ranges[:, 0])
    return [dict(zip(names, map(float, row), strict=True)) for row in values]


def _box(names: tuple[str, ...], points: Array, hits: NDArray[np.bool_]) -> Box | None:
    """Find a box of hits; None if hits are too few or too common, or no denser in it than elsewhere."""
    if not names:
        return None
    try:
        box = find_box(names, points, hits)
    except UsageError:
        return None
    return box if box.limits and box.density > box.base else None


def _known(case: Case, levers: tuple[str, ...]) -> tuple[str, ...]:
    if not case.levers:
        raise UsageError(f"{case.name} has no levers: see levers.yaml")
    for name in levers:
        if name not in case.levers:
            hint = did_you_mean(name, case.levers) or f"the case has {', '.join(case.levers)}"
            raise UsageError(f"there is no lever {name!r}", hint)
    return levers or tuple(case.levers)


def _levers(setting: Setting) -> str:
    return " and ".join(f"{name.replace('_', ' ')} at {value:g}" for name, value in setting.items())


def _limits(box: Box) -> str:
    return " and ".join(_limit(name.replace("_", " "), low, high) for name, (low, high) in box.limits.items())


def _limit(name: str, low: float, high: float) -> str:
    if np.isinf(low):
        return f"{name} up to {high:.3g}"
    return f"{name} from {low:.3g}" + ("" if np.isinf(high) else f" to {high:.3g}")
