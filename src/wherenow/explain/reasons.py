"""The reasons of a case in one object: the table of claims and cuts, the most telling cuts, the decomposed
counterfactuals, and the leading loops. The report, the command and the MCP server present it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherenow.case.case_types import Case
from wherenow.claims.checking.checked_claims import CheckedClaim, read_claims
from wherenow.claims.formulas.claim_syntax import Apply, Date, Series, walk
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution, Progress, silent
from wherenow.explain.ablation.mechanisms import (
    ARROW,
    AblationRow,
    AblationTable,
    Mechanism,
    Sort,
    mechanisms_of,
    tabulate,
)
from wherenow.explain.ablation.verdict import ClaimChange, Why, carries
from wherenow.explain.loops.loop_shares import NamedLoops, named_loops
from wherenow.explain.narrative import Explanation, explain

LISTED = 3
"""Maximum number of cuts, and of counterfactuals, that are reported."""
FEW = 50
"""Draws for decomposing counterfactuals and scoring loops, which store every step of every variable."""


@dataclass(frozen=True, slots=True)
class TellingMechanism:
    """A cut, and the claims that hold without it and fail with it, the surest first; ``asked`` counts those
    that hold.
    """

    mechanism: Mechanism
    title: str
    lost: tuple[AblationRow, ...]
    asked: int

    @property
    def sentence(self) -> str:
        what = f"the {self.mechanism.sort} “{self.title}”" if self.title else f"the link {self.mechanism.name}"
        first = self.lost[0]
        change = first.changes[self.mechanism.name]
        example = f"“{first.says}” ({100 * change.whole:.0f}% of draws → {100 * change.cut:.0f}%)"
        if self.asked == 1:
            return f"With {what} cut, the one claim that holds is lost: {example}."
        if len(self.lost) == 1:
            return f"With {what} cut, one of the {self.asked} claims that hold is lost: {example}."
        many = "all" if len(self.lost) == self.asked else f"{len(self.lost)} of the"
        return f"With {what} cut, {many} {self.asked} claims that hold are lost, above all {example}."


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons of a case. ``loops`` is None if the case names none; ``titles`` are those of loops and sectors, by
    id.
    """

    table: AblationTable
    telling: tuple[TellingMechanism, ...]
    differences: tuple[tuple[str, Explanation], ...]
    loops: NamedLoops | None
    titles: dict[str, str]

    @property
    def headline(self) -> str:
        return headline(self.table)

    def to_dict(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "table": self.table.to_dict(),
            "telling": [
                {"mechanism": t.mechanism.name, "sentence": t.sentence, "lost": [row.claim for row in t.lost]}
                for t in self.telling
            ],
            "differences": [{"claim": claim, **explanation.to_dict()} for claim, explanation in self.differences],
            "loops": self.loops.to_dict() if self.loops else None,
        }


def reasons(
    case: Case,
    draws: Draws,
    every_link: bool = True,
    execution: Execution = HERE,
    keep: bool = False,
) -> Reasons:
    """Find out why the claims of ``case`` hold over ``draws``.

    Without ``every_link``, only loops, sectors and the links that claims name are cut, which takes a tenth of the time.
    ``keep`` is as for :class:`~wherenow.explain.ablation.mechanisms.Tabulation`.
    """
    every = mechanisms_of(case)
    named = {link for claim in case.claims.values() for link in claim.mechanism}
    short = [m for m in every if m.sort is not Sort.LINK or m.links <= named]
    table = tabulate(case, draws, only=None if every_link else short, execution=execution, keep=keep)
    return reasons_of(case, draws, table, execution.progress)


def reasons_of(case: Case, draws: Draws, table: AblationTable, progress: Progress = silent) -> Reasons:
    """Derive the reasons from a table that already exists."""
    few = draws.take(0, min(FEW, len(draws)))
    titles = titles_of(case)
    progress("decomposing counterfactuals")
    differences = _differences(case, few)
    progress("scoring loops")
    loops = named_loops(case, few) if case.loops else None
    return Reasons(table, most_telling(table, titles), differences, loops, titles)


def headline(table: AblationTable) -> str:
    """Count the claims that hold for each kind of reason, and the rest. Verdicts with no claims are omitted."""
    words = [row.answer.word for row in table]
    held = sum(word in (Why.REASON, Why.OTHER, Why.UNREASONED) for word in words)
    reason, other, none = "for the reason given", "not for the reason given", "with no reason given"
    kinds = {Why.REASON: reason, Why.OTHER: other, Why.UNREASONED: none}
    counts = [f"{words.count(word)} {said}" for word, said in kinds.items() if word in words]
    rest = {Why.UNDETERMINED: ("is undetermined", "are undetermined"), Why.FAILS: ("fails", "fail")}
    others = [f"{n} {one if n == 1 else many}" for word, (one, many) in rest.items() if (n := words.count(word))]
    asked = f"The model can test {len(words)} claim{'' if len(words) == 1 else 's'}"
    if not held:
        return f"{asked}; none holds clearly{''.join(f', {other}' for other in others)}."
    clear = f"{held} hold{'s' if held == 1 else ''} clearly: {', '.join(counts)}"
    return f"{asked}; {clear}{'; ' if others else ''}{', '.join(others)}."


def page(case: Case, table: AblationTable) -> str:
    """Return the table as a page of Markdown: its headline, the most telling cuts, and every claim."""
    telling = [f"- {mechanism.sentence}" for mechanism in most_telling(table, titles_of(case))]
    return "\n".join([f"# Why: {case.title}", "", headline(table), "", *telling, "", markdown(table)])


def titles_of(case: Case) -> dict[str, str]:
    """Return the titles of loops and sectors, by id."""
    loops = {loop.id: loop.title for loop in case.loops.values()}
    return {**loops, **{sector.name: sector.title for sector in case.sectors.values()}}


