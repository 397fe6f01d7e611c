"""Analyses of a case: its fit, its skill, what drives it and why. Each takes the result of ``wherenow.open``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from wherenow.api.extras import needed
from wherenow.api.inspection.structure import Structure
from wherenow.api.outlook import case_of, members
from wherenow.case.case_types import Case
from wherenow.case.dates import asked_moment, written
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError
from wherenow.execution import Execution, Progress, silent

if TYPE_CHECKING:
    from wherenow.explain.ablation.mechanisms import AblationTable
    from wherenow.explain.narrative import Explanation
    from wherenow.exploration.levers import RobustLevers
    from wherenow.exploration.sensitivity import Sensitivity
    from wherenow.foresight.trials.scorecard import Scorecard
    from wherenow.inference.posterior import Posterior


def calibrate(
    model: Structure | Case,
    seed: int = 0,
    *,
    runs: int = 4,
    particles: int = 1024,
    rounds: int = 20,
    store: bool = False,
    threads: int | None = None,
    progress: Progress = silent,
) -> Posterior:
    """Fit a case to its data by tempering, and measure how well the runs agree.

    Parameters
    ----------
    runs, particles
        the number of independent runs, and of draws in each; fewer are quicker and agree less.
    rounds
        the largest number of rounds of moves after all runs have reached the posterior.
    store
        store the posterior in the case folder; :func:`forecast` and the others use it from then on.

    Returns
    -------
    Posterior
        ``values[parameter, run, draw]``; ``.record["convergence"]`` says how far to trust it.

    Raises
    ------
    UsageError
        if the case has no observations.

    Examples
    --------
    >>> import wherenow
    >>> case = wherenow.open("school-influenza")
    >>> fitted = wherenow.calibrate(case, runs=2, particles=64, rounds=1)
    >>> fitted.draws(10).basis
    'posterior'
    """
    from wherenow.inference.calibrate import Effort
    from wherenow.inference.calibrate import calibrate as fitted
    from wherenow.inference.posterior import FILE, save_posterior

    needed("arviz")
    case = case_of(model)
    effort = Effort(runs=runs, particles=particles, rounds=rounds)
    found = fitted(case, seed, effort, Execution(threads=threads, progress=progress))
    if store:
        save_posterior(found, case.folder / FILE)
    return found


def backtest(
    model: Structure | Case,
    origins: Iterable[str | float] | None = None,
    horizons: Iterable[float] | None = None,
    seed: int = 0,
    *,
    runs: int = 2,
    particles: int = 512,
    rounds: int = 10,
    threads: int | None = None,
    progress: Progress = silent,
) -> Scorecard:
    """Forecast from earlier dates without later data, and score the pool and each of its ingredients.

    Parameters
    ----------
    origins
        dates to forecast from (``"2013-01"``, or model time); by default seven, spread over the data.
    horizons
        upper ends of the classes of lead times, in the case's unit of time; by default half a year to three years.
    runs, particles, rounds
        settings of the fit at each origin, as for :func:`calibrate`.

    Raises
    ------
    UsageError
        for an invalid date, if no origin leaves data to forecast, or if ``wherenow[inference]`` is not installed.

    Examples
    --------
    >>> import wherenow
    >>> case = wherenow.open("school-influenza")
    >>> card = wherenow.backtest(case, [12], horizons=[2], runs=2, particles=64, rounds=1)
    >>> sorted(card.series)
    ['confined', 'convalescing']
    """
    from wherenow.foresight.trials.scorecard import scorecard
    from wherenow.foresight.trials.trial import default_horizons, default_origins, trial
    from wherenow.inference.calibrate import Effort

    needed("arviz", "scoringrules", "statsforecast")
    case = case_of(model)
    dates = default_origins(case) if origins is None else [asked_moment(at, case.model.time.unit) for at in origins]
    ends = default_horizons(case) if horizons is None else tuple(sorted(horizons))
    effort = Effort(runs=runs, particles=particles, moves=20, rounds=rounds)
    tried = trial(case, dates, ends, seed, effort=effort, execution=Execution(threads=threads, progress=progress))
    return scorecard(tried, lambda time: written(time, case.model.time.unit))


def explain(
    model: Structure | Case,
    variable: str,
    at: str | float | None = None,
    since: str | float | None = None,
    against: str = "",
    draws: Draws | int = 200,
    seed: int = 0,
) -> Explanation:
    """Explain a variable's value: which variables changed it, by how much, and on what evidence.

    Parameters
    ----------
    at
        the date to explain; by default the case's cut-off, else the end of the run.
    since
        the date to compare with; by default one unit of time earlier.
    against
        a scenario to compare with, instead of an earlier date.

    Raises
    ------
    UsageError
        for an unknown variable, date or scenario.

    Examples
    --------
    >>> import wherenow
    >>> found = wherenow.explain(wherenow.open("epidemic.mdl"), "infectious", at=30, since=20, draws=1)
    >>> found.steps[0].difference.variable
    'infectious'
    """
    from wherenow.api.names import find
    from wherenow.explain.narrative import asked_dates
    from wherenow.explain.narrative import explain as explained

    case = case_of(model)
    dates = asked_dates(case, "" if at is None else at, "" if since is None else since, against)
    return explained(case, members(case, draws, seed), find(case.model, variable).name, *dates, against)


def why(
    model: Structure | Case,
    cut: Iterable[str] | None = None,
    since: str | float | None = None,
    neutral: Mapping[str, float] | None = None,
    draws: Draws | int = 200,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress = silent,
) -> AblationTable:
    """Test whether each claim holds for the reason it gives: cut links and judge every claim again on the same draws.

    Parameters
    ----------
    cut
        links ``"a -> b"``, loops or sectors; by default all of them, which takes minutes.
    since
        the date of the cuts; by default the start of the run.
    neutral
        by source of a cut link, the value that its targets see instead.

    Raises
    ------
    UsageError
        if the case makes no claims, or has no such link, loop or sector.

    Examples
    --------
    >>> import wherenow
    >>> table = wherenow.why(wherenow.open("school-influenza"), ["infectious -> catching"], draws=16)
    >>> table.draws
    16
    """
    from wherenow.explain.ablation.mechanisms import mechanism, tabulate

    case = case_of(model)
    if not case.claims:
        raise UsageError(f"{case.name} makes no claims", "write some in claims.yaml")
    only = None if cut is None else [mechanism(case, name) for name in cut]
    begun = None if since is None else asked_moment(since, case.model.time.unit)
    execution = Execution(threads=threads, progress=progress)
    return tabulate(
        case, members(case, draws, seed), since=begun, only=only, neutral=neutral or {}, execution=execution
    )


def levers(
    model: Structure | Case,
    of: Iterable[str] | str | None = None,
    moved: Iterable[str] = (),
    scenario: str = "",
    draws: Draws | int = 512,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress = silent,
) -> tuple[RobustLevers, ...]:
    """Find levers that help in most futures, and the futures in which the best of them fails.

    Parameters
    ----------
    of
        claims or conditions to bring about; by default the case's forecasts.
    moved
        the levers that may be moved; by default all.

    Raises
    ------
    UsageError
        if the case has no levers, for an unknown lever or scenario, and for a formula that is not a condition.

    Examples
    --------
    >>> import wherenow
    >>> case = wherenow.open("school-influenza")
    >>> found = wherenow.levers(case, "no-return", draws=64)
    >>> list(found[0].combinations[0].levers)
    ['new_boys']
    """
    from wherenow.exploration.levers import robust
    from wherenow.exploration.outcome import forecasts, read_outcome

    case = case_of(model)
    texts = [of] if isinstance(of, str) else of
    outcomes = forecasts(case) if texts is None else tuple(read_outcome(case, text) for text in texts)
    return robust(
        case,
        outcomes,
        members(case, draws, seed),
        tuple(moved),
        scenario,
        seed,
        Execution(threads=threads, progress=progress),
    )


def sensitivity(
    model: Structure | Case,
    of: str,
    vary: Mapping[str, str] | None = None,
    *,
    basis: str = "prior only",
    most: int = 10,
    base: int = 512,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress = silent,
) -> Sensitivity:
    """Find which parameters an outcome depends on; arguments and errors are those of :meth:`Model.sensitivity`.

    ``basis`` says over what parameters vary: ``prior only``, or each over its marginal of the ``posterior``.

    Examples
    --------
    >>> import wherenow
    >>> m = wherenow.open("epidemic.mdl")
    >>> vary = {"contact rate": "lognormal(8, 0.3)", "duration": "lognormal(5, 0.05)"}
    >>> wherenow.sensitivity(m, "max(infectious, 0, 100)", vary, base=64).indices[0].name
    'contact_rate'
    """
    from wherenow.api.names import outcome
    from wherenow.api.simulation.sampling import with_priors
    from wherenow.exploration.sensitivity import sensitivity as found

    needed("SALib")
    case = case_of(model) if vary is None else with_priors(case_of(model), vary)
    return found(
        case,
        outcome(case, of),
        basis,
        most,
        base=base,
        seed=seed,
        execution=Execution(threads=threads, progress=progress),
    )
