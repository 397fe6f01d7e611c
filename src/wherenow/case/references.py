"""What events, levers, scenarios, claims, loops and the outlook refer to, and whether it is there."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator

from wherenow.case.problems import Problems
from wherenow.case.scenario import read_actions
from wherenow.case.types import Case, Scenario
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.types import Kind

Links = frozenset[tuple[str, str]]

# the words of the claim language (docs/contracts.md, "Claim language"); its functions are followed by a bracket
_WORDS = frozenset({"and", "or", "not", "implies", "until", "true", "false", "always", "eventually"})
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|@\s*\w+|\d[\w.\-]*(?:\s*\[[^\]]*\])?|[^\W\d]\w*")


def check_references(case: Case, links: Links | None, problems: Problems) -> None:
    """Tell every name that leads nowhere. ``links`` is None where the model's links are not known."""
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
        _known(name, (*case.claims, *case.predictions), "claim or forecast", text, problems)


def _known(name: str, known: Collection[str], what: str, where: Text, problems: Problems) -> bool:
    if name in known or name in problems.spoiled:
        return name in known
    problems.error(f"there is no {what} '{name}'", where, did_you_mean(name, known))
    return False


def _events(case: Case, problems: Problems) -> None:
    inputs = {path.variable for path in case.inputs.values()} | set(case.inputs)
    for event in case.events.values():
        for effect in event.effects:
            name = effect.input.partition("[")[0]
            if name in case.model.variables and effect.input not in inputs:
                kind = case.model.variables[name].kind
                what = f"'{name}' is of kind {kind}" if name == effect.input else f"'{effect.input}' is no element"
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
    cutoff = -math.inf if case.cutoff is None else case.cutoff
    try:
        read_actions(scenario, case.model.variables, case.levers, case.model.time, cutoff)
    except InputError as error:
        problems.extend(error.diagnostics)
    for event in scenario.without:
        _known(event, case.events, "event", scenario.text, problems)


def _claims(case: Case, links: Links | None, problems: Problems) -> None:
    for claim in case.claims.values():
        if claim.event:
            _known(claim.event, case.events, "event", claim.text, problems)
        for formula in (claim.data, claim.model, claim.against.expect if claim.against else None):
            if formula is not None:
                _formula(formula, case, problems)
        if claim.resolve is not None:
            _formula(claim.resolve, case, problems, case.data)
        for link in claim.mechanism:
            _link(*link, case, links, claim.text, problems)


def _predictions(case: Case, problems: Problems) -> None:
    """A prediction is decided by data alone. One whose day has passed stays, to be resolved."""
    for prediction in case.predictions.values():
        if prediction.model is not None:
            _formula(prediction.model, case, problems)
        _formula(prediction.resolve, case, problems, case.data)
        if case.cutoff is not None and prediction.deadline <= case.cutoff:
            problems.warning(
                f"the forecast '{prediction.id}' is to be known by {prediction.by}, which is no later than the cut-off "
                f"{case.cutoff_date}: it can be resolved, but it says nothing of what comes",
                prediction.text,
            )


def _loops(case: Case, links: Links | None, problems: Problems) -> None:
    for loop in case.loops.values():
        steps = list(zip(loop.through, (*loop.through[1:], loop.through[0]), strict=True))
        for link in steps:
            _link(*link, case, links, loop.text, problems)
        if loop.cut is not None and loop.cut not in steps:
            problems.error(f"the cut {' -> '.join(loop.cut)} is no link of the loop '{loop.id}'", loop.text)


def _link(source: str, target: str, case: Case, links: Links | None, where: Text, problems: Problems) -> None:
    ends = [_known(name, case.model.variables, "variable", where, problems) for name in (source, target)]
    if all(ends) and links is not None and (source, target) not in links:
        causes = sorted(a for a, b in links if b == target)
        known = ", ".join(causes) or "nothing"
        problems.error(f"there is no link {source} -> {target}", where, f"{target} depends on {known}")


def _observations(case: Case, problems: Problems) -> None:
    for observation in case.observations.values():
        _known(observation.series, case.data, "data series", observation.of, problems)
        _formula(observation.of, case, problems)


def _formula(text: Text, case: Case, problems: Problems, among: Collection[str] | None = None) -> None:
    """The names in a formula of the claim language: of variables and data series, or ``among`` some."""
    series = (*case.model.variables, *case.data) if among is None else tuple(among)
    known: set[str] = {*series, *_WORDS}
    for dimension in case.model.dimensions.values():
        known |= {dimension.name, *dimension.elements}
    for offset, name in names_in(text.content):
        if canonical(name) not in known:
            problems.error(f"there is no series {name!r}", text.locate(offset), did_you_mean(name, series))


def names_in(formula: str) -> Iterable[tuple[int, str]]:
    """Each name in a formula that is not a function's, a run's (after ``@``), quoted, or part of a number or date."""
    for match in _TOKEN.finditer(formula):
        word = match.group()
        if (word[0].isalpha() or word[0] == "_") and not formula[match.end() :].lstrip().startswith("("):
            yield match.start(), word
