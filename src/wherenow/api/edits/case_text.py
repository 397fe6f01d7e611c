"""Edits of the model files of a case folder; comments, order and layout are kept."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from yaml import SafeLoader, compose
from yaml.nodes import MappingNode, Node, ScalarNode

from wherenow.api.edits.edit_parts import NewVariable, replaced
from wherenow.case.case_types import Case
from wherenow.case.located_yaml.problems import Edited, current
from wherenow.case.reader import read_case
from wherenow.case.reading.folder import model_files
from wherenow.case.reading.schema import KINDS
from wherenow.errors import UsageError, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.model_types import ModelSpec

_PLAIN = re.compile(r"[\w.][\w .*/+()^<>=-]*")
"""Texts that need no quotes in YAML."""
_PARAMETER = frozenset(("value", "prior", "range"))
_OTHERS = "claims, events and data may name it; change the files of the case"


class CaseText:
    """The model files of a case folder; :meth:`set` changes them. Raises UsageError for unknown names and invalid
    edits.

    ``edited`` holds the files that an earlier batch changed.
    """

    def __init__(self, case: Case, edited: Edited) -> None:
        self.case, self._edited = case, dict(edited)
        self._texts = {path: current(path, edited).decode("utf-8") for path in model_files(case.folder)}

    def read(self) -> ModelSpec:
        """Read the case with the edited files. Raises InputError."""
        self.case = read_case(self.case.folder, self._edited)
        return self.case.model

    def result(self, model: ModelSpec) -> tuple[Case, Edited]:
        """Return the case that :meth:`read` found, and the changed files."""
        return self.case, self._edited

    def set(self, name: str, equation: str | None, initial: str | None, unit: str | None, doc: str | None) -> None:
        """Change the equation, initial value, unit or explanation of a variable, or the equation of an element."""
        bare, bracket, inside = name.partition("[")
        path, entry = self._entry(bare)
        parts = _children(entry)
        kind = next((k for k in KINDS if k in parts), "")
        element = inside.rstrip("] ") if bracket else None
        changes = []
        if equation is not None:
            changes.append(_written(_equation_of(name, kind, parts[kind], equation, element), equation))
        if initial is not None:
            if kind != "stock":
                raise UsageError(f"'{name}' is not a stock: it has no initial value")
            changes.append(_written(_of_element(name, _children(parts[kind])["initial"], element), initial))
        for key, value in (("unit", unit), ("about", doc)):
            if value is not None and key in parts:
                changes.append(_written(parts[key], value))
            elif value is not None:
                changes.append(_inserted(self._texts[path], entry, key, value))
        self._texts[path] = replaced(self._texts[path], changes)
        self._edited[path] = self._texts[path].encode("utf-8")

    def add(self, new: NewVariable) -> None:
        raise UsageError(f"in a case '{new.name}' is added in its files", "an entry needs its evidence or assumption")

    def rename(self, old: str, new: str) -> None:
        raise UsageError(f"in a case '{old}' is renamed in its files", _OTHERS)

    def remove(self, name: str) -> None:
        raise UsageError(f"in a case '{name}' is removed in its files", _OTHERS)

    def _entry(self, name: str) -> tuple[Path, MappingNode]:
        found = {}
        for path, text in self._texts.items():
            for key, node in _entries(text).items():
                found[canonical(key)] = (path, node)
        known = found.get(canonical(name))
        if known is None or not isinstance(known[1], MappingNode):
            raise UsageError(f"there is no variable '{name.strip()}'", did_you_mean(canonical(name), found))
        return known[0], known[1]


@lru_cache(maxsize=64)
def _entries(text: str) -> dict[str, Node]:
    """Return the entries of a file. Of the files of a batch, only a changed one is composed again."""
    return _children(compose(text, Loader=SafeLoader))


def _children(node: Node | None) -> dict[str, Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, MappingNode) else {}


def _equation_of(name: str, kind: str, node: Node, equation: str, element: str | None) -> Node:
    """Find the text of a variable's equation, or of a parameter's value or prior."""
    inside = _children(node)
    if kind == "stock":
        if "rate" not in inside:
            raise UsageError(f"'{name}' is a stock, which its flows change", "set a flow, or initial=")
        return _of_element(name, inside["rate"], element)
    if kind not in ("flow", "auxiliary", "parameter"):
        raise UsageError(f"'{name}' is a {kind}, whose numbers are edited in its file")
    if kind == "parameter" and inside and _PARAMETER.issuperset(inside):
        part = "prior" if "(" in equation or "value" not in inside else "value"
        if part not in inside or (part == "prior" and "(" not in equation):
            has = "a value" if part == "prior" and "prior" not in inside else "a prior"
            raise UsageError(f"'{name}' has {has}", "give a distribution" if has == "a prior" else "give a number")
        return inside[part]
    return _of_element(name, node, element)


def _of_element(name: str, node: Node, element: str | None) -> Node:
    if element is None:
        if isinstance(node, MappingNode):
            raise UsageError(f"'{name}' has an equation for each part", f"name one of {', '.join(_children(node))}")
        return node
    wanted = [canonical(part) for part in element.split(",")]
    for key, value in _children(node).items():
        if [canonical(part) for part in key.split(",")] == wanted:
            return value
    raise UsageError(f"'{name.partition('[')[0].strip()}' has no equation of its own for [{element}]")


def _scalar(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and value == value.strip() else json.dumps(value, ensure_ascii=False)


def _written(node: Node, value: str) -> tuple[tuple[int, int], str]:
    """Return the edit that replaces a scalar, which becomes one line if it was a block."""
    end = "\n" if isinstance(node, ScalarNode) and node.style in ("|", ">") else ""
    return (node.start_mark.index, node.end_mark.index), _scalar(value) + end


def _inserted(text: str, entry: MappingNode, key: str, value: str) -> tuple[tuple[int, int], str]:
    """Return the edit that adds a key to an entry: after its first one, or at the end of its braces."""
    if entry.flow_style:
        at = entry.end_mark.index - 1
        at = len(text[:at].rstrip())
        return (at, at), f", {key}: {_scalar(value)}"
    first = entry.value[0][0]
    at = first.start_mark.index
    return (at, at), f"{key}: {_scalar(value)}\n{' ' * first.start_mark.column}"
