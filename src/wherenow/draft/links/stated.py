"""A statement of cause and effect as a rule finds it."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.draft.links.direction import DirectedName
from wherenow.draft.text.grammar import Phrase, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement whose ``sign`` is between the words of the two phrases; ``trigger`` is the word that states it.

    ``variables`` are those of both phrases if the rule finds them itself.
    """

    cause: Phrase
    effect: Phrase
    sign: int
    trigger: Token
    form: str
    negated: bool = False
    hedged: bool = False
    confidence: float = 0.7
    variables: tuple[DirectedName, DirectedName] | None = None
