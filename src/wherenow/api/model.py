"""The model or case that ``wherenow.open`` returns, with everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherenow.api.opened import opened
from wherenow.api.simulation.displayed_runs import Runs
from wherenow.api.simulation.running import Running
from wherenow.ensemble.draws import central
from wherenow.errors import UsageError

if TYPE_CHECKING:
    import pandas

    from wherenow.api.edits.editing import Edit, Source
    from wherenow.api.notebooks.picture import Picture
    from wherenow.api.notebooks.sliders import Sliders
    from wherenow.api.simulation.fitting import Fit
    from wherenow.api.simulation.optimizing import Optimum
    from wherenow.case.case_types import Case
    from wherenow.exploration.sensitivity import Sensitivity


def open_model(
    path: str | os.PathLike[str],
    *,
    data: Mapping[str, str | os.PathLike[str]] | Iterable[str | os.PathLike[str]] = (),
) -> Model:
    """Open a Vensim file (``.mdl``), an XMILE file (``.xmile``, ``.stmx``, ``.itmx``, ``.xml``), or a case folder.

    Parameters
    ----------
    path
        a path, or the name of a case or model that comes with wherenow: ``iraq-us``, ``school-influenza``,
        ``teacup.mdl``, ``epidemic.mdl``.
    data
        data files for a Vensim model: by the name that it gives them (``'?name'``), or a list of tables and ``.dat``
        files in which to look for its data variables.

    Raises
    ------
    UsageError
        if nothing of that name exists, or the file is of another kind.
    InputError
        with every problem in the file or folder, each with its line and column.

    Warns
    -----
    UserWarning
        where part of the file was skipped or interpreted; the model's ``warnings`` lists all of them.

    Examples
    --------
    >>> import wherenow
    >>> wherenow.open("teacup.mdl")
    Model(teacup: 4 variables, 0 to 30 Minute by 0.125)
    """
    case, found = opened(path, data)
    return Model(case, found)


class Model(Running):
    """A model ready to run; with its data, priors and claims if it comes from a case folder.

    Returned by :func:`wherenow.open`. Names of variables may be written in any spelling (``"Contact Rate"``,
    ``contact_rate``); elements of arrays as ``"Stock[North, Coal]"``. Only :meth:`edit` changes a model.
    """

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
        """Find which parameters an outcome depends on: Morris' screening of all, Sobol' indices of the first ``most``.

        Parameters
        ----------
        of
            a variable (its value at the end), a formula such as ``"max(infectious, 0, 100)"``, or a claim of the case.
        vary
            distributions as for :meth:`sample`; by default the case's priors.
        base
            rows of the design, a power of two; about ``base`` × (``most`` + 4) runs are made.

        Raises
        ------
        UsageError
            if nothing is uncertain, or ``of`` is neither a variable, a formula nor a claim.
        InputError
            for an invalid formula or distribution.

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

    def fit(
        self,
        data: pandas.DataFrame | pandas.Series,
        priors: Mapping[str, str],
        *,
        errors: Mapping[str, str] | str | None = None,
        initial: Mapping[str, float | str] | None = None,
        seed: int = 0,
        runs: int = 2,
        particles: int = 512,
        rounds: int = 10,
        threads: int | None = None,
        **settings: Any,
    ) -> Fit:
        """Fit parameters to measured series (Bayesian, by tempering), and infer the model's discrepancy with them.

        Parameters
        ----------
        data
            one column for each measured variable or element, named after it, in its unit; indexed by model time (by
            date if the model's unit is the year). Missing values are ignored. A Series needs a name.
        priors
            a distribution for each parameter, as for :meth:`sample`.
        errors
            the measurement error, one for all or by series: ``"normal(sd)"``, ``"lognormal(log-sd)"``,
            ``"student(degrees, scale)"``, ``"negbinomial(size)"`` and others (docs/inference.md). By
            default, normal with a tenth of the data's standard deviation.
        initial
            initial values of stocks, each a number or a distribution.
        runs, particles, rounds
            as for :func:`wherenow.calibrate`.
        settings
            ``params``, ``start``, ``stop``, ``dt`` and ``save``, as for :meth:`run`.

        Returns
        -------
        Fit
            ``.table()`` of the parameters, ``.runs(n)`` of the posterior, ``.plot(name)`` with the data on it.

        Raises
        ------
        UsageError
            for an unknown name, data outside the run, or data by date if time is not in years.
        InputError
            for an invalid distribution or error model.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> data = m.run({"characteristic time": 12}).to_dataframe()["teacup_temperature"][::40]
        >>> fit = m.fit(data, {"characteristic time": "lognormal(10, 0.3)"}, errors="normal(1)", particles=128)
        >>> bool(abs(fit.table().loc["characteristic_time", "median"] - 12) < 0.5)
        True
        """
        from wherenow.api.simulation.fitting import fit
        from wherenow.inference.calibrate import Effort

        effort = Effort(runs=runs, particles=particles, moves=20, rounds=rounds)
        return fit(self.case, data, priors, errors, initial or {}, seed, effort, threads, settings)

    def optimize(
        self,
        of: str | Callable[[Runs], Any],
        over: Mapping[str, tuple[float, float]],
        *,
        maximize: bool = False,
        population: int = 16,
        generations: int = 200,
        seed: int = 0,
        returns: Iterable[str] | None = None,
        threads: int | None = None,
        **settings: Any,
    ) -> Optimum:
        """Find the parameters at which an outcome is smallest, or largest (differential evolution, then a local
        search).

        Parameters
        ----------
        of
            a variable (its value at the end), a formula such as ``"max(infectious, 0, 100)"``, or a function from
            :class:`Runs` to one number for each run.
        over
            the bounds of each parameter, in its unit.
        population, generations
            candidates per parameter in a generation, which run together, and the largest number of generations.
        returns
            what runs save for a function; by default everything.
        settings
            as for :meth:`sample`.

        Raises
        ------
        UsageError
            for an unknown name, invalid bounds, or an outcome that is finite nowhere.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> miss = lambda runs: (runs["teacup temperature"][80] - 100) ** 2
        >>> best = m.optimize(miss, {"characteristic time": (1, 60)})
        >>> round(best.params["characteristic_time"], 2), best.converged
        (7.76, True)
        """
        from wherenow.api.simulation.optimizing import optimize

        return optimize(self.case, of, over, maximize, population, generations, seed, returns, threads, settings)

    # -- diagrams and files

    def diagram(self, view: str | int = 0, *, signs: bool = True) -> Picture:
        """Draw the stock-and-flow diagram: a view of the file, or an automatic layout if the file has none.

        Parameters
        ----------
        view
            the title of a view, or its number, counted from 0.
        signs
            whether to mark each arrow with the polarity of its link, which takes a run of the model.

        Raises
        ------
        UsageError
            if the model has no such view.

        Examples
        --------
        >>> import wherenow
        >>> wherenow.open("epidemic.mdl").diagram()
        Picture(epidemic)
        """
        from wherenow.api.inspection.links import polarities
        from wherenow.api.views.diagram import diagram

        return diagram(self.case, self._file, polarities(self.case) if signs else {}, view)

    def sliders(
        self,
        over: Mapping[str, tuple[float, float]],
        show: str = "",
        vary: Mapping[str, str] | None = None,
        n: int = 200,
        *,
        seed: int = 0,
    ) -> Sliders:
        """Show a slider for each parameter and the run at those values, in a notebook (needs ``wherenow[web]``).

        Parameters
        ----------
        over
            the ends of each parameter's slider, in its unit.
        show
            the scalar to draw; by default the first stock.
        vary, n, seed
            distributions of other parameters, as for :meth:`sample`, for a fan instead of a line.

        Raises
        ------
        UsageError
            for an unknown name, or a variable that is not a parameter.

        Examples
        --------
        >>> import wherenow
        >>> widget = wherenow.open("epidemic.mdl").sliders({"contact rate": (2, 20)}, show="infectious")
        >>> widget.title
        'Infectious, in people'
        """
        from wherenow.api.extras import needed
        from wherenow.api.simulation.sampling import drawn

        needed("anywidget")
        from wherenow.api.notebooks.sliders import Sliders

        draws = drawn(self.case, vary, {}, n, seed)[0] if vary or self.case.priors else central(seed)
        return Sliders(self.case, over, show, draws)

    def edit(self, *, units: bool = True) -> Edit:
        """Begin a batch of edits, checked and applied as a whole at its end, or not at all.

        The equations, initial values, names, units and cycles of the whole model are checked; with ``units=False``
        edits may introduce unit errors. The file's layout and comments are preserved: :meth:`save` writes it. Equations
        are written in the language of the file. In a case folder, and for variables of an XMILE file's modules
        (``"module.variable"``), ``set`` changes equations, values, units and documentation.

        Raises
        ------
        UsageError
            for a model that differs from its file, such as one with cut links.
        InputError
            at the end of the batch, with everything that it would break; the model is then unchanged.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> with m.edit() as e:
        ...     e.rename("duration", "infectious period")
        ...     e.set("infectious period", 6)
        >>> float(m.run()["infectious_period"][0])
        6.0
        >>> with m.edit() as e:
        ...     e.remove("population")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        wherenow.errors.InputError: ...unknown name 'population' (it was removed in this batch)...
        """
        from wherenow.api.edits.editing import Edit

        return Edit(self, units)

    def edited(self, case: Case, source: Source) -> None:
        """Adopt the model and files that a batch of edits produced."""
        self._case, self._source = case, source

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the edited file atomically, over the one that was opened or to ``path``; of a case, its changed files.

        Raises
        ------
        UsageError
            if nothing was edited, or the file cannot be written.
        """
        from wherenow.files import atomic_write

        if self._source is None:
            raise UsageError("nothing was edited", "to_mdl() and to_xmile() write the model again")
        target = self.case.folder if path is None else Path(path)
        if not isinstance(self._source, bytes) and path is not None:
            raise UsageError("the edits of a case are saved in its own folder", "to_case() writes another")
        files = {target: self._source} if isinstance(self._source, bytes) else self._source
        for file, content in files.items():
            with atomic_write(file) as beside:
                beside.write_bytes(content)
        return target
