"""A collector of diagnostics: readers tell it every problem and go on, so that a person sees all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wherenow.errors import Diagnostic, InputError, Location, Severity, Text, in_order


class Problems:
    """Diagnostics found so far. A place is a :class:`Text` (its beginning is meant), a :class:`Location` or None.

    ``unread``: the files whose content is not known, each told as an error. ``spoiled``: the names of entries (events,
    claims, scenarios, …) that are there but wrong, so that who refers to them must not be told that they are missing.
    """

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self.unread: set[str] = set()
        self.spoiled: set[str] = set()
        self._missing: dict[Path, list[tuple[str, Location]]] = {}

    def unreadable(self, message: str, where: Text | Location, hint: str = "") -> None:
        """An error for which a whole file is not known: what refers to its content must not be called wrong."""
        self.error(message, where, hint)
        self.unread.add((where.locate(0) if isinstance(where, Text) else where).file)

    def error(self, message: str, where: Text | Location | None = None, hint: str = "") -> None:
        self._add(Severity.ERROR, message, where, hint)

    def warning(self, message: str, where: Text | Location | None = None, hint: str = "") -> None:
        self._add(Severity.WARNING, message, where, hint)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._found.extend(diagnostics)

    def _add(self, severity: Severity, message: str, where: Text | Location | None, hint: str) -> None:
        if isinstance(where, Text):
            self._found.append(Diagnostic(message, where.locate(0), hint, where.excerpt(0), severity))
        else:
            self._found.append(Diagnostic(message, where, hint, "", severity))

    def missing(self, file: Path, what: str, where: Location) -> None:
        """Something is referred to that stands in a file that is not there: one error a file."""
        self._missing.setdefault(file, []).append((what, where))

    @property
    def missing_places(self) -> frozenset[Location]:
        """Where things in missing files are referred to."""
        return frozenset(where for places in self._missing.values() for _, where in places)

    def in_order(self) -> tuple[Diagnostic, ...]:
        return in_order((*self._found, *(_of_missing(file, places) for file, places in self._missing.items())))

    def told(self, end: str) -> bool:
        """Whether something that ends so was told already: what is wrong at once in many places is told once."""
        return any(diagnostic.message.endswith(end) for diagnostic in self._found)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.in_order() if d.severity is Severity.ERROR)

    def raise_errors(self) -> None:
        """Raise InputError with every diagnostic if at least one is an error."""
        if self.errors:
            raise InputError(self.in_order())


def _of_missing(file: Path, places: list[tuple[str, Location]]) -> Diagnostic:
    (what, where), *more = sorted(places, key=lambda place: place[1])
    others = f", and so do {len(more)} other places" if len(more) > 1 else ", and so does another place" if more else ""
    message = f"there is no {file.name}, and {Path(where.file).name}:{where.line} refers to {what}{others}"
    return Diagnostic(message, Location(str(file), 1, 1), "write it, or take the references out", first=True)
