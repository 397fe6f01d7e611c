"""Whether a claim holds for the reason that it gives, in words made of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wherenow.claims.findings import CONVINCING
from wherenow.claims.share import Share

NORMAL_90 = 1.6448536269514722
CARRIES = 0.5
"""A reason is a claim's reason where its cut takes away at least this part of the draws in which the claim holds."""
SPARES = 0.2
"""A reason is not a claim's where its cut takes away less than this part of them."""


class Why(StrEnum):
    """The verdict on a claim's reason."""

    REASON = "holds for the reason given"
    OTHER = "holds, but not for the reason given"
    FAILS = "fails"
    UNDECIDED = "cannot be told"
    UNREASONED = "holds; no reason is given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a cut changes in the share of draws in which a claim holds, on the same ``draws`` with it and without.

    ``whole`` and ``cut`` are the shares; ``change`` is cut less whole; ``low`` and ``high`` bound 90% of what is
    uncertain about it because the draws are finite in number.
    """

    whole: float
    cut: float
    change: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, held: NDArray[np.bool_], holds: NDArray[np.bool_]) -> Change:
        """The change from ``held`` (the first of these draws are compared) to ``holds``, both ``[draw]``."""
        before = held[: holds.size]
        whole, cut, both = (int(np.count_nonzero(draws)) for draws in (before, holds, before & holds))
        return cls.counted(whole, whole - both, cut - both, holds.size)

    @classmethod
    def counted(cls, whole: int, lost: int, won: int, draws: int) -> Change:
        """The change where a claim holds in ``whole`` of ``draws``, of which the cut takes ``lost`` and adds ``won``.

        The interval is Wald's of the difference of paired shares, with half a draw added to each way of differing
        (Agresti & Min 2005), so that few draws that agree are not taken for certainty.
        """
        n, difference = draws + 2, won - lost
        spread = math.sqrt((won + lost + 1 - difference**2 / n) / n**2)
        return cls(
            whole=whole / draws,
            cut=(whole + difference) / draws,
            change=difference / draws,
            low=float(difference / n - NORMAL_90 * spread),
            high=float(difference / n + NORMAL_90 * spread),
            draws=draws,
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answer:
    word: Why
    words: str


def verdict(
    whole: Share, reason: Change | None, links: Mapping[str, Change], everything: Change | None = None
) -> Answer:
    """The verdict on a claim that holds in ``whole``, whose reason's cut changes it by ``reason``.

    1. It fails where its share's 90% interval lies below 0.2; it cannot be told where that is not above 0.8.
    2. A claim that names no reason *holds; no reason is given*; the words say what carries it.
    3. It holds for the reason given where cutting that takes away at least half of the draws in which it holds.
    4. It holds, but not for the reason given, where the cut takes away less than a fifth; the words say for which.
    5. Anything between cannot be told, nor can what the draws are too few for: the whole 90% interval of the change
       must lie where 3 or 4 say.

    ``everything`` is the change where every link is cut at once: what holds even then is explained by nothing.
    """
    if whole.share is None or whole.low is None or whole.high is None:
        return Answer(Why.UNDECIDED, whole.words)
    percent = f"{100 * whole.share:.0f}%"
    if whole.high <= 1 - CONVINCING:
        return Answer(Why.FAILS, f"it holds in {percent} of draws")
    if not clear(whole):
        return Answer(Why.UNDECIDED, f"it holds in {percent} of draws, not surely enough to ask why")
    carried = [(n, c) for n, c in links.items() if carries(c)]
    carried = sorted(carried, key=lambda pair: pair[1].change)
    told = ", ".join(f"{name} ({100 * c.whole:.0f}% → {100 * c.cut:.0f}%)" for name, c in carried[:3])
    instead = f"what carries it: {told}" if told else "no single link that was cut carries it"
    if everything is not None and lost_part(everything) < SPARES and not told:
        instead = "explained by nothing: it holds with every link cut"
    if reason is None:
        return Answer(Why.UNREASONED, instead)
    shares = f"with its reason cut it holds in {100 * reason.cut:.0f}% instead of {100 * reason.whole:.0f}%"
    word = reason_word(reason)
    if word is Why.REASON:
        return Answer(word, shares)
    if word is Why.OTHER:
        return Answer(word, f"{shares}; {instead}")
    least, most = _lost_between(reason)
    if least < SPARES or most >= CARRIES:
        return Answer(Why.UNDECIDED, f"{shares}: more draws are needed to say whether that is why; {instead}")
    return Answer(Why.UNDECIDED, f"{shares}: in part for the reason given; {instead}")


def clear(whole: Share) -> bool:
    """Whether a claim holds clearly, so that cuts say why; of any other they decide nothing."""
    return whole.low is not None and whole.low >= CONVINCING


def carries(change: Change) -> bool:
    """Whether what is cut carries the claim: it takes away at least half of the draws in which that holds."""
    return lost_part(change) >= CARRIES and change.high < 0


def reason_word(reason: Change) -> Why:
    """What the cut of its reason says of a claim that holds clearly: rules 3 to 5 of :func:`verdict`."""
    least, most = _lost_between(reason)
    if least >= CARRIES:
        return Why.REASON
    return Why.OTHER if most < SPARES else Why.UNDECIDED


def _lost_between(change: Change) -> tuple[float, float]:
    """The least and the greatest part of the draws that a cut may take away."""
    return -change.high / change.whole, -change.low / change.whole


def lost_part(change: Change) -> float:
    """The part of the draws in which the claim holds that a cut takes away."""
    return -change.change / change.whole if change.whole > 0 else 0.0
