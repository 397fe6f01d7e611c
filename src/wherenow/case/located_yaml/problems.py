"""A collector of diagnostics: readers report every problem and continue, so that a person sees all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from wherenow.errors import Diagnostic, InputError, Location, Severity, Text, in_order

Edited = Mapping[Path, bytes]
"""Contents of edited files that are not saved yet."""
UNCHANGED: Edited = MappingProxyType({})
Place = Text | Location | Path | None


def current(path: Path, edited: Edited) -> bytes:
    """Return the content of a file as edited, else as saved. Raises OSError."""
    return edited[path] if path in edited else path.read_bytes()


class Problems:
    """The diagnostics found so far.

    A place is a :class:`Text`, a :class:`Location`, a :class:`Path` (each meaning its beginning) or None.

    ``unread`` lists the files whose content is unknown, each reported as an error. ``spoiled`` lists the names of
    entries (events, claims, scenarios, …) that exist but are invalid, so that references to them are not reported as
    missing. ``measured`` lists variables in whose unit a quantity elsewhere cannot be expressed. ``edited`` replaces
    files.
    """

    def __init__(self, edited: Edited = UNCHANGED) -> None:
        self.edited = edited
        self._found: list[Diagnostic] = []
        self.unread: set[str] = set()
        self.spoiled: set[str] = set()
        self.measured: set[str] = set()
        self._missing: dict[Path, list[tuple[str, Location]]] = {}

    def unreadable(self, message: str, where: Text | Location | Path, hint: str = "") -> None:
        """Report an error that makes a whole file unknown, so that references to its content are not called wrong."""
        self.error(message, where, hint)
        self.unread.add(str(where) if isinstance(where, Path) else where.file)

    def error(self, message: str, where: Place = None, hint: str = "", *, at: int = 0, first: bool = False) -> None:
        """Report an error, at offset ``at`` if the place is a text."""
        self._add(Severity.ERROR, message, where, hint, at, first)

    def warning(self, message: str, where: Place = None, hint: str = "", *, at: int = 0, first: bool = False) -> None:
        """Report a warning, at offset ``at`` if the place is a text."""
        self._add(Severity.WARNING, message, where, hint, at, first)

    def parsed(self, parse: Callable[[str, str], float], text: Text, unit: str) -> float | None:
        """Return the number that ``parse`` makes of a text; None if it raises ValueError, which is reported."""
        try:
            return parse(text.content, unit)
        except ValueError as error:
            self.error(str(error), text)
            return None

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._found.extend(diagnostics)

    def _add(self, severity: Severity, message: str, where: Place, hint: str, at: int, first: bool) -> None:
        if isinstance(where, Text):
            self._found.append(where.problem(message, hint, at, severity, first=first))
        else:
            place = Location(str(where)) if isinstance(where, Path) else where
            self._found.append(Diagnostic(message, place, hint=hint, severity=severity, first=first))

    def missing(self, file: Path, what: str, where: Location) -> None:
        """Report a reference into a file that does not exist: one error for each file."""
        self._missing.setdefault(file, []).append((what, where))

    @property
    def missing_places(self) -> frozenset[Location]:
        """The places that refer to missing files."""
        return frozenset(where for places in self._missing.values() for _, where in places)

    def in_order(self) -> tuple[Diagnostic, ...]:
        return in_order((*self._found, *(_of_missing(file, places) for file, places in self._missing.items())))

    def reported(self, end: str) -> bool:
        """Check whether a message with this ending was reported already, so that one cause is reported once."""
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
    return Diagnostic(message, Location(str(file)), hint="write it, or take the references out", first=True)
