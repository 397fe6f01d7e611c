"""Bargaining among actors over one issue: weighted middle positions, and rounds of challenges and offers.

An issue is a line; each actor stands somewhere on it (position), can push (capability) and cares (salience). Two static
answers come first: the mean and the median of positions weighted by capability × salience (Black 1948, the median
voter). The dynamic one is the expected-utility model of Bueno de Mesquita as laid open by Scholz, Calbert & Smith
(2011), "Unravelling Bueno de Mesquita's group decision model", Journal of Theoretical Politics 23(4): each actor weighs
a challenge to every other, is the more ready for risk the safer others would find it to challenge him, and moves to the
cheapest offer that he cannot refuse, round after round, until nobody moves.

Where the sources leave a choice, this is ours, and the same in every run:

* The chance of i against j is the share of all weighted support that goes to i, so that the chances of i against j and
  of j against i sum to one (Bueno de Mesquita 1994; Scholz et al.'s own program divides by all contests instead).
* Utilities are scaled by the width of the issue as it was first stated, not by the span that is left.
* Of several offers an actor takes the one that moves him least, whatever its kind.

Every function works on arrays whose last axis is the actor: one call serves one table or a thousand perturbed ones.

A warning that belongs to the model: rounds may circle, and where they end can hang on small changes of the inputs
(Scholz et al. 2011, section 8). Read an outcome together with its spread over :func:`uncertain`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wherenow.case.types import Case
from wherenow.errors import UsageError, did_you_mean

Array = NDArray[np.float64]

SCALE = (0.0, 100.0)  # of positions in actors.yaml
RISK_LIMIT = 3.0  # maps the security index R in [-1, 1] onto risk exponents in [1/2, 2] (Scholz et al. 2011, section 5)


class Deal(StrEnum):
    """How an actor came to move (Scholz et al. 2011, section 6)."""

    CONFRONTATION = "confrontation"  # both expect to gain by a challenge, the other one more
    COMPROMISE = "compromise"  # the other gains more than the actor would lose: he goes part of the way
    CAPITULATION = "capitulation"  # the actor would lose more than the other gains: he gives way


@dataclass(frozen=True, slots=True)
class Table:
    """Who stands where on one issue.

    ``position``, ``capability`` and ``salience``: shape [..., actors]; positions between ``low`` and ``high``,
    capability above or at 0, salience within 0 and 1. :class:`~wherenow.errors.UsageError` where they are not, or where
    nobody has weight.
    """

    actors: tuple[str, ...]
    position: Array
    capability: Array
    salience: Array
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("position", "capability", "salience"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            object.__setattr__(self, name, values)
            if values.shape[-1:] != (len(self.actors),):
                raise UsageError(f"{name} has {values.shape[-1:]} values for {len(self.actors)} actors")
        if not self.low < self.high:
            raise UsageError(f"an issue runs from low to high; {self.low} is not below {self.high}")
        self._within("position", self.low, self.high)
        self._within("capability", 0.0, np.inf)
        self._within("salience", 0.0, 1.0)
        if not np.all(np.sum(self.weight, axis=-1) > 0.0):
            raise UsageError("no actor has both capability and salience on this issue")

    def _within(self, name: str, low: float, high: float) -> None:
        values = getattr(self, name)
        outside = ~(np.isfinite(values) & (values >= low) & (values <= high))
        if np.any(outside):
            who = self.actors[int(np.argwhere(outside)[0][-1])]
            raise UsageError(f"the {name} of {who} lies outside {low:g} to {high:g}")

    @property
    def weight(self) -> Array:
        """Capability × salience, shape [..., actors]."""
        return np.asarray(self.capability * self.salience)


@dataclass(frozen=True, slots=True)
class Move:
    """One actor's move in one round (rounds count from 1)."""

    round: int
    actor: str
    towards: str
    deal: Deal
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Bargain:
    """What became of one table.

    ``positions`` has shape [rounds + 1, actors], ``mean`` and ``median`` [rounds + 1], row 0 before any round;
    ``risk`` [rounds, actors] are the risk exponents (below 1 ready for risk, above 1 shy of it). ``settled``: the last
    round moved nobody by more than the tolerance; where it is False the bargaining was stopped while still moving.
    """

    actors: tuple[str, ...]
    positions: Array
    mean: Array
    median: Array
    risk: Array
    moves: tuple[Move, ...]
    settled: bool

    @property
    def outcome(self) -> float:
        """The weighted median position at the end, the model's forecast."""
        return float(self.median[-1])


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the inputs may be off: standard deviations used by :func:`uncertain`.

    ``position`` is a share of the issue's width; ``capability`` and ``salience`` are on the logarithm.
    """

    position: float = 0.1
    capability: float = 0.25
    salience: float = 0.25


@dataclass(frozen=True, slots=True)
class Settlements:
    """Outcomes over perturbed tables: each of shape [draws]; ``settled`` says which of them came to rest."""

    first_mean: Array
    first_median: Array
    mean: Array
    median: Array
    settled: NDArray[np.bool_]


def weighted_mean(table: Table) -> Array:
    """The mean position weighted by capability × salience, shape [...]."""
    return np.asarray(np.sum(table.weight * table.position, axis=-1) / np.sum(table.weight, axis=-1))


def weighted_median(table: Table) -> Array:
    """The lowest position at which half of all capability × salience is reached, shape [...].

    Where preferences fall off with distance it beats every other position in a pairwise vote (Black 1948).
    """
    order = np.argsort(table.position, axis=-1, kind="stable")
    weight = np.take_along_axis(np.broadcast_to(table.weight, table.position.shape), order, axis=-1)
    reached = np.cumsum(weight, axis=-1)
    # a share of 1/2 that falls short by rounding alone still counts as reached
    half = 0.5 * reached[..., -1:] * (1.0 - 1e-12)
    first = np.argmax(reached >= half, axis=-1)[..., np.newaxis]
    return np.asarray(np.take_along_axis(np.take_along_axis(table.position, order, axis=-1), first, axis=-1)[..., 0])


def chances(table: Table) -> Array:
    """The chance that i wins over j by the support of all, shape [..., i, j]; 1/2 where both stand together.

    Third parties back the nearer side by capability × salience × the difference in distance (Scholz et al. 2011,
    section 4).
    """
    distance = np.abs(table.position[..., :, np.newaxis] - table.position[..., np.newaxis, :])
    # [..., i, j, k]: how much nearer i stands to k than j does, weighed by k
    nearer = distance[..., np.newaxis, :, :] - distance[..., :, np.newaxis, :]
    votes = nearer * table.weight[..., np.newaxis, np.newaxis, :]
    total = np.sum(np.abs(votes), axis=-1)
    backing = np.sum(np.maximum(votes, 0.0), axis=-1)
    return np.asarray(np.divide(backing, total, out=np.full_like(total, 0.5), where=total > 0.0))


def expected_utilities(table: Table, risk: Array, stay: float = 1.0, improve: float = 1.0) -> tuple[Array, Array]:
    """What each actor expects of challenging and of being challenged, both through his own eyes.

    ``risk``: exponents of shape [..., actors]. ``stay``: the chance that an unchallenged actor stays where he is (Q in
    the sources); ``improve``: the chance that his move, if he makes one, suits the one who waited (T). Returns two
    arrays of shape [..., i, j], the expected gain of i from challenging j, and the gain that i believes j to expect
    from challenging i (Scholz et al. 2011, sections 2 and 3; utilities run from −2 to 2).
    """
    width = table.high - table.low
    apart = np.abs(table.position[..., :, np.newaxis] - table.position[..., np.newaxis, :]) / width
    middle = weighted_median(table)[..., np.newaxis]
    from_middle = np.abs(table.position - middle) / width
    exponent = risk[..., :, np.newaxis]
    chance = chances(table)
    success = 2.0 - 4.0 * (0.5 - 0.5 * apart) ** exponent
    failure = 2.0 - 4.0 * (0.5 + 0.5 * apart) ** exponent
    status_quo = 2.0 - 4.0 * 0.5**exponent

    def waiting(distance: Array) -> Array:
        shift = 0.25 * (distance + apart)
        better = 2.0 - 4.0 * (0.5 - shift) ** exponent
        worse = 2.0 - 4.0 * (0.5 + shift) ** exponent
        return stay * status_quo + (1.0 - stay) * (improve * better + (1.0 - improve) * worse)

    def challenge(win: Array, resistance: Array, distance: Array) -> Array:
        contested = win * success + (1.0 - win) * failure
        return resistance * contested + (1.0 - resistance) * success - waiting(distance)

    # the target resists as far as he cares
    own = challenge(chance, table.salience[..., np.newaxis, :], from_middle[..., :, np.newaxis])
    others = challenge(np.swapaxes(chance, -1, -2), table.salience[..., :, np.newaxis], from_middle[..., np.newaxis, :])
    return own, others


def risk_exponents(table: Table, stay: float = 1.0, improve: float = 1.0) -> Array:
    """How ready for risk each actor is, by how safe his position makes him, shape [..., actors].

    The sum of what all others would gain by challenging him, placed between the least and the most of any actor, gives
    R in [−1, 1] and the exponent (1 − R/3) / (1 + R/3) between 2 and 1/2 (Scholz et al. 2011, section 5; Bueno de
    Mesquita 1985). All are neutral (1) where no position is safer than another.
    """
    own, _ = expected_utilities(table, np.ones_like(table.position), stay, improve)
    n = len(table.actors)
    danger = np.sum(np.where(np.eye(n, dtype=bool), 0.0, own), axis=-2)
    most, least = np.max(danger, axis=-1, keepdims=True), np.min(danger, axis=-1, keepdims=True)
    span = most - least
    index = np.divide(2.0 * danger - most - least, span, out=np.zeros_like(danger), where=span > 1e-12)
    return np.asarray((1.0 - index / RISK_LIMIT) / (1.0 + index / RISK_LIMIT))


def offers(table: Table, risk: Array, stay: float = 1.0, improve: float = 1.0) -> tuple[Array, NDArray[np.int8]]:
    """Where j's best offer would take i, and by which kind of deal.

    Returns targets of shape [..., i, j] (NaN where j makes i no offer that binds) and kinds of the same shape: 0 none,
    1 confrontation, 2 compromise, 3 capitulation. Let E be what i expects of challenging j, and F what i believes j to
    expect. Where F > E > 0 he loses a confrontation and goes to j; where F > 0 ≥ E he goes the share |E| / F of the
    way, all of it where |E| ≥ F (Scholz et al. 2011, section 6).
    """
    gain, pressure = expected_utilities(table, risk, stay, improve)
    here, there = table.position[..., :, np.newaxis], table.position[..., np.newaxis, :]
    apart = here != there
    pressed = apart & (pressure > 0.0)
    confrontation = pressed & (gain > 0.0) & (pressure > gain)
    yields = pressed & (gain <= 0.0)
    share = np.divide(-gain, pressure, out=np.zeros_like(gain), where=yields)
    capitulation = yields & (share >= 1.0)
    compromise = yields & ~capitulation
    kind = (1 * confrontation + 2 * compromise + 3 * capitulation).astype(np.int8)
    way = np.where(compromise, share, 1.0)
    target = np.where(kind > 0, here + way * (there - here), np.nan)
    return target, kind


def _step(table: Table, stay: float, improve: float) -> tuple[Array, NDArray[np.intp], NDArray[np.int8], Array]:
    """One round: new positions, whom each moved to, the kind of deal (0 none), risk exponents; each [..., actors]."""
    risk = risk_exponents(table, stay, improve)
    target, kind = offers(table, risk, stay, improve)
    cost = np.where(kind > 0, np.abs(target - table.position[..., :, np.newaxis]), np.inf)
    partner = np.argmin(cost, axis=-1)
    picked = partner[..., np.newaxis]
    deal = np.take_along_axis(kind, picked, axis=-1)[..., 0]
    there = np.take_along_axis(target, picked, axis=-1)[..., 0]
    return np.where(deal > 0, there, table.position), partner, deal, risk


def bargain(
    table: Table, rounds: int = 200, tolerance: float = 1e-3, stay: float = 1.0, improve: float = 1.0
) -> Bargain:
    """Play one table (positions of shape [actors]) until nobody moves, or for ``rounds`` rounds.

    ``tolerance`` is a share of the issue's width. :class:`~wherenow.errors.UsageError` for more than one table at once.
    """
    if table.position.ndim != 1:
        raise UsageError("bargain plays one table; uncertain plays many")
    trail, risks, moves, settled = [table.position], [], [], False
    now = table
    for number in range(1, rounds + 1):
        position, partner, deal, risk = _step(now, stay, improve)
        kinds = (None, Deal.CONFRONTATION, Deal.COMPROMISE, Deal.CAPITULATION)
        for i, name in enumerate(table.actors):
            kind = kinds[int(deal[i])]
            if kind is not None and position[i] != now.position[i]:
                towards = table.actors[int(partner[i])]
                moves.append(Move(number, name, towards, kind, float(now.position[i]), float(position[i])))
        risks.append(risk)
        trail.append(position)
        settled = bool(np.max(np.abs(position - now.position)) <= tolerance * (table.high - table.low))
        now = replace(now, position=position)
        if settled:
            break
    played = replace(
        table,
        position=np.array(trail),
        capability=np.broadcast_to(table.capability, (len(trail), len(table.actors))),
        salience=np.broadcast_to(table.salience, (len(trail), len(table.actors))),
    )
    return Bargain(
        table.actors,
        played.position,
        weighted_mean(played),
        weighted_median(played),
        np.array(risks).reshape(len(risks), len(table.actors)),
        tuple(moves),
        settled,
    )


def perturb(table: Table, spread: Spread, draws: int, seed: int) -> Table:
    """The table ``draws`` times with its inputs moved at random, arrays of shape [draws, actors].

    Positions move by a normal share of the width and stay on the scale, capability and salience by a lognormal factor,
    salience up to 1. The same seed gives the same tables, and the first k of n draws are the k draws.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    shift = generator.standard_normal((draws, 3, len(table.actors)))
    width = table.high - table.low
    return replace(
        table,
        position=np.clip(table.position + spread.position * width * shift[:, 0], table.low, table.high),
        capability=table.capability * np.exp(spread.capability * shift[:, 1]),
        salience=np.minimum(table.salience * np.exp(spread.salience * shift[:, 2]), 1.0),
    )