def most_telling(table: AblationTable, titles: dict[str, str]) -> tuple[TellingMechanism, ...]:
    """Return the cuts that break most claims, except those that cut everything; each breaks at least one."""
    held = [row for row in table if row.answer.word in (Why.REASON, Why.OTHER, Why.UNREASONED)]
    found = []
    for mechanism in table.mechanisms:
        if mechanism.sort is Sort.EVERYTHING:
            continue
        changes = [(row, row.changes[mechanism.name]) for row in held if mechanism.name in row.changes]
        lost = [(row, c) for row, c in changes if carries(c)]
        lost.sort(key=lambda pair: pair[1].change)
        title = "" if ARROW in mechanism.name else titles.get(mechanism.name, mechanism.name) or mechanism.name
        if lost:
            found.append(TellingMechanism(mechanism, title, tuple(row for row, _ in lost), len(held)))
    found.sort(key=lambda telling: -len(telling.lost))
    return tuple(found[:LISTED])


def _differences(case: Case, draws: Draws) -> tuple[tuple[str, Explanation], ...]:
    """Decompose what the counterfactuals of claims change, in claims' order, if the case names the scenario."""
    found: list[tuple[str, Explanation]] = []
    for reading in read_claims(case):
        against = reading.claim.against
        asked = _outcome(reading)
        if against is None or asked is None or against.scenario.id not in case.scenarios or len(found) == LISTED:
            continue
        try:
            found.append((reading.claim.id, explain(case, draws, asked[0], asked[1], None, against.scenario.id)))
        except UsageError:
            continue  # the subject of the claim cannot be decomposed: an array or an input
    return tuple(found)


def _outcome(reading: CheckedClaim) -> tuple[str, float] | None:
    """Return the first quantity at a date that a counterfactual is about: the variable and the date."""
    if reading.expect is None:
        return None
    for node in walk(reading.expect.formula.root):
        match node:
            case Apply(operator="at" | "mean", arguments=(Series(run=run) as series, *dates)) if run:
                if dates and isinstance(dates[-1], Date):
                    return reading.expect.elements[series][0], (dates[-1].start + dates[-1].stop) / 2
                if dates and (year := getattr(dates[-1], "value", None)) is not None:
                    return reading.expect.elements[series][0], float(year) + 0.5
    return None


def cuts_markdown(table: AblationTable) -> str:
    """Return the table of a few cuts: every claim that one of them changes, with the share of draws without and with
    each cut.
    """
    moved = [row for row in table if any(_moves(change) for change in row.changes.values())]
    names = [m.name for m in table.mechanisms if any(m.name in row.changes for row in table)]
    lines = [
        f"{_draws(table)} Claims that a cut changes: {len(moved)} of {len(table.rows)}.",
        "",
    ]
    if moved:
        lines += ["| claim | whole | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for row in moved:
        cut = " | ".join(_percent(row.changes[name].cut) if name in row.changes else "–" for name in names)
        lines.append(f"| **{row.claim}**: {row.says} | {_whole(row)} | {cut} |")
    diverging = [m.name for m in table.mechanisms if m.name not in names]
    lines += ["", f"Left out, since the model diverges without it: {', '.join(diverging)}."] if diverging else []
    return "\n".join(lines).strip() + "\n"


def _draws(table: AblationTable) -> str:
    """Return a sentence on the draws of the table."""
    if table.error is not None:
        return (
            f"{table.draws:,} draws ({table.basis}), and each cut on as many of them as its verdicts need. "
            f"Verdicts, and which cuts carry a claim, are those of all draws with a probability of at least "
            f"{1 - table.error:.0%}; shares after a cut are rough (--all gives them on all draws)."
        )
    if table.complete:
        return f"{table.draws} draws ({table.basis})."
    first = f"The first {table.draws} of {table.of:,} draws ({table.basis})"
    return f"{first}: more draws may decide what is undetermined on these."


def _moves(change: ClaimChange) -> bool:
    return change.high < 0 or change.low > 0


def markdown(table: AblationTable) -> str:
    """Return claims by verdict, each with its numbers and its carrying links; then the loops and sectors that
    matter.
    """
    lines = [_draws(table), ""]
    for word in Why:
        rows = [row for row in table if row.answer.word is word]
        if rows:
            lines += [f"### {word[0].upper()}{word[1:]} ({len(rows)})", "", _HEAD, _RULE, *map(_line, rows), ""]
    lines += ["### Loops and sectors", "", "| cut | claims that lose most |", "|---|---|"]
    for mechanism in table.mechanisms:
        if ARROW not in mechanism.name:
            lost = [(row, row.changes[mechanism.name]) for row in table if mechanism.name in row.changes]
            worst = sorted((p for p in lost if p[1].high < 0 and p[1].change <= -0.1), key=lambda p: p[1].change)
            losses = ", ".join(f"{row.claim} ({_percent(c.whole)} → {_percent(c.cut)})" for row, c in worst[:5])
            lines.append(f"| {mechanism.name} | {losses or 'none'} |")
    return "\n".join(lines) + "\n"


_HEAD = "| claim | whole | its reason cut | what carries it, and what is left without |"
NONE = "no single link that was cut"
_RULE = "|---|---|---|---|"


def _line(row: AblationRow) -> str:
    strongest = ", ".join(f"`{name}` {_percent(c.cut)}" for name, c in row.strongest() if c.change <= -0.1)
    reason = _percent(row.reason.cut) if row.reason else "–"
    return f"| **{row.claim}**: {row.says} | {_whole(row)} | {reason} | {strongest or NONE} |"


def _whole(row: AblationRow) -> str:
    return row.whole.words if row.whole.share is None else _percent(row.whole.share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
