"""Compare models by how well each predicts a datum that it has not seen, and by their evidence.

Densities of unseen data come from :mod:`wherenow.inference.checking.leave_one_out`. Forecasts are averaged by
pseudo-BMA+ weights, which a Bayesian bootstrap of the data keeps from certainty. Stacking, shown beside them, gives all
weight to one of two models that predict alike (Yao, Vehtari, Simpson & Gelman 2018, sections 3.3 and 4; ArviZ does
both).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.distributions.families import Array
from wherenow.inference.checking.psis import DOUBTFUL


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWeight:
    """One model among others.

    It has the expected log density of unseen data with its standard error, the difference from the best with its own,
    the weights for averaging, by stacking and by evidence, and the number of data too influential to leave out.
    """

    elpd: float  # expected log pointwise predictive density
    error: float  # standard error of ``elpd``
    behind: float  # difference from the elpd of the best model
    behind_error: float  # standard error of ``behind``
    stacking: float  # stacking weight
    evidence: float  # weight by marginal likelihood
    doubtful: int  # number of data with a Pareto k above the limit
    averaging: float  # weight of pseudo-BMA with a Bayesian bootstrap


def weigh(densities: Mapping[str, Array], evidence: Mapping[str, float]) -> dict[str, ModelWeight]:
    """Weigh models by leave-one-out ``densities[datum, draw]`` of the same data, and by their log evidence."""
    from arviz import compare, loo

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # influential data are counted instead of warned about
        results = {n: loo(_as_data(d), pointwise=True, reff=1.0) for n, d in densities.items()}  # type: ignore[no-untyped-call]
        table = compare(results, ic="loo", method="stacking")
        averaged = compare(results, ic="loo", method="BB-pseudo-BMA", seed=0)
    greatest = max(evidence.values())
    share = {name: float(np.exp(value - greatest)) for name, value in evidence.items()}
    total = sum(share.values())
    return {
        name: ModelWeight(
            elpd=float(results[name].elpd_loo),
            error=float(results[name].se),
            behind=float(table.loc[name, "elpd_diff"]),
            behind_error=float(table.loc[name, "dse"]),
            stacking=float(table.loc[name, "weight"]),
            evidence=share[name] / total,
            doubtful=int((results[name].pareto_k.values > DOUBTFUL).sum()),
            averaging=float(averaged.loc[name, "weight"]),
        )
        for name in densities
    }


def _as_data(logs: Array) -> object:
    """Return the shape that ArviZ expects: one chain, draws, data."""
    import arviz

    return arviz.from_dict({"draw": np.zeros((1, logs.shape[1]))}, log_likelihood={"data": logs.T[None]})
