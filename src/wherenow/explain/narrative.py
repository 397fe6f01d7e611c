"""Explain why a variable has its value: a paragraph with numbers, a small diagram, and the evidence behind each step.

The words are templates over numbers; each is written out in :func:`_sentence` and tested in every branch.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from wherenow.case.case_types import Case, Event
from wherenow.case.dates import asked_moment, is_year
from wherenow.claims.findings import listed
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError
from wherenow.explain.decomposition import ITSELF, Contribution, Difference, accumulated, against, between, runs_of
from wherenow.model.model_types import Kind

DEPTH = 12
SMALL = 0.02
"""Parts below this share of the largest are not reported."""
BAR = 24
MOST = 3
"""Maximum number of events that are named as the origin of a chain."""
PERSON = re.compile(r"\bperson\b")


@dataclass(frozen=True, slots=True)
class Step:
    """The explanation of a variable's difference, with the pointers that its equation rests on (or the assumption)."""

    difference: Difference
    label: str
    sentence: str
    evidence: tuple[str, ...]
    assumption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The first step explains the requested variable, each later one the largest cause of the step before.

    The chain ends outside the model, at an event, an input or data; ``origin`` says where. Each loop is traversed once:
    a cause that was already explained is skipped.
    """

    variable: str  # variable that the first step explains
    at: float  # time of the difference, or end of the change
    since: float | None  # start of the change; None for a comparison with a scenario
    scenario: str  # scenario id; '' for a change over time
    draws: int  # number of draws
    basis: str  # source of the draws
    steps: tuple[Step, ...]  # explanations from the variable to its origin
    origin: str = ""

    @property
    def paragraph(self) -> str:
        """The sentences of all steps as one paragraph.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> wherenow.explain(m, "infectious", at=30, since=20, draws=1).paragraph.partition(", a")[0]
        'From day 20 to day 30, “infectious” goes from 43.5 people to 139 people'
        """
        return " ".join([*(step.sentence for step in self.steps), *filter(None, [self.origin])])

    @property
    def diagram(self) -> str:
        """Draw each step's parts as bars to the right (more) and left (less), in plain text."""
        return "\n\n".join("\n".join(_bars(step)) for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain JSON types."""
        return {
            "variable": self.variable,
            "at": self.at,
            "since": self.since,
            "scenario": self.scenario,
            "draws": self.draws,
            "basis": self.basis,
            "paragraph": self.paragraph,
            "origin": self.origin,
            "steps": [{**step.pop("difference"), **step} for step in map(asdict, self.steps)],
        }


def asked_dates(case: Case, at: str | float, since: str | float, against: str) -> tuple[float, float | None]:
    """Return the date to explain, by default the cut-off or the end, and that to compare with, by default one unit of
    time earlier; None with ``against``, a scenario. An empty text stands for a default.

    Raises UsageError for an invalid date, or if both ``since`` and ``against`` are given.
    """
    if since != "" and against:
        raise UsageError("compare with an earlier date or with a scenario, not with both")
    time, last = case.model.time, case.cutoff if case.cutoff is not None else case.model.time.stop
    when = last if at == "" else asked_moment(at, time.unit)
    return when, None if against else when - 1 if since == "" else asked_moment(since, time.unit)


def explain(
    case: Case, draws: Draws, variable: str, at: float, since: float | None = None, scenario: str = ""
) -> Explanation:
    """Explain why ``variable`` at a date differs from its value at ``since``, or from its value without ``scenario``.

    Raises UsageError if neither or both are given, and as :func:`~wherenow.explain.decomposition.against` does.
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
            break  # an input or an equation with memory cannot be decomposed, so the chain ends here
        steps.append(_step(case, found, at, since, scenario))
        known = {step.difference.variable for step in steps}
        causes = [p for p in _worth_telling(found) if p.source not in known and p.source != ITSELF]
        asked = causes[0].source if causes else None
    last = asked or steps[-1].difference.variable
    outside = origin(case, last, _label(case, last), since, at)
    parts = steps[-1].difference.parts
    if not outside and asked is None and parts and parts[0].source in {s.difference.variable for s in steps}:
        outside = f"“{_label(case, parts[0].source)}” is explained already: here a loop of the model closes."
    return Explanation(
        variable=variable,
        at=at,
        since=since,
        scenario=scenario,
        draws=len(draws),
        basis=draws.basis,
        steps=tuple(steps),
        origin=outside,
    )


def _is_stock(case: Case, name: str) -> bool:
    return case.model.variables[name.partition("[")[0]].kind is Kind.STOCK


def _step(case: Case, found: Difference, at: float, since: float | None, scenario: str) -> Step:
    variable = case.model.variables[found.variable.partition("[")[0]]
    label = _label(case, found.variable)
    title = case.scenarios[scenario].title or scenario if scenario else ""
    sentence = _sentence(found, label, at, since, title, partial(_label, case), case.model.time.unit)
    return Step(found, label, sentence, variable.evidence, variable.assumption)


def _label(case: Case, name: str) -> str:
    """Return the display name of a variable or an element."""
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
    head = _head(found, f"“{label}”", at, since, scenario, unit_of_time)
    if not found.parts:
        return f"{head}: nothing in its equation differs."
    change = "" if found.total and not scenario else f", a {'difference' if scenario else 'change'} of "
    change += _signed(found.change) if change else ""  # without a scenario the head states the total already
    span = f"{change} (90% of draws: {_signed(found.low)} to {_signed(found.high)})"
    parts = _worth_telling(found)
    counter = [p for p in parts if p.mean * found.change < 0]
    along = [p for p in parts if p not in counter]
    if not along:
        along, counter = counter, along
    tail = f", against {_listed(counter, found.total, called)}" if counter else ""
    return f"{head}{span}; it came through {_listed(along, found.total, called)}{tail}."


def _head(found: Difference, name: str, at: float, since: float | None, scenario: str, unit_of_time: str) -> str:
    """Return the head of the sentence: from what to what."""
    when, before, after = _date(at, unit_of_time), _amount(found.before, found.unit), _amount(found.after, found.unit)
    during = f"From {_date(since or 0.0, unit_of_time)} to {when}, {name}"
    if scenario:
        first = f"Up to {when}, {name} adds up to" if found.total else f"{_on(unit_of_time)} {when}, {name} is"
        if not found.parts:
            return f"{first} {after} with “{scenario}” and without it"
        return f"{first} {after} under “{scenario}” and {before} without it"
    if found.total:
        return f"{during} adds up to {after}"
    return f"{during} goes from {before} to {after}" if found.parts else f"{during} stays at {after}"


def _listed(parts: Sequence[Contribution], total: bool, called: Callable[[str], str]) -> str:
    names = ("continuing as before" if total and p.source == ITSELF else called(p.source) for p in parts)
    return listed([f"{name} ({_signed(part.mean)})" for name, part in zip(names, parts, strict=True)])


def _worth_telling(found: Difference, most: int = 4) -> tuple[Contribution, ...]:
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


def _on(unit: str) -> str:
    return "In" if is_year(unit) else "At"


def _date(time: float, unit: str) -> str:
    """Return a month if time is in years, otherwise a count of units: ``day 12``."""
    if not is_year(unit):
        return f"{unit} {time:g}"
    months = round(time * 12)
    return f"{month_name[months % 12 + 1]} {months // 12}"


def _amount(value: float, unit: str) -> str:
    """Return a number with its unit: plural "people" unless it is one person; ``1/year`` is per year."""
    number = _number(value)
    if unit in ("", "1"):
        return number
    if unit.startswith("1/"):
        return f"{number} per {unit[2:].strip()}"
    return f"{number} {unit if number == '1' else re.sub(PERSON, 'people', unit)}"


def _number(value: float) -> str:
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + _number(value)


def origin(case: Case, name: str, label: str, since: float | None, at: float) -> str:
    """Say in a sentence what moves ``name`` from outside the model between two times; empty if the model moves it.

    For a comparison with a scenario (``since`` None), say what moved it at any time up to ``at``.
    """
    variable = case.model.variables[name.partition("[")[0]]
    if variable.kind is Kind.PARAMETER:
        return f"“{label}” is a parameter: nothing in the model moves it."
    if variable.kind is not Kind.SERIES:
        return ""
    begin = case.model.time.start if since is None else since
    moved = _moved(case, name, begin, at)
    if moved:
        return f"“{label}” comes from outside the model, moved by {_events(moved)}."
    series = case.data.get(case.exogenous.get(variable.name, ""))
    if series is not None and len(series):
        last = series.until(at)
        source = (last if len(last) else series).source[-1]
        return f"“{label}” comes from outside the model: it follows the data series '{series.name}' ({source})."
    return f"“{label}” comes from outside the model, on a path that the case gives."


def _moved(case: Case, name: str, begin: float, end: float) -> list[Event]:
    """Return the events whose effects on an input begin or end in between, the largest first."""
    found: list[tuple[float, Event]] = []
    names = {name, name.partition("[")[0]}
    for event in case.events.values():
        for effect in event.effects:
            if effect.input in names and (begin < event.time <= end or begin < event.time + effect.lasting <= end):
                found.append((abs(effect.amount), event))
    found.sort(key=lambda pair: -pair[0])
    return list({event.id: event for _, event in found}.values())


def _events(events: list[Event]) -> str:
    shown = [f"“{event.event}” ({event.date})" for event in events[:MOST]]
    more = len(events) - MOST
    return ", ".join(shown) + (f" and {more} other event{'s' * (more > 1)}" if more > 0 else "")
