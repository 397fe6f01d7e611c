"""The claim × mechanism table: for each claim and mechanism, in what share of draws the claim still holds without it.

A mechanism is a link, a loop, a sector, or the links that a claim itself names as its reason. It is cut, and the claim
is asked again of the same draws. What a claim loses is what the mechanism carries of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from wherenow.case.types import Case
from wherenow.claims.judge import Reading
from wherenow.claims.share import Share
from wherenow.cluster import each
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError, did_you_mean
from wherenow.explain.verdict import Answer, Change, verdict
from wherenow.explain.workbench import Answers, Mask, links_of, workbench
from wherenow.model.cuts import NOTHING, Pair

CHUNK = 96
"""Links with a switch in one program: more make every run slower, fewer make more programs to compile."""
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


def mechanism(case: Case, asked: str, links: Iterable[Pair] | None = None) -> Mechanism:
    """The mechanism that a person names: a link ``a -> b``, a loop or a sector of the case, or :data:`EVERYTHING`.

    ``links`` as for :func:`mechanisms_of`. Raises UsageError for what is none of these.
    """
    known = {m.name: m for m in mechanisms_of(case, links)}
    name = ARROW.join(part.strip() for part in asked.replace("→", "->").split("->"))
    if name not in known:
        hint = did_you_mean(name, known) or "a link 'a -> b', a loop or a sector"
        raise UsageError(f"there is no mechanism '{asked}' that can matter to a claim", hint)
    return known[name]


def tabulate(
    case: Case,
    draws: Draws,
    since: float | None = None,
    threads: int = 2,
    refined: int | None = None,
    only: Sequence[Mechanism] | None = None,
    neutral: Mapping[str, float] = NOTHING,
    progress: Callable[[str], None] = lambda _: None,
    cluster: str = "",
) -> Table:
    """The table of ``case`` over ``draws``: every claim with each mechanism cut, or with each of ``only``.

    Cuts begin at ``since`` (the start where None); what is cut is seen as it was then, or at its value in ``neutral``.
    Every claim is asked on all draws; where ``refined`` is less, claims with a counterfactual on the first ``refined``,
    and each :class:`Change` says on how many. ``cluster`` as for :func:`~wherenow.cluster.each`: groups of cuts side by
    side, one thread each, to the same bits.

    Raises UsageError for a neutral value of what is no source of a link that is cut.
    """
    mechanisms = mechanisms_of(case) if only is None else tuple(only)
    known = set(links_of(case))
    reasons = {c.id: frozenset(c.mechanism) & known for c in case.claims.values()}
    sets = tuple(dict.fromkeys([*(m.links for m in mechanisms), *(r for r in reasons.values() if r)]))
    sources = {source for cuts in sets for source, _ in cuts}
    for name in neutral:
        if name not in sources:
            raise UsageError(f"nothing that '{name}' acts on is cut: its neutral value has no use",
                             did_you_mean(name, sources))  # fmt: skip
    few = len(draws) if refined is None else min(refined, len(draws))

    def asked(expected: bool, members: int) -> dict[frozenset[Pair], Answers]:
        """Answers by set of cuts; sets are asked in groups that share a program with few switches."""
        found: dict[frozenset[Pair], Answers] = {}
        groups = _grouped(sets)
        here = 1 if cluster else threads
        work = partial(_answers, case, draws.take(0, members), since, here, expected, dict(neutral))
        progress(f"cutting {len(sets)} mechanisms on {members} draws")
        for group, answers in zip(groups, each(work, groups, cluster), strict=True):
            found.update(zip(group, answers, strict=True))
            progress(f"cut {len(found)} of {len(sets)} mechanisms on {members} draws")
        return found

    full = asked(True, few)
    plain = full if few == len(draws) else asked(False, len(draws))
    bench = workbench(case, draws, (), since, threads)
    return _rows(draws, mechanisms, bench.readings, reasons, bench.whole(draws).holds, plain, full)


def _answers(
    case: Case,
    draws: Draws,
    since: float | None,
    threads: int,
    expected: bool,
    neutral: Mapping[str, float],
    group: tuple[frozenset[Pair], ...],
) -> list[Answers]:
    """The answers to each of a group of cuts, which share one program."""
    links = sorted({link for cuts in group for link in cuts})
    mine = {name: value for name, value in neutral.items() if any(name == source for source, _ in links)}
    bench = workbench(case, draws, links, since, threads, expected, mine)
    return list(bench.each(group, len(draws), expected))


def _grouped(sets: Sequence[frozenset[Pair]]) -> list[tuple[frozenset[Pair], ...]]:
    """``sets`` in groups that share a program: those of few links in equal groups of at most :data:`CHUNK` switches,
    those of many together.
    """
    few = [cuts for cuts in sets if len(cuts) <= CHUNK // 8]
    many = tuple(cuts for cuts in sets if len(cuts) > CHUNK // 8)
    links = len({link for cuts in few for link in cuts})
    most = -(-links // max(1, -(-links // CHUNK)))
    groups: list[tuple[frozenset[Pair], ...]] = []
    group: list[frozenset[Pair]] = []
    for cuts in few:
        if group and len(frozenset().union(*group, cuts)) > most:
            groups.append(tuple(group))
            group = []
        group.append(cuts)
    return [*groups, *([tuple(group)] if group else []), *([many] if many else [])]


def _rows(
    draws: Draws,
    mechanisms: tuple[Mechanism, ...],
    readings: tuple[Reading, ...],
    reasons: Mapping[str, frozenset[Pair]],
    base: Mask,
    plain: Mapping[frozenset[Pair], Answers],
    full: Mapping[frozenset[Pair], Answers],
) -> Table:
    cuttable = [m for m in mechanisms if plain[m.links].finite.mean() > BEARABLE]
    rows = []
    for number, reading in enumerate(readings):
        claim, held = reading.claim, base[number]
        answers = plain if reading.expect is None else full
        changes = {m.name: Change.of(held, answers[m.links].holds[number]) for m in cuttable}
        named = reasons[claim.id]
        reason = Change.of(held, answers[named].holds[number]) if named else None
        whole = Share(int(held.sum()), held.size)
        links = {m.name: changes[m.name] for m in cuttable if m.sort is Sort.LINK}
        answer = verdict(whole, reason, links, changes.get(EVERYTHING))
        rows.append(Row(claim.id, claim.says, claim.mechanism, whole, reason, changes, answer))
    return Table(tuple(rows), mechanisms, len(draws), draws.basis)
