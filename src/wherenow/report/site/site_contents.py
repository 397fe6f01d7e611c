"""Contents of a case's site: sectors, variables, loops, data, evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from wherenow.case.case_types import Case, DataSeries, Loop
from wherenow.case.checking.references import names_in
from wherenow.case.dates import is_year, iso_date
from wherenow.language.syntax import Table, canonical
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.graph import Link, links
from wherenow.model.model_types import Equation, Kind, Variable
from wherenow.report.site import mathml
from wherenow.report.site.plots import series_plot, table_plot
from wherenow.report.wording.labels import sector_title
from wherenow.report.wording.numbers import anchor, human_name

FIXED = (Kind.PARAMETER, Kind.LOOKUP)
ORDER = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY, Kind.SERIES, Kind.LOOKUP, Kind.PARAMETER)
"""The order of a sector's variables: stocks, then flows and auxiliaries, then inputs."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A variable's label and the page that explains it."""

    label: str
    href: str


Entry = dict[str, Any]
"""A variable, loop or data series as the templates show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorEntry:
    name: str  # name in the case
    title: str  # display title
    about: str  # description of the sector
    file: str  # file name of the sector's page
    variables: tuple[Entry, ...]  # variables of the sector, by kind
    loops: tuple[Entry, ...]  # loops through these variables
    data: tuple[Entry, ...]  # data series that measure these variables

    def of(self, *kinds: str) -> tuple[Entry, ...]:
        """Return the variables of some kinds."""
        return tuple(entry for entry in self.variables if entry["variable"].kind in kinds)


