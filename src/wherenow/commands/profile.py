"""How long each stage of a command took, for ``--profile``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

import typer

from wherenow.commands.console import say

PROFILE = Annotated[bool, typer.Option("--profile", help="Tell how long each stage took.")]


class Stages:
    """The stages of a command in their order. One ends where :meth:`end` names it, and the next begins there."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float]] = []
        self._begun = self._last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the command began."""
        return time.perf_counter() - self._begun

    def end(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """Note the time since the stage before. ``parts`` are the seconds of parts of it."""
        now = time.perf_counter()
        self._rows.append((stage, now - self._last))
        self._rows += [(f"  {part}", seconds) for part, seconds in (parts or {}).items()]
        self._last = now

    def print(self) -> None:
        """On standard error, a row a stage, with its share of the whole."""
        if not self._rows:
            self.end("find the result, which was kept since nothing changed")
        total = self.seconds
        for stage, seconds in [*self._rows, ("in all", total)]:
            say(f"{seconds:8.3f} s {seconds / total:5.0%}  {stage}")
