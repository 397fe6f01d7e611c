"""The claim × mechanism table: for each claim and mechanism, the share of draws in which the claim still holds without
it.

A mechanism is a link, a loop, a sector, or the links that a claim itself names as its reason. It is cut, and the claim
is evaluated again on the same draws. The mechanism carries what the claim loses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from wherenow.case.case_types import Case
from wherenow.claims.checking.checked_claims import read_claims
from wherenow.claims.evaluation.proportion import Share
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError, did_you_mean
from wherenow.execution import HERE, Execution
from wherenow.explain.ablation.ablation import links_of
from wherenow.explain.ablation.answer_cache import AnswerCache, cache_entry
from wherenow.explain.ablation.race import BEARABLE, NOTHING_CUT, race
from wherenow.explain.ablation.schedule import Schedule
from wherenow.explain.ablation.verdict import ClaimChange, ReasonVerdict, verdict
from wherenow.model.cuts import NOTHING, Pair

EVERYTHING = "every link"
ARROW = " → "
"""The separator of source and target in the name of a link's mechanism, which no other name contains."""


class Sort(StrEnum):
    LINK = "link"
    LOOP = "loop"
    SECTOR = "sector"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Links that are cut together."""

    name: str
    sort: Sort
    links: frozenset[Pair]


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRow:
    """A claim with its dependence on each mechanism: ``changes`` by the mechanism's name.

    ``whole`` is the share of draws in which it holds without cuts. ``reason`` is the change when all links that it
    names are cut together (None if it names none).
    """

    claim: str  # claim id
    says: str  # the claim in words
    named: tuple[Pair, ...]  # links that the claim gives as its reason
    whole: Share
    reason: ClaimChange | None
    changes: Mapping[str, ClaimChange]
    answer: ReasonVerdict  # verdict on that reason

    def strongest(self, most: int = 3) -> tuple[tuple[str, ClaimChange], ...]:
        """Return the links whose cut costs the claim most, those with a discernible cost, the costliest first."""
        costs = [(n, c) for n, c in self.changes.items() if ARROW in n and c.high < 0]
        return tuple(sorted(costs, key=lambda pair: pair[1].change)[:most])

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "says": self.says,
            "mechanism": [list(link) for link in self.named],
            "whole": self.whole.to_dict(),
            "reason": asdict(self.reason) if self.reason else None,
            "verdict": str(self.answer.word),
            "words": self.answer.words,
            "changes": {name: asdict(change) for name, change in self.changes.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationTable:
    """Rows in the order of the case's claims, on the first ``draws`` of ``of`` draws (of the same number if None).

    ``basis`` says where the draws come from. If ``error`` is None, each change is over all these draws. Otherwise each
    change is over as many draws as decided it, and the verdicts equal those of all draws with a probability of at least
    1 - ``error``.
    """

    rows: tuple[AblationRow, ...]  # one row per claim
    mechanisms: tuple[Mechanism, ...]  # mechanisms that were cut
    draws: int
    basis: str
    of: int | None = None
    error: float | None = None

    @property
    def complete(self) -> bool:
        """Whether the table covers all draws that were requested."""
        return self.of is None or self.draws == self.of

    def __getitem__(self, claim: str) -> AblationRow:
        return next(row for row in self.rows if row.claim == claim)

    def __iter__(self) -> Iterator[AblationRow]:
        return iter(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain JSON types."""
        return {
            "draws": self.draws,
            "of": self.draws if self.of is None else self.of,
            "complete": self.complete,
            "asked": len(self.mechanisms),
            "basis": self.basis,
            "error": self.error,
            "claims": [row.to_dict() for row in self.rows],
        }


def mechanisms_of(case: Case, links: Iterable[Pair] | None = None) -> tuple[Mechanism, ...]:
    """Return every link, every loop of the case that names its cut, every sector (all links out of it), and
    everything.
    """
    known = tuple(links_of(case) if links is None else links)
    found = [Mechanism(f"{a}{ARROW}{b}", Sort.LINK, frozenset({(a, b)})) for a, b in known]
    loops = [loop for loop in case.loops.values() if loop.cut in known]
    found += [Mechanism(loop.id, Sort.LOOP, frozenset({loop.cut})) for loop in loops if loop.cut]
    sector = {name: variable.sector for name, variable in case.model.variables.items()}
    for name in case.sectors if len(case.sectors) > 1 else ():
        out = frozenset((a, b) for a, b in known if sector[a] == name != sector[b])
        if out:
            found.append(Mechanism(name, Sort.SECTOR, out))
    return (*found, Mechanism(EVERYTHING, Sort.EVERYTHING, frozenset(known)))


def mechanism(case: Case, asked: str) -> Mechanism:
    """Return the mechanism with this name: a link ``a -> b``, a loop or a sector of the case, or :data:`EVERYTHING`.

    Raises UsageError for any other name.
    """
    known = {m.name: m for m in mechanisms_of(case)}
    name = ARROW.join(part.strip() for part in asked.replace("→", "->").split("->"))
    if name not in known:
        hint = did_you_mean(name, known) or "a link 'a -> b', a loop or a sector"
        raise UsageError(f"there is no mechanism '{asked}' that can matter to a claim", hint)
    return known[name]


