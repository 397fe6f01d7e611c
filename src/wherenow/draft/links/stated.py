"""A statement of cause and effect as a rule finds it, before its sides are named."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.draft.links.direction import Variable
from wherenow.draft.text.grammar import Phrase, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """``sign`` is between the words of the two phrases. ``trigger``: the word that states the link.

    ``variables``: of both phrases, where the rule has found them itself.
    """

    cause: Phrase
    effect: Phrase
    sign: int
    trigger: Token
    form: str
    negated: bool = False
    hedged: bool = False
    confidence: float = 0.7
    variables: tuple[Variable, Variable] | None = None
