"""All errors and warnings of a case folder in one list."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from wherenow.case.builtin import located
from wherenow.case.case_types import Case
from wherenow.case.checking.oddities import check_oddities
from wherenow.case.checking.references import WORDS, check_references, hidden, names_in
from wherenow.case.checking.spoiled import declarations, with_errors
from wherenow.case.checking.support import check_support
from wherenow.case.dates import is_year
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.reader import CaseContents, read_folder
from wherenow.case.reading.measures import check_data_units, imported
from wherenow.case.variants import check_variants, mentioned_by_variants
from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Number, canonical, walk
from wherenow.language.unit_check import Literals
from wherenow.language.units import Units
from wherenow.model.checking.equation_units import check_units
from wherenow.model.checking.model_check import check
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.elaboration.elaborate import examine
from wherenow.model.graph import links
from wherenow.model.model_types import Kind, Variable

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""A number between these in an equation is taken for a date."""


def check_case(folder: Path | str) -> tuple[Diagnostic, ...]:
    """List every problem of a case, in order of file, line and column.

    The checks cover the form of each file, evidence, data and dates; names, cycles and units of the equations; and the
    references of events, levers, scenarios, claims and loops. The package claims parses and types the formulas of
    claims; this check looks at their names only.
    """
    return check_reading(read_folder(located(folder)))


def check_reading(reading: CaseContents) -> tuple[Diagnostic, ...]:
    """Check a folder that was read already, as :func:`check_case` does."""
    problems, case = reading.problems, reading.case
    if case is None:
        return problems.in_order()
    links, wrong = None, wrong_variables(case, problems)
    if reading.whole:
        wrong = _check_model(case, reading.units, problems)
        links = _links(case, wrong)
        check_support(case, problems)
    check_references(case, links, problems)
    check_oddities(case, wrong, problems)
    return problems.in_order()


def wrong_variables(case: Case, problems: Problems) -> frozenset[str]:
    """Return the variables whose entries hold an error."""
    return _variables_with(case, problems.errors)


def _variables_with(case: Case, found: Iterable[Diagnostic]) -> frozenset[str]:
    errors = (d for d in found if d.severity is Severity.ERROR)
    return with_errors({v.name: v.text for v in case.model.variables.values()}, errors)


def measured(case: Case, wrong: Collection[str]) -> Case:
    """Return the case as far as it can be elaborated: without the equations of ``wrong`` variables, or without any."""
    if examine(case.model)[0] is not None:
        return case
    model = declarations(case.model, wrong)
    return replace(case, model=model if examine(model)[0] is not None else declarations(case.model))


def _in_model(case: Case, problem: Diagnostic) -> bool:
    return problem.location is not None and Path(problem.location.file).parent == case.folder / "model"


def unclear_names(case: Case, problems: Problems) -> Callable[[str], bool]:
    """Return whether a formula reads an entry that is invalid, or one that may be in a file that could not be read."""
    known = {*case.data, *case.model.variables, *WORDS}
    known |= {element for dimension in case.model.dimensions.values() for element in dimension.elements}
    hides = hidden("variable", problems) or hidden("data series", problems)

    def unclear(formula: str) -> bool:
        names = {canonical(name) for _, name in names_in(formula)}
        return bool(names & problems.spoiled) or (hides and not names <= known)

    return unclear


def _check_model(case: Case, definitions: tuple[Text, ...], problems: Problems) -> frozenset[str]:
    """Check the equations, and the units of those that can be read; return the variables that are wrong.

    Events, levers, data and claims are measured by the model's units, so that a contradiction in these precedes all
    other errors. If an entry could not be read, it may cause the warnings, which are left out.
    """
    for variable in case.model.variables.values():
        _check_name(variable, problems)
        if is_year(case.model.time.unit) and variable.kind is not Kind.PARAMETER:
            _refuse_dates(variable, problems)
    entries_read = not any(_in_model(case, problem) for problem in problems.errors)
    observed = {canonical(name) for o in case.observations.values() for _, name in names_in(o.of.content)}
    in_model = check(case.model, observed | mentioned_by_variants(case))
    problems.extend(
        d
        for d in in_model
        if (entries_read or d.severity is Severity.ERROR)
        and problems.spoiled.isdisjoint(canonical(name) for name in re.findall(r"[^\W\d]\w*", d.excerpt))
    )
    wrong = wrong_variables(case, problems) | _variables_with(case, in_model)
    if undefined := _wrong_definitions(definitions):
        problems.extend(undefined)
        return wrong
    literals: Literals = "open" if imported(case.model) else "strict"
    in_units = check_units(declarations(case.model, wrong), literals, problems.spoiled)
    problems.extend(replace(d, first=d.severity is Severity.ERROR) for d in in_units)
    in_doubt = problems.spoiled | _variables_with(case, in_units)  # the data may be right, and the model wrong
    check_data_units(_observing(case, in_doubt), problems)
    if not wrong:
        problems.extend(check_variants(case, {*in_model, *in_units}, literals))
    return wrong


