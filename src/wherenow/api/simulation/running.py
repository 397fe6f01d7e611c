"""Runs of a model: one, many, from a table, or step by step."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wherenow.api import names
from wherenow.api.inspection.structure import Structure
from wherenow.api.simulation.displayed_runs import Runs
from wherenow.api.simulation.setup import set_up
from wherenow.ensemble.draws import central
from wherenow.errors import UsageError

if TYPE_CHECKING:
    import numpy
    import pandas
    import xarray

    from wherenow.api.simulation.stepping import Stepper

    Value = float | Iterable[float] | numpy.ndarray | pandas.Series | xarray.DataArray | Callable[[float], float]


class Running(Structure):
    """The part of :class:`wherenow.Model` that runs it."""

    def run(
        self,
        params: Mapping[str, Value] | None = None,
        *,
        initial: Mapping[str, float] | None = None,
        start: float | None = None,
        stop: float | None = None,
        dt: float | None = None,
        save: float | None = None,
        returns: Iterable[str] | None = None,
        scenario: str | None = None,
        seed: int = 0,
        engine: str = "native",
        threads: int | None = None,
    ) -> xarray.Dataset:
        """Run once, with parameters that have a prior at their medians.

        Parameters
        ----------
        params
            by variable or element, in its unit: a number; an array of the variable's shape; or a path over time,
            as a pandas Series by time (linear between its points, constant outside) or a function of time. A value for
            any other variable replaces its equation. A lookup takes a Series by its argument.
        initial
            initial values of stocks.
        start, stop, dt, save
            the clock, in the model's time unit; by default the model's own.
        returns
            what to save; by default all variables but lookups.
        scenario
            one of the case's scenarios.
        seed
            the seed of the model's noise.
        engine
            ``native`` (compiled) or ``reference`` (NumPy).
        threads
            the number of threads; results do not depend on it.

        Returns
        -------
        xarray.Dataset
            each variable by canonical name, with dimension ``time`` and those of its array; ``units`` and
            ``long_name`` are attributes. ``.to_dataframe()`` converts it to a pandas table.

        Raises
        ------
        UsageError
            for an unknown name, a value of another shape, or an invalid clock.
        InputError
            if the model has errors.

        Warns
        -----
        RuntimeWarning
            where a value is not finite: which, when, and what it was computed from.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> run = m.run({"Room Temperature": 20}, stop=10)
        >>> run["teacup_temperature"].dims, run["teacup_temperature"].attrs["units"]
        (('time',), 'Degrees Fahrenheit')
        >>> round(float(m.run({"Room Temperature": lambda t: 70 + t})["teacup_temperature"][-1]), 2)
        95.86
        """
        setup = set_up(
            self.case, params=params, initial=initial, start=start, stop=stop, dt=dt, save=save, scenario=scenario
        )
        runs = setup.run(central(seed), names.saved(self.case.model, returns), threads, engine)
        return with_units(Runs.of(runs), 3).to_dataset(draw=0)

    def sample(
        self,
        vary: Mapping[str, str] | None = None,
        n: int = 1000,
        *,
        seed: int = 0,
        design: str = "sobol",
        initial: Mapping[str, float | str] | None = None,
        returns: Iterable[str] | None = None,
        threads: int | None = None,
        **settings: Any,
    ) -> Runs:
        """Run an ensemble in which parameters are drawn from distributions.

        Parameters
        ----------
        vary
            by parameter or element: a distribution such as ``"lognormal(8, 0.3)"`` (median and standard deviation of
            the logarithm); also ``normal``, ``uniform``, ``triangular``, ``beta``, ``gamma`` and others
            (docs/contracts.md). By default the case's posterior where it is fitted, else its priors.
        n
            the number of draws.
        seed
            the seed of draws and noise; the same seed gives the same bits, on any number of threads.
        design
            ``sobol`` (fills the space evenly), ``latin`` or ``random``.
        initial
            initial values of stocks, each a number or a distribution.
        returns
            what to save; by default everything, which takes 8 bytes × saved times × draws × scalars.
        settings
            ``params``, ``start``, ``stop``, ``dt``, ``save`` and ``scenario``, as for :meth:`run`.

        Raises
        ------
        UsageError
            for a name that is not a parameter, and as :meth:`run` does.
        InputError
            for an invalid distribution.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> runs = m.sample({"contact rate": "lognormal(8, 0.3)"}, n=1000, seed=1, returns=["infectious"])
        >>> bool(runs.quantiles("infectious", (0.95,)).max() > 150)
        True
        """
        from wherenow.api.simulation.sampling import drawn

        draws, fixed = drawn(self.case, vary, initial or {}, n, seed, design)
        return self._ensemble(draws, fixed, returns, threads, settings)

    def sweep(
        self,
        table: pandas.DataFrame | Mapping[str, Iterable[float]],
        *,
        seed: int = 0,
        returns: Iterable[str] | None = None,
        threads: int | None = None,
        **settings: Any,
    ) -> Runs:
        """Run once for every row of a table of parameters.

        Parameters
        ----------
        table
            one column for each parameter or element, in its unit; draw k of the result is row k.
        settings
            as for :meth:`sample`.

        Raises
        ------
        UsageError
            for a column that is not a parameter or contains a value that is not a number, and as :meth:`run` does.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> runs = m.sweep({"characteristic time": [5, 10, 20]})
        >>> runs["teacup_temperature"][-1].round(1).tolist()
        [70.3, 75.4, 94.4]
        """
        from wherenow.api.simulation.sampling import tabled

        return self._ensemble(tabled(self.case, table, seed), {}, returns, threads, settings)

    def _ensemble(
        self,
        draws: Any,
        initial: Mapping[str, float],
        returns: Iterable[str] | None,
        threads: int | None,
        settings: Mapping[str, Any],
    ) -> Runs:
        unknown = set(settings) - {"params", "start", "stop", "dt", "save", "scenario"}
        if unknown:
            raise UsageError(f"there is no setting {sorted(unknown)[0]!r}", "params, start, stop, dt, save or scenario")
        setup = set_up(self.case, initial=initial, **settings)
        return with_units(Runs.of(setup.run(draws, names.saved(self.case.model, returns), threads)))

    def step(
        self,
        controls: Iterable[str] = (),
        *,
        returns: Iterable[str] | None = None,
        seed: int = 0,
        **settings: Any,
    ) -> Stepper:
        """Begin a run that continues step by step, with changes between steps: a flight simulator or an RL environment.

        Parameters
        ----------
        controls
            variables or elements, other than parameters, that may be changed during the run; parameters always may.
        settings
            ``params``, ``initial``, ``start``, ``stop``, ``dt`` and ``scenario``, as for :meth:`run`.

        Raises
        ------
        UsageError
            as :meth:`run` does, and for a model with an adaptive step.

        Examples
        --------
        >>> import wherenow
        >>> game = wherenow.open("teacup.mdl").step(controls=["heat loss to room"])
        >>> game.advance({"heat loss to room": 8}, steps=80)["teacup_temperature"]
        100.0
        >>> game.time, game.done
        (10.0, False)
        """
        from wherenow.api.simulation.stepping import Stepper

        return Stepper(self.case, controls, returns, seed, settings)


def with_units(runs: Runs, level: int = 4) -> Runs:
    """Return the runs, and warn if some became non-finite: which variable, and when."""
    if runs.record.failure:
        lost = f" (in {len(runs.record.failed_draws)} of {len(runs)} runs)" if len(runs) > 1 else ""
        warnings.warn(f"{runs.record.failure}{lost}", RuntimeWarning, stacklevel=level)
    return runs
