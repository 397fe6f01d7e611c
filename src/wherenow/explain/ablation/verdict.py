"""Decide whether a claim holds for the reason that it gives, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.findings import CONVINCING

NORMAL_90 = 1.6448536269514722
CARRIES = 0.5
"""A reason is a claim's reason if its cut breaks the claim in at least this share of the draws in which it holds."""
SPARES = 0.2
"""A reason is not a claim's reason if its cut breaks the claim in less than this share of them."""


class Why(StrEnum):
    """The verdict on a claim's reason."""

    REASON = "holds for the reason given"
    OTHER = "holds, but not for the reason given"
    FAILS = "fails"
    UNDETERMINED = "undetermined"
    UNREASONED = "holds; no reason is given"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChange:
    """The change that a cut makes in the share of draws in which a claim holds, on the same ``draws``.

    ``whole`` and ``cut`` are the shares without and with the cut; ``change`` is cut minus whole. ``low`` and ``high``
    bound 90% of its uncertainty due to the finite number of draws.
    """

    whole: float
    cut: float
    change: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, held: NDArray[np.bool_], holds: NDArray[np.bool_]) -> ClaimChange:
        """Compute the change from ``held`` (of which the same number of first draws is compared) to ``holds``, both
        ``[draw]``.
        """
        before = held[: holds.size]
        whole, cut, both = (int(np.count_nonzero(draws)) for draws in (before, holds, before & holds))
        return cls.counted(whole, whole - both, cut - both, holds.size)

    @classmethod
    def counted(cls, whole: int, lost: int, won: int, draws: int) -> ClaimChange:
        """Compute the change if a claim holds in ``whole`` of ``draws``, and the cut removes ``lost`` and adds ``won``.

        The interval is Wald's for the difference of paired shares, with half a draw added to each way of differing
        (Agresti & Min 2005), so that a few agreeing draws do not look like certainty.
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


@dataclass(frozen=True, slots=True)
class ReasonVerdict:
    word: Why
    words: str


def verdict(
    whole: Share, reason: ClaimChange | None, links: Mapping[str, ClaimChange], everything: ClaimChange | None = None
) -> ReasonVerdict:
    """Return the verdict on a claim that holds in ``whole``, when the cut of its reason changes it by ``reason``.

    1. It fails if the 90% interval of its share is below 0.2; it is undetermined if that is not above 0.8.
    2. A claim that names no reason *holds; no reason is given*; the words say what carries it.
    3. It holds for the reason given if cutting that breaks it in at least half of the draws in which it holds.
    4. It holds, but not for the reason given, if the cut breaks it in less than a fifth; the words say for which.
    5. Anything between is undetermined, and so is a case with too few draws: the whole 90% interval of the change must
       be where 3 or 4 say.

    ``everything`` is the change when every link is cut at once: nothing explains a claim that holds even then.
    """
    if whole.share is None or whole.low is None or whole.high is None:
        return ReasonVerdict(Why.UNDETERMINED, whole.words)
    percent = f"{100 * whole.share:.0f}%"
    if whole.high <= 1 - CONVINCING:
        return ReasonVerdict(Why.FAILS, f"it holds in {percent} of draws")
    if not clear(whole):
        return ReasonVerdict(Why.UNDETERMINED, f"it holds in {percent} of draws, too uncertain to ask why")
    carried = [(n, c) for n, c in links.items() if carries(c)]
    carried = sorted(carried, key=lambda pair: pair[1].change)
    carriers = ", ".join(f"{name} ({100 * c.whole:.0f}% → {100 * c.cut:.0f}%)" for name, c in carried[:3])
    instead = f"what carries it: {carriers}" if carriers else "no single link that was cut carries it"
    if everything is not None and lost_part(everything) < SPARES and not carriers:
        instead = "unexplained by the model: it holds with every link cut"
    if reason is None:
        return ReasonVerdict(Why.UNREASONED, instead)
    shares = f"with its reason cut it holds in {100 * reason.cut:.0f}% instead of {100 * reason.whole:.0f}%"
    word = reason_word(reason)
    if word is Why.REASON:
        return ReasonVerdict(word, shares)
    if word is Why.OTHER:
        return ReasonVerdict(word, f"{shares}; {instead}")
    least, most = _lost_between(reason)
    if least < SPARES or most >= CARRIES:
        return ReasonVerdict(Why.UNDETERMINED, f"{shares}: more draws are needed to say whether that is why; {instead}")
    return ReasonVerdict(Why.UNDETERMINED, f"{shares}: in part for the reason given; {instead}")


def clear(whole: Share) -> bool:
    """Return whether a claim holds clearly, so that cuts can explain it; they decide nothing about other claims."""
    return whole.low is not None and whole.low >= CONVINCING


def carries(change: ClaimChange) -> bool:
    """Return whether the cut links carry the claim: it fails in at least half of the draws in which it held."""
    return lost_part(change) >= CARRIES and change.high < 0


def reason_word(reason: ClaimChange) -> Why:
    """Return what the cut of its reason says about a claim that holds clearly: rules 3 to 5 of :func:`verdict`."""
    least, most = _lost_between(reason)
    if least >= CARRIES:
        return Why.REASON
    return Why.OTHER if most < SPARES else Why.UNDETERMINED


def _lost_between(change: ClaimChange) -> tuple[float, float]:
    """Return the minimum and maximum share of the draws that a cut may remove."""
    return -change.high / change.whole, -change.low / change.whole


def lost_part(change: ClaimChange) -> float:
    """Return the share of the draws in which the claim holds that a cut removes."""
    return -change.change / change.whole if change.whole > 0 else 0.0
