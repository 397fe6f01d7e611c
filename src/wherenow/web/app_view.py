"""The state of a view: everything that an address encodes, so that a link reproduces it.

An address's query is ``l.NAME=2`` for a lever, ``scenario=ID``, ``with=ID`` for each scenario compared,
``show=SERIES``, ``from=2011`` and ``to=2016``, ``lang=ar``; views read further keys of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from wherenow.case.case_types import Case
from wherenow.case.dates import moment
from wherenow.errors import UsageError, did_you_mean
from wherenow.report.cards.answered_questions import questions
from wherenow.report.wording.labels import series
from wherenow.report.wording.texts import languages
from wherenow.web.computation.presets import rest_of

LEVER = "l."

MOST_COMPARED = 3
"""Maximum number of scenarios for comparison: more small multiples do not fit a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """A setting of levers on a scenario, the scenarios compared with it, the series shown and the span of time.

    ``levers`` holds those that are not at the baseline. ``show`` is the series, '' for the case's first; ``about`` is
    the question that a comparison draws, '' for the first.
    """

    levers: Mapping[str, float] = field(default_factory=dict)
    scenario: str = ""  # scenario id; '' for the baseline
    compared: tuple[str, ...] = ()  # scenario ids
    show: str = ""
    about: str = ""
    start: float | None = None  # first time shown; None for the start of the run
    stop: float | None = None  # last time shown; None for the end of the run
    language: str = "en"  # language of the texts

    @property
    def changed(self) -> bool:
        """Whether anything differs from the baseline."""
        return bool(self.levers or self.scenario)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the keys and values of the address's query; none for the baseline."""
        pairs: list[tuple[str, str]] = [(LEVER + name, f"{value:.6g}") for name, value in self.levers.items()]
        pairs += [("scenario", self.scenario)] if self.scenario else []
        pairs += [("with", name) for name in self.compared]
        pairs += [(key, name) for key, name in (("about", self.about), ("show", self.show)) if name]
        pairs += [(key, f"{t:.6g}") for key, t in (("from", self.start), ("to", self.stop)) if t is not None]
        return pairs + ([("lang", self.language)] if self.language != "en" else [])

    def query(self, **changes: Any) -> str:
        """Return the address's query, with some changes."""
        return urlencode(replace(self, **changes).pairs())

    def link(self, path: str, **changes: Any) -> str:
        """Return the address of a view at ``path`` with this state."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path


def read_view(case: Case, pairs: Iterable[tuple[str, str]]) -> AppView:
    """Parse a view from a query, ignoring other keys.

    Raises UsageError for an unknown lever, scenario, series or language, and for a value that is not a number.
    """
    levers: dict[str, float] = {}
    compared: dict[str, None] = {}
    single: dict[str, str] = {}
    for key, value in pairs:
        if key.startswith(LEVER):
            levers[known_name(key.removeprefix(LEVER), case.levers, "lever")] = _number(key, value)
        elif key == "with":
            compared[known_name(value, case.scenarios, "scenario")] = None
        else:
            single[key] = value
    if len(compared) > MOST_COMPARED:
        raise UsageError(f"no more than {MOST_COMPARED} scenarios can be compared with the current one")
    scenario, show = single.get("scenario", ""), single.get("show", "")
    times = {key: _time(case, key, single[key]) for key in ("from", "to") if single.get(key)}
    start, stop = times.get("from"), times.get("to")
    if start is not None and stop is not None and start >= stop:
        raise UsageError(f"from {start:g} to {stop:g} is not a span of time")
    scenario = known_name(scenario, case.scenarios, "scenario") if scenario else ""
    rests = rest_of(case, scenario)
    return AppView(
        levers={n: v for n, v in levers.items() if v != rests[n]},
        scenario=scenario,
        compared=tuple(compared),
        show=_series(case, show) if show else "",
        about=known_name(single["about"], [q.id for q in questions(case)], "finding") if single.get("about") else "",
        start=start,
        stop=stop,
        language=known_name(single.get("lang", "en"), languages(), "language"),
    )


def known_name(name: str, names: Iterable[str], what: str) -> str:
    """Return ``name``. Raises UsageError with the nearest one if it is not among ``names``."""
    names = list(names)
    if name not in names:
        raise UsageError(f"there is no {what} {name[:80]!r}", did_you_mean(name, names))
    return name


def _series(case: Case, text: str) -> str:
    """Return the variable that a name or, from a form, a label means."""
    name = series(case).get(text.strip(), text)
    known_name(name.partition("[")[0], case.model.variables, "variable")
    return name


def _time(case: Case, key: str, text: str) -> float:
    """Parse a time: a number or, if the unit is the year, a date such as ``2014-06``."""
    try:
        return moment(text, case.model.time.unit)
    except ValueError:
        return _number(key, text)


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{key[:80]!r} takes a number, not {text[:80]!r}")
    return value
