"""How long each stage of a command took, for ``--profile``."""

from __future__ import annotations

import time
from collections.abc import Mapping

from wherenow.commands.console import say


class Stages:
    """The stages of a command in order. A call of :meth:`end` ends one and names it; the next begins there."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float]] = []
        self._begun = self._last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """The seconds since the command began."""
        return time.perf_counter() - self._begun

    def end(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """Record the time since the previous stage. ``parts`` are the seconds of its parts."""
        now = time.perf_counter()
        self._rows.append((stage, now - self._last))
        self._rows += [(f"  {part}", seconds) for part, seconds in (parts or {}).items()]
        self._last = now

    def print(self) -> None:
        """Print on standard error one row per stage, with its share of the whole."""
        if not self._rows:
            self.end("read the cached result, since nothing changed")
        total = self.seconds
        for stage, seconds in [*self._rows, ("in all", total)]:
            say(f"{seconds:8.3f} s {seconds / total:5.0%}  {stage}")
