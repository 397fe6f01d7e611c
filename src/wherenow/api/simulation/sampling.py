"""Draws for ensembles of a model, from distributions written as text or from a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wherenow.api.names import find
from wherenow.api.simulation.setup import first_names
from wherenow.case.case_types import Case
from wherenow.distributions.prior import Prior, parse_prior
from wherenow.ensemble.draws import Draws, draw
from wherenow.errors import Text, UsageError
from wherenow.model.model_types import Kind, ModelSpec

if TYPE_CHECKING:
    import pandas


def drawn(
    case: Case,
    vary: Mapping[str, str] | None,
    initial: Mapping[str, float | str],
    n: int,
    seed: int,
    design: str = "sobol",
) -> tuple[Draws, dict[str, float]]:
    """Return the draws, and the fixed initial values; initial values that are drawn have a placeholder there."""
    fixed = {name: value for name, value in initial.items() if not isinstance(value, str)}
    spread = {name: value for name, value in initial.items() if isinstance(value, str)}
    if vary is None and not spread:
        from wherenow.inference.posterior import draws_of  # slow to import, and most calls have no posterior

        return draws_of(case, n, seed, design=design), fixed
    priors = priors_of(case.model, vary or {}) if vary is not None else dict(case.priors)
    for name, text in spread.items():
        scalar, prior = first_prior(case.model, name, text)
        priors[scalar] = prior
        fixed[name] = prior.median()
    return draw(replace(case, priors=priors), n, seed, design), fixed


def priors_of(model: ModelSpec, vary: Mapping[str, str]) -> dict[str, Prior]:
    """Parse distributions by the canonical name of their parameter. Raises UsageError for anything but a scalar
    parameter.
    """
    return {parameter(model, name): parse_prior(Text(str(text))) for name, text in vary.items()}


def first_prior(model: ModelSpec, name: str, text: str) -> tuple[str, Prior]:
    """Return the input that holds the initial value of a stock, and its distribution."""
    return _one(first_names(model, name), name), parse_prior(Text(text))


def with_priors(case: Case, vary: Mapping[str, str]) -> Case:
    """Return the case with these priors instead of its own."""
    return replace(case, priors=priors_of(case.model, vary))


def parameter(model: ModelSpec, text: str) -> str:
    """Find the scalar parameter that ``text`` names. Raises UsageError if there is none, or several."""
    target = find(model, text)
    if target.variable.kind is not Kind.PARAMETER:
        message = f"'{target.name}' is computed by the model ({target.variable.kind}), so it cannot be varied"
        raise UsageError(message, "vary a parameter that it depends on")
    return _one(target.scalars(model), text)


def _one(scalars: tuple[str, ...], text: str) -> str:
    if len(scalars) > 1:
        raise UsageError(f"'{text}' has {len(scalars)} elements: name one", ", ".join(scalars[:3]))
    return scalars[0]


def tabled(case: Case, table: pandas.DataFrame | Mapping[str, Iterable[float]], seed: int) -> Draws:
    """Make one draw for each row of a table of parameters."""
    columns = {str(name): values for name, values in table.items()}
    if not columns:
        raise UsageError("the table has no columns", "one for each parameter")
    rows = {parameter(case.model, name): _numbers(name, values) for name, values in columns.items()}
    if len({len(row) for row in rows.values()}) > 1:
        raise UsageError("the columns of the table are of different lengths")
    if not len(next(iter(rows.values()))):
        raise UsageError("the table has no rows")
    return Draws(names=tuple(rows), values=np.array(list(rows.values())), seed=seed, design="table")


def _numbers(name: str, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return np.asarray(list(values), np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the column '{name}' has a value that is not a number") from None
