"""The prior predictive distribution of each data series: what the priors of a case say about its data before any fit.

Box (1980, Journal of the Royal Statistical Society A 143) proposes the comparison; Gabry et al. (2019, same journal,
182, section 3) show it as a picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.ensemble.runs import quantiles_over_draws
from wherenow.foresight.ingredients.structures import unfitted
from wherenow.inference.likelihood.density import likelihood
from wherenow.inference.predict import replicated
from wherenow.outlook.outlook_types import SHARES, Datum, Fan


@dataclass(frozen=True, slots=True, eq=False)
class PriorFan:
    """The prior predictive of one series at the dates of its data, and the data outside its 90% band.

    ``fan.quantiles`` are undefined if no observation equation relates the series to the model; ``undefined`` is the
    share of draws in which the model has no finite value at some date.
    """

    fan: Fan
    outside: tuple[Datum, ...] = ()
    undefined: float = 0.0

    @property
    def observed(self) -> bool:
        """Whether the model has an observation equation for the series."""
        return bool(np.isfinite(self.fan.quantiles).any())


def prior_fans(case: Case, draws: int = 1000, seed: int = 0, threads: int | None = None) -> tuple[PriorFan, ...]:
    """Compute the prior predictive of every data series of ``case`` with data within the run, in the series' unit.

    Parameters and discrepancies are drawn from their priors, even if a posterior is stored. Measurement errors are
    included, so that about one datum in ten is outside the 90% band of a prior that fits.
    """
    predicted = {}
    if case.observations:
        known = likelihood(case, threads)
        (structure,) = unfitted(case, draws, seed)
        values = structure.posterior.flat
        paths = known.observer.predict(known.space.names, values)
        predicted = {name: p.values for name, p in replicated(case, known, values, paths, seed).items()}
    time = case.model.time
    found = []
    for name, series in case.data.items():
        within = series.between(time.start, time.stop)
        if len(within):
            drawn = predicted.get(name, np.full((len(within), 1), np.nan))
            found.append(_fan(within, drawn, time.save_every * time.step))
    return tuple(found)


def _fan(series: DataSeries, drawn: np.ndarray, interval: float) -> PriorFan:
    times, data = np.asarray(series.times, float), Datum.all_of(series)
    quantiles = quantiles_over_draws(drawn, SHARES)
    observed = np.array([d.value for d in data])
    low, high = quantiles[[0, -1]]
    outside = tuple(d for d, out in zip(data, (observed < low) | (observed > high), strict=True) if out)
    inside = 1 - len(outside) / len(data) if np.isfinite(quantiles).any() else None
    fan = Fan(
        name=series.name,
        label=series.name,
        unit=series.unit,
        times=times,
        quantiles=quantiles,
        central=quantiles[SHARES.index(0.5)],
        series=series.name,
        data=data,
        inside=inside,
    )
    if len(times) == 1:  # a band over a single time would have no width
        wide = np.repeat(quantiles, 2, axis=1)
        fan = replace(fan, times=times + np.array([-interval, interval]) / 2, quantiles=wide, central=wide[0])
    undefined = 0.0 if inside is None else float(1 - np.isfinite(drawn).all(axis=0).mean())
    return PriorFan(fan, outside, undefined)
