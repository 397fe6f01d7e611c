"""References of events, levers, scenarios, claims, loops and the outlook, and whether their targets exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from wherenow.case.case_types import Case, Scenario
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.scenario import UNKNOWN_TARGET, interventions
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Kind

_EVENT = re.compile(r"event\s*\(\s*\"([^\"]*)\"")
Links = frozenset[tuple[str, str]]

# the words of the claim language (docs/contracts.md, "Claim language"); its functions are followed by a bracket
WORDS = frozenset({"and", "or", "not", "implies", "until", "true", "false", "always", "eventually"})
_UNIT = r"\s*\[[^\]]*\]|\s+(?!and\b|or\b|implies\b|until\b)[^\W\d]\w*"  # a unit in brackets, or one word without them
_TOKEN = re.compile(rf"\"[^\"]*\"|'[^']*'|@\s*\w+|\d[\w.\-]*(?:{_UNIT})?|[^\W\d]\w*")


def check_references(case: Case, links: Links | None, problems: Problems) -> None:
    """Report every name that does not exist. ``links`` is None if the model's links are not known."""
    _events(case, problems)
    _levers(case, problems)
    for scenario in _scenarios(case):
        _scenario(case, scenario, problems)
    _claims(case, links, problems)
    _predictions(case, problems)
    _loops(case, links, problems)
    _observations(case, problems)
    shown = len(case.outlook.show)
    for name, text in zip(case.outlook.show, case.outlook.texts[:shown], strict=True):
        _known(name, case.model.variables, "variable", text, problems)
    for name, text in zip(case.outlook.forecasts, case.outlook.texts[shown:], strict=True):
        _known(name, (*case.claims, *case.predictions), "claim or forecast", text, problems, case.folder)


FILES = {
    "event": "events.yaml",
    "scenario": "scenarios.yaml",
    "claim or forecast": "claims.yaml",
    "lever": "levers.yaml",
}
"""The file that defines each kind of name."""
PARTS = {
    **{what: (file,) for what, file in FILES.items()},
    "claim or forecast": ("claims.yaml", "forecasts.yaml"),
    "variable": ("model",),
    "input": ("model",),
    "data series": ("data",),
}
"""All files, and folders of files, that define each kind."""


def hidden(what: str, problems: Problems) -> bool:
    """Check whether a file that could not be read may define any ``what``."""
    parts = PARTS[what]
    return any(path.name in parts or path.parent.name in parts for path in map(Path, problems.unread))


def _known(
    name: str, known: Collection[str], what: str, where: Text, problems: Problems, folder: Path | None = None
) -> bool:
    """Check that a ``what`` of that name exists, and report it if not; once for all if ``folder`` lacks the file."""
    if name in known or name in problems.spoiled or hidden(what, problems):
        return name in known
    if folder is not None and what in FILES and not (folder / FILES[what]).is_file():
        problems.missing(folder / FILES[what], f"the {what} '{name}'", where.locate(0))
        return False
    several = "write several in brackets: [one, other]" if "," in where.content else ""
    message = f"there is no {what} '{name}'"
    problems.error(message, where, several or did_you_mean(name, known) or ("" if known else "the case has none"))
    return False


def _events(case: Case, problems: Problems) -> None:
    inputs = {path.variable for path in case.inputs.values()} | set(case.inputs)
    for event in case.events.values():
        for effect in event.effects:
            name = effect.input.partition("[")[0]
            if name in case.model.variables and effect.input not in inputs:
                kind = case.model.variables[name].kind
                what = f"'{name}' is of kind {kind}" if name == effect.input else f"'{effect.input}' is not an element"
                problems.error(f"an event moves inputs only, and {what}", effect.text, "give it an `input` of its own")
            elif name not in case.model.variables:
                _known(effect.input, inputs, "input", effect.text, problems)


def _levers(case: Case, problems: Problems) -> None:
    for lever in case.levers.values():
        if _known(lever.input, case.model.variables, "variable", lever.text, problems):
            variable = case.model.variables[lever.input]
            if variable.kind is Kind.LOOKUP:
                problems.error(f"a lever cannot move the lookup '{lever.input}'", lever.text)


def _scenarios(case: Case) -> Iterator[Scenario]:
    yield from case.scenarios.values()
    for claim in case.claims.values():
        if claim.against and claim.against.scenario.id not in case.scenarios:
            yield claim.against.scenario


def _scenario(case: Case, scenario: Scenario, problems: Problems) -> None:
    known = not hidden("variable", problems) and not hidden("lever", problems)
    try:
        interventions(case, scenario)
    except InputError as error:
        problems.extend(d for d in error.diagnostics if known or not d.message.startswith(UNKNOWN_TARGET))
    for event in scenario.without:
        _known(event, case.events, "event", scenario.text, problems, case.folder)


