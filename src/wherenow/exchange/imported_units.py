"""Units of another tool's model in the spelling of a case folder, with definitions of unknown ones.

A model file may use any word as a unit; a case folder may not, so that misspellings are noticed. Unknown units of an
imported model become definitions of the case, each a base unit, and known ones get our spelling (``Months`` is
``month``).
"""

from __future__ import annotations

from dataclasses import replace

from wherenow.errors import InputError
from wherenow.language.units import units
from wherenow.model.model_types import ModelSpec, Variable


def with_known_units(model: ModelSpec) -> ModelSpec:
    """Return ``model`` with units that pass a case folder's check; an invalid unit stays as written."""
    known = _Known(model.units)
    variables = {name: known.renamed(variable) for name, variable in model.variables.items()}
    macros = {
        name: replace(macro, variables={n: known.renamed(v) for n, v in macro.variables.items()})
        for name, macro in model.macros.items()
    }
    time = replace(model.time, unit=known.spelled(model.time.unit))
    return replace(model, variables=variables, macros=macros, time=time, units=(*model.units, *known.definitions))


def says_nothing(definition: str) -> bool:
    """Check whether a definition only names a unit, so that nothing is lost without it."""
    name, _, meaning = definition.partition("=")
    return meaning.strip() == f"[{name.strip()}]"


class _Known:
    def __init__(self, extra: tuple[str, ...]) -> None:
        self.reader = units(extra)
        self.definitions: dict[str, None] = {}

    def renamed(self, variable: Variable) -> Variable:
        return replace(variable, unit=self.spelled(variable.unit))

    def spelled(self, text: str) -> str:
        """Return a unit's text in our spelling, and define its unknown words; an invalid unit is returned as it is."""
        if not text:
            return text
        try:
            self.reader.parse(text)
        except InputError:
            pass
        else:
            return text
        try:
            spelling, unknown = self.reader.imported(text)
        except InputError:
            return text
        self.definitions.update(dict.fromkeys(f"{word} = [{word}]" for word in unknown))
        return spelling
