"""Locations in texts, diagnostics, and the exceptions that carry them.

Every problem a person can cause is a :class:`Diagnostic`: file, line, column, what is wrong, and what was probably
meant. Readers collect diagnostics and raise one :class:`InputError` with all of them.

    WherenowError
    ├── InputError         the text, folder or file that was given is wrong (exit status 1 from ``check``, 2 elsewhere)
    ├── UsageError         the call is wrong: an unknown name, an option outside its range (exit status 2)
    └── SimulationError    a run turned non-finite or could not be made (exit status 1)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file, by default its beginning. Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of source text and where it begins, so that an offset into it can be shown to a person.

    ``continuation`` is the column at which the second and later lines begin (YAML block scalars are indented).
    """

    content: str
    file: str = "<text>"
    line: int = 1
    column: int = 1
    continuation: int = 1

    def locate(self, offset: int) -> Location:
        """The location of the character at ``offset``."""
        before = self.content[:offset]
        rows = before.count("\n")
        if rows == 0:
            return Location(self.file, self.line, self.column + offset)
        return Location(self.file, self.line + rows, self.continuation + offset - before.rfind("\n") - 1)

    def excerpt(self, offset: int) -> str:
        """The line of this text that holds ``offset``."""
        start = self.content.rfind("\n", 0, offset) + 1
        end = self.content.find("\n", offset)
        return self.content[start : end if end >= 0 else len(self.content)].strip()

    def problem(
        self, message: str, hint: str = "", at: int = 0, severity: Severity = Severity.ERROR, *, first: bool = False
    ) -> Diagnostic:
        """Return a diagnostic of the character at offset ``at``, with the line that holds it."""
        place, line = self.locate(at), self.excerpt(at)
        return Diagnostic(message, place, hint=hint, excerpt=line, severity=severity, first=first)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem, as a message to a person. ``first``: the cause of others, to be read before them."""

    message: str  # what is wrong
    location: Location | None = None  # place in the file
    _: KW_ONLY
    hint: str = ""  # what was probably meant
    excerpt: str = ""  # source line with the error
    severity: Severity = Severity.ERROR  # whether the diagnostic stops the command: an error does, a warning does not
    first: bool = False

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.severity}: {self.message}{hint}"


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics by file, line and column, each once; causes of others and those without a location come first."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (not d.first, d.location or Location("", 0, 0), d.message)))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the closest known names, or the empty string if nothing is close."""
    close = difflib.get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(repr(c) for c in close)}?" if close else ""


class WherenowError(Exception):
    """Base of every exception that wherenow raises on purpose."""


class InputError(WherenowError):
    """The given text, file or folder has problems; ``diagnostics`` lists them all, in order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))

    @classmethod
    def of_file(cls, path: Path | str, message: str, hint: str = "") -> InputError:
        """Make the error of one problem of a whole file."""
        return cls([Diagnostic(message, Location(str(path)), hint=hint)])


class UsageError(WherenowError):
    """An invalid call: an unknown name, a number outside its range. ``hint`` says what was probably meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}: {hint}" if hint else message)


class SimulationError(WherenowError):
    """A run that could not be finished or turned non-finite."""
