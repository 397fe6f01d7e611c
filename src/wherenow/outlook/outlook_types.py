"""The parts of an outlook: plain frozen values, each with ``to_dict`` for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import DataSeries
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.findings import Findings, number
from wherenow.ensemble.runs import RunRecord
from wherenow.foresight.ask import Answer
from wherenow.foresight.verbal_probabilities import percent

if TYPE_CHECKING:
    from wherenow.outlook.learning import Learning

Array = NDArray[np.float64]
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A forecast that data will decide, with its published probability and what that is made of.

    Parameters
    ----------
    id, says : its name, and what it says of data.
    stands_for : what the article says, where data can only stand for it; else empty.
    answer : the probabilities, what decides it, and the track record (:class:`~wherenow.foresight.ask.Answer`).
    by : the date by which data will have decided it, as written; empty if the case does not say.
    evidence, threshold, note : of the claim or the entry in forecasts.yaml.
    latent : the share of the model's runs in which its own condition holds; None if it has none.
    """

    id: str
    says: str
    answer: Answer
    stands_for: str = ""
    by: str = ""
    evidence: tuple[str, ...] = ()
    threshold: str = ""
    note: str = ""
    latent: Share | None = None

    @property
    def p(self) -> float | None:
        """The published probability; None if there is none."""
        return self.answer.p

    @property
    def words(self) -> str:
        """The published probability on the verbal scale."""
        return self.answer.words

    def to_dict(self) -> dict[str, Any]:
        own = _fields(self)
        del own["answer"]
        first = {key: own.pop(key) for key in ("id", "says", "stands_for")}
        return {**first, **self.answer.to_dict(), **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """A forecast about a quantity of the model that no data measure: the model's own, never scored.

    Parameters
    ----------
    id, says, formula : its name, what it says, and its condition on the model.
    share : the share of the model's runs in which it holds.
    basis : what the runs' parameters are drawn from.
    """

    id: str
    says: str
    formula: str
    share: Share
    basis: str
    evidence: tuple[str, ...] = ()  # pointers to sentences of the article
    threshold: str = ""  # reason for the numbers in the formula


@dataclass(frozen=True, slots=True)
class Datum:
    date: str
    time: float
    value: float
    quality: str

    @staticmethod
    def all_of(series: DataSeries) -> tuple[Datum, ...]:
        """Return the data of a series."""
        rows = zip(series.dates, series.times, series.values, series.quality, strict=True)
        return tuple(Datum(date, float(time), float(value), quality) for date, time, value, quality in rows)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fan:
    """The quantiles of a series over the draws, ``quantiles[share, time]`` at :data:`SHARES`, the central run, and data
    on it.

    ``series`` names the data series of ``data``, '' if the series is not observed. ``inside`` is the share of the data
    in the 90% band, None without data.
    """

    name: str  # name of the series
    label: str  # display name of the series
    unit: str  # unit of the values
    times: Array  # times ``[time]`` in the case's unit of time
    quantiles: Array
    central: Array  # values ``[time]`` of the central run
    series: str = ""
    data: tuple[Datum, ...] = ()
    inside: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fan as plain JSON types."""
        quantiles = {f"{q:g}": _plain(row) for q, row in zip(SHARES, self.quantiles, strict=True)}
        return {**_fields(self), "quantiles": quantiles}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastChange:
    """A forecast's published probability without and with a scenario, on the same draws of the pool.

    ``low`` and ``high`` bound 90% of the Monte Carlo error of ``change``.
    """

    id: str  # forecast id
    says: str  # the forecast in words
    base: float  # probability without the scenario
    p: float  # probability with the scenario
    change: float
    low: float
    high: float

    @property
    def discernible(self) -> bool:
        """Whether the change is visible in whole per cent and exceeds the Monte Carlo error."""
        return self.change != 0 and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChange:
    """A series at the end of the run, scenario minus baseline, draw by draw.

    ``higher`` and ``lower`` are the shares of draws in which it ends higher and lower; ``median``, ``low`` and ``high``
    (5% and 95%) describe the difference, in ``unit``.
    """

    name: str  # name of the variable
    label: str  # display name of the variable
    unit: str
    time: float  # end time of the run
    higher: float
    lower: float
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioComparison:
    """What a scenario changes in the forecasts and in the shown series.

    ``past``: it changes values before the cut-off.
    """

    scenario: str  # scenario id
    title: str  # display title of the scenario
    about: str  # description of the scenario
    forecasts: tuple[ForecastChange, ...]  # change of each forecast
    series: tuple[SeriesChange, ...]  # change of each shown series
    record: RunRecord  # settings of the scenario's run
    past: bool = False

    def to_dict(self) -> dict[str, Any]:
        changes = [{**asdict(f), "discernible": f.discernible} for f in self.forecasts]
        return {**_fields(self), "forecasts": changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a part of the model rests on: pointers into the article, an assumption with its reason, or both.

    ``prior`` is that of a drawn parameter ('' otherwise).
    """

    name: str  # name of the variable
    label: str  # display name of the variable
    kind: str  # kind of variable
    sector: str  # sector of the model
    about: str  # meaning of the variable
    unit: str  # declared unit
    evidence: tuple[str, ...] = ()  # pointers to sentences of the article
    assumption: str = ""  # reason for an assumption that no source supports
    prior: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """The source of a data series; ``recalled`` of its ``data`` were not read in the named source."""

    series: str  # name of the series
    unit: str  # unit of the data
    first: str  # date of the first datum
    last: str  # date of the last datum
    data: int
    recalled: int
    sources: tuple[str, ...]  # sources without repetition
    licences: tuple[str, ...]  # licences without repetition


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Everything that a report of a case shows, and how it was made.

    ``forecasts`` are the headline's, which data will decide; ``latent`` is what the model says about unmeasured
    quantities; ``registered`` are the forecasts of forecasts.yaml. ``seconds`` is the wall time of each part.
    """

    case: str  # name of the case
    title: str  # title of the case
    question: str  # question that the case answers
    answer: tuple[str, str]  # answer in two sentences
    basis: str  # source of the draws
    cutoff: str  # cut-off date, as the case states it
    forecasts: tuple[Forecast, ...]
    latent: tuple[Latent, ...]
    registered: tuple[Forecast, ...]
    fans: tuple[Fan, ...]  # fans of the series that the case shows
    observed: tuple[Fan, ...]  # fans of the series that data measure
    findings: Findings  # verdicts on the claims
    comparisons: tuple[ScenarioComparison, ...]  # one comparison per scenario
    assumptions: tuple[Ground, ...]  # parts of the model that rest on an assumption
    evidence: tuple[Ground, ...]  # parts of the model that rest on a source
    data: tuple[DataSource, ...]  # source of each data series
    time_unit: str  # unit of all times
    record: RunRecord  # settings of the baseline run
    seconds: Mapping[str, float]
    learning: Learning | None = None  # what a fit taught, and what forecasts depend on

    def __repr__(self) -> str:
        return f"Outlook({self.case}, {self.record.draws} draws, {self.basis}):\n  " + "\n  ".join(self.answer)

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(f.says)}</td><td>{percent(f.p)}</td><td>{percent(f.answer.model)}</td>"
            f"<td>{percent(f.answer.history)}</td></tr>"
            for f in self.forecasts
        )
        head = "<tr><th>forecast</th><th>probability</th><th>model</th><th>history</th></tr>"
        basis = f"{self.title}: {self.record.draws} draws, {self.basis}"
        return f"<p>{escape(' '.join(self.answer))}</p><table>{head}{rows}</table><p>{escape(basis)}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Return the outlook as plain JSON types."""
        found = {name: value for name, value in _fields(self).items() if name != "findings"}
        return found | {k: v for k, v in self.findings.to_dict().items() if k in ("claims", "counts")}


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: Any) -> Any:
    """Return a value as plain JSON types."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return _fields(value) if is_dataclass(value) else value
