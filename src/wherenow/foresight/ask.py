"""Answer a question about data, and predict a series at dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.dates import moment, written
from wherenow.claims.checking.formula_check import Checked, check_formula
from wherenow.claims.checking.out_of_run import spans
from wherenow.claims.evaluation.robustness import Robustness, robustness
from wherenow.claims.evaluation.signals import Signal, Signals
from wherenow.claims.evaluation.sources import data_signals, declared_data
from wherenow.claims.formulas.formula import parse_formula
from wherenow.distributions.families import Array
from wherenow.errors import Text, UsageError
from wherenow.foresight.ahead import DRAWS, Ahead, Basis, ahead, basis, dates_for
from wherenow.foresight.ingredients.history import lacking
from wherenow.foresight.pooling.bounds import bounded, past_questions
from wherenow.foresight.pooling.pool import BASE_RATE, HISTORY, MODEL, POOL, SHOWN
from wherenow.foresight.trials.reliability import Track
from wherenow.foresight.verbal_probabilities import percent, words

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a question about data.

    Parameters
    ----------
    question : the formula.
    p : the published probability, in whole per cent; None if it is undefined in some draws or data already decide it.
    words : the same on the verbal scale.
    model, history, base_rate : the probability by the model alone, by the series' history alone, and by past moves.
    undefined : the share of draws in which the question has no value.
    outcome : whether it came true, if data already decide it; else None.
    track : how often probabilities like this one came true in backtests; None if no backtest is stored.
    past : the number of stretches of the record as long as the question's lead time (a part counts as a fraction); it
        bounds ``p``.
    series, until : the series that decide the question, and the end of its last window.
    fit : how the model was fitted.
    weight : the weight of the model in the pool, by series.
    lacking : the history methods that are missing because an optional extra is not installed.
    """

    question: str
    p: float | None
    words: str
    model: float | None
    history: float | None
    base_rate: float | None
    undefined: float
    outcome: bool | None
    track: Track | None
    past: float
    series: tuple[str, ...]
    until: str
    fit: str
    weight: Mapping[str, float]
    lacking: tuple[str, ...] = ()

    @property
    def model_weight(self) -> float:
        """The model's weight in the pool; with several series, the largest."""
        return max(self.weight.values(), default=0.0)

    @property
    def made_of(self) -> str:
        """What the model and the history say alone, the model's weight, and how often such probabilities came true."""
        weight = f"{self.model_weight:.0%} of the pool"
        model = "" if self.model is None else f"model alone {percent(self.model)} ({weight}), "
        track = f"; {self.track}" if self.track else ""
        return f"{model}history alone {percent(self.history)}{track}"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON types."""
        track = None if self.track is None else {**asdict(self.track), "sentence": str(self.track)}
        lists = {"series": list(self.series), "lacking": list(self.lacking)}
        return {**asdict(self), **lists, "track": track, "weight": dict(self.weight)}


def ask(
    case: Case,
    question: str,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    threads: int | None = None,
    known: Basis | None = None,
) -> Answer:
    """Answer a question about the data of a case.

    Parameters
    ----------
    question : a condition on data series in the claim language, such as ``"at(oil_price, 2024-06) > 90"``.
    known : the basis, if it is already available.

    Raises
    ------
    InputError
        if the question is wrong.
    """
    return answers(known or basis(case), {"": Text(question)}, seed=seed, draws=draws, threads=threads)[""]


def answers(
    found: Basis, questions: Mapping[str, Text], *, seed: int = 0, draws: int = DRAWS, threads: int | None = None
) -> dict[str, Answer]:
    """Answer several questions on the same draws. Raises InputError if one is wrong."""
    parsed = {name: ParsedQuestion.read(found, text) for name, text in questions.items()}
    return answered(found, parsed, drawn_for(found, tuple(parsed.values()), seed, draws, threads))


@dataclass(frozen=True, slots=True, eq=False)
class ParsedQuestion:
    """A parsed question: its formula, the series that decide it, and the end of its last window."""

    checked: Checked
    series: tuple[str, ...]
    until: float

    @classmethod
    def read(cls, found: Basis, text: Text) -> ParsedQuestion:
        """Read a question. Raises InputError if it is wrong."""
        case = found.case
        checked = check_formula(parse_formula(text), declared_data(case))
        series = tuple(dict.fromkeys(n for names in checked.elements.values() for n in names))
        ends = [span.stop for span in spans(checked, case.model.time.unit)]
        until = max(ends, default=case.model.time.stop)
        return cls(checked, series, float(until))


def drawn_for(
    found: Basis, asked: Sequence[ParsedQuestion], seed: int = 0, draws: int = DRAWS, threads: int | None = None
) -> dict[str, Ahead]:
    """Forecast every series that the questions read after its record, up to the latest date needed."""
    until: dict[str, float] = {}
    for a in asked:
        for name in a.series:
            if a.until > found.what.records[name].times[-1]:
                until[name] = max(until.get(name, -np.inf), a.until)
    dates = {name: dates_for(found, [name], end)[name] for name, end in until.items()}
    return ahead(found, dates, seed, draws, threads)


def answered(found: Basis, asked: Mapping[str, ParsedQuestion], drawn: Mapping[str, Ahead]) -> dict[str, Answer]:
    """Return the answers to questions on given draws."""
    return {name: _answer(found, a, drawn) for name, a in asked.items()}


def _answer(found: Basis, a: ParsedQuestion, drawn: Mapping[str, Ahead]) -> Answer:
    ahead_of = {name: drawn[name] for name in a.series if name in drawn}
    settled = robustness(a.checked, data_signals(found.case))
    outcome = None if np.isnan(settled.values[0]) else bool(settled.holds[0])
    past = past_questions(found.what.records.values(), max(a.until - found.now, 0.0))
    p: dict[str, float | None] = dict.fromkeys(SHOWN)
    undefined = 0.0
    if outcome is None:
        for method in SHOWN:
            share, missing = _share(found, a, ahead_of, method)
            undefined = missing if method == POOL else undefined
            p[method] = None if share is None or missing else float(bounded(share, past))
    else:
        ahead_of = {}
    return Answer(
        question=str(a.checked.formula),
        p=p[POOL],
        words="" if (pooled := p[POOL]) is None else words(pooled),
        model=p[MODEL],
        history=p[HISTORY],
        base_rate=p[BASE_RATE],
        undefined=undefined,
        outcome=outcome,
        track=found.track(p[POOL]),
        past=round(past, 1),
        series=a.series,
        until=written(a.until, found.case.model.time.unit),
        fit=found.fit,
        weight={n: round(d.model_weight, 3) for n, d in ahead_of.items()},
        lacking=lacking(),
    )


def _share(found: Basis, a: ParsedQuestion, drawn: Mapping[str, Ahead], method: str) -> tuple[float | None, float]:
    """Return the share of draws in which a question comes true, and the share in which it is undefined.

    None if this method forecasts none of the series; a series that it does not forecast follows its history.
    """
    if drawn and not any(method in d.draws for d in drawn.values()):
        return None, 0.0
    draws = {name: d.draws.get(method, d.draws[HISTORY]) for name, d in drawn.items()}
    outcomes = truth(found, a, {name: d.dates for name, d in drawn.items()}, draws)
    return float(outcomes.holds.mean()), float(1 - outcomes.defined.mean())


def truth(found: Basis, a: ParsedQuestion, dates: Mapping[str, Array], draws: Mapping[str, Array]) -> Robustness:
    """Return whether a question comes true, for each draw ``[date, draw]`` of its series after their records."""
    signals = dict(data_signals(found.case).series[""])
    for name in a.series:
        if name in draws:
            series, ahead_of = found.case.data[name], draws[name]
            past = np.broadcast_to(series.values[:, None], (len(series), ahead_of.shape[1]))
            signals[name] = Signal(np.concatenate([series.times, dates[name]]), np.concatenate([past, ahead_of]))
    return robustness(a.checked, Signals(declared_data(found.case), {"": signals}))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeriesPrediction:
    """A forecast of a series' data.

    Parameters
    ----------
    series, unit, dates : the series, its unit, and the dates as written.
    quantiles : by method: values ``[date, quantile]`` at :data:`QUANTILES`.
    draws : by method: draws ``[date, draw]``.
    weights : what each ingredient of the pool counts.
    lacking : the history methods that are missing because an optional extra is not installed.
    """

    series: str
    unit: str
    dates: tuple[str, ...]
    quantiles: Mapping[str, Array]
    draws: Mapping[str, Array]
    weights: Mapping[str, float]
    lacking: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction as plain JSON types, without its draws."""
        rows = {
            m: [dict(zip(map(str, QUANTILES), map(float, row), strict=True)) for row in q]
            for m, q in self.quantiles.items()
        }
        return {
            "series": self.series,
            "unit": self.unit,
            "dates": list(self.dates),
            "quantiles": rows,
            "weights": {k: round(v, 4) for k, v in self.weights.items()},
            "lacking": list(self.lacking),
        }


def predict(
    case: Case,
    series: str,
    at: str | Iterable[str],
    *,
    seed: int = 0,
    draws: int = DRAWS,
    threads: int | None = None,
    known: Basis | None = None,
) -> SeriesPrediction:
    """Predict the data of a series.

    Parameters
    ----------
    at : a date, or several, after the series' last datum, as people write them (``2024-06``).

    Raises
    ------
    UsageError
        for a series without data, an invalid date, or a date within the record.
    """
    case_basis = known or basis(case)
    try:
        times = {text: moment(text, case.model.time.unit) for text in ([at] if isinstance(at, str) else at)}
    except ValueError as error:
        raise UsageError(str(error)) from None
    written = sorted(times, key=lambda text: times[text])
    dates = np.array([times[text] for text in written])
    drawn = ahead(case_basis, {series: dates}, seed, draws, threads)[series]
    by_method = {m: v for m, v in drawn.draws.items() if m != BASE_RATE}
    return SeriesPrediction(
        series=series,
        unit=case.data[series].unit,
        dates=tuple(written),
        quantiles={m: np.quantile(v, QUANTILES, axis=1).T for m, v in by_method.items()},
        draws=by_method,
        weights=drawn.weights,
        lacking=lacking(),
    )
