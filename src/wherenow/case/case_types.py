"""A case: a model with its evidence, data, events, levers, scenarios and claims, as read from a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wherenow.errors import Text
from wherenow.model.model_types import ModelSpec, Variable

if TYPE_CHECKING:
    from wherenow.case.observation import Observation
    from wherenow.distributions.prior import Prior

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

    title: str  # title as published
    author: str = ""  # author as published
    publisher: str = ""  # journal, institution or site
    published: str = ""  # date of publication, as written
    url: str = ""  # address of the source
    licence: str = ""  # licence under which the source may be quoted
    sha256: str = ""  # hash of the text whose sentences are numbered
    length: int | None = None  # number of characters
    sentences: Mapping[str, Sentence] = field(default_factory=dict)  # sentences by name


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

    name: str  # unique name in the case
    dates: tuple[str, ...]  # dates of the data, as written
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str
    source: tuple[str, ...]  # where each datum was published
    licence: tuple[str, ...]  # licence of each datum's source
    quality: tuple[str, ...]
    note: tuple[str, ...]  # what the source says of the datum
    text: Text = NO_TEXT  # place of the series in the case
    unit_text: Text = NO_TEXT
    places: tuple[Text, ...] = ()  # place of each value in the case

    def __len__(self) -> int:
        return len(self.dates)

    def wideness(self, observation: Observation) -> NDArray[np.float64]:
        """Return by datum how many times wider than stated its error is; more than 1 for recalled figures."""
        return np.where(np.array(self.quality) == "recalled", observation.recalled, 1.0)

    def until(self, time: float) -> DataSeries:
        """Return the data dated at or before ``time``."""
        return self.between(-np.inf, time)

    def between(self, start: float, stop: float) -> DataSeries:
        """Return the data dated from ``start`` to ``stop``, both included."""
        first = int(np.searchsorted(self.times, start))
        last = int(np.searchsorted(self.times, stop, side="right"))
        return replace(self, **{column: getattr(self, column)[first:last] for column in _COLUMNS})

    def followed_by(self, later: DataSeries) -> DataSeries:
        """Return this series with the data of ``later`` after its own."""
        both = {column: (getattr(self, column), getattr(later, column)) for column in _COLUMNS}
        times, values = np.concatenate(both.pop("times")), np.concatenate(both.pop("values"))
        return replace(self, times=times, values=values, **{column: a + b for column, (a, b) in both.items()})

    def __repr__(self) -> str:
        when = f", {self.dates[0]} to {self.dates[-1]}" if self.dates else ""
        return f"DataSeries({self.name}: {len(self)} data{when}, in {self.unit or 'no unit'})"


_COLUMNS = ("times", "values", "dates", "source", "licence", "quality", "note", "places")
"""What a series has of each datum."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an event on an input: ``amount`` is added or set for ``lasting`` time units (inf: permanently)."""

    input: str
    act: str  # ``add`` or ``set``
    amount: float
    lasting: float
    text: Text = field(default=NO_TEXT, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str  # unique name in the case
    date: str  # the first day, as written
    time: float  # start, in the case's unit of time
    event: str  # what happened
    until: str = ""  # the last day; empty for a single day
    actors: str = ""  # who acted on whom
    goldstein: float | None = None  # from -10 (conflict) to 10 (cooperation)
    sector: str = ""  # part of the argument that it belongs to
    quality: str = ""  # `read` in the source named, or `recalled`
    evidence: tuple[str, ...] = ()  # sentences of the article
    effects: tuple[Effect, ...] = ()  # effects on inputs of the model
    note: str = ""  # remarks
    text: Text = field(default=NO_TEXT, compare=False)  # place of the event in the case
    source: str = ""  # where the event was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """A lever: a value in ``range`` sets, adds to or scales ``input`` from ``start`` on."""

    name: str  # unique name in the case
    input: str
    range: tuple[float, float]
    default: float  # value without a scenario
    act: str = "set"  # ``set``, ``add`` or ``scale``
    start: float | None = None
    label: str = ""  # label that readers see
    about: str = ""  # what moving the lever means
    unit: str = ""  # unit of the lever's values
    text: Text = field(default=NO_TEXT, compare=False)  # place of the lever in the case
    factor: float = 1.0  # factor from the lever's unit to the unit of the input
    holder: str = ""  # who can move it
    cost: str = ""  # what moving it takes, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Actions by variable or lever (see :mod:`wherenow.case.scenario`) and events that do not happen."""

    id: str  # unique name in the case
    title: str = ""  # title that readers see
    about: str = ""  # question that the scenario asks
    do: Mapping[str, Text] = field(default_factory=dict)  # an expression for each variable or lever that it changes
    without: tuple[str, ...] = ()  # ids of events that do not happen
    text: Text = field(default=NO_TEXT, compare=False)  # place of the scenario in the case


@dataclass(frozen=True, slots=True)
class Against:
    """A counterfactual run and the formula expected of it (``x@against`` reads that run)."""

    scenario: Scenario
    expect: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of the article in our words. Formulas are in the claim language; if one is None, ``note`` says why."""

    id: str  # unique name in the case
    kind: str  # event, state, cause, stance or forecast
    says: str  # the claim in words
    evidence: tuple[str, ...] = ()  # sentences of the article
    data: Text | None = None  # formula on data series
    model: Text | None = None  # formula on a run
    against: Against | None = None  # counterfactual that the run is compared with
    mechanism: tuple[tuple[str, str], ...] = ()  # links that the claim names as its reason
    threshold: str = ""  # why the formula's numbers are what they are
    note: str = ""
    event: str = ""  # id of the event that it reports
    actor: str = ""  # who claims it, if not the author
    text: Text = field(default=NO_TEXT, compare=False)  # place of the claim in the case
    resolve: Text | None = None  # condition on data series by which data will decide what the claim predicts
    wanted: bool | None = None  # to be brought about (True) or avoided (False); None if the case does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A feedback loop that the case names: the links between successive variables, and back to the first."""

    id: str  # unique name in the case
    title: str  # title that readers see
    polarity: str  # reinforcing or balancing
    through: tuple[str, ...]  # names of its variables, in order
    about: str = ""  # how the loop works
    cut: tuple[str, str] | None = None  # the link whose removal switches the loop off, if the case names one
    text: Text = field(default=NO_TEXT, compare=False)  # place of the loop in the case


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A forecast to be registered, with its probability and, later, its outcome.

    ``resolve`` is the condition on data series that decides it once they reach ``deadline`` (in the model's time unit;
    ``by`` as it was written). ``model`` is a condition of the claim language on the ensemble, for a quantity that no
    data measure and of which ``resolve`` is an observable proxy; it is None if the data are meant. ``observed``
    describes in words what ``resolve`` requires of the data, where that differs from ``says``.
    """

    id: str  # unique name in the case
    says: str
    model: Text | None
    resolve: Text
    by: str
    deadline: float
    evidence: tuple[str, ...] = ()  # sentences of the article
    note: str = ""  # remarks
    text: Text = field(default=NO_TEXT, compare=False)  # place of the forecast in the case
    wanted: bool | None = None  # to be brought about (True) or avoided (False)
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
class Handle:
    """The display of a lever: ``times`` its value, in ``unit``; ``marks`` are words for some of its values.

    ``about`` describes its effect, if the list of levers does not say it well enough.
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
    unit: str  # unit of the provider's figures
    text: Text
    entity: str = ""  # country or region at the provider
    column: str = ""  # column of the figures, if the table has several
    licence: str = ""  # licence of the provider's data
    dated: Literal["start", "middle", "end"] = "middle"  # day of a period that a figure belongs to


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """The content of a case folder.

    ``hash`` is the SHA-256 over all its files, names and contents, in order, without those of ``later/``. ``later`` has
    figures from after the cut-off (:mod:`wherenow.case.reading.later`), for resolving forecasts and never for a fit.
    """

    name: str  # name of the case folder
    title: str  # title that readers see
    question: str = ""  # question that the case answers
    about: str = ""  # description of the case
    folder: Path  # folder that the case was read from
    model: ModelSpec  # equations of the model
    cutoff: float | None = None  # time after which no data were used; None without one
    cutoff_date: str = ""  # ``cutoff`` as written
    source: Source | None = None  # article that the case formalizes
    sectors: Mapping[str, Sector] = field(default_factory=dict)  # parts of the argument, by name
    priors: Mapping[str, Prior] = field(default_factory=dict)  # priors of uncertain parameters, by name
    data: Mapping[str, DataSeries] = field(default_factory=dict)  # measured series, by name
    inputs: Mapping[str, InputPath] = field(default_factory=dict)  # elements that events move, by name
    events: Mapping[str, Event] = field(default_factory=dict)  # events by id
    levers: Mapping[str, Lever] = field(default_factory=dict)  # levers by name
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)  # scenarios by id
    claims: Mapping[str, Claim] = field(default_factory=dict)  # claims by id
    loops: Mapping[str, Loop] = field(default_factory=dict)  # feedback loops by id
    issues: Mapping[str, Issue] = field(default_factory=dict)  # issues on which actors bargain, by id
    actors: Mapping[str, Actor] = field(default_factory=dict)  # actors by id
    observations: Mapping[str, Observation] = field(default_factory=dict)  # how data measure variables, by series
    outlook: OutlookSettings = field(default_factory=OutlookSettings)  # settings of the report's first section
    hash: str
    predictions: Mapping[str, Prediction] = field(default_factory=dict)  # forecasts to register, by id
    variants: Mapping[str, Mapping[str, Variable]] = field(default_factory=dict)  # variables that replace others, by id
    exogenous: Mapping[str, str] = field(default_factory=dict)  # the data series that each exogenous variable reads
    later: Mapping[str, DataSeries] = field(default_factory=dict)
    display: Display = field(default_factory=Display)  # labels and handles
    fetch: Mapping[str, PublicSeries] = field(default_factory=dict)  # public sources, by series
    fitted: tuple[str, str] = ("", "")  # ``hash`` as read, and the hash of the files that a fit reads

    @property
    def fit_hash(self) -> str:
        """The SHA-256 over the files which a fit reads; empty if the case was changed after it was read.

        A fit stays valid when claims, forecasts, levers, scenarios, loops, actors or sentences are edited.
        """
        whole, of_fit = self.fitted
        return of_fit if whole == self.hash else ""

    @property
    def known_until(self) -> float:
        """The cut-off, or the time of the last datum if there is none."""
        last = max((float(s.times[-1]) for s in self.data.values() if len(s)), default=self.model.time.start)
        return last if self.cutoff is None else self.cutoff

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Return whether a fit or backtest with this record belongs to the model and data of this case."""
        whole = bool(record["case_hash"] == self.hash)
        return whole or (bool(self.fit_hash) and record.get("fit_hash") == self.fit_hash)

    def __repr__(self) -> str:
        kinds = Counter(variable.kind for variable in self.model.variables.values())
        counted = ", ".join(f"{n} {kind if n == 1 else _PLURALS.get(kind, f'{kind}s')}" for kind, n in kinds.items())
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


_PLURALS = {"auxiliary": "auxiliaries", "series": "series"}
