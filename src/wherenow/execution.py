"""How work is executed. No result depends on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str], None]
"""Called with a short text as work advances. To cancel the work, raise from it: what is stored stays valid."""


def silent(_: str) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Threads, cluster and progress of a piece of work; its ``progress`` can cancel it."""

    threads: int | None = None
    """Threads in this process; None for the default of the work, usually one per core."""
    cluster: str = ""
    """Empty for this process, or a cluster as for :func:`wherenow.cluster.each`."""
    progress: Progress = silent

    @property
    def of_parts(self) -> Execution:
        """The execution of each part: on a cluster in one thread, without progress."""
        return Execution(threads=1) if self.cluster else self


HERE = Execution()
"""In this process, without progress."""
