"""The results of an audit: one verdict for each test, with its findings and their locations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wherenow.errors import Text


class Verdict(StrEnum):
    """The verdict on a test, and on each of its findings."""

    PASSES = "passes"
    WARNS = "doubtful"
    FAILS = "fails"
    NOT_TESTED = "not tested"

    @classmethod
    def _missing_(cls, value: object) -> Verdict | None:
        return cls.NOT_TESTED if value == "not asked" else None  # older audit files store "not asked"


ORDER = (Verdict.FAILS, Verdict.WARNS, Verdict.PASSES, Verdict.NOT_TESTED)
"""Verdicts from the worst to the best."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test, under its name in the literature, and its question."""

    id: str
    name: str
    asks: str
    source: str


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A finding of a test. ``about`` is a variable, claim or series; ``text`` is its location."""

    verdict: Verdict
    message: str
    about: str = ""
    text: Text = field(default=Text(""), compare=False)
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        where = self.text.locate(0) if self.text.file != "<text>" else None
        return {
            "verdict": str(self.verdict),
            "message": self.message,
            "about": self.about,
            "file": where.file if where else None,
            "line": where.line if where else None,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A test and its findings; ``note`` says what it was run on, or why it was not run."""

    test: Test
    verdict: Verdict
    found: tuple[AuditFinding, ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.test.id,
            "name": self.test.name,
            "asks": self.test.asks,
            "source": self.test.source,
            "verdict": str(self.verdict),
            "note": self.note,
            "found": [f.to_dict() for f in self.found],
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """The results of all tests on a model, in the order in which they run."""

    case: str
    results: tuple[Result, ...]

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __getitem__(self, test: str) -> Result:
        return next(result for result in self.results if result.test.id == test)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all tests."""
        return min((r.verdict for r in self.results), key=ORDER.index, default=Verdict.NOT_TESTED)

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain JSON types."""
        return {"case": self.case, "verdict": str(self.verdict), "tests": [r.to_dict() for r in self.results]}
