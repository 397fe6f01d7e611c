"""A model or case as ``wherenow.open`` gives it: everything that can be done with it, one method each."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherenow.api import names
from wherenow.api.comparing import ModelDiff, compare
from wherenow.api.runs import Runs
from wherenow.api.setup import Setup, set_up
from wherenow.api.tables import Document, model_document, variable_document, variables_table
from wherenow.case.types import Case
from wherenow.ensemble.draws import central
from wherenow.errors import Diagnostic, UsageError
from wherenow.model.types import TimeSpec

if TYPE_CHECKING:
    import numpy
    import pandas
    import xarray

    from wherenow.api.stepping import Stepper
    from wherenow.explain.named import NamedLoops
    from wherenow.outlook.sensitivity import Sensitivity

    Value = float | Iterable[float] | numpy.ndarray | pandas.Series | xarray.DataArray | Callable[[float], float]

EXAMPLES = Path(__file__).parent / "examples"


def open_model(path: str | os.PathLike[str]) -> Model:
    """Open a Vensim file (``.mdl``), an XMILE file (``.xmile``, ``.stmx``, ``.itmx``, ``.xml``), or a case folder.

    Parameters
    ----------
    path
        where it is; or the name of a case or model that came with wherenow: ``iraq-us``, ``school-influenza``,
        ``teacup.mdl``, ``epidemic.mdl``.

    Raises
    ------
    UsageError
        where there is nothing of that name, or a file of another kind.
    InputError
        with every problem in the file or folder, each with its place.

    Warns
    -----
    UserWarning
        where something in the file was left out or read otherwise than written; ``warnings`` of the model has all.

    Examples
    --------
    >>> import wherenow
    >>> wherenow.open("teacup.mdl")
    Model(teacup: 4 variables, 0 to 30 Minute by 0.125)
    """
    from wherenow.case.builtin import located
    from wherenow.exchange.opening import open_with_warnings

    place = located(Path(path))
    if not place.exists() and (EXAMPLES / place).is_file():
        place = EXAMPLES / place
    case, found = open_with_warnings(place)
    if found:
        more = f" (and {len(found) - 1} more; see .warnings)" if len(found) > 1 else ""
        warnings.warn(f"{found[0]}{more}", UserWarning, stacklevel=2)
    return Model(case, found)


class Model:
    """A model with its equations, ready to run; of a case folder, with its data, priors and claims.

    Opened by :func:`wherenow.open`. Names of variables may be written in any spelling (``"Contact Rate"``,
    ``contact_rate``); elements of arrays as ``"Stock[North, Coal]"``. Only :meth:`edit` changes a model; all else gives
    something new.
    """

    def __init__(self, case: Case, found: tuple[Diagnostic, ...] = ()) -> None:
        self._case, self.warnings = case, found

    def __repr__(self) -> str:
        time = self.time
        return (
            f"Model({self.name}: {len(self.case.model.variables)} variables, "
            f"{time.start:g} to {time.stop:g} {time.unit} by {time.step:g})".replace("  ", " ")
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>{self.variables.to_html(max_rows=20)}"

    # -- what it is

    @property
    def case(self) -> Case:
        """The case underneath, as the functions of :mod:`wherenow` that judge and forecast take it."""
        return self._case

    @property
    def name(self) -> str:
        return self.case.name

    @property
    def time(self) -> TimeSpec:
        """Start, stop, step and interval of saving, with their unit."""
        return self.case.model.time

    @property
    def variables(self) -> pandas.DataFrame:
        """A table of all variables: label, kind, unit, equation, documentation and subscripts, by name.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> m.variables.loc["heat_loss_to_room", ["kind", "unit"]].tolist()
        ['flow', 'Degrees Fahrenheit/Minute']
        """
        return variables_table(self.case)

    def doc(self, name: str | None = None) -> Document:
        """Document one variable, or the whole model, as Markdown that a notebook shows.

        Raises UsageError where there is no such variable.

        Examples
        --------
        >>> import wherenow
        >>> print(wherenow.open("teacup.mdl").doc("room temperature").splitlines()[-1])
        reads: nothing; read by: heat_loss_to_room
        """
        if name is None:
            return model_document(self.case)
        from wherenow.ensemble.simulate import system_of

        return variable_document(self.case, system_of(self.case, ()), names.find(self.case.model, name).variable)

    def links(self) -> pandas.DataFrame:
        """List every link: ``source``, ``target`` and ``polarity``, one row each.

        The polarity (``+``, ``-``, ``+-`` where it changes along the run, empty where moving the source moves nothing)
        is that of the target's equation with everything else held.

        Examples
        --------
        >>> import wherenow
        >>> wherenow.open("teacup.mdl").links().set_index(["source", "target"]).polarity["room_temperature"].to_dict()
        {'heat_loss_to_room': '-'}
        """
        from wherenow.api.links import links_table

        return links_table(self.case)

    # -- runs

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
        """Run once; parameters that have a prior stand at its median.

        Parameters
        ----------
        params
            by variable or element, in its own unit: a number; an array of the variable's shape; or a path over time,
            as a pandas Series by time (straight between its points, level outside) or a function of time. A value for
            what is no parameter stands in place of its equation. A lookup takes a Series by its argument.
        initial
            first values of stocks.
        start, stop, dt, save
            the clock, in the model's time unit; the model's own where None.
        returns
            what to save; all variables but lookups where None.
        scenario
            one of the case's scenarios.
        seed
            of the model's noise.
        engine
            ``native`` (compiled), ``reference`` (NumPy) or ``jax``.
        threads
            how many threads may work; results do not depend on it.

        Returns
        -------
        xarray.Dataset
            one variable each, by canonical name, with dimension ``time`` and those of its array; ``units`` and
            ``long_name`` are in the attributes. ``.to_dataframe()`` makes a pandas table of it.

        Raises
        ------
        UsageError
            for an unknown name, a value of another shape, or a clock that cannot be meant.
        InputError
            where the model has errors.

        Warns
        -----
        RuntimeWarning
            where a value is no finite number: what, when, and what it was computed from.

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
        runs = self._ran(setup, returns, seed, threads, engine)
        return runs.to_dataset().isel(draw=0, drop=True)

    def _ran(self, setup: Setup, returns: Iterable[str] | None, seed: int, threads: int | None, engine: str) -> Runs:
        runs = setup.run(central(seed), names.saved(self.case.model, returns), threads, engine)
        return told(Runs.of(runs))

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
            (docs/contracts.md). None draws what the case says: its posterior where it is fitted, else its priors.
        n
            how many draws.
        seed
            of draws and noise; the same seed gives the same bits, on any number of threads.
        design
            ``sobol`` (fills the space evenly), ``latin`` or ``random``.
        initial
            first values of stocks, each a number or a distribution.
        returns
            what to save; all where None, which for large models takes memory: 8 bytes × saved times × draws × scalars.
        settings
            ``params``, ``start``, ``stop``, ``dt``, ``save`` and ``scenario``, as for :meth:`run`.

        Raises
        ------
        UsageError
            for a name that is no parameter, and as :meth:`run` does.
        InputError
            where a distribution is wrong.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> runs = m.sample({"contact rate": "lognormal(8, 0.3)"}, n=1000, seed=1, returns=["infectious"])
        >>> bool(runs.quantiles("infectious", (0.95,)).max() > 150)
        True
        """
        from wherenow.api.sampling import drawn

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
            one column a parameter or element, in its unit; draw k of the result is row k.
        settings
            as for :meth:`sample`.

        Raises
        ------
        UsageError
            for a column that is no parameter or holds what is no number, and as :meth:`run` does.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> runs = m.sweep({"characteristic time": [5, 10, 20]})
        >>> runs["teacup_temperature"][-1].round(1).tolist()
        [70.3, 75.4, 94.4]
        """
        from wherenow.api.sampling import tabled

        return self._ensemble(tabled(self.case, table, seed), {}, returns, threads, settings)

    def _ensemble(
        self, draws: Any, initial: Mapping[str, float], returns: Iterable[str] | None, threads: int | None,
        settings: Mapping[str, Any],
    ) -> Runs:  # fmt: skip
        unknown = set(settings) - {"params", "start", "stop", "dt", "save", "scenario"}
        if unknown:
            raise UsageError(f"there is no setting {sorted(unknown)[0]!r}", "params, start, stop, dt, save or scenario")
        setup = set_up(self.case, initial=initial, **settings)
        return told(Runs.of(setup.run(draws, names.saved(self.case.model, returns), threads)))

    def sensitivity(
        self,
        of: str,
        vary: Mapping[str, str] | None = None,
        *,
        most: int = 10,
        base: int = 512,
        seed: int = 0,
        threads: int | None = None,
    ) -> Sensitivity:
        """Find which unknowns an outcome depends on: Morris' screening of all, Sobol' indices of the first ``most``.

        Parameters
        ----------
        of
            a variable (its value at the end), a formula such as ``"max(infectious, 0, 100)"``, or a claim of the case.
        vary
            distributions as for :meth:`sample`; the case's priors where None.
        base
            rows of the design, a power of two; the runs made are about ``base`` × (``most`` + 4).

        Raises
        ------
        UsageError
            where nothing is uncertain, or ``of`` is nothing that can be asked.
        InputError
            where a formula or distribution is wrong.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> vary = {"room temperature": "normal(70, 5)", "characteristic time": "lognormal(10, 0.1)"}
        >>> m.sensitivity("teacup temperature", vary, base=64).indices[0].name
        'room_temperature'
        """
        from wherenow.api.analysis import sensitivity

        return sensitivity(self, of, vary, most=most, base=base, seed=seed, threads=threads)

    def step(
        self,
        controls: Iterable[str] = (),
        *,
        returns: Iterable[str] | None = None,
        seed: int = 0,
        **settings: Any,
    ) -> Stepper:
        """Begin a run that goes on step by step, with changes between steps: a flight simulator, or an environment.

        Parameters
        ----------
        controls
            variables or elements that are no parameters and may be moved all the same; parameters always may.
        settings
            ``params``, ``initial``, ``start``, ``stop``, ``dt`` and ``scenario``, as for :meth:`run`.

        Raises
        ------
        UsageError
            as :meth:`run` does, and for a model whose steps an error bound chooses.

        Examples
        --------
        >>> import wherenow
        >>> game = wherenow.open("teacup.mdl").step(controls=["heat loss to room"])
        >>> game.advance({"heat loss to room": 8}, steps=80)["teacup_temperature"]
        100.0
        >>> game.time, game.done
        (10.0, False)
        """
        from wherenow.api.stepping import Stepper

        return Stepper(self.case, controls, returns, seed, settings)

    # -- structure

    def loops(self, n: int = 50, *, seed: int = 0) -> NamedLoops:
        """Tell which feedback loop makes how much of the behaviour, and when (loops that matter).

        Loops are those that a case names, else those found, the strongest first; over ``n`` draws of a case with
        priors. Shares are between -1 (balancing) and 1 (reinforcing).

        Raises UsageError where there is no loop.

        Examples
        --------
        >>> import wherenow
        >>> found = wherenow.open("epidemic.mdl").loops()
        >>> found.titles[0]
        'infectious → recovering'
        """
        from wherenow.explain.named import found_loops, named_loops
        from wherenow.inference.posterior import draws_of

        draws = draws_of(self.case, n, seed) if self.case.priors else central(seed)
        return (named_loops if self.case.loops else found_loops)(self.case, draws)

    def cut(self, *links: str, since: float | None = None, neutral: Mapping[str, float] | None = None) -> Model:
        """Make a model in which links are cut: their targets go on seeing the sources as they were.

        Parameters
        ----------
        links
            as ``"a -> b"``.
        since
            the time of the cut; the start where None.
        neutral
            by source: the value that the target sees instead, in the source's unit.

        Raises
        ------
        UsageError
            where there is no such link.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> cut = m.cut("susceptible -> infecting")
        >>> bool(cut.run()["infectious"].max() > m.run()["infectious"].max())
        True
        """
        from wherenow.api.cutting import cut_links

        return Model(cut_links(self.case, links, since, neutral or {}), self.warnings)

    def compare(self, other: Model | str | os.PathLike[str]) -> ModelDiff:
        """Tell what differs in another model (or file): its equations, and its run at central values.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> m.compare("teacup.mdl").same
        True
        """
        return compare(self.case, (other if isinstance(other, Model) else open_model(other)).case)

    # -- to other forms

    def to_xmile(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as an XMILE file, whole at any moment. Raises UsageError where it cannot be written."""
        from wherenow.exchange.xmile.writer import write_xmile

        return write_xmile(self.case.model, path)

    def to_mdl(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as a Vensim file. Raises InputError with every equation that has no form in Vensim."""
        from wherenow.exchange.vensim.writer import write_vensim

        return write_vensim(self.case.model, path)

    def to_case(self, folder: str | os.PathLike[str]) -> Path:
        """Write the model as a case folder, to which data, priors and claims can be added.

        Raises UsageError where the folder is not empty, or cannot be written.
        """
        from wherenow.api.converting import write_folder

        return write_folder(self.case, Path(folder))


def told(runs: Runs) -> Runs:
    """The runs; where some turned non-finite, a warning says what and when."""
    if runs.record.failure:
        warnings.warn(f"{runs.record.failure}{_lost(runs)}", RuntimeWarning, stacklevel=4)
    return runs


def _lost(runs: Runs) -> str:
    lost = len(runs.record.failed_draws)
    return f" (in {lost} of {len(runs)} runs)" if len(runs) > 1 else ""
