"""Draws, runs, verdicts and the outlook of a case. Each function takes what ``wherenow.open`` gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wherenow.api.runs import Runs
from wherenow.api.structure import Structure
from wherenow.case.types import Case, Scenario
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.draws import draw as _draw
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.api.picture import Picture
    from wherenow.claims.findings import Findings
    from wherenow.outlook.types import Outlook

Progress = Callable[[str], None]


def untold(_: str) -> None:
    """Say nothing of what is under way."""


def case_of(model: Structure | Case) -> Case:
    """The case underneath."""
    return model.case if isinstance(model, Structure) else model


def draw(model: Structure | Case, n: int = 1000, seed: int = 0, design: str = "sobol") -> Draws:
    """Draw every parameter that has a prior, ``n`` times; ``sobol`` fills the space evenly (or ``latin``, ``random``).

    Raises UsageError for an unknown design, or a number that is not positive.

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
        of :func:`draw`, or of a posterior (``posterior.draws(1000)``).
    scenario
        the id of one of the case's scenarios.
    outputs
        variables or elements to save; all but lookups where None.
    threads
        how many threads may work; the bits of the result do not depend on it.
    engine
        ``native`` (compiled) or ``reference`` (NumPy).

    Raises
    ------
    UsageError
        for an unknown scenario, output, parameter or engine.
    InputError
        where the model under the scenario has errors.

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

    ``findings["claim-id"].verdict`` is ``holds``, ``fails``, ``mixed`` or ``cannot be told``. ``counterfactuals`` are
    runs of the same draws by scenario id; they are run where they are not given.

    Raises
    ------
    InputError
        with every problem in the claims' formulas.
    UsageError
        where the runs did not save what the claims read.

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
    progress: Progress = untold,
) -> Outlook:
    """Run a case, judge its claims, run its scenarios on the same draws, and say where it goes.

    Parameters
    ----------
    draws
        how many, of the posterior stored beside the case or else of its priors; or draws already made.

    Raises
    ------
    InputError
        with every problem in the formulas of the case.
    UsageError
        where the case's outlook names a claim or a variable that is not there.

    Examples
    --------
    >>> import wherenow
    >>> outlook = wherenow.forecast(wherenow.open("school-influenza"), 64)
    >>> [type(sentence).__name__ for sentence in outlook.answer]
    ['str', 'str']
    """
    from wherenow.outlook.forecast import forecast as made

    return made(case_of(model), draws, seed, engine=engine, threads=threads, progress=progress)


def report(of: Structure | Case | Outlook, path: str | Path, draws: int = 1000, seed: int = 0) -> Path:
    """Write the report of an outlook, or of a case's, as one HTML page that needs no network.

    A case's report has finding cards, as that of ``wherenow outlook`` has; an outlook alone holds no runs to draw them.

    Raises UsageError where the page cannot be written, and as :func:`forecast` does.

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
    progress: Progress = untold,
) -> Picture:
    """Draw each data series of a case against its prior predictive distribution, before any fit.

    Below each chart stands how many figures lie in the 90% band, and the dates of those outside.

    Raises UsageError where the case has no data within its run.

    Examples
    --------
    >>> import wherenow
    >>> wherenow.plot_data(wherenow.open("school-influenza"), draws=64)
    Picture(Influenza in a boarding school, 1978: data and priors)
    """
    from wherenow.api.picture import Picture
    from wherenow.outlook.prior import prior_fans
    from wherenow.report.prior import prior_picture

    case = case_of(model)
    progress(f"drawing {draws:,} times from the priors")
    fans = prior_fans(case, draws, seed, threads)
    if not fans:
        raise UsageError(f"{case.name} has no data within its run", f"wherenow data add {case.folder} FILE")
    return Picture(f"{case.title}: data and priors", prior_picture(case, fans, draws))


def members(case: Case, draws: Draws | int, seed: int) -> Draws:
    """Draws already made, or a number of draws from the best basis there is."""
    from wherenow.inference.posterior import draws_of

    return draws_of(case, draws, seed) if isinstance(draws, int) else draws


def moment(case: Case, at: str | float) -> float:
    """A date or number as model time. Raises UsageError where it is neither."""
    from wherenow.case.dates import moment as read

    try:
        return read(at, case.model.time.unit) if isinstance(at, str) else float(at)
    except ValueError as error:
        raise UsageError(str(error)) from None
