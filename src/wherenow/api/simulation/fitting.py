"""Fitting a model to measured series: from priors to a posterior, with the model's discrepancy inferred as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wherenow.api.extras import needed
from wherenow.api.names import find, saved
from wherenow.api.notebooks.picture import Picture
from wherenow.api.simulation.displayed_runs import Runs, spelled
from wherenow.api.simulation.sampling import first_prior, priors_of
from wherenow.api.simulation.setup import FIRST, Setup, baked, set_up, times_of
from wherenow.case.case_types import Case, DataSeries
from wherenow.case.observation import Observation, parse_error
from wherenow.case.scenario import ScenarioChanges
from wherenow.ensemble.draws import Draws
from wherenow.errors import Text, UsageError
from wherenow.execution import Execution
from wherenow.inference.calibrate import Effort, calibrate
from wherenow.inference.posterior import Posterior
from wherenow.language.printer import spelled as quoted
from wherenow.model.model_types import ModelSpec

if TYPE_CHECKING:
    import pandas

NARROW = 0.1
"""The default standard deviation of errors, as a share of that of the data."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A posterior of a model's parameters given data; ``posterior.record["convergence"]`` says how far to trust it."""

    case: Case
    posterior: Posterior

    def __repr__(self) -> str:
        return f"Fit({self.case.name}: {self.posterior.record['convergence']})\n{self.table()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(str(self.posterior.record['convergence']))}</p>{self.table().to_html()}"

    def table(self) -> pandas.DataFrame:
        """Tabulate the posterior of each parameter.

        Returns
        -------
        DataFrame
            one row per parameter, with its quantiles ``5 %``, ``median`` and ``95 %`` in its unit, and its ``prior``.
        """
        import pandas

        priors = self.case.priors
        rows = [self.posterior.flat[self.posterior.names.index(name)] for name in priors]
        index = pandas.Index([f"{n.replace(FIRST, '')} at the start" if FIRST in n else n for n in priors], name="name")
        table = pandas.DataFrame(np.quantile(rows, (0.05, 0.5, 0.95), axis=1).T, index, ["5 %", "median", "95 %"])
        return table.assign(prior=[str(prior) for prior in priors.values()])

    def draws(self, n: int = 1000, seed: int = 0) -> Draws:
        """Draw ``n`` sets of parameters from the posterior.

        Returns
        -------
        Draws
            ``values[parameter, draw]``, each row in its parameter's unit.
        """
        return self.posterior.draws(n, seed)

    def runs(
        self, n: int = 1000, *, seed: int = 0, returns: Iterable[str] | None = None, threads: int | None = None
    ) -> Runs:
        """Run the model at draws from the posterior, to the end of its clock: a forecast beyond the data.

        Parameters
        ----------
        n
            the number of draws.
        returns
            variables or elements to save; all but lookups if None.

        Raises
        ------
        UsageError
            for a variable that the model does not have.
        """
        setup = Setup(case=self.case, plan=ScenarioChanges())
        return Runs.of(setup.run(self.draws(n, seed), saved(self.case.model, returns), threads))

    def plot(self, name: str, n: int = 1000, seed: int = 0) -> Picture:
        """Draw the fan of one scalar over the posterior, with its data.

        Parameters
        ----------
        n
            the number of draws.

        Raises
        ------
        UsageError
            for a variable that the model does not have.
        """
        import pandas

        data = self.case.data.get(spelled(name))
        points = None if data is None else pandas.Series(data.values, data.times)
        return self.runs(n, seed=seed, returns=[name]).plot(name, points)


def fit(
    case: Case,
    data: pandas.DataFrame | pandas.Series,
    priors: Mapping[str, str],
    errors: Mapping[str, str] | str | None,
    initial: Mapping[str, float | str],
    seed: int,
    effort: Effort,
    threads: int | None,
    settings: Mapping[str, Any],
) -> Fit:
    """Fit parameters; see :meth:`wherenow.api.model.Model.fit`."""
    needed("arviz")
    spread = {name: text for name, text in initial.items() if isinstance(text, str)}
    drawn = {**priors_of(case.model, priors), **dict(first_prior(case.model, n, t) for n, t in spread.items())}
    first = {n: 0.0 if isinstance(v, str) else v for n, v in initial.items()}
    setup = set_up(case, initial=first, **settings)
    series = dict(_series(setup.case.model, data))
    known = replace(
        baked(setup),
        priors=drawn,
        data=series,
        observations={name: _observation(name, one, errors, setup.case.model) for name, one in series.items()},
        cutoff=None,
        cutoff_date="",
    )
    return Fit(known, calibrate(known, seed, effort, Execution(threads=threads)))


def _series(model: ModelSpec, data: pandas.DataFrame | pandas.Series) -> Iterable[tuple[str, DataSeries]]:
    """Turn the columns into data series, by the scalar that each measures. Raises UsageError for an unknown scalar."""
    import pandas

    table = data.to_frame() if isinstance(data, pandas.Series) else data
    for column in table.columns:
        target = find(model, str(column))
        if target.variable.dimensions and not target.elements:
            raise UsageError(f"'{column}' is an array: name one of its elements", ", ".join(target.scalars(model)[:3]))
        known = table[column].dropna()
        times = times_of(known.index, str(column), model.time.unit)
        values = np.asarray(known.to_numpy(), np.float64)
        order = np.argsort(times, kind="stable")
        if not len(times):
            raise UsageError(f"'{column}' holds no data")
        n = len(times)
        yield (
            target.name,
            DataSeries(
                name=target.name,
                dates=tuple(f"{t:g}" for t in times[order]),
                times=times[order],
                values=values[order],
                unit=target.variable.unit,
                source=("",) * n,
                licence=("",) * n,
                quality=("read",) * n,
                note=("",) * n,
            ),
        )


def _observation(name: str, data: DataSeries, errors: Mapping[str, str] | str | None, model: ModelSpec) -> Observation:
    given = errors if isinstance(errors, str) or errors is None else _own(errors, name, model)
    spread = float(np.std(data.values)) or max(abs(float(data.values[0])), 1.0)
    error = parse_error(Text(given or f"normal({NARROW * spread:.6g})"), model.time.unit)
    variable, bracket, inside = name.partition("[")
    return Observation(series=name, of=Text(f"{quoted(variable)}{bracket}{inside}"), error=error)


def _own(errors: Mapping[str, str], name: str, model: ModelSpec) -> str | None:
    return next((text for given, text in errors.items() if find(model, given).name == name), None)
