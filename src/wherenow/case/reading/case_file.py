"""``case.yaml``: the question, the clock, the article and the dimensions of a case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from wherenow.case.case_types import Source
from wherenow.case.dates import moment
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.validation import validate
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping
from wherenow.case.reading.evidence import read_source
from wherenow.case.reading.folder import SETTINGS, as_mapping, read_tree
from wherenow.case.reading.schema import CaseForm, DimensionForm, TimeForm
from wherenow.case.reading.versions import schema_of, upgraded
from wherenow.errors import did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Dimension, Method, TimeSpec

_TIMES = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
TIMES = (*_TIMES, *(f"{unit}s" for unit in _TIMES), "yr", "yrs", "a", "d", "h", "min", "s")
MOST_STEPS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``case.yaml`` says, and the problems found so far: the context in which all other files are read."""

    folder: Path  # case folder
    form: CaseForm  # case.yaml as validated
    schema: int  # version of the case format
    time: TimeSpec  # period and step of the run
    cutoff: float | None  # time after which no data are used
    dimensions: dict[str, Dimension]  # dimensions of arrays, by name
    source: Source | None  # article that the case formalizes
    problems: Problems  # found so far

    @property
    def cutoff_date(self) -> str:
        """The cut-off as written; empty without one."""
        return self.form.cutoff.content if self.form.cutoff else ""

    @property
    def definitions(self) -> tuple[str, ...]:
        """The case's own units."""
        return tuple(text.content for text in self.form.units)

    def tree(self, file: str) -> Branch | None:
        """Return a file in the present schema; None if it is missing, empty, or cannot be read, which is reported."""
        tree = read_tree(self.folder / file, self.problems)
        return None if tree is None else upgraded(tree, file, self.schema)

    def mapping(self, file: str) -> YamlMapping | None:
        """Return the mapping in a file; None if it is missing, empty, or not a mapping, which is reported."""
        return as_mapping(self.tree(file), file, self.problems)


def read_settings(folder: Path, problems: Problems) -> Settings | None:
    """Read the settings; None if the file is missing, or too wrong to read the other files."""
    path = folder / SETTINGS
    if not path.is_file():
        problems.error(f"the folder has no {SETTINGS}", path, "make a case with: wherenow new NAME")
        return None
    written = as_mapping(read_tree(path, problems), SETTINGS, problems)
    if written is None:
        if not problems.unread:
            problems.error(f"{SETTINGS} is empty", path, "copy the file from a new case: wherenow new NAME")
        return None
    schema = schema_of(written, problems)
    if schema is None:
        return None
    form = validate(upgraded(written, SETTINGS, schema), CaseForm, problems)
    if form is None:
        return None
    time = _time(form.time, problems)
    if time is None:
        return None
    cutoff = problems.parsed(moment, form.cutoff, time.unit) if form.cutoff else None
    published = form.source.published if form.source else None
    if published is not None and cutoff is not None:
        appeared = problems.parsed(moment, published, time.unit)
        if appeared is not None and appeared > cutoff:
            problems.error(f"the article of {published.content} lies after the cut-off", published)
    if cutoff is not None and form.cutoff is not None and cutoff < time.start:
        message = f"the cut-off {form.cutoff.content} lies before the run, which starts at {form.time.start.content}"
        problems.error(message, form.cutoff, "data and events up to the cut-off belong to the run", first=True)
    if cutoff is not None and form.cutoff is not None and cutoff >= time.stop:
        message = f"the run ends at {form.time.stop.content}, before the cut-off {form.cutoff.content}"
        hint = "let the run continue after the cut-off, over the forecast period"
        problems.warning(message, form.time.stop, hint, first=True)
    source = read_source(form.source, folder, problems) if form.source else None
    return Settings(
        folder=folder,
        form=form,
        schema=schema,
        time=time,
        cutoff=cutoff,
        dimensions=_dimensions(form.dimensions, path, problems),
        source=source,
        problems=problems,
    )


def _time(form: TimeForm, problems: Problems) -> TimeSpec | None:
    unit = form.unit.content.strip()
    meant = did_you_mean(unit, TIMES) if unit.lower() not in TIMES else ""
    if meant:
        problems.error(f"unknown unit of time '{unit}'", form.unit, meant)
        return None
    start, stop = (problems.parsed(moment, text, unit) for text in (form.start, form.stop))
    step, save = form.step, form.step if form.save is None else form.save
    if start is None or stop is None:
        return None
    if not stop > start:
        message = f"the run stops at {form.stop.content}, not after its start"
        problems.error(message, form.stop, f"it starts at {form.start.content}")
        return None
    if not form.step > 0 or not math.isfinite(form.step) or form.step > stop - start:
        message = f"the step {form.step:g} must be positive and no longer than the run"
        problems.error(message, form.start, "such as 1/12")
        step = save = (stop - start) / 10_000  # any valid step lets the checks continue
    elif (stop - start) / form.step > MOST_STEPS:
        problems.error(f"the run has more than {MOST_STEPS:,} steps", form.start, "take a longer step")
        step = save = (stop - start) / 10_000
    elif save > stop - start:
        problems.error(f"the save interval {save:g} is longer than the run", form.start, "such as 1/12")
        save = step
    elif not save > 0 or not math.isfinite(save):
        problems.error(f"the save interval must be positive, not {save:g}", form.start, "such as 1/12")
        save = step
    elif abs(save / form.step - round(save / form.step)) > 1e-6 * save / form.step:
        message = f"the save interval {save:g} is not a whole number of steps of {form.step:g}"
        hint = f"it is rounded to {max(1, round(save / form.step)) * form.step:g}: write that"
        problems.warning(message, form.start, hint)
    return TimeSpec(start=start, stop=stop, step=step, save=save, unit=unit, method=Method(form.method))


def _dimensions(forms: dict[str, DimensionForm], path: Path, problems: Problems) -> dict[str, Dimension]:
    dimensions: dict[str, Dimension] = {}
    for key, form in forms.items():
        name = canonical(key)
        elements = tuple(canonical(text.content) for text in form.elements)
        where = form.elements[0] if form.elements else path
        if name in dimensions:
            problems.error(f"the dimension '{name}' is defined twice", where)
            continue
        if not elements:
            problems.error(f"the dimension '{name}' has no elements", where, "elements: [one, other]")
        for i, element in enumerate(elements):
            if element in elements[:i]:
                problems.error(f"'{element}' appears twice in dimension '{name}'", form.elements[i])
        parent = canonical(form.parent.content) if form.parent else ""
        mappings = {
            canonical(other): {canonical(e): canonical(t.content) for e, t in pairs.items()}
            for other, pairs in form.mappings.items()
        }
        dimensions[name] = Dimension(name, elements, parent, mappings, form.label)
    for key, form in forms.items():
        if form.parent and canonical(form.parent.content) not in dimensions:
            problems.error(f"the dimension '{key}' is part of an unknown '{form.parent.content}'", form.parent)
    return dimensions
