"""All errors and warnings of a case folder in one list."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from wherenow.case.builtin import located
from wherenow.case.checking.oddities import check_oddities
from wherenow.case.checking.references import check_references, names_in
from wherenow.case.checking.support import check_support
from wherenow.case.dates import is_year
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.reader import CaseContents, read_folder
from wherenow.case.reading.measures import check_data_units, imported
from wherenow.case.types import Case
from wherenow.case.variants import check_variants, mentioned_by_variants
from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Number, Subscript, canonical, walk
from wherenow.language.unit_check import Literals
from wherenow.language.units import Units, units
from wherenow.model.checking.check import check
from wherenow.model.checking.unit_check import check_units
from wherenow.model.elaboration.elaborate import examine
from wherenow.model.graph import links
from wherenow.model.types import Kind, Variable

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
    problems = reading.problems
    if reading.case is None or not reading.whole:
        return problems.in_order()  # without all variables, known names would be reported as unknown
    entries_read = not any(_in_model(reading.case, problem) for problem in problems.errors)
    _check_model(reading.case, reading.units, entries_read, problems)
    if not problems.unread:
        links = _links(reading.case) if entries_read else None
        check_references(reading.case, links, problems)
        check_support(reading.case, problems)
        if not problems.errors:
            check_oddities(reading.case, problems)
    return problems.in_order()


def _in_model(case: Case, problem: Diagnostic) -> bool:
    return problem.location is not None and Path(problem.location.file).parent == case.folder / "model"


def _shapes_equations(case: Case, problem: Diagnostic) -> bool:
    """Whether a problem is in a file from which the equations and their units are read."""
    where = problem.location
    return where is None or _in_model(case, problem) or Path(where.file).name in ("case.yaml", "macros.yaml")


def _check_model(case: Case, definitions: tuple[Text, ...], entries_read: bool, problems: Problems) -> None:
    """Check the equations, and their units if nothing else is wrong with them.

    Events, levers, data and claims are measured by the model's units, so that a contradiction in these precedes all
    other errors. If an entry could not be read (``entries_read`` false), it may cause the warnings, which are left out.
    """
    for variable in case.model.variables.values():
        _check_name(variable, problems)
        if is_year(case.model.time.unit) and variable.kind is not Kind.PARAMETER:
            _refuse_dates(variable, problems)
    clean = not any(_shapes_equations(case, problem) for problem in problems.errors)
    observed = {canonical(name) for o in case.observations.values() for _, name in names_in(o.of.content)}
    found = check(case.model, observed | mentioned_by_variants(case))
    problems.extend(d for d in found if entries_read or d.severity is Severity.ERROR)
    if clean and not any(d.severity is Severity.ERROR for d in found):
        if wrong := _wrong_definitions(definitions):
            problems.extend(wrong)
            return
        literals: Literals = "open" if imported(case.model) else "strict"
        in_units = check_units(case.model, literals)
        problems.extend(replace(d, first=d.severity is Severity.ERROR) for d in in_units)
        if not any(d.severity is Severity.ERROR for d in in_units):  # else the data may be right, and the model wrong
            check_data_units(case, problems)
        problems.extend(check_variants(case, {*found, *in_units}, literals))


def _wrong_definitions(definitions: tuple[Text, ...]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the case's own units, each of which may use those before it."""
    with suppress(InputError):
        units(tuple(text.content for text in definitions))
        return ()
    found: list[Diagnostic] = []
    reader = Units()  # one by one, to tell which is wrong
    for text in definitions:
        try:
            reader.define(text.content)
        except InputError as wrong:
            found += (replace(d, location=text.locate(0), excerpt=text.excerpt(0)) for d in wrong.diagnostics)
    return tuple(found)


def _check_name(variable: Variable, problems: Problems) -> None:
    row = FUNCTIONS.get(variable.name)
    if row is not None and row.kind is FunctionKind.CLOCK and not row.arguments:
        problems.warning(
            f"'{variable.name}' is also what equations call {row.meaning}", variable.text, "choose another name"
        )


def _refuse_dates(variable: Variable, problems: Problems) -> None:
    """Refuse dates in equations: they enter through events, data and levers only, so that the model must produce the
    history.
    """
    for equation in variable.equations:
        for node in walk(equation.expression):
            _refuse_date(node, equation.text, problems)
        for node in walk(equation.initial) if equation.initial is not None else ():
            _refuse_date(node, equation.initial_text, problems)


def _refuse_date(node: Subscript, text: Text, problems: Problems) -> None:
    if isinstance(node, Number) and FIRST_YEAR <= node.value <= LAST_YEAR:
        at = node.span.start
        message = f"no equation may name a date, and {node.value:g} looks like one"
        hint = "dates enter through events, data and levers; any other number belongs in a parameter"
        problems.extend([Diagnostic(message, text.locate(at), hint=hint, excerpt=text.excerpt(at))])


def _links(case: Case) -> frozenset[tuple[str, str]] | None:
    """Return the links between variables; None if errors in the equations hide them."""
    system, _ = examine(case.model)
    return None if system is None else frozenset((link.source, link.target) for link in links(system))
