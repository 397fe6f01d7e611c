"""Rounds of challenges and offers among the actors of one table, until nobody moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wherenow.bargaining.positions import Array, IssuePositions, weighted_mean, weighted_median
from wherenow.errors import UsageError

RISK_LIMIT = 3.0  # maps the security index R in [-1, 1] onto risk exponents in [1/2, 2] (Scholz et al. 2011, section 5)

ROUNDS = 200
TOLERANCE = 1e-3
"""The share of the issue's width by which nobody moves any more when bargaining ends."""


class Deal(StrEnum):
    """The kind of bargain by which an actor moves (Scholz et al. 2011, section 6)."""

    CONFRONTATION = "confrontation"  # both expect to gain by a challenge, the other one more
    COMPROMISE = "compromise"  # the other gains more than the actor would lose: the actor goes part of the way
    CAPITULATION = "capitulation"  # the actor would lose more than the other gains: the actor gives in


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One actor's move in one round (rounds count from 1)."""

    round: int  # number of the round, from 1
    actor: str  # actor who moves
    towards: str  # actor towards whom it moves
    deal: Deal  # kind of deal
    start: float  # position before the move
    end: float  # position after the move


@dataclass(frozen=True, slots=True, kw_only=True)
class Bargain:
    """The course and outcome of bargaining over one table.

    ``positions`` has shape [rounds + 1, actors], ``mean`` and ``median`` [rounds + 1], with row 0 before any round.
    ``risk`` [rounds, actors] holds the risk exponents (below 1 risk-acceptant, above 1 risk-averse). ``settled``: the
    last round moved nobody by more than the tolerance; False if bargaining was stopped before that.
    """

    actors: tuple[str, ...]  # names of the actors, in the order of columns
    positions: Array
    mean: Array
    median: Array
    risk: Array
    moves: tuple[Move, ...]  # all moves, in the order of rounds
    settled: bool

    @property
    def outcome(self) -> float:
        """The weighted median position at the end, the model's forecast."""
        return float(self.median[-1])


def chances(table: IssuePositions) -> Array:
    """Return the chance that i wins over j by the support of all, shape [..., i, j]; 1/2 for equal positions.

    Third parties support the nearer side by capability × salience × difference in distance (Scholz et al. 2011, section
    4).
    """
    distance = np.abs(table.position[..., :, np.newaxis] - table.position[..., np.newaxis, :])
    # [..., i, j, k]: how much nearer i is to k than j is, weighted by k
    nearer = distance[..., np.newaxis, :, :] - distance[..., :, np.newaxis, :]
    votes = nearer * table.weight[..., np.newaxis, np.newaxis, :]
    total = np.sum(np.abs(votes), axis=-1)
    backing = np.sum(np.maximum(votes, 0.0), axis=-1)
    return np.asarray(np.divide(backing, total, out=np.full_like(total, 0.5), where=total > 0.0))


def expected_utilities(table: IssuePositions, risk: Array) -> tuple[Array, Array]:
    """Return what each actor expects of challenging and of being challenged, both from its own point of view.

    ``risk``: exponents of shape [..., actors]. Returns two arrays of shape [..., i, j]: the expected gain of i from
    challenging j, and the gain that i believes j to expect from challenging i (Scholz et al. 2011, sections 2 and 3;
    utilities range from −2 to 2). An unchallenged actor keeps its position (Q = 1 in the sources).
    """
    width = table.high - table.low
    apart = np.abs(table.position[..., :, np.newaxis] - table.position[..., np.newaxis, :]) / width
    exponent = risk[..., :, np.newaxis]
    chance = chances(table)
    success = 2.0 - 4.0 * (0.5 - 0.5 * apart) ** exponent
    failure = 2.0 - 4.0 * (0.5 + 0.5 * apart) ** exponent
    status_quo = 2.0 - 4.0 * 0.5**exponent

    def challenge(win: Array, resistance: Array) -> Array:
        contested = win * success + (1.0 - win) * failure
        return resistance * contested + (1.0 - resistance) * success - status_quo

    # the target resists in proportion to its salience
    own = challenge(chance, table.salience[..., np.newaxis, :])
    return own, challenge(np.swapaxes(chance, -1, -2), table.salience[..., :, np.newaxis])