class Tabulation:
    """The table of ``case`` over ``draws`` in progress: every claim with each mechanism cut, or with each of ``only``.

    Cuts begin at ``since`` (the start if None). The target of a cut sees the source as it was then, or at its value in
    ``neutral``. On a cluster, groups of cuts run side by side, one thread each, to the same bits. ``keep`` reads
    answers of earlier calls from the cache and stores new ones.

    With ``error``, each set of cuts is evaluated on as many draws as it takes to decide
    (:mod:`wherenow.explain.ablation.race`): with a probability of at least 1 - ``error``, the verdicts on all claims,
    and which mechanisms carry each, equal those of all draws.

    Raises UsageError for a neutral value of a variable that is not the source of a cut link.
    """

    def __init__(
        self,
        case: Case,
        draws: Draws,
        since: float | None = None,
        only: Sequence[Mechanism] | None = None,
        neutral: Mapping[str, float] = NOTHING,
        execution: Execution = HERE,
        keep: bool = False,
        error: float | None = None,
    ) -> None:
        self._draws = draws
        self._error = error
        known = frozenset(links_of(case))
        self._mechanisms = mechanisms_of(case, sorted(known)) if only is None else tuple(only)
        self._readings = tuple(r for r in read_claims(case) if r.model is not None or r.expect is not None)
        self._reasons = {c.id: frozenset(c.mechanism) & known for c in case.claims.values()}
        named = [reason for reason in self._reasons.values() if reason]
        sets = tuple(dict.fromkeys([NOTHING_CUT, *(m.links for m in self._mechanisms), *named]))
        sources = {source for cuts in sets for source, _ in cuts}
        for name in neutral:
            if name not in sources:
                raise UsageError(
                    f"nothing that '{name}' acts on is cut: its neutral value is unused", did_you_mean(name, sources)
                )
        place = cache_entry(case, tuple(r.claim.id for r in self._readings), draws, since, neutral) if keep else None
        answered = place.read(len(self._readings)) if place else AnswerCache(len(self._readings))
        self._raced = False
        self._schedule = Schedule(
            case=case,
            draws=draws,
            sets=sets,
            since=since,
            neutral=neutral,
            execution=execution,
            answered=answered,
            place=place,
        )

    @property
    def draws(self) -> int:
        """Return the number of first draws on which everything is answered so far."""
        return self._schedule.known

    def go(self, within: float | None = None) -> None:
        """Continue the evaluation, for ``within`` seconds if given; see :meth:`Schedule.go`."""
        if self._error is None or within is not None:
            self._schedule.go(within)
            return
        rows = enumerate(self._readings)
        reasons = {row: self._reasons[r.claim.id] for row, r in rows if self._reasons[r.claim.id]}
        everything = next((m.links for m in self._mechanisms if m.sort is Sort.EVERYTHING), NOTHING_CUT)
        race(self._schedule, reasons, everything, self._error)
        self._raced = True

    def table(self) -> AblationTable:
        """Return the table of the draws on which everything is answered, at least one; after a race, of each set's own
        draws.
        """
        answered, count = self._schedule.answered, len(self._draws) if self._raced else self.draws
        base, lost = answered.holds(NOTHING_CUT, count), int((~answered.finite(NOTHING_CUT, count)).sum())
        finite = {m.name: float(answered.finite(m.links, count).mean()) for m in self._mechanisms}
        cuttable = [m for m in self._mechanisms if finite[m.name] > BEARABLE]
        reasons = {reason for reason in self._reasons.values() if reason}
        holds = {cuts: answered.holds(cuts, count) for cuts in {*(m.links for m in cuttable), *reasons}}
        rows = []
        for number, reading in enumerate(self._readings):
            claim, held = reading.claim, base[number]
            changes = {m.name: ClaimChange.of(held, holds[m.links][number]) for m in cuttable}
            named = self._reasons[claim.id]
            reason = ClaimChange.of(held, holds[named][number]) if named else None
            whole = Share(int(held.sum()), held.size, lost)
            links = {m.name: changes[m.name] for m in cuttable if m.sort is Sort.LINK}
            answer = verdict(whole, reason, links, changes.get(EVERYTHING))
            rows.append(
                AblationRow(
                    claim=claim.id,
                    says=claim.says,
                    named=claim.mechanism,
                    whole=whole,
                    reason=reason,
                    changes=changes,
                    answer=answer,
                )
            )
        error = self._error if self._raced else None
        return AblationTable(
            rows=tuple(rows),
            mechanisms=self._mechanisms,
            draws=count,
            basis=self._draws.basis,
            of=len(self._draws),
            error=error,
        )


def tabulate(case: Case, draws: Draws, *, within: float | None = None, **settings: Any) -> AblationTable:
    """Return the table of ``case`` over ``draws``, or over as many of them as fit ``within`` this many seconds.

    Other settings and errors are those of :class:`Tabulation`.
    """
    making = Tabulation(case, draws, **settings)
    making.go(within)
    return making.table()
