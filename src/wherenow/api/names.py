"""Names in any spelling: ``"Contact Rate"``, ``contact_rate`` or ``"Stock[North, Coal]"``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wherenow.case.case_types import Case
from wherenow.case.inputs.exogenous import element_equations
from wherenow.errors import UsageError, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.elaboration.unfold import element_name
from wherenow.model.model_types import Kind, ModelSpec, Variable

_NAME = re.compile(r"\s*([^\[\]]+?)\s*(?:\[([^\[\]]*)\])?\s*")
_CONTROL = {"initial_time": "start=", "final_time": "stop=", "time_step": "dt=", "saveper": "save="}


@dataclass(frozen=True, slots=True)
class Target:
    """A variable, or one of its elements; ``elements`` is empty for all of them."""

    variable: Variable
    elements: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The canonical name: ``x``, or ``x[a,b]``."""
        return element_name(self.variable.name, self.elements)

    def scalars(self, model: ModelSpec) -> tuple[str, ...]:
        """List the names of the scalars meant, in the order of the elements."""
        if self.elements or not self.variable.dimensions:
            return (self.name,)
        return tuple(element_equations(model, self.variable.name))


def find(model: ModelSpec, text: str) -> Target:
    """Find the variable or element that ``text`` names. Raises UsageError, with the nearest names, if there is none."""
    matched = _NAME.fullmatch(text)
    name = canonical(matched[1]) if matched else canonical(text)
    if name not in model.variables:
        hint = f"give {_CONTROL[name]}" if name in _CONTROL else did_you_mean(name, model.variables)
        raise UsageError(f"there is no variable '{text}'", hint)
    variable = model.variables[name]
    if matched is None or matched[2] is None:
        return Target(variable)
    found = Target(variable, tuple(canonical(part) for part in matched[2].split(",")))
    known = element_equations(model, name)
    if found.name not in known:
        raise UsageError(f"'{name}' has no element [{', '.join(found.elements)}]", did_you_mean(found.name, known))
    return found


def saved(model: ModelSpec, returns: Iterable[str] | None) -> tuple[str, ...]:
    """List the names that a run saves; all variables but lookups if ``returns`` is None.

    Raises UsageError for an unknown name, or a lookup.
    """
    if returns is None:
        return tuple(name for name, variable in model.variables.items() if variable.kind is not Kind.LOOKUP)
    given = [returns] if isinstance(returns, str) else list(returns)
    found = [find(model, text) for text in given]
    for target in found:
        if target.variable.kind is Kind.LOOKUP:
            raise UsageError(f"'{target.name}' is a lookup: it has no value of its own over time")
    return tuple(target.name for target in found)


def outcome(case: Case, text: str) -> str:
    """Translate an outcome to the claim language: a variable's name becomes its canonical spelling."""
    if text in case.claims:
        return text
    try:
        return find(case.model, text).name
    except UsageError:
        return text
