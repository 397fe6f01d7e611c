"""Check that the rules that resolve forecasts can have a value."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.reading.later import data_with_later
from wherenow.claims.checking.formula_check import Checked, checked_or_none
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.signals import Signal, Signals
from wherenow.claims.evaluation.sources import declared_data
from wherenow.claims.evaluation.windows import MONTH
from wherenow.errors import Diagnostic, Severity


def never_resolved(case: Case) -> Iterator[Diagnostic]:
    """Warn of each forecast whose rule has no value even if every series continues until its date.

    Each series is continued at its shortest interval so far by repeating its own values. Invalid rules are skipped.
    """
    declared, data = declared_data(case), data_with_later(case)
    for prediction in case.predictions.values():
        if math.isnan(prediction.deadline):
            continue
        checked = checked_or_none(prediction.resolve, declared)
        if checked is None:
            continue
        read = {name: data[name] for names in checked.elements.values() for name in names if len(data[name])}
        signals = {name: _continued(series, prediction.deadline) for name, series in read.items()}
        if not _has_value(checked, Signals(declared, {"": signals})):
            yield prediction.resolve.problem(
                f"the forecast '{prediction.id}' could never be resolved: its rule has no value on {prediction.by} "
                "even if every series continues as before",
                "base the rule on data that will exist by then; volatility needs monthly figures",
                severity=Severity.WARNING,
            )


def _continued(series: DataSeries, until: float) -> Signal:
    gap = max(float(np.diff(series.times).min()), MONTH) if len(series) > 1 else 1.0
    count = max(0, int((until - series.times[-1]) / gap + 1e-6))
    times = series.times[-1] + gap * np.arange(1, count + 1)
    values = np.resize(series.values, count)
    return Signal(np.concatenate([series.times, times]), np.concatenate([series.values, values])[:, None])


def _has_value(checked: Checked, signals: Signals) -> bool:
    missing = any(name not in signals.series[""] for names in checked.elements.values() for name in names)
    return not missing and bool(robustness(checked, signals).defined[0])
