"""The findings on each claim as plain values, and the rule that derives a verdict from their parts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from wherenow.claims.evaluation.proportion import Share
from wherenow.ensemble.runs import RunRecord
from wherenow.errors import UsageError, did_you_mean

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CONVINCING = 0.8
"""A claim holds in a model if it holds in at least this share of draws ("very likely", ICD 203)."""


class Word(StrEnum):
    """The verdict on a part of a claim, or on the whole claim."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDETERMINED = "undetermined"
    MIXED = "mixed"  # whole claims only: some part holds and some part fails
    NO_DATA = "no data"  # data only: a series does not cover the dates that the claim reads
    UNTESTABLE = "not testable"  # whole claims only: no part was evaluated


@dataclass(frozen=True, slots=True)
class OnRecord:
    """The dated event that a claim is about. It holds if the event was read in a source, not merely recalled."""

    event: str
    date: str
    what: str
    quality: str

    @property
    def word(self) -> Word:
        return Word.UNDETERMINED if self.quality == "recalled" else Word.HOLDS

    def to_dict(self) -> dict[str, Any]:
        return {"verdict": str(self.word), **asdict(self)}


@dataclass(frozen=True, slots=True)
class OnData:
    """The claim evaluated on the data: ``robustness`` in ``unit`` (None if there is no number or it is relative).

    ``reads`` lists the days that the formula covers, such as ``2024-01-01 to 2024-12-31``.
    """

    word: Word
    formula: str
    robustness: float | None
    unit: str | None
    reads: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        found = {"verdict": str(self.word), "formula": self.formula, "robustness": number(self.robustness)}
        return {**found, "unit": self.unit, "reads": list(self.reads)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnModel:
    """A formula evaluated on the ensemble: the share of draws in which it holds, and quantiles of its robustness.

    ``robustness[q]`` are the quantiles :data:`QUANTILES` over the draws in which it is defined, in ``unit`` (None:
    relative). ``scenario`` and ``title`` name the counterfactual that it compares with, or are empty. ``reads`` is as
    in :class:`OnData`.
    """

    formula: str  # text of the formula
    share: Share  # share of draws in which the formula holds
    robustness: Mapping[float, float]
    unit: str | None
    scenario: str = ""
    title: str = ""
    reads: tuple[str, ...] = ()

    @property
    def word(self) -> Word:
        """The verdict: holds if the 90% interval of the share is above 0.8, fails if it is below 0.2.

        Otherwise, or if any draw has no value, the verdict is undetermined.
        """
        low, high = self.share.low, self.share.high
        if low is None or high is None:
            return Word.UNDETERMINED
        if low >= CONVINCING:
            return Word.HOLDS
        return Word.FAILS if high <= 1 - CONVINCING else Word.UNDETERMINED

    def to_dict(self) -> dict[str, Any]:
        levels = {f"{q:g}": number(v) for q, v in self.robustness.items()}
        found = {"verdict": str(self.word), "formula": self.formula, **self.share.to_dict(), "unit": self.unit}
        found |= {"robustness": levels, "reads": list(self.reads)}
        return {**found, "scenario": self.scenario, "title": self.title} if self.scenario else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One claim and its findings. A part is None if the claim does not ask for it.

    ``mechanism`` lists the links that the claim names; cuts show whether the claim fails without them.
    """

    id: str  # claim id
    kind: str  # kind of statement
    says: str  # paraphrase of the claim
    evidence: tuple[str, ...]  # pointers to sentences of the article
    event: OnRecord | None = None  # verdict on the event that the claim reports
    data: OnData | None = None  # verdict on the data
    model: OnModel | None = None  # verdict on the ensemble
    against: OnModel | None = None  # verdict on the counterfactual
    mechanism: tuple[tuple[str, str], ...] = ()
    threshold: str = ""  # reason for the numbers in the formula
    note: str = ""  # reason why a formula is missing
    actor: str = ""  # actor who makes the claim, if not the author

    @property
    def parts(self) -> Mapping[str, Word]:
        """The verdict on each part that the claim has: ``record``, ``data``, ``model`` and ``counterfactual``."""
        parts = {"record": self.event, "data": self.data, "model": self.model, "counterfactual": self.against}
        return {name: part.word for name, part in parts.items() if part is not None}

    @property
    def word(self) -> Word:
        """The verdict on the whole claim, by this rule:

        1. No part was evaluated: *not testable*.
        2. Some part holds and some part fails: *mixed*.
        3. A part fails and none holds: *fails*.
        4. Every part holds, ignoring parts without data (if at least one part holds): *holds*.
        5. Otherwise: *undetermined*.
        """
        words = set(self.parts.values())
        if not words:
            return Word.UNTESTABLE
        if Word.FAILS in words:
            return Word.MIXED if Word.HOLDS in words else Word.FAILS
        return Word.HOLDS if words - {Word.NO_DATA} == {Word.HOLDS} else Word.UNDETERMINED

    @property
    def verdict(self) -> str:
        """The verdict in words, with the reason where it is not obvious.

        Examples
        --------
        >>> import wherenow
        >>> case = wherenow.open("school-influenza")
        >>> findings = wherenow.judge(case, wherenow.simulate(case, wherenow.draw(case, 64)))
        >>> {finding.verdict for finding in findings} >= {"holds"}
        True
        """
        if self.word is Word.UNTESTABLE:
            return f"{Word.UNTESTABLE}: {self.note or 'no part is given'}"
        if self.word is Word.MIXED:
            held = [name for name, word in self.parts.items() if word is Word.HOLDS]
            failed = [name for name, word in self.parts.items() if word is Word.FAILS]
            return f"{Word.MIXED}: holds on {listed(held)}, fails on {listed(failed)}"
        return str(self.word)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON types; parts that the claim does not ask for are null."""
        parts = {"event": self.event, "data": self.data, "model": self.model, "against": self.against}
        return {
            **{name: getattr(self, name) for name in ("id", "kind", "says")},
            "evidence": list(self.evidence),
            **{name: None if part is None else part.to_dict() for name, part in parts.items()},
            "mechanism": [list(link) for link in self.mechanism],
            "verdict": str(self.word),
            "words": self.verdict,
            **{name: getattr(self, name) for name in ("threshold", "note", "actor")},
        }


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings in the order of the case's claims. ``record`` describes the run under test."""

    findings: tuple[Finding, ...]
    record: RunRecord
    counterfactuals: Mapping[str, RunRecord] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, claim: str) -> Finding:
        """Return the finding on the claim with this id. Raises UsageError if there is none."""
        for finding in self.findings:
            if finding.id == claim:
                return finding
        hint = did_you_mean(claim, [f.id for f in self.findings])
        raise UsageError(f"there is no claim {claim!r}", hint)

    def __repr__(self) -> str:
        counted = ", ".join(f"{n} {word}" for word, n in self.counts.items() if n)
        return f"Findings({len(self)} claims: {counted})"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(f"<tr><td>{escape(f.says)}</td><td>{escape(f.verdict)}</td></tr>" for f in self.findings)
        return f"<p>{escape(repr(self))}</p><table><tr><th>claim</th><th>verdict</th></tr>{rows}</table>"

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of claims with each verdict, by verdict.

        Examples
        --------
        >>> import wherenow
        >>> case = wherenow.open("school-influenza")
        >>> findings = wherenow.judge(case, wherenow.simulate(case, wherenow.draw(case, 16)))
        >>> sum(findings.counts.values()) == len(findings)
        True
        """
        found = Counter(f.word for f in self.findings)
        return {str(word): found[word] for word in Word if word is not Word.NO_DATA}

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain JSON types."""
        return {
            "claims": [f.to_dict() for f in self.findings],
            "counts": dict(self.counts),
            "record": self.record.to_dict(),
            "counterfactuals": {name: record.to_dict() for name, record in self.counterfactuals.items()},
        }


def number(value: float | None) -> float | str | None:
    """Return a number that JSON can represent: infinities as words, NaN as null."""
    if value is None or math.isnan(value):
        return None
    return value if math.isfinite(value) else ("infinite" if value > 0 else "-infinite")


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