def uncertain(
    table: Table,
    spread: Spread | None = None,
    draws: int = 1000,
    seed: int = 0,
    rounds: int = 200,
    tolerance: float = 1e-3,
    stay: float = 1.0,
    improve: float = 1.0,
) -> Settlements:
    """Play ``draws`` perturbed tables; what comes out is how sure the outcome is, given how sure the inputs are."""
    start = perturb(table, spread or Spread(), draws, seed)
    position, moving = start.position.copy(), np.ones(draws, dtype=bool)
    for _ in range(rounds):
        active = replace(
            start, position=position[moving], capability=start.capability[moving], salience=start.salience[moving]
        )
        moved, _, _, _ = _step(active, stay, improve)
        steps = np.max(np.abs(moved - active.position), axis=-1)
        position[moving] = moved
        moving[moving] = steps > tolerance * (table.high - table.low)
        if not moving.any():
            break
    end = replace(start, position=position)
    return Settlements(weighted_mean(start), weighted_median(start), weighted_mean(end), weighted_median(end), ~moving)


def table_of(case: Case, issue: str, without: Collection[str] = ()) -> Table:
    """The table of one issue of a case: every actor with a position on it, on the scale from 0 to 100.

    Actors in ``without`` are left out. :class:`~wherenow.errors.UsageError` where the case has no such issue or actor,
    or nobody stands anywhere on the issue.
    """
    if issue not in case.issues:
        raise UsageError(f"the case has no issue {issue!r}", did_you_mean(issue, case.issues))
    for name in without:
        if name not in case.actors:
            raise UsageError(f"the case has no actor {name!r}", did_you_mean(name, case.actors))
    seated = {name: actor for name, actor in case.actors.items() if name not in without}
    stands = ((name, actor.positions[issue]) for name, actor in seated.items() if issue in actor.positions)
    rows = [(name, stand.position, stand.capability, stand.salience) for name, stand in stands]
    if not rows:
        raise UsageError(f"no actor has a position on {issue!r}")
    return stack(rows, *SCALE)


def uncertain_lean(case: Case, without: Collection[str] = (), draws: int = 1000, seed: int = 0) -> Array:
    """Where bargaining over all issues of a case comes to rest, from -1 (all low) to 1 (all high), shape [draws].

    The mean over the issues of the settled median, under perturbed inputs (:func:`uncertain`).
    """
    if not case.issues:
        raise UsageError("the case has no issues to bargain over")
    medians = [uncertain(table_of(case, issue, without), draws=draws, seed=seed).median for issue in case.issues]
    low, high = SCALE
    return np.asarray(2.0 * (np.mean(medians, axis=0) - low) / (high - low) - 1.0)


def stack(rows: Sequence[tuple[str, float, float, float]], low: float, high: float) -> Table:
    """A table from rows of (actor, position, capability, salience)."""
    names = tuple(row[0] for row in rows)
    columns = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), 3)
    return Table(names, columns[:, 0], columns[:, 1], columns[:, 2], low, high)