def risk_exponents(table: IssuePositions) -> Array:
    """Return the risk exponent of each actor, from how safe its position is, shape [..., actors].

    The sum of what all others would gain by challenging the actor, placed between the minimum and maximum over the
    actors, gives R in [−1, 1] and the exponent (1 − R/3) / (1 + R/3) between 2 and 1/2 (Scholz et al. 2011, section 5;
    Bueno de Mesquita 1985). All are neutral (1) if no position is safer than another.
    """
    own, _ = expected_utilities(table, np.ones_like(table.position))
    n = len(table.actors)
    danger = np.sum(np.where(np.eye(n, dtype=bool), 0.0, own), axis=-2)
    most, least = np.max(danger, axis=-1, keepdims=True), np.min(danger, axis=-1, keepdims=True)
    span = most - least
    index = np.divide(2.0 * danger - most - least, span, out=np.zeros_like(danger), where=span > 1e-12)
    return np.asarray((1.0 - index / RISK_LIMIT) / (1.0 + index / RISK_LIMIT))


def offers(table: IssuePositions, risk: Array) -> tuple[Array, NDArray[np.int8]]:
    """Return where j's best offer would take i, and the kind of deal.

    Returns targets of shape [..., i, j] (NaN if j makes i no binding offer) and kinds of the same shape: 0 none, 1
    confrontation, 2 compromise, 3 capitulation. Let E be what i expects of challenging j, and F what i believes j to
    expect. If F > E > 0, i loses a confrontation and goes to j. If F > 0 ≥ E, i goes the share |E| / F of the way, all
    of it if |E| ≥ F (Scholz et al. 2011, section 6).
    """
    gain, pressure = expected_utilities(table, risk)
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


def play_round(table: IssuePositions) -> tuple[Array, NDArray[np.intp], NDArray[np.int8], Array]:
    """Play one round; returns new positions, the target of each move, the kind of deal (0 none) and risk exponents.

    Each has shape [..., actors].
    """
    risk = risk_exponents(table)
    target, kind = offers(table, risk)
    cost = np.where(kind > 0, np.abs(target - table.position[..., :, np.newaxis]), np.inf)
    partner = np.argmin(cost, axis=-1)
    picked = partner[..., np.newaxis]
    deal = np.take_along_axis(kind, picked, axis=-1)[..., 0]
    there = np.take_along_axis(target, picked, axis=-1)[..., 0]
    return np.where(deal > 0, there, table.position), partner, deal, risk


def moved_on(before: Array, after: Array, table: IssuePositions) -> NDArray[np.bool_]:
    """Return whether somebody moved between two positions ``[..., actors]``, by more than :data:`TOLERANCE`."""
    return np.asarray(np.max(np.abs(after - before), axis=-1) > TOLERANCE * (table.high - table.low))


def bargain(table: IssuePositions, rounds: int = ROUNDS) -> Bargain:
    """Play one table (positions of shape [actors]) until nobody moves, or for ``rounds`` rounds.

    Raises :class:`~wherenow.errors.UsageError` for more than one table.
    """
    if table.position.ndim != 1:
        raise UsageError("bargain plays one table; uncertain plays many")
    trail, risks, moves, settled = [table.position], [], [], False
    now = table
    for number in range(1, rounds + 1):
        position, partner, deal, risk = play_round(now)
        kinds = (None, Deal.CONFRONTATION, Deal.COMPROMISE, Deal.CAPITULATION)
        for i, name in enumerate(table.actors):
            kind = kinds[int(deal[i])]
            if kind is not None and position[i] != now.position[i]:
                towards, start, end = table.actors[int(partner[i])], float(now.position[i]), float(position[i])
                moves.append(Move(round=number, actor=name, towards=towards, deal=kind, start=start, end=end))
        risks.append(risk)
        trail.append(position)
        settled = not moved_on(now.position, position, table)
        now = replace(now, position=position)
        if settled:
            break
    shape = len(trail), len(table.actors)
    capability, salience = (np.broadcast_to(each, shape) for each in (table.capability, table.salience))
    played = replace(table, position=np.array(trail), capability=capability, salience=salience)
    return Bargain(
        actors=table.actors,
        positions=played.position,
        mean=weighted_mean(played),
        median=weighted_median(played),
        risk=np.array(risks).reshape(len(risks), len(table.actors)),
        moves=tuple(moves),
        settled=settled,
    )
