"""The lists of a case: events, levers, scenarios, claims, loops, actors, observations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from wherenow.case.case_types import (
    Actor,
    Against,
    Claim,
    Effect,
    Event,
    Issue,
    Lever,
    Loop,
    Position,
    Prediction,
    Scenario,
)
from wherenow.case.dates import moment, span
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.validation import validate
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping, YamlScalar, YamlSequence, location, place
from wherenow.case.observation import RECALLED, Observation, parse_discrepancy, parse_error
from wherenow.case.reading import schema
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.evidence import check_pointers
from wherenow.case.reading.folder import entries
from wherenow.case.reading.measures import conversion
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Variable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReader:
    """A reader of the lists among ``files``."""

    settings: Settings  # settings of the case
    variables: Mapping[str, Variable]  # variables of the model

    @property
    def problems(self) -> Problems:
        return self.settings.problems

    def pointers(self, pointers: list[Text]) -> tuple[str, ...]:
        """Read pointers into the article."""
        return check_pointers(pointers, self.settings.source, self.problems)

    def moment(self, text: Text) -> float:
        """Read a time; report a problem and return NaN for any other text."""
        time = self.problems.parsed(moment, text, self.settings.time.unit)
        return math.nan if time is None else time

    def _span(self, text: Text | None, usual: float, positive: str) -> float:
        """Read a length of time, ``usual`` if there is none; report another text, and one that is not positive."""
        length = None if text is None else self.problems.parsed(span, text, self.settings.time.unit)
        if text is not None and length is not None and length <= 0:
            self.problems.error(positive, text)
        return usual if length is None else length

    def events(self) -> dict[str, Event]:
        cutoff = self.settings.cutoff
        tree = self.settings.tree("events.yaml")
        if tree is None:
            return {}
        if not isinstance(tree, YamlSequence):
            self.problems.unreadable("events.yaml must be a list of events (- id: …)", location(tree))
            return {}
        events: dict[str, Event] = {}
        for item in tree.items:
            form = validate(item, schema.EventForm, self.problems)
            if form is None:
                self.problems.spoiled |= _named(item)
                continue
            event = self._event(form)
            if event.id in events:
                first = events[event.id].text.line
                self.problems.error(f"the event '{event.id}' appears twice", form.id, f"first on line {first}")
                continue
            if cutoff is not None and event.time > cutoff:
                hint = "put future events into a scenario, or move the cut-off in case.yaml"
                message = f"the event of {event.date} lies after the cut-off {self.settings.cutoff_date}"
                self.problems.error(message, form.date, hint)
            events[event.id] = event
        self._check_sources(events)
        return events

    def _check_sources(self, events: Mapping[str, Event]) -> None:
        """Check that events that were read name a source or evidence in the article; report it once for all."""
        bare = [e for e in events.values() if e.quality in ("checked", "read") and not (e.source or e.evidence)]
        if bare:
            first, others = bare[0], f", and {len(bare) - 1} more say neither" if len(bare) > 1 else ""
            message = f"the event '{first.id}' is {first.quality} and names no source{others}"
            self.problems.warning(message, first.text, "add source: …, or write quality: recalled")

    def _event(self, form: schema.EventForm) -> Event:
        time = self.moment(form.date)
        if form.goldstein is not None and not -10 <= form.goldstein <= 10:
            message = f"the score {form.goldstein:g} of '{form.id.content}' lies outside Goldstein's scale"
            self.problems.error(message, form.id, "it is from -10, conflict, to 10, cooperation")
        until = self.moment(form.until) if form.until else None
        if form.until and until is not None and until < time:
            message = f"the event '{form.id.content}' ends before it begins"
            self.problems.error(message, form.until, f"it begins on {form.date.content}")
        return form.as_a(
            Event,
            time=time,
            evidence=self.pointers(form.evidence),
            effects=tuple(self._effect(e, time, until) for e in form.effects),
            text=form.id,
        )

    def _effect(self, form: schema.EffectForm, time: float, until: float | None) -> Effect:
        if (form.add is None) == (form.set is None):
            self.problems.error("an effect has either 'add' or 'set'", form.input, "leave one of them out")
        usual = math.inf if until is None else until - time
        lasting = self._span(form.lasting, usual, "an effect must last longer than 0")
        act, amount = ("set", form.set) if form.set is not None else ("add", form.add or 0.0)
        name = canonical(form.input.content).replace(" ", "")
        amount *= self._factor(form.unit, name.partition("[")[0], f"the effect on '{name}'")
        return Effect(name, act, amount, lasting, form.input)

    def _factor(self, unit: Text | None, variable: str, what: str) -> float:
        """Return the factor from ``unit`` to the unit of ``variable``; 1 if either has none."""
        if unit is None or variable not in self.variables or not self.variables[variable].unit:
            return 1.0
        own = self.variables[variable].unit
        return conversion(unit, own, what, self.settings, of=variable)

    def levers(self) -> dict[str, Lever]:
        levers = {}
        for name, text, form in self._entries("levers.yaml", schema.LeverForm):
            low, high = form.range
            if not low < high:
                hint = f"write [{high:g}, {low:g}]" if high < low else "write the least and the greatest value"
                self.problems.error(f"the range [{low:g}, {high:g}] of the lever '{name}' is empty", text, hint)
            elif not low <= form.default <= high:
                message = f"the default {form.default:g} of '{name}' lies outside its range [{low:g}, {high:g}]"
                self.problems.error(message, text, "widen the range, or write a default within it")
            variable = canonical(form.input.content)
            if form.act == "scale":
                scaled = f"the lever '{name}' multiplies '{variable}', and"
                factor = conversion(form.unit or Text("1"), "1", scaled, self.settings)
            else:
                factor = self._factor(form.unit, variable, f"the lever '{name}'")
            levers[name] = form.as_a(
                Lever,
                name=name,
                input=variable,
                range=(low, high),
                start=self.moment(form.start) if form.start else None,
                text=form.input,
                factor=factor,
            )
        return levers

    def scenarios(self) -> dict[str, Scenario]:
        return {
            name: form.as_a(Scenario, id=name, without=_words(form.without), text=text)
            for name, text, form in self._entries("scenarios.yaml", schema.ScenarioForm)
        }

    def claims(self, scenarios: Mapping[str, Scenario]) -> dict[str, Claim]:
        claims = {}
        for name, text, form in self._entries("claims.yaml", schema.ClaimForm):
            claims[name] = form.as_a(
                Claim,
                id=name,
                against=self._against(name, form.against, scenarios) if form.against else None,
                evidence=self.pointers(form.evidence),
                mechanism=tuple(pair for t in form.mechanism if (pair := self._link(t))),
                text=text,
            )
            self._check_claim(claims[name], form)
        return claims

    def _check_claim(self, claim: Claim, form: schema.ClaimForm) -> None:
        nothing = claim.data is None and claim.model is None and not claim.event and not claim.actor
        if nothing and not claim.note:
            message = f"the claim '{claim.id}' is not tested, and no note says why"
            self.problems.warning(message, claim.text, "give data, model, or a note")
        if claim.kind == "cause" and not claim.note and (form.against is None or not form.mechanism):
            key = "against" if form.against is None else "mechanism"
            self.problems.warning(f"the cause '{claim.id}' has no {key}, and no note says why", claim.text)

    def _against(self, claim: str, form: schema.AgainstForm, scenarios: Mapping[str, Scenario]) -> Against | None:
        if form.scenario is not None:
            name = form.scenario.content
            if form.do or form.without:
                self.problems.error("a counterfactual names a scenario, or says what to do, not both", form.scenario)
            if name not in scenarios:
                file = self.settings.folder / "scenarios.yaml"
                if not file.is_file():
                    self.problems.missing(file, f"the scenario '{name}'", form.scenario.locate(0))
                elif name not in self.problems.spoiled and str(file) not in self.problems.unread:
                    self.problems.error(f"there is no scenario '{name}'", form.scenario, did_you_mean(name, scenarios))
                return None
            return Against(scenarios[name], form.expect)
        if not form.do and not form.without:
            self.problems.error("a counterfactual needs a scenario, or what to do, or an event left out", form.expect)
        without = _words(form.without)
        done = [f"{name}: {text.content}" for name, text in form.do.items()]
        title = "; ".join([*done, *(f"without {event}" for event in without)])
        scenario = Scenario(id=f"against:{claim}", title=title, do=form.do, without=without, text=form.expect)
        return Against(scenario, form.expect)

    def _link(self, text: Text) -> tuple[str, str] | None:
        source, arrow, target = text.content.replace("→", "->").partition("->")
        if not arrow or not source.strip() or not target.strip():
            self.problems.error(f"{text.content!r} is not a link", text, "write: cause -> effect")
            return None
        return canonical(source), canonical(target)

    def predictions(self) -> dict[str, Prediction]:
        return {
            name: form.as_a(
                Prediction,
                id=name,
                deadline=self.moment(form.by),
                evidence=self.pointers(form.evidence),
                text=text,
            )
            for name, text, form in self._entries("forecasts.yaml", schema.PredictionForm)
        }

    def loops(self) -> dict[str, Loop]:
        return {
            name: form.as_a(
                Loop,
                id=name,
                through=tuple(canonical(t.content) for t in form.through),
                cut=self._link(form.cut) if form.cut else None,
                text=text,
            )
            for name, text, form in self._entries("loops.yaml", schema.LoopForm)
        }

    def actors(self) -> tuple[dict[str, Issue], dict[str, Actor]]:
        tree = self.settings.mapping("actors.yaml")
        form = validate(tree, schema.ActorsForm, self.problems) if tree else None
        if form is None or tree is None:
            return {}, {}
        issues = {name: f.as_a(Issue, id=name) for name, f in form.issues.items()}
        actors = {}
        for name, actor in form.actors.items():
            for issue in actor.positions:
                if issue not in issues:
                    message = f"the actor '{name}' has a position on an unknown issue '{issue}'"
                    hint = did_you_mean(issue, issues)
                    self.problems.error(message, place(tree, ("actors", name, "positions", issue))[0], hint)
            positions = {
                issue: p.as_a(Position, evidence=self.pointers(p.evidence)) for issue, p in actor.positions.items()
            }
            actors[name] = actor.as_a(Actor, id=name, positions=positions)
        return issues, actors

    def observations(self) -> dict[str, Observation]:
        observations = {}
        for name, text, form in self._entries("observations.yaml", schema.ObservationForm):
            try:
                observations[canonical(name)] = self._observation(canonical(name), text, form)
            except InputError as error:
                self.problems.extend(error.diagnostics)
        return observations

    def _observation(self, series: str, text: Text, form: schema.ObservationForm) -> Observation:
        over = self._span(form.over, 0.0, "a mean is over a positive span of time")
        recalled = RECALLED if form.recalled is None else form.recalled
        if recalled < 1:
            self.problems.error("'recalled' widens the error: it is a factor of at least 1", text)
        return form.as_a(
            Observation,
            series=series,
            error=parse_error(form.error, self.settings.time.unit),
            over=over,
            recalled=recalled,
            breaks=tuple(sorted(self.moment(text) for text in form.breaks)),
            discrepancy=parse_discrepancy(form.discrepancy) if form.discrepancy is not None else None,
            range=self._range(form.range, text),
            text=text,
        )

    def _range(self, pair: list[float] | None, text: Text) -> tuple[float, float] | None:
        if pair is None:
            return None
        low, high = pair
        if low >= high:
            hint = "write the lower end first; the ends must differ"
            self.problems.error(f"the range [{low:g}, {high:g}] is empty", text, hint)
        return low, high

    def _entries(self, file: str, form: type[T]) -> Iterator[tuple[str, Text, T]]:
        return entries(self.settings.mapping(file), form, self.problems)


def _named(item: Branch) -> set[str]:
    """Return the id of an event, if it has one."""
    name = item.entries.get("id") if isinstance(item, YamlMapping) else None
    return {name.value} if isinstance(name, YamlScalar) else set()


def _words(texts: list[Text]) -> tuple[str, ...]:
    return tuple(text.content.strip() for text in texts)
