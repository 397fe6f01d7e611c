"""Code that edits of all file formats share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wherenow.errors import UsageError

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariable:
    """A variable to add; ``kind`` is ``auxiliary``, ``flow`` or ``stock``."""

    name: str  # name as people write it
    kind: str
    equation: str = ""  # equation in the language of the file
    initial: str = ""  # initial value of a stock
    inflows: tuple[str, ...] = ()  # inflows of a stock
    outflows: tuple[str, ...] = ()  # outflows of a stock
    into: str = ""  # stock that a flow fills
    out_of: str = ""  # stock that a flow drains
    unit: str = ""  # unit as the file writes it
    doc: str = ""  # description for people


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
