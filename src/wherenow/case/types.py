"""A case: a model with its evidence, data, events, levers, scenarios and claims, as read from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wherenow.case.observation import Observation
from wherenow.distributions.prior import Prior
from wherenow.errors import Text
from wherenow.model.types import Model, Variable

NO_TEXT = Text("")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the article by its offsets (in characters) and hash; the case does not contain its text."""

    id: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The article: its reference, its length (characters), its SHA-256, and the positions of its sentences."""

    title: str
    author: str = ""
    publisher: str = ""
    published: str = ""
    url: str = ""
    licence: str = ""
    sha256: str = ""
    length: int | None = None
    sentences: Mapping[str, Sentence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sector:
    name: str
    title: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DataSeries:
    """A measured series, in order of time: ``times`` in the case's unit of time, ``values`` in ``unit``.

    ``unit_text`` is the first place of the unit. ``quality`` is ``read`` (in the source named) or ``recalled``. All
    tuples and arrays have one entry for each datum.
    """

    name: str
    dates: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str
    source: tuple[str, ...]
    licence: tuple[str, ...]
    quality: tuple[str, ...]
    note: tuple[str, ...]
    text: Text = NO_TEXT
    unit_text: Text = NO_TEXT
    places: tuple[Text, ...] = ()  # of the values

    def __len__(self) -> int:
        return len(self.dates)

    def until(self, time: float) -> DataSeries:
        """Return the data dated at or before ``time``."""
        n = int(np.searchsorted(self.times, time, side="right"))
        return DataSeries(
            name=self.name,
            dates=self.dates[:n],
            times=self.times[:n],
            values=self.values[:n],
            unit=self.unit,
            source=self.source[:n],
            licence=self.licence[:n],
            quality=self.quality[:n],
            note=self.note[:n],
            text=self.text,
            unit_text=self.unit_text,
            places=self.places[:n],
        )

    def __repr__(self) -> str:
        when = f", {self.dates[0]} to {self.dates[-1]}" if self.dates else ""
        return f"DataSeries({self.name}: {len(self)} data{when}, in {self.unit or 'no unit'})"


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an event on an input: ``amount`` is added or set for ``lasting`` time units (inf: permanently)."""

    input: str
    act: str  # add or set
    amount: float
    lasting: float
    text: Text = field(default=NO_TEXT, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str
    date: str
    time: float
    event: str
    until: str = ""
    actors: str = ""
    goldstein: float | None = None
    sector: str = ""
    quality: str = ""
    evidence: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    note: str = ""
    text: Text = field(default=NO_TEXT, compare=False)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """A lever: a value in ``range`` sets, adds to or scales ``input`` from ``start`` on.

    Values are in ``unit``; ``factor`` converts them to the unit of the input. ``holder`` can move the lever; ``cost``
    says in words what that takes.
    """

    name: str
    input: str
    range: tuple[float, float]
    default: float
    act: str = "set"
    start: float | None = None
    label: str = ""
    about: str = ""
    unit: str = ""
    text: Text = field(default=NO_TEXT, compare=False)
    factor: float = 1.0
    holder: str = ""
    cost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Actions by variable or lever (see :mod:`wherenow.case.scenario`) and events that do not happen."""

    id: str
    title: str = ""
    about: str = ""
    do: Mapping[str, Text] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    text: Text = field(default=NO_TEXT, compare=False)


@dataclass(frozen=True, slots=True)
class Against:
    """A counterfactual run and the formula expected of it (``x@against`` reads that run)."""

    scenario: Scenario
    expect: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of the article in our words. Formulas are in the claim language; where one is None, ``note`` says why.

    ``wanted`` says whether it is to be brought about or avoided; None if the case does not say.

    ``resolve`` is a condition on data series by which data will decide what the claim predicts.
    """

    id: str
    kind: str
    says: str
    evidence: tuple[str, ...] = ()
    data: Text | None = None
    model: Text | None = None
    against: Against | None = None
    mechanism: tuple[tuple[str, str], ...] = ()
    threshold: str = ""
    note: str = ""
    event: str = ""
    actor: str = ""
    text: Text = field(default=NO_TEXT, compare=False)
    resolve: Text | None = None
    wanted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A feedback loop that the case names: the links between successive variables, and back to the first.

    ``cut`` is the link whose removal switches the loop off; None if the case names none.
    """

    id: str
    title: str
    polarity: str
    through: tuple[str, ...]
    about: str = ""
    cut: tuple[str, str] | None = None
    text: Text = field(default=NO_TEXT, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A forecast to be registered, with its probability and, later, its outcome.

    ``resolve`` is the condition on data series that decides it once they reach ``deadline`` (in the model's time unit;
    ``by`` as it was written). ``model`` is a condition of the claim language on the ensemble, for a quantity that no
    data measure and of which ``resolve`` is an observable proxy; it is None if the data are meant. ``observed``
    describes in words what ``resolve`` requires of the data, where that differs from ``says``.
    """

    id: str
    says: str
    model: Text | None
    resolve: Text
    by: str
    deadline: float
    evidence: tuple[str, ...] = ()
    note: str = ""
    text: Text = field(default=NO_TEXT, compare=False)
    wanted: bool | None = None
    observed: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    id: str
    question: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    position: float
    capability: float
    salience: float
    evidence: tuple[str, ...] = ()
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    id: str
    title: str = ""
    about: str = ""
    positions: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputPath:
    """An element of an input variable, with its default, which effects of events move."""

    variable: str
    default: float


@dataclass(frozen=True, slots=True)
class OutlookSettings:
    """The first part of an outlook: the variables of its fans, and its claims and forecasts, in order.

    ``texts`` are the places of both, first those of ``show``.
    """

    show: tuple[str, ...] = ()
    forecasts: tuple[str, ...] = ()
    texts: tuple[Text, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """An alternative structure of the model: variables by name that replace the case's own."""

    id: str
    variables: Mapping[str, Variable]


@dataclass(frozen=True, slots=True)
class Handle:
    """The display of a lever: ``times`` its value, in ``unit``; ``marks`` are words for some of its values.

    ``about`` describes its effect, where the list of levers does not say it well enough.
    """

    group: str = ""
    times: float = 1.0
    unit: str = ""
    marks: Mapping[float, str] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True, slots=True)
class Display:
    """``labels`` by name of a variable or data series, ``handles`` by lever, ``actors`` by their code in events.

    ``article`` is the address of the article, if ``case.yaml`` does not have it.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    handles: Mapping[str, Handle] = field(default_factory=dict)
    actors: Mapping[str, str] = field(default_factory=dict)
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSeries:
    """The public source of a data series: ``code`` at ``provider``; ``text`` is the place of that code in the case."""

    provider: str
    code: str
    unit: str
    text: Text
    entity: str = ""
    column: str = ""
    licence: str = ""
    dated: Literal["start", "middle", "end"] = "middle"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """The content of a case folder.

    ``hash`` is the SHA-256 over all its files, names and contents, in order, without those of ``later/``. ``later`` has
    the figures from after the cut-off (:mod:`wherenow.case.reading.later`), which resolve forecasts and which no fit
    reads.
    """

    name: str
    title: str
    question: str
    about: str
    folder: Path
    model: Model
    cutoff: float | None
    cutoff_date: str
    source: Source | None
    sectors: Mapping[str, Sector]
    priors: Mapping[str, Prior]
    data: Mapping[str, DataSeries]
    inputs: Mapping[str, InputPath]
    events: Mapping[str, Event]
    levers: Mapping[str, Lever]
    scenarios: Mapping[str, Scenario]
    claims: Mapping[str, Claim]
    loops: Mapping[str, Loop]
    issues: Mapping[str, Issue]
    actors: Mapping[str, Actor]
    observations: Mapping[str, Observation]
    outlook: OutlookSettings
    hash: str
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    exogenous: Mapping[str, str] = field(default_factory=dict)
    """By variable, the data series that it reads as a path."""
    later: Mapping[str, DataSeries] = field(default_factory=dict)
    display: Display = field(default_factory=Display)
    fetch: Mapping[str, PublicSeries] = field(default_factory=dict)
    fitted: tuple[str, str] = ("", "")
    """The ``hash`` of the case as it was read, and that of the files which a fit reads."""

    @property
    def fit_hash(self) -> str:
        """The SHA-256 over the files which a fit reads; empty if the case was changed after it was read.

        Claims, forecasts, levers, scenarios, loops, actors and sentences do not count: a fit outlives their edits.
        """
        whole, of_fit = self.fitted
        return of_fit if whole == self.hash else ""

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Return whether a fit or backtest with this record belongs to the model and data of this case."""
        whole = bool(record["case_hash"] == self.hash)
        return whole or (bool(self.fit_hash) and record.get("fit_hash") == self.fit_hash)

    def __repr__(self) -> str:
        kinds: dict[str, int] = {}
        for variable in self.model.variables.values():
            kinds[variable.kind] = kinds.get(variable.kind, 0) + 1
        counted = ", ".join(f"{n} {_plural(kind, n)}" for kind, n in kinds.items())
        time = self.model.time
        parts = [
            f"Case({self.name}: {self.title}",
            f"  time       {time.start:g} to {time.stop:g} {time.unit}, step {time.step:g}, {time.method}",
            f"  model      {counted}; {len(self.priors)} priors",
            f"  data       {len(self.data)} series, {sum(map(len, self.data.values()))} data"
            + (f", none after {self.cutoff_date}" if self.cutoff_date else "")
            + (f"; {sum(map(len, self.later.values()))} later" if self.later else ""),
            f"  argument   {len(self.claims)} claims, {len(self.events)} events, {len(self.loops)} loops, "
            f"{len(self.levers)} levers, {len(self.scenarios)} scenarios, {len(self.actors)} actors",
            f"  hash       {self.hash[:12]}, from {self.folder})",
        ]
        return "\n".join(parts)


def _plural(kind: str, n: int) -> str:
    if n == 1 or kind == "series":
        return kind
    return {"auxiliary": "auxiliaries"}.get(kind, f"{kind}s")
