"""Display settings: labels of series, and for each lever its group and a familiar unit.

``display.yaml`` changes no number and is not part of the case's hash: a better label, or an address of the article that
is found later, leaves a stored posterior valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.case.case_types import Display, Handle, Source
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.validation import validate
from wherenow.case.located_yaml.yaml_reader import YamlMapping
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.folder import DISPLAY
from wherenow.case.reading.schema import DisplayForm
from wherenow.errors import did_you_mean


def read_display(settings: Settings, names: frozenset[str], levers: frozenset[str]) -> Display:
    """Read ``display.yaml``, which may be absent. ``names`` are those that may have labels."""
    tree, problems = settings.mapping(DISPLAY), settings.problems
    form = validate(tree, DisplayForm, problems) if tree is not None else None
    if tree is None or form is None:
        return Display()
    _check(tree, "labels", names, "variable or data series", problems)
    _check(tree, "levers", levers, "lever", problems)
    handles = {
        name: handle.as_a(Handle, marks=_marks(tree, name, handle.marks, problems))
        for name, handle in form.levers.items()
    }
    return form.as_a(Display, handles=handles)


def linked(source: Source | None, display: Display) -> Source | None:
    """Return the article with the address that ``display.yaml`` has; one in ``case.yaml`` comes first."""
    return replace(source, url=source.url or display.article) if source is not None else None


def _check(tree: YamlMapping, part: str, known: frozenset[str], what: str, problems: Problems) -> None:
    below = tree.entries.get(part)
    for name, key in below.keys.items() if isinstance(below, YamlMapping) else ():
        if name not in known:
            problems.warning(f"there is no {what} '{name}' to show", key.text, did_you_mean(name, known))


def _marks(tree: YamlMapping, lever: str, marks: Mapping[str, str], problems: Problems) -> Mapping[float, str]:
    named = {}
    for value, words in marks.items():
        try:
            named[float(value)] = words
        except ValueError:
            problems.error(f"{value!r} is not a value of the lever '{lever}'", tree.keys["levers"].text)
    return named
