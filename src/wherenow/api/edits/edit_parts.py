"""Code that edits of all file formats share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wherenow.errors import UsageError

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariable:
    """A variable to add; ``kind`` is ``auxiliary``, ``flow`` or ``stock``."""

    name: str
    kind: str
    equation: str = ""
    initial: str = ""
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()
    into: str = ""
    out_of: str = ""
    unit: str = ""
    doc: str = ""


def replaced(text: str, changes: Iterable[tuple[tuple[int, int], str]]) -> str:
    """Replace spans of ``text``, which must not overlap."""
    for (start, end), new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def top_level(text: str, sign: str) -> int:
    """Find the first ``sign`` outside brackets and quotes. Raises UsageError if there is none."""
    depth, quoted = 0, False
    for at, character in enumerate(text):
        if character == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif not quoted:
            if depth == 0 and character == sign:
                return at
            depth += (character in _OPEN) - (character in _CLOSE)
    raise UsageError(f"there is no '{sign}' in {text.strip()[:60]!r}")
