"""Estimate which parameters an outcome depends on: Morris' screening, then Sobol' indices of those that matter.

Both move parameters independently over the quantiles of their own distributions (0 is the lowest value, 1 the highest).
The noise of the model is treated like a parameter: it stays the same unless it is exchanged, so that it does not blur
the effect of a parameter, and it has its own index.

Morris, M. D. (1991), "Factorial sampling plans for preliminary computational experiments"; Campolongo, Cariboni &
Saltelli (2007) for the mean of absolute effects; Sobol' (2001); Saltelli et al. (2010) for the estimators. SALib
generates the designs and computes the indices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.errors import UsageError

Outcome = Callable[[Array, int], Array]
"""Maps quantiles ``[parameter, draw]`` and the first draw's number, which keys the noise, to one number per draw."""

LEVELS = 4
TAIL = 0.025
"""Screening steps over the middle 95% of each parameter: most distributions have infinite ends."""
REST, NOISE = "all others", "noise"
_EDGE = 2.0**-31


@dataclass(frozen=True, slots=True)
class ElementaryEffect:
    """Morris' measures of one parameter: the mean size of its effect with its 95% error, and the effects' spread.

    An effect is a change of the outcome per full (95%) range of the parameter. A spread as large as the mean says that
    the effect depends on other parameters or is nonlinear.
    """

    name: str
    size: float
    error: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Shares of the outcome's variance, with 95% errors, and the direction of the dependence.

    ``alone`` is the share that knowing the parameter would remove on average, ``total`` what would remain if all others
    were known. ``direction`` is the rank correlation of parameter and outcome (0 for a group or noise).
    """

    name: str  # name of a parameter, of a group of parameters, or of the noise
    alone: float
    alone_error: float  # 95% error of ``alone``
    total: float
    total_error: float  # 95% error of ``total``
    direction: float = 0.0


def screen(
    names: tuple[str, ...], outcome: Outcome, trajectories: int = 32, seed: int = 0
) -> tuple[ElementaryEffect, ...]:
    """Screen all parameters with Morris' method, the greatest effect first: ``trajectories`` × (parameters + 1) runs.

    Trajectories on which the outcome is not finite are left out. Raises UsageError if fewer than two remain.
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris

    problem = _problem(names, (TAIL, 1 - TAIL))
    points = np.asarray(morris.sample(problem, trajectories, LEVELS, seed=seed))
    design = points.reshape(trajectories, len(names) + 1, len(names))
    outcomes = np.stack([outcome(design[:, k].T, 0) for k in range(len(names) + 1)], axis=1)
    finite = _finite(outcomes, 2)
    y = outcomes[finite].ravel()
    result = analysis.analyze(problem, design[finite].reshape(len(y), -1), y, num_levels=LEVELS, seed=seed)
    rows = zip(names, result["mu_star"], result["mu_star_conf"], result["sigma"], strict=True)
    return tuple(sorted((ElementaryEffect(n, *map(float, numbers)) for n, *numbers in rows), key=lambda e: -e.size))


def indices(
    names: tuple[str, ...], apart: tuple[str, ...], outcome: Outcome, base: int = 512, seed: int = 0
) -> tuple[Index, ...]:
    """Estimate Sobol' indices of parameters ``apart``, of all others together, and of noise, by descending total.

    Needs at most ``base`` (a power of two) × (len(apart) + 4) runs. Raises UsageError if the outcome does not vary, or
    is not finite in most rows.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol

    groups = [*(name if name in apart else REST for name in names), NOISE]
    distinct = list(dict.fromkeys(groups))
    problem = _problem((*names, NOISE), (_EDGE, 1 - _EDGE), groups)
    points = np.asarray(sobol.sample(problem, base, calc_second_order=False, seed=seed))
    design = points.reshape(base, len(distinct) + 2, len(groups))[:, :, :-1]
    noise_only = {len(distinct), len(distinct) + 1}  # the last two rows, where only the noise is exchanged
    blocks = [outcome(design[:, k].T, base if k in noise_only else 0) for k in range(len(distinct) + 2)]
    outcomes = np.stack(blocks, axis=1)
    finite = _finite(outcomes, base // 2)
    if not np.ptp(outcomes[finite]) > 0:
        raise UsageError("the outcome is the same in every run, so it depends on no parameter")
    # SALib takes a seed of 0 as no seed, and would draw other errors in each call
    result = analysis.analyze(problem, outcomes[finite].ravel(), calc_second_order=False, seed=seed + 1)
    keys = {"alone": "S1", "alone_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
    direction = _directions(names, design[finite], outcomes[finite]) | {REST: 0.0, NOISE: 0.0}
    noisy = (outcomes[finite, -2] != outcomes[finite, 0]).any()  # a model without noise has no index for it
    rows = [
        Index(name=name, direction=direction[name], **{k: float(result[key][i]) for k, key in keys.items()})
        for i, name in enumerate(distinct)
        if name != NOISE or noisy
    ]
    return tuple(sorted(rows, key=lambda row: -row.total))


def _directions(names: tuple[str, ...], design: Array, outcomes: Array) -> dict[str, float]:
    from scipy.stats import spearmanr

    ends = [0, -1]  # columns of the two independent designs
    points, values = np.concatenate([design[:, e] for e in ends]), np.concatenate([outcomes[:, e] for e in ends])
    return {n: float(np.nan_to_num(spearmanr(points[:, i], values).statistic)) for i, n in enumerate(names)}


def _problem(names: tuple[str, ...], bounds: tuple[float, float], groups: list[str] | None = None) -> dict[str, object]:
    if not names:
        raise UsageError("nothing is uncertain: no parameter has a prior")
    named = {"num_vars": len(names), "names": list(names), "bounds": [list(bounds)] * len(names)}
    return named if groups is None else {**named, "groups": groups}


def _finite(outcomes: Array, least: int) -> NDArray[np.bool_]:
    finite = np.asarray(np.isfinite(outcomes).all(axis=1))
    if finite.sum() < least:
        raise UsageError(f"the outcome is not finite in {int((~finite).sum())} of {len(finite)} rows of runs")
    return finite
