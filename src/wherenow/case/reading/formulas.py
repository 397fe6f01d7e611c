"""Equations of the case folder: parsed texts, and the elements of an array to which each applies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wherenow.case.located_yaml.problems import Problems
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.parser import parse
from wherenow.language.syntax import Call, Expression, Number, Reference, Table, canonical, walk
from wherenow.model.model_types import Dimension
from wherenow.model.rewrite import rewrite

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

Subscripts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryScope:
    """The scope of one entry of an array: ``subscripts`` and ``excepted`` as in ``Equation``."""

    subscripts: Subscripts
    excepted: tuple[Subscripts, ...] = ()


def expression(text: Text, problems: Problems) -> Expression:
    """Parse an equation; report a problem and return 0 if that fails. A signed number is one number."""
    if _NUMBER.fullmatch(text.content.strip()):
        return _finite(Number(float(text.content)), text, problems)
    try:
        return _finite(parse(text), text, problems)
    except InputError as error:
        problems.extend(error.diagnostics)
        return Number(0.0)


def _finite(value: Expression, text: Text, problems: Problems) -> Expression:
    """Return ``value``, or 0 if a number in it is too large for a float, which is reported."""
    for node in walk(value):
        if isinstance(node, Number) and not math.isfinite(node.value):
            problems.error("the number is too large", text, "take a larger unit", at=node.span.start)
            return Number(0.0)
    return value


def with_tables(value: Expression, tables: Mapping[str, Table]) -> Expression:
    """Replace the names of the entry's tables in ``value`` by the tables; ``t(x)`` looks ``x`` up in ``t``."""

    def put(node: Expression) -> Expression:
        match node:
            case Reference(name, ()) if name in tables:
                return tables[name]
            case Call(name, (argument,)) if name in tables:
                return Call("lookup", (tables[name], argument), node.span)
            case _:
                return node

    return rewrite(value, put) if tables else value


def parts(
    keys: Mapping[str, Text], dims: Subscripts, dimensions: Mapping[str, Dimension], problems: Problems
) -> Iterator[tuple[str, EntryScope]]:
    """Return each key of a mapping over elements with its scope: ``a``, ``a, b`` or ``d, b except a1, b; a2, b``.

    ``keys`` gives the text to point at. An invalid key is reported and omitted.
    """
    for key, text in keys.items():
        inside, _, exceptions = key.partition(" except ")
        subscripts = _subscripts(inside, text, dims, dimensions, problems)
        excepted = [
            _subscripts(part, text, dims, dimensions, problems) for part in exceptions.split(";") if part.strip()
        ]
        if subscripts is not None and None not in excepted:
            yield key, EntryScope(subscripts, tuple(e for e in excepted if e is not None))


def _subscripts(
    words: str, text: Text, dims: Subscripts, dimensions: Mapping[str, Dimension], problems: Problems
) -> Subscripts | None:
    names = tuple(canonical(word) for word in words.split(","))
    if len(names) != len(dims):
        expected = ", ".join(dims) or "no dimensions; give its `dims`"
        problems.error(f"'{words.strip()}' names {len(names)} subscripts, the variable has {expected}", text)
        return None
    for name, dim in zip(names, dims, strict=True):
        whole = whole_dimension(dim, dimensions)
        if name in dimensions and set(dimensions[name].elements) <= set(whole.elements):
            continue
        if name not in whole.elements:
            problems.error(f"'{name}' is not an element of dimension '{dim}'", text, did_you_mean(name, whole.elements))
            return None
    return names


def whole_dimension(name: str, dimensions: Mapping[str, Dimension]) -> Dimension:
    """Return the dimension of which ``name`` is a subrange; the name itself if it is a whole dimension."""
    seen = {name}
    while (parent := dimensions[name].parent) in dimensions and parent not in seen:
        name = parent
        seen.add(name)
    return dimensions[name]
