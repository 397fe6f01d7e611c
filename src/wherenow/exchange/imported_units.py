"""Units of another tool's model in the spelling of a case folder, with a definition of each that is not known here.

A model file may call a unit anything. A case folder may not, so that a slip of the pen is noticed: what an imported
model calls its units becomes definitions of the case, each a base unit of its own, and known ones get our spelling
(``Months`` is ``month``).
"""

from __future__ import annotations

from dataclasses import replace

from wherenow.errors import InputError
from wherenow.language.units import units
from wherenow.model.types import Model, Variable


def with_known_units(model: Model) -> Model:
    """``model`` with units that a case folder's check knows; what is no unit at all stays as it is written."""
    known = _Known(model.units)
    variables = {name: known.renamed(variable) for name, variable in model.variables.items()}
    macros = {
        name: replace(macro, variables={n: known.renamed(v) for n, v in macro.variables.items()})
        for name, macro in model.macros.items()
    }
    time = replace(model.time, unit=known.spelled(model.time.unit))
    return replace(model, variables=variables, macros=macros, time=time, units=(*model.units, *known.definitions))


def says_nothing(definition: str) -> bool:
    """Whether a definition only gives a unit its name, so that nothing is lost where it is left out."""
    name, _, meaning = definition.partition("=")
    return meaning.strip() == f"[{name.strip()}]"


class _Known:
    def __init__(self, extra: tuple[str, ...]) -> None:
        self.reader = units(extra)
        self.definitions: dict[str, None] = {}

    def renamed(self, variable: Variable) -> Variable:
        return replace(variable, unit=self.spelled(variable.unit))

    def spelled(self, text: str) -> str:
        """A unit's text in our spelling; its unknown words are defined. As it is where it is no unit."""
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
