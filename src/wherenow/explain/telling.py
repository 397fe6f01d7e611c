"""Why a variable is where it is: a paragraph with numbers, a small diagram, and the evidence behind each step.

The words are templates over numbers; each is written out in :func:`_sentence` and tested in every branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from wherenow.case.dates import is_year
from wherenow.case.types import Case
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError
from wherenow.explain.difference import ITSELF, Difference, Part, accumulated, against, between, runs_of
from wherenow.model.types import Kind

DEPTH = 3
SMALL = 0.02
"""Parts below this share of the largest are not told."""
BAR = 24


@dataclass(frozen=True, slots=True)
class Step:
    """A variable's difference, told, with the pointers that its equation rests on (or the assumption)."""

    difference: Difference
    label: str
    sentence: str
    evidence: tuple[str, ...]
    assumption: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The first step explains the variable asked for, each later one the largest cause of the step before."""

    variable: str
    at: float
    since: float | None
    scenario: str
    draws: int
    basis: str
    steps: tuple[Step, ...]

    @property
    def paragraph(self) -> str:
        return " ".join(step.sentence for step in self.steps)

    @property
    def diagram(self) -> str:
        """Each step's parts as bars to the right (more) and left (less), in plain text."""
        return "\n\n".join("\n".join(_bars(step)) for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        return {
            "variable": self.variable,
            "at": self.at,
            "since": self.since,
            "scenario": self.scenario,
            "draws": self.draws,
            "basis": self.basis,
            "paragraph": self.paragraph,
            "steps": [
                {**s.difference.to_dict(), "label": s.label, "sentence": s.sentence, "evidence": list(s.evidence),
                 "assumption": s.assumption}
                for s in self.steps
            ],
        }  # fmt: skip


def explain(
    case: Case, draws: Draws, variable: str, at: float, since: float | None = None, scenario: str = ""
) -> Explanation:
    """Why ``variable`` at a date is not what it was at ``since``, or not what it is without ``scenario``.

    Raises UsageError where neither or both are given, and as :func:`~wherenow.explain.difference.against` does.
    """
    if (since is None) == (not scenario):
        raise UsageError("compare with an earlier date or with a scenario, one of the two")
    steps: list[Step] = []
    asked: str | None = variable
    runs = runs_of(case, draws, scenario)
    while asked is not None and len(steps) < DEPTH:
        try:
            if steps and _is_stock(case, steps[-1].difference.variable):
                found = accumulated(case, draws, asked, at, since, scenario, runs)
            elif since is None:
                found = against(case, draws, asked, at, scenario, runs)
            else:
                found = between(case, draws, asked, since, at, runs)
        except UsageError:
            if not steps:
                raise
            break  # an input, or an equation with a memory: the chain ends here
        steps.append(_step(case, found, at, since, scenario))
        known = {step.difference.variable for step in steps}
        asked = next((p.source for p in found.parts if p.source not in known and p.source != ITSELF), None)
        if found.parts and asked != found.parts[0].source:
            asked = None  # the largest cause is told already: a loop has closed
    return Explanation(variable, at, since, scenario, len(draws), draws.basis, tuple(steps))


def _is_stock(case: Case, name: str) -> bool:
    return case.model.variables[name.partition("[")[0]].kind is Kind.STOCK


def _step(case: Case, found: Difference, at: float, since: float | None, scenario: str) -> Step:
    variable = case.model.variables[found.variable.partition("[")[0]]
    label = _label(case, found.variable)
    title = case.scenarios[scenario].title or scenario if scenario else ""
    told = _sentence(found, label, at, since, title, partial(_label, case), case.model.time.unit)
    return Step(found, label, told, variable.evidence, variable.assumption)


def _label(case: Case, name: str) -> str:
    """What people call a variable or an element."""
    own, bracket, element = name.partition("[")
    label = case.model.variables[own].label if own in case.model.variables else ""
    return (label or own.replace("_", " ")) + (f" ({element[:-1].replace('_', ' ')})" if bracket else "")


def _sentence(
    found: Difference,
    label: str,
    at: float,
    since: float | None,
    scenario: str,
    called: Callable[[str], str] = str,
    unit_of_time: str = "year",
) -> str:
    unit = f" {found.unit}" if found.unit not in ("", "1") else ""
    when, before, after = _date(at, unit_of_time), _number(found.before), _number(found.after)
    begun = _date(since or 0.0, unit_of_time)
    flowed = found.total
    if flowed and scenario:
        head = f"Up to {when} {label} adds up to {after}{unit} under “{scenario}” and {before}{unit} without it"
    elif flowed:
        head = f"From {begun} to {when} {label} adds up to {after}{unit}"
    elif scenario:
        head = f"In {when} {label} is {after}{unit} under “{scenario}” and {before}{unit} without it"
    else:
        head = f"From {begun} to {when} {label} goes from {before}{unit} to {after}{unit}"
    if not found.parts:
        return f"{head}: nothing that stands in its equation differs."
    change = f", {_signed(found.change)}" if scenario or not flowed else ""  # else the total is the change
    span = f"{change} (90% of draws: {_signed(found.low)} to {_signed(found.high)})"
    told = [f"{called(part.source)} ({_signed(part.mean)})" for part in _worth_telling(found)]
    counter = [p for p in _worth_telling(found) if p.mean * found.change < 0]
    tail = "; some of this pulls the other way" if counter else ""
    return f"{head}{span}; it came through {_listed(told)}{tail}."


def _worth_telling(found: Difference, most: int = 4) -> tuple[Part, ...]:
    return tuple(p for p in found.parts if abs(p.mean) >= SMALL * abs(found.parts[0].mean))[:most]


def _bars(step: Step) -> Iterator[str]:
    found = step.difference
    yield f"{found.variable}  {_signed(found.change)}"
    parts = _worth_telling(found, 8)
    width = max((len(p.source) for p in parts), default=0)
    for part in parts:
        length = max(1, round(BAR * abs(part.mean) / abs(found.parts[0].mean)))
        bar = ("█" if part.mean > 0 else "░") * length
        yield f"  ← {part.source:<{width}}  {bar} {_signed(part.mean)}"


def _date(time: float, unit: str) -> str:
    """A month where time is in years, else a count of units: ``day 12``."""
    if not is_year(unit):
        return f"{unit} {time:g}"
    months = round(time * 12)
    return f"{months // 12}-{months % 12 + 1:02d}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + _number(value)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
