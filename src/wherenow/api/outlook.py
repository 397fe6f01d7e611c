"""Draws, runs, verdicts, the outlook and forecasts of a case. Each function takes what ``wherenow.open`` returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wherenow.api.inspection.structure import Structure
from wherenow.api.simulation.displayed_runs import Runs
from wherenow.case.case_types import Case, Scenario
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.draws import draw as _draw
from wherenow.errors import UsageError
from wherenow.execution import Execution, Progress, silent

if TYPE_CHECKING:
    from wherenow.api.notebooks.picture import Picture
    from wherenow.audit.results import Audit
    from wherenow.claims.findings import Findings
    from wherenow.foresight.ask import Answer, SeriesPrediction
    from wherenow.outlook.outlook_types import Outlook


def case_of(model: Structure | Case) -> Case:
    """Return the case of a model."""
    return model.case if isinstance(model, Structure) else model


def draw(model: Structure | Case, n: int = 1000, seed: int = 0, design: str = "sobol") -> Draws:
    """Draw every parameter that has a prior, ``n`` times.

    Parameters
    ----------
    design
        ``sobol`` (fills the space evenly), ``latin`` or ``random``.

    Raises
    ------
    UsageError
        for an unknown design, or if ``n`` is not positive.

    Examples
    --------
    >>> import wherenow
    >>> wherenow.draw(wherenow.open("school-influenza"), 8, seed=1)
    Draws(8 of 6 parameters, sobol, seed 1, prior only)
    """
    return _draw(case_of(model), n, seed, design)


def simulate(
    model: Structure | Case,
    draws: Draws,
    scenario: str | Scenario | None = None,
    outputs: Iterable[str] | None = None,
    threads: int | None = None,
    engine: str = "native",
) -> Runs:
    """Run a case once for every draw.

    Parameters
    ----------
    draws
        draws from :func:`draw`, or from a posterior (``posterior.draws(1000)``).
    scenario
        the id of one of the case's scenarios.
    outputs
        variables or elements to save; by default all but lookups.
    threads
        the number of threads; results are the same bits for any number.
    engine
        ``native`` (compiled) or ``reference`` (NumPy).

    Raises
    ------
    UsageError
        for an unknown scenario, output, parameter or engine.
    InputError
        if the model under the scenario has errors.

    Examples
    --------
    >>> import wherenow
    >>> case = wherenow.open("school-influenza")
    >>> len(wherenow.simulate(case, wherenow.draw(case, 8), outputs=["in bed"]))
    8
    """
    from wherenow.api.names import saved
    from wherenow.ensemble.simulate import simulate as run

    case = case_of(model)
    names = None if outputs is None else saved(case.model, outputs)
    return Runs.of(run(case, draws, scenario, names, threads, engine))


def judge(model: Structure | Case, runs: Runs, counterfactuals: Mapping[str, Runs] | None = None) -> Findings:
    """Judge every claim of a case on data, on ``runs``, and against counterfactuals on the same draws.

    ``findings["claim-id"].verdict`` is the verdict in words. ``counterfactuals`` are runs of the same draws by scenario
    id; missing ones are run.

    Raises
    ------
    InputError
        with every problem in the claims' formulas.
    UsageError
        if the runs did not save a variable that a claim reads.

    Examples
    --------
    >>> import wherenow
    >>> case = wherenow.open("school-influenza")
    >>> findings = wherenow.judge(case, wherenow.simulate(case, wherenow.draw(case, 64)))
    >>> len(findings) == len(case.case.claims)
    True
    """
    from wherenow.claims.judge import judge as judged

    return judged(case_of(model), runs, counterfactuals)


def forecast(
    model: Structure | Case,
    draws: Draws | int = 1000,
    seed: int = 0,
    engine: str = "native",
    threads: int | None = None,
    progress: Progress = silent,
) -> Outlook:
    """Run a case, judge its claims, run its scenarios on the same draws, and summarize where it goes.

    Parameters
    ----------
    draws
        draws, or a number of draws from the posterior stored with the case, else from its priors.

    Raises
    ------
    InputError
        with every problem in the formulas of the case.
    UsageError
        if the case's outlook names an unknown claim or variable.

    Examples
    --------
    >>> import wherenow
    >>> outlook = wherenow.forecast(wherenow.open("school-influenza"), 64)
    >>> [type(sentence).__name__ for sentence in outlook.answer]
    ['str', 'str']
    """
    from wherenow.outlook.case_outlook import forecast as made

    return made(case_of(model), draws, seed, engine=engine, execution=Execution(threads=threads, progress=progress))


def report(of: Structure | Case | Outlook, path: str | Path, draws: int = 1000, seed: int = 0) -> Path:
    """Write the report of an outlook or a case as one HTML page that needs no network.

    The report of a case has finding cards, like that of ``wherenow outlook``; an outlook alone has no runs to draw
    them.

    Raises UsageError if the page cannot be written, and the errors of :func:`forecast`.

    Examples
    --------
    >>> import tempfile, wherenow
    >>> path = wherenow.report(wherenow.open("school-influenza"), tempfile.mkdtemp() + "/outlook.html", draws=64)
    >>> path.suffix
    '.html'
    """
    from wherenow.report import cards_of, present, write_report

    if not isinstance(of, Structure | Case):
        return write_report(of, path)
    case, ensemble = case_of(of), members(case_of(of), draws, seed)
    outlook = forecast(case, ensemble)
    return write_report(outlook, path, presented=present(case, cards_of(case, ensemble, outlook)))


def plot_data(
    model: Structure | Case,
    draws: int = 1000,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress = silent,
) -> Picture:
    """Draw each data series of a case against its prior predictive distribution, before any fit.

    Below each chart are the number of data in the 90% band and the dates of those outside.

    Raises UsageError if the case has no data within its run.

    Examples
    --------
    >>> import wherenow
    >>> wherenow.plot_data(wherenow.open("school-influenza"), draws=64)
    Picture(Influenza in a boarding school, 1978: data and priors)
    """
    from wherenow.api.notebooks.picture import Picture
    from wherenow.outlook.prior_fans import prior_fans
    from wherenow.report.prior_chart import prior_picture

    case = case_of(model)
    progress(f"drawing {draws:,} times from the priors")
    fans = prior_fans(case, draws, seed, threads)
    if not fans:
        raise UsageError(f"{case.name} has no data within its run", f"wherenow data add {case.folder} FILE")
    return Picture(f"{case.title}: data and priors", prior_picture(case, fans, draws))


def members(case: Case, draws: Draws | int, seed: int) -> Draws:
    """Return given draws, or make a number of draws from the posterior, else from the priors."""
    from wherenow.inference.posterior import draws_of

    return draws_of(case, draws, seed) if isinstance(draws, int) else draws


def ask(
    model: Structure | Case, question: str, *, draws: int = 2000, seed: int = 0, threads: int | None = None
) -> Answer:
    """Answer a question about the data of a case with a probability.

    Parameters
    ----------
    question
        a condition over data series in the claim language, as ``"at(brent_oil_price, 2024-06) > 90"``.
    draws
        the number of draws from the model, and from the history of the series alone.

    Returns
    -------
    Answer
        ``p`` is the pooled probability; ``model``, ``history`` and ``base_rate`` are those of each ingredient alone.

    Raises
    ------
    InputError
        if the question cannot be read, or names an unknown series.

    Examples
    --------
    >>> import wherenow
    >>> answer = wherenow.ask(wherenow.open("school-influenza"), "at(confined, 25) > 10", draws=200)
    >>> 0 <= answer.p <= 1
    True
    """
    from wherenow.foresight.ask import ask as answered

    return answered(case_of(model), question, seed=seed, draws=draws, threads=threads)


def predict(
    model: Structure | Case,
    series: str,
    at: str | Iterable[str],
    *,
    draws: int = 2000,
    seed: int = 0,
    threads: int | None = None,
) -> SeriesPrediction:
    """Predict the data of a series at dates after its last datum.

    Parameters
    ----------
    series
        one of the case's data series.
    at
        one or more dates as ``"2024-06"``, or model times as text.

    Returns
    -------
    SeriesPrediction
        ``quantiles`` by ingredient, ``[date, quantile]`` in the series' ``unit``; ``pool`` is the answer.

    Raises
    ------
    UsageError
        for a series without data, an invalid date, or a date that the data already cover.

    Examples
    --------
    >>> import wherenow
    >>> found = wherenow.predict(wherenow.open("school-influenza"), "confined", "24", draws=200)
    >>> found.quantiles["pool"].shape
    (1, 7)
    """
    from wherenow.foresight.ask import predict as predicted

    return predicted(case_of(model), series, at, seed=seed, draws=draws, threads=threads)


def audit(model: Structure | Case, seed: int = 0, progress: Progress = silent) -> Audit:
    """Run the standard tests of a model: conservation, extreme conditions, half the step, and others.

    Raises InputError if the model has errors.

    Examples
    --------
    >>> import wherenow
    >>> found = wherenow.audit(wherenow.open("epidemic.mdl"))
    >>> found.case
    'epidemic'
    """
    from wherenow.audit.audit import audit as audited

    return audited(case_of(model), seed, progress)
