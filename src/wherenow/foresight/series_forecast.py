"""Forecasts of a case's series by the model and by their histories, at the same dates."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.history import histories
from wherenow.foresight.ingredients.level import Known, steps
from wherenow.foresight.ingredients.model_forecasts import FittedStructure, model_forecasts
from wherenow.foresight.ingredients.record import records


def known(case: Case) -> Known:
    """Read the records of ``case`` and estimate their steps, pooled over series."""
    case_records = records(case)
    return Known(case_records, steps(case_records))


def forecasts(
    what: Known,
    structures: tuple[FittedStructure, ...],
    at: Mapping[str, Array],
    seed: int = 0,
    draws: int = 1000,
    threads: int | None = None,
) -> dict[str, dict[str, Array]]:
    """Draw every series' data at dates after its last datum, by ingredient.

    Parameters
    ----------
    structures : the fitted structures of the model; empty if nothing was fitted.
    at : ascending dates by series.

    Returns
    -------
    By series and ingredient, the model's first: draws ``[date, draw]`` in the series' unit.
    """
    modelled = model_forecasts(structures, what.records, at, seed, draws, threads)
    drawn = {}
    for series, dates in at.items():
        # each series has its own seed, so that a forecast does not depend on which other series are requested with it
        rng = np.random.default_rng([seed, zlib.crc32(series.encode())])
        drawn[series] = {**modelled.get(series, {}), **histories(what, series, dates, rng, draws)}
    return drawn
