"""The runs that the tests of an audit share: without noise, so that every difference has a cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from wherenow.case.case_types import Case
from wherenow.engine.native_rk45 import native
from wherenow.engine.without_noise import quiet
from wherenow.ensemble.draws import Draws, draw
from wherenow.ensemble.runs import Array, Ensemble
from wherenow.ensemble.simulate import PreparedCase, prepare, system_of
from wherenow.errors import InputError
from wherenow.language.syntax import Table
from wherenow.language.units import Unit, units
from wherenow.model.model_types import Kind, Variable
from wherenow.model.system import System

DRAWS = 64
SIGNED = frozenset({"dollar", "euro", "dinar", "degree", "radian", "year"})
"""Base units of quantities that may be negative: debts, temperatures, angles, dates."""


@dataclass(frozen=True)
class Bench:
    """A case under audit, and its runs on ``draws`` of the priors."""

    case: Case
    seed: int = 0

    @cached_property
    def system(self) -> System:
        return system_of(self.case, ())

    @cached_property
    def draws(self) -> Draws:
        return draw(self.case, DRAWS if self.case.priors else 1, self.seed)

    @cached_property
    def prepared(self) -> PreparedCase:
        return still(self.case)

    @cached_property
    def runs(self) -> Ensemble:
        """The case on draws of its priors, with every variable saved."""
        return self.prepared.run(self.draws, "", {}, {})

    def run(self, draws: Draws, series: Mapping[str, Table] | None = None) -> Ensemble:
        """Run the case on other draws, with some series replaced by other tables."""
        return self.prepared.run(draws, "", {}, series or {})

    def variable(self, element: str) -> Variable:
        """Return the variable of an element."""
        return self.case.model.variables[element.partition("[")[0]]

    @cached_property
    def amounts(self) -> tuple[str, ...]:
        """The stocks that are amounts, which cannot be negative.

        They are counted, weighed or measured by volume, and are not negative at the start. In an imported model without
        units, a stock that is never negative in its own run counts as one.
        """
        runs = self.runs
        stocks = (n for n in runs.names if self.variable(n).kind is Kind.STOCK)
        return tuple(n for n in stocks if self._is_amount(self.unit(self.variable(n)), runs.at_centre(n)))

    def _is_amount(self, unit: Unit | None, path: Array) -> bool:
        if unit is None:
            return bool(np.nanmin(path) >= 0)
        counted = unit.powers and not any(name in SIGNED for name, _ in unit.powers)
        return bool(counted and dict(unit.powers).get("meter") in (None, 3) and path[0] >= 0)

    def unit(self, variable: Variable) -> Unit | None:
        """Return the unit of a variable; None if it has none, or an invalid one."""
        if not variable.unit:
            return None
        try:
            return units(self.case.model.units).parse(variable.unit)
        except InputError:
            return None


def still(case: Case, outputs: tuple[str, ...] | None = None) -> PreparedCase:
    """Compile a case without its noise."""
    ready = prepare(case, (), outputs)
    return replace(ready, backend=native(quiet(ready.backend.program)))
