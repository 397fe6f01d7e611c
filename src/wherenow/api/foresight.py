"""Questions about future data, and audits of a model. Each function takes what ``wherenow.open`` returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wherenow.api.inspection.structure import Structure
from wherenow.api.outlook import case_of
from wherenow.case.case_types import Case
from wherenow.execution import Progress, silent

if TYPE_CHECKING:
    from wherenow.audit.results import Audit
    from wherenow.foresight.ask import Answer, SeriesPrediction


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
    Prediction
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