def _claims(case: Case, links: Links | None, problems: Problems) -> None:
    for claim in case.claims.values():
        if claim.event:
            _known(claim.event, case.events, "event", claim.text, problems, case.folder)
        if claim.data is not None:
            _formula(claim.data, case, problems, on_data=True)
        for formula in (claim.model, claim.against.expect if claim.against else None):
            if formula is not None:
                _formula(formula, case, problems)
        if claim.resolve is not None:
            _formula(claim.resolve, case, problems, on_data=True)
        for link in claim.mechanism:
            _link(*link, case, links, claim.text, problems)


def _predictions(case: Case, problems: Problems) -> None:
    """Check predictions, which data alone resolve. One with a past deadline remains, to be resolved."""
    for prediction in case.predictions.values():
        if prediction.model is not None:
            _formula(prediction.model, case, problems)
        _formula(prediction.resolve, case, problems, on_data=True)
        if case.cutoff is not None and prediction.deadline <= case.cutoff:
            problems.warning(
                f"the deadline of the forecast '{prediction.id}', {prediction.by}, is not after the cut-off "
                f"{case.cutoff_date}: it can be resolved, but it predicts nothing",
                prediction.text,
                "keep it as a test of the past, or give a later day",
            )


def _loops(case: Case, links: Links | None, problems: Problems) -> None:
    for loop in case.loops.values():
        steps = list(zip(loop.through, (*loop.through[1:], loop.through[0]), strict=True))
        for link in steps:
            _link(*link, case, links, loop.text, problems)
        if loop.cut is not None and loop.cut not in steps:
            problems.error(f"the cut {' -> '.join(loop.cut)} is not a link of the loop '{loop.id}'", loop.text)


def _link(source: str, target: str, case: Case, links: Links | None, where: Text, problems: Problems) -> None:
    ends = [_known(name, case.model.variables, "variable", where, problems) for name in (source, target)]
    if all(ends) and links is not None and (source, target) not in links:
        causes = sorted(a for a, b in links if b == target)
        known = ", ".join(causes) or "nothing"
        problems.error(f"there is no link {source} -> {target}", where, f"{target} depends on {known}")


def _observations(case: Case, problems: Problems) -> None:
    for observation in case.observations.values():
        if case.data:
            _known(observation.series, case.data, "data series", observation.of, problems)
        elif not hidden("data series", problems):
            what = f"the data series '{observation.series}'"
            problems.missing(case.folder / "data", what, observation.of.locate(0))
        _formula(observation.of, case, problems)


def _formula(text: Text, case: Case, problems: Problems, on_data: bool = False) -> None:
    """Check the names in a formula of the claim language: variables, or data series (``on_data``), and events."""
    known, others = (case.data, case.model.variables) if on_data else (case.model.variables, case.data)
    what, other = ("data series", "variable") if on_data else ("variable", "data series")
    elements = {n for d in case.model.dimensions.values() for n in (d.name, *d.elements)}
    for offset, word in names_in(text.content):
        name = canonical(word)
        if name in known or name in elements or name in WORDS or name in problems.spoiled or hidden(what, problems):
            continue
        if on_data and not known and name not in others and not hidden(what, problems):
            problems.missing(case.folder / "data", f"the data series '{word}'", text.locate(offset))
            continue
        hint = did_you_mean(word, known) or f"the case has {', '.join(list(known)[:6])}{' …' if len(known) > 6 else ''}"
        if name in others:
            reads = "data alone" if on_data else "the model alone"
            beside = _observed_by(name, case) if on_data else ""
            hint = f"it is a {other}, and this formula reads {reads}" + (f"; '{beside}' observes it" if beside else "")
        problems.error(f"there is no {what} {word!r}", text.locate(offset), hint)
    for match in _EVENT.finditer(text.content):
        if match.group(1) not in case.events and not (case.folder / FILES["event"]).is_file():
            what = f"the event '{match.group(1)}'"
            problems.missing(case.folder / FILES["event"], what, text.locate(match.start()))


def _observed_by(name: str, case: Case) -> str:
    """Find a data series whose observation equation reads a variable."""
    reads = (o.series for o in case.observations.values() if name in {canonical(n) for _, n in names_in(o.of.content)})
    return next(reads, "")


def names_in(formula: str) -> Iterable[tuple[int, str]]:
    """List the names in a formula, without those of functions and runs (after ``@``), quotations, numbers and dates."""
    for match in _TOKEN.finditer(formula):
        word = match.group()
        if (word[0].isalpha() or word[0] == "_") and not formula[match.end() :].lstrip().startswith("("):
            yield match.start(), word
