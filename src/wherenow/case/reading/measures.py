"""Units of quantities outside the model: data, levers and the effects of events.

A quantity may have any unit of the right dimension. It is converted to the unit of the variable that it applies to, and
refused if the dimensions differ. Pint is loaded only where two units are spelled differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.observation import Observation
from wherenow.errors import Diagnostic, InputError, Text
from wherenow.language.parser import parse
from wherenow.language.syntax import canonical
from wherenow.language.units import Unit, units
from wherenow.model.checking.equation_units import unit_in_model
from wherenow.model.model_types import ModelSpec

if TYPE_CHECKING:
    from wherenow.case.reading.case_file import Settings

NO_UNIT = ("", "1")


def imported(model: ModelSpec) -> bool:
    """Check whether a model looks imported: a variable has no unit, or none gives its evidence."""
    variables = model.variables.values()
    return any(not v.unit for v in variables) or not any(v.evidence or v.assumption for v in variables)


def conversion(given: Text, wanted: str, what: str, around: Settings, *, of: str = "") -> float:
    """Return the number of units ``wanted`` in one unit ``given``.

    It is 1 if that is undefined: after an error where ``given`` is at fault, silently if ``wanted`` is invalid,
    since that is reported at its own place. ``what`` begins the message, as in ``the lever 'x'``; ``of`` is the
    variable whose unit is ``wanted``.
    """
    if _alike(given.content, wanted):
        return 1.0
    try:
        reader = units(around.definitions)
        target = reader.parse(wanted)
    except InputError:
        return 1.0  # reported at the place of the definition or of the other unit
    problems = around.problems
    try:
        unit = reader.parse(given.content, given)
    except InputError as error:
        problems.extend(error.diagnostics)
        return 1.0
    if unit.powers != target.powers:
        message = f"{what} is in {given.content.strip()}, which cannot be converted to {wanted}"
        problems.error(message, given, apart(unit, target))
        problems.measured.add(of)
        return 1.0
    return unit.factor / target.factor


def apart(found: Unit, wanted: Unit) -> str:
    """Return a hint: the unit by which two units differ."""
    quotient = found / wanted
    return f"they differ by {Unit(1.0, quotient.powers)}" if quotient.powers else ""


def _alike(one: str, other: str) -> bool:
    one, other = one.strip(), other.strip()
    return one == other or (one in NO_UNIT and other in NO_UNIT)


# -- data


def observed_unit(model: ModelSpec, of: Text) -> Unit | None:
    """Return the unit of an observation equation; None if any unit fits, or the equation is invalid."""
    try:
        return unit_in_model(model, parse(of), of)
    except InputError:
        return None


def observation_factor(case: Case, name: str) -> float:
    """Return the number of the series' units in one of the model's, for the observation of the series ``name``.

    Raises InputError, at the first datum's unit, if the series and its observation equation differ in dimension.
    """
    series, observation = case.data[name], case.observations[name]
    plain = case.model.variables.get(canonical(observation.of.content))
    if plain is not None and _alike(plain.unit, series.unit):
        return 1.0
    if imported(case.model):
        return 1.0  # units of model files are checked leniently, and cannot define a conversion
    modelled = observed_unit(case.model, observation.of)
    if modelled is None:
        return 1.0
    unit = units(case.model.units).parse(series.unit, series.unit_text)
    if unit.powers != modelled.powers:
        raise InputError([_mismatch(series, observation, unit, modelled)])
    return modelled.factor / unit.factor


def _mismatch(series: DataSeries, observation: Observation, found: Unit, wanted: Unit) -> Diagnostic:
    where = observation.of.locate(0)
    message = (
        f"the data of '{series.name}' are in {series.unit}, but its observation equation gives {wanted} "
        f"({where.file.rpartition('/')[2]}:{where.line})"
    )
    return series.unit_text.problem(message, apart(found, wanted), first=True)


def series_factor(series: DataSeries, wanted: str, scale: float, where: Text, around: Settings) -> float:
    """Return the factor of the data of a ``series:`` variable to unit ``wanted``; ``scale`` is the case's factor."""
    if not wanted or not series.unit:
        return 1.0
    what = f"the data series '{series.name}', which the model reads,"
    factor = conversion(series.unit_text, wanted, what, around)
    if factor != 1.0 and abs(scale / factor - 1) < 1e-6:
        message = f"the data are converted from {series.unit} to {wanted} by their units, and again by 'scale'"
        around.problems.error(message, where, "leave out 'scale'")
    return factor


def check_data_units(case: Case, problems: Problems) -> None:
    """Report each series whose unit is unknown, or has another dimension than its observation equation."""
    try:
        reader = units(case.model.units)
    except InputError:
        return  # reported at the place of the definition
    if imported(case.model):
        return
    for name, series in case.data.items():
        try:
            if name in case.observations:
                observation_factor(case, name)
            else:
                reader.parse(series.unit, series.unit_text)
        except InputError as error:
            problems.extend(error.diagnostics)
