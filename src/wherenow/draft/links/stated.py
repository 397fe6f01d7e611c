"""A statement of cause and effect as a rule finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherenow.draft.links.direction import DirectedName
from wherenow.draft.text.grammar import Phrase, Token, hedged, negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement whose ``sign`` is between the words of the two phrases; ``trigger`` is the word that states it.

    ``variables`` are those of both phrases if the rule finds them itself.
    """

    cause: Phrase  # phrase of the cause
    effect: Phrase  # phrase of the effect
    sign: int
    trigger: Token
    form: str  # name of the construction
    negated: bool = False  # whether the text denies the link
    hedged: bool = False  # whether the text weakens the link
    confidence: float = 0.7  # confidence between 0 and 1
    variables: tuple[DirectedName, DirectedName] | None = None


def state(trigger: Token, cause: Phrase, effect: Phrase, sign: int, form: str, verb: Token, **more: Any) -> Stated:
    """Make a statement that is negated or hedged as ``verb`` is."""
    weak = {"negated": negated(verb), "hedged": hedged(verb), **more}
    return Stated(cause=cause, effect=effect, sign=sign, trigger=trigger, form=form, **weak)
