"""The claim × mechanism table: for each claim and mechanism, in what share of draws the claim still holds without it.

A mechanism is a link, a loop, a sector, or the links that a claim itself names as its reason. It is cut, and the claim
is asked again of the same draws. What a claim loses is what the mechanism carries of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import numpy as np

from wherenow.case.types import Case
from wherenow.claims.share import Share
from wherenow.ensemble.draws import Draws
from wherenow.explain.verdict import Answer, Change, verdict
from wherenow.explain.workbench import Answers, Mask, links_of, workbench
from wherenow.model.cuts import Pair

CHUNK = 96
"""Links with a switch in one program: more make every run slower, fewer make more programs to compile."""
SCREEN = 16
"""Draws on which the counterfactual parts of claims are asked of every link, before those that matter get more."""
NOTICED = 0.15
"""The change of share on the screening draws from which a link is asked again on more."""


EVERYTHING = "every link"
ARROW = " → "
"""What stands between source and target in the name of a link's mechanism, and in no other."""


BEARABLE = 0.5
"""A mechanism without which no more than this part of the draws stays finite carries the whole model, not a claim: it
has no changes in the table."""


class Sort(StrEnum):
    LINK = "link"
    LOOP = "loop"
    SECTOR = "sector"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What is cut together."""

    name: str
    sort: Sort
    links: frozenset[Pair]


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with what each mechanism carries of it: ``changes`` by the mechanism's name.

    ``whole`` is the share of draws in which it holds with nothing cut, ``reason`` the change when all links that it
    names are cut together (None where it names none).
    """

    claim: str
    says: str
    named: tuple[Pair, ...]
    whole: Share
    reason: Change | None
    changes: Mapping[str, Change]
    answer: Answer

    def strongest(self, most: int = 3) -> tuple[tuple[str, Change], ...]:
        """The links whose cut costs the claim most, those of a discernible cost, the costliest first."""
        costs = [(n, c) for n, c in self.changes.items() if ARROW in n and c.high < 0]
        return tuple(sorted(costs, key=lambda pair: pair[1].change)[:most])

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "says": self.says,
            "mechanism": [list(link) for link in self.named],
            "whole": self.whole.to_dict(),
            "reason": self.reason.to_dict() if self.reason else None,
            "verdict": str(self.answer.word),
            "words": self.answer.words,
            "changes": {name: change.to_dict() for name, change in self.changes.items()},
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order of the case's claims. ``basis`` says what the draws come from."""

    rows: tuple[Row, ...]
    mechanisms: tuple[Mechanism, ...]
    draws: int
    basis: str

    def __getitem__(self, claim: str) -> Row:
        return next(row for row in self.rows if row.claim == claim)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {"draws": self.draws, "basis": self.basis, "claims": [row.to_dict() for row in self.rows]}


def mechanisms_of(case: Case, links: Iterable[Pair] | None = None) -> tuple[Mechanism, ...]:
    """Every link, every loop of the case that names its cut, every sector (all links out of it), and everything."""
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


def tabulate(
    case: Case,
    draws: Draws,
    since: float | None = None,
    threads: int = 2,
    refined: int = 250,
    screen: int = SCREEN,
    progress: Callable[[str], None] = lambda _: None,
) -> Table:
    """The table of ``case`` over ``draws``.

    What claims say of the model is asked of every mechanism on all draws. Their counterfactuals, each of which is a run
    of its own, are asked of the reasons and the links that claims name on ``refined`` draws, of every other mechanism
    on the first ``screen``, and again on ``refined`` draws where those notice; each :class:`Change` says on how many.
    With ``screen`` 0 a claim with a counterfactual has changes only for the links that claims name.
    """
    mechanisms = mechanisms_of(case)
    known = {link for m in mechanisms for link in m.links}
    reasons = [frozenset(c.mechanism) & known for c in case.claims.values()] + [frozenset(known)]
    reasons += [frozenset({link}) for c in case.claims.values() for link in c.mechanism if link in known]
    progress(f"cutting {len(mechanisms)} mechanisms on {len(draws)} draws")
    sets = [m.links for m in mechanisms]
    plain = _asked(case, draws, sets, since, threads, expected=False, members=len(draws))
    progress("cutting them in the counterfactuals")
    screened = _asked(case, draws, sets if screen else [], since, threads, expected=True, members=screen)
    base = next(workbench(case, draws, (), since, threads).each([frozenset()]))
    noticed = [s for s in dict.fromkeys([*screened, *reasons]) if s and (s in reasons or _noticed(base, screened[s]))]
    progress(f"{len(noticed)} of them on {refined} draws")
    full = _asked(case, draws, noticed, since, threads, expected=True, members=refined)
    return _rows(case, draws, mechanisms, base.holds, (plain, screened, full))


_Order = tuple[dict[frozenset[Pair], Answers], ...]


def _noticed(base: Answers, seen: Answers) -> bool:
    count = seen.holds.shape[1]
    return bool((np.abs(seen.holds.mean(1) - base.holds[:, :count].mean(1)) >= NOTICED).any())


def _asked(
    case: Case,
    draws: Draws,
    sets: Sequence[frozenset[Pair]],
    since: float | None,
    threads: int,
    expected: bool,
    members: int,
) -> dict[frozenset[Pair], Answers]:
    """Answers by set of cuts; sets are asked in groups that share a program with few switches."""
    found: dict[frozenset[Pair], Answers] = {}
    waiting = iter(dict.fromkeys(sets))
    while group := tuple(islice(waiting, CHUNK)):
        links = sorted({link for cuts in group for link in cuts})
        bench = workbench(case, draws, links, since, threads, counterfactuals=expected)
        found.update(zip(group, bench.each(group, members, expected), strict=True))
    return found


def _rows(
    case: Case,
    draws: Draws,
    mechanisms: tuple[Mechanism, ...],
    base: Mask,
    asked: _Order,
) -> Table:
    plain, screened, full = asked
    readings = workbench(case, draws.take(0, 1), (), counterfactuals=False).readings
    rows = []
    for number, reading in enumerate(readings):
        claim = reading.claim
        order = (plain,) if reading.expect is None else (full, screened)
        held = base[number]

        def change(cuts: frozenset[Pair], order: _Order, held: Mask = held, number: int = number) -> Change:
            return Change.of(held, next(a[cuts] for a in order if cuts in a).holds[number])

        cuttable = [m for m in mechanisms if m.links not in plain or plain[m.links].finite.mean() > BEARABLE]
        changes = {m.name: change(m.links, order) for m in cuttable if any(m.links in a for a in order)}
        known = {link for m in mechanisms for link in m.links}
        named = frozenset(claim.mechanism) & known
        reason = change(named, (full,)) if named else None
        whole = Share(int(held.sum()), held.size)
        links = {m.name: changes[m.name] for m in mechanisms if m.sort is Sort.LINK and m.name in changes}
        answer = verdict(whole, reason, links, changes.get(EVERYTHING))
        rows.append(Row(claim.id, claim.says, claim.mechanism, whole, reason, changes, answer))
    return Table(tuple(rows), mechanisms, len(draws), draws.basis)