@dataclass(frozen=True)
class Contents:
    """The contents of a case's site.

    Raises InputError, on first use of its links, if the model is not a valid system.
    """

    case: Case
    files: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", _files(v.sector for v in self.case.model.variables.values()))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return links(elaborate(self.case.model))

    @cached_property
    def _neighbours(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """The variables that each variable reads, and those that read it."""
        reads: dict[str, list[str]] = {}
        read_by: dict[str, list[str]] = {}
        for link in self.links:
            reads.setdefault(link.target, []).append(link.source)
            read_by.setdefault(link.source, []).append(link.target)
        return reads, read_by

    @cached_property
    def sectors(self) -> tuple[SectorEntry, ...]:
        return tuple(self._sector(name, file) for name, file in self.files.items())

    @cached_property
    def series(self) -> tuple[Entry, ...]:
        return tuple(self._series(series) for series in self.case.data.values() if len(series))

    def all_loops(self) -> tuple[Entry, ...]:
        return tuple(self._loop(loop) for loop in self.case.loops.values())

    def title(self, sector: str) -> str:
        return sector_title(self.case, sector)

    def pointer(self, name: str) -> Pointer:
        variable = self.case.model.variables[name]
        return Pointer(label_of(variable), f"{self.files[variable.sector]}#{anchor(name)}")

    def date(self, time: float) -> str:
        """Format a model time: a month if the unit is the year."""
        return iso_date(time)[:7] if is_year(self.case.model.time.unit) and 1 <= time < 9999 else f"{time:g}"

    def supported(self) -> list[tuple[str, list[Pointer], list[str], list[str]]]:
        """Return each evidence pointer with the variables, claims and events that cite it, in order of the article."""
        cited: dict[str, tuple[list[Pointer], list[str], list[str]]] = defaultdict(lambda: ([], [], []))
        for variable in self.case.model.variables.values():
            for pointer in variable.evidence:
                cited[pointer][0].append(self.pointer(variable.name))
        for claim in self.case.claims.values():
            for pointer in claim.evidence:
                cited[pointer][1].append(claim.says)
        for event in self.case.events.values():
            for pointer in event.evidence:
                cited[pointer][2].append(f"{event.date}: {event.event}")
        return [(pointer, *cited[pointer]) for pointer in sorted(cited, key=_in_article)]

    # -- sectors

    def _sector(self, name: str, file: str) -> SectorEntry:
        variables = [v for v in self.case.model.variables.values() if v.sector == name]
        variables.sort(key=lambda v: ORDER.index(v.kind))
        names = {v.name for v in variables}
        known = self.case.sectors.get(name)
        return SectorEntry(
            name=name,
            title=self.title(name),
            about=known.about if known else "",
            file=file,
            variables=tuple(self._entry(v) for v in variables),
            loops=tuple(self._loop(loop) for loop in self.case.loops.values() if names & set(loop.through)),
            data=tuple(s for s in self.series if any(p.href.startswith(f"{file}#") for p in s["measures"])),
        )

    def _loop(self, loop: Loop) -> Entry:
        return {"loop": loop, "steps": [self.pointer(name) for name in loop.through]}

    def _entry(self, variable: Variable) -> Entry:
        """Return a variable as shown on its page; ``equations`` pairs each element ('' for all) with its notation."""
        reads, read_by = self._neighbours
        priors = [
            (name[len(variable.name) :].strip("[]"), str(prior))
            for name, prior in self.case.priors.items()
            if name == variable.name or name.startswith(f"{variable.name}[")
        ]
        distinct = {prior for _, prior in priors}
        if len(priors) > 1 and len(distinct) == 1:
            priors = [("", priors[0][1])]
        return {
            "variable": variable,
            "label": label_of(variable),
            "equations": [self._equation(variable, equation) for equation in variable.equations],
            "priors": priors,
            "plots": list(self._plots(variable)),
            "reads": [self.pointer(name) for name in reads.get(variable.name, ())],
            "read_by": [self.pointer(name) for name in read_by.get(variable.name, ())],
            "moved_by": list(self._moves(variable)),
        }

    def _equation(self, variable: Variable, equation: Equation) -> tuple[str, tuple[Markup, ...]]:
        part = ", ".join(s.replace("_", " ") for s in equation.subscripts)
        if isinstance(equation.expression, Table):
            return part, ()
        name, subscripts, right = variable.name, equation.subscripts, equation.expression
        if variable.kind is not Kind.STOCK:
            return part, (mathml.equation(name, right, subscripts),)
        start = self.date(self.case.model.time.start)
        initial = () if equation.initial is None else (mathml.first(name, equation.initial, start, subscripts),)
        return part, (mathml.rate(name, right, subscripts), *initial)

    def _plots(self, variable: Variable) -> Iterable[Markup]:
        time = self.case.model.time
        span = (time.start, time.stop) if variable.kind is Kind.SERIES else None
        for equation in variable.equations:
            if isinstance(equation.expression, Table):
                part = ", ".join(equation.subscripts)
                label = label_of(variable) + (f": {human_name(part)}" if part else "")
                yield table_plot(equation.expression, label, variable.unit, span)

    def _moves(self, variable: Variable) -> Iterable[str]:
        """Describe the effects of events on an input."""
        for event in self.case.events.values():
            for effect in event.effects:
                if effect.input.partition("[")[0] == variable.name:
                    verb = "sets it to" if effect.act == "set" else "adds"
                    yield f"{event.date}, {event.event}: {verb} {effect.amount:g}"

    # -- data

    def _series(self, series: DataSeries) -> Entry:
        """Return a data series with its drawing, its sources and licences, and the variables that it measures."""
        observation = self.case.observations.get(series.name)
        variables = self.case.model.variables
        measured = dict.fromkeys(canonical(name) for _, name in names_in(observation.of.content)) if observation else {}
        label = human_name(series.name)
        return {
            "series": series,
            "label": label,
            "plot": series_plot(series, label),
            "sources": list(dict.fromkeys(series.source)),
            "licences": list(dict.fromkeys(series.licence)),
            "measures": [self.pointer(name) for name in measured if name in variables],
            "error": str(observation.error) if observation else "",
        }


def label_of(variable: Variable) -> str:
    return human_name(variable.label or variable.name)


def _files(sectors: Iterable[str]) -> dict[str, str]:
    """Return a unique file name for each sector."""
    files: dict[str, str] = {}
    for sector in dict.fromkeys(sectors):
        stem = re.sub(r"[^a-z0-9]+", "-", sector.lower()).strip("-")[:60] or "model"
        name, n = f"sector-{stem}.html", 2
        while name in files.values():
            name, n = f"sector-{stem}-{n}.html", n + 1
        files[sector] = name
    return files


def _in_article(pointer: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(number) for number in re.findall(r"\d+", pointer)), pointer
