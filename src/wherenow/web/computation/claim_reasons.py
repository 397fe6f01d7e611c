"""The reasons of an app's claims, computed in a background process."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, Future

from wherenow.case.case_types import Case
from wherenow.ensemble.draws import Draws
from wherenow.execution import Execution
from wherenow.explain.ablation.mechanisms import AblationTable, Tabulation
from wherenow.explain.reasons import reasons
from wherenow.web.computation.background import Say


def all_reasons(say: Say, case: Case, draws: Draws) -> None:
    """Send the progress and then the reasons of all claims."""
    say(reasons(case, draws, execution=Execution(threads=1, progress=say), keep=True))


def tables_so_far(say: Say, case: Case, draws: Draws) -> None:
    """Send the table of mechanisms on as few draws as possible, then on more, with the progress in between."""
    reported = 0

    def progress(what: str) -> None:
        nonlocal reported
        say(what)
        if making.draws > reported:
            reported = making.draws
            say(making.table())

    making = Tabulation(case, draws, execution=Execution(threads=1, progress=progress))
    making.go(within=0)
    making.go()


class ClaimReasons:
    """The table of mechanisms of one claim, which takes a fraction of the time that all claims take.

    ``so_far`` is the newest of ``tables``, which ``executor`` reads in its thread; None before the first.
    """

    def __init__(self, tables: Iterable[AblationTable], executor: Executor) -> None:
        self.so_far: AblationTable | None = None
        self.done: Future[None] = executor.submit(self._follow, tables)

    def _follow(self, tables: Iterable[AblationTable]) -> None:
        for table in tables:
            self.so_far = table