def _observing(case: Case, in_doubt: Collection[str]) -> Case:
    """Return the case with the data of the observations that read no variable ``in_doubt``, and of no observation."""
    reads = {name: {canonical(n) for _, n in names_in(o.of.content)} for name, o in case.observations.items()}
    data = {name: series for name, series in case.data.items() if reads.get(name, set()).isdisjoint(in_doubt)}
    return replace(case, data=data)


def causes_first(
    case: Case, found: Iterable[Diagnostic], formulas: Iterable[Diagnostic], problems: Problems
) -> tuple[Diagnostic, ...]:
    """Let a contradiction in the model precede all other errors only if one of these may be its consequence.

    Quantities of events and levers, and ``formulas`` of claims and observations, are measured by the model's units.
    """
    measured = problems.measured | {canonical(name) for d in formulas for _, name in names_in(d.excerpt)}

    def placed(diagnostic: Diagnostic) -> Diagnostic:
        if not diagnostic.first or not _in_model(case, diagnostic):
            return diagnostic
        entry = (case.model.variables[name] for name in _variables_with(case, [diagnostic]))
        reads = {name for v in entry for e in v.equations for name in (v.name, *mentioned(e.expression))}
        return replace(diagnostic, first=not reads.isdisjoint(measured))

    return tuple(map(placed, found))


def _wrong_definitions(definitions: tuple[Text, ...]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the case's own units."""
    wrong_units: list[Diagnostic] = []
    reader, places = Units(), dict[str, Text]()
    for text in definitions:
        name = text.content.partition("=")[0].strip()
        if name in places:
            hint = f"first on line {places[name].line}"
            wrong_units.append(text.problem(f"the unit '{name}' is defined twice", hint))
        try:
            reader.define(text.content)
            places.setdefault(name, text)
        except InputError as wrong:
            wrong_units += (text.problem(d.message, d.hint) for d in wrong.diagnostics)
    for name, text in places.items():
        try:
            reader.parse(name)
        except InputError as wrong:
            hint = "define it by units that are defined already"
            wrong_units += (text.problem(d.message, hint) for d in wrong.diagnostics)
    return tuple(wrong_units)


def _check_name(variable: Variable, problems: Problems) -> None:
    row = FUNCTIONS.get(variable.name)
    if row is not None and row.kind is FunctionKind.CLOCK and not row.arguments:
        message = f"'{variable.name}' is also what equations call {row.meaning}"
        problems.warning(message, variable.text, "choose another name")


def _refuse_dates(variable: Variable, problems: Problems) -> None:
    """Refuse dates in equations: they enter by events, data and levers only; the model must produce the history."""
    written = [(e.expression, e.text) for e in variable.equations]
    written += [(e.initial, e.initial_text) for e in variable.equations if e.initial is not None]
    for node, text in ((node, text) for expression, text in written for node in walk(expression)):
        if isinstance(node, Number) and FIRST_YEAR <= node.value <= LAST_YEAR:
            message = f"no equation may name a date, and {node.value:g} looks like one"
            hint = "dates enter through events, data and levers; any other number belongs in a parameter"
            problems.error(message, text, hint, at=node.span.start)


def _links(case: Case, wrong: Collection[str]) -> frozenset[tuple[str, str]]:
    """Return the links between variables, and every link to a ``wrong`` one, whose equation may name any cause."""
    system, _ = examine(measured(case, wrong).model)
    known = frozenset((link.source, link.target) for link in links(system)) if system is not None else frozenset()
    return known | {(source, target) for source in case.model.variables for target in wrong}
