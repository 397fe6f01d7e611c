"""The pool: draws from all ingredients by weight, recalibrated, and joint over series and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.history import ANALOGUES
from wherenow.foresight.pooling.recalibration import Recalibration
from wherenow.foresight.pooling.weights import MODELS

POOL, MODEL, HISTORY, BASE_RATE = SHOWN = ("pool", "model", "history", "base rate")
"""The display of a forecast: pool, model alone, history alone, and how often similar ones came true."""


def published(
    ingredients: Mapping[str, Array], weights: Mapping[str, float], recalibration: Recalibration
) -> dict[str, Array]:
    """Pool the ingredients of one series.

    Parameters
    ----------
    ingredients : draws ``[date, draw]`` in the series' unit, the same number of each; the model's first.
    weights : of the same ingredients; they sum to 1.

    Returns
    -------
    Draws ``[date, draw]`` of each of :data:`SHOWN` for which there is an ingredient.
    """
    names = list(ingredients)
    result = {POOL: recalibration.of(mixed(ingredients, names, weights))}
    model = [n for n in names if n in MODELS]
    history = [n for n in names if n not in MODELS]
    if model:
        result[MODEL] = mixed(ingredients, model, weights)
    if history:
        result[HISTORY] = mixed(ingredients, history, weights)
    if ANALOGUES in ingredients:
        result[BASE_RATE] = ingredients[ANALOGUES]
    return result


def mixed(ingredients: Mapping[str, Array], names: Sequence[str], weights: Mapping[str, float]) -> Array:
    """Draw from the mixture of ``names``: draw i is draw i of one of them.

    The first draws come from the first ingredient, in proportion to its weight, and so on. With the model's ingredients
    first in every series, the model's draws stay joint over series.
    """
    draws = ingredients[names[0]].shape[1]
    shares = np.array([weights[n] for n in names])
    edges = np.round(draws * np.cumsum(shares) / shares.sum()).astype(int)
    which = np.searchsorted(edges, np.arange(draws), side="right")
    out = np.empty_like(ingredients[names[0]])
    for number, name in enumerate(names):
        out[:, which == number] = ingredients[name][:, which == number]
    return out
