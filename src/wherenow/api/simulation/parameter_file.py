"""Parameters from a CSV file: a column each, a row per run; a header may give the unit: ``contact rate (1/week)``."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

from wherenow.api.names import find
from wherenow.errors import Diagnostic, InputError, Location, UsageError
from wherenow.language.units import units
from wherenow.model.model_types import ModelSpec

_UNIT = re.compile(r"\s*(.*?)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?\s*", re.DOTALL)


def read_parameters(path: Path, model: ModelSpec) -> dict[str, list[float]]:
    """Read the columns of a file by the name in their header, each converted to the unit of its variable.

    Raises
    ------
    InputError
        with every field that is not a number, every row of another length, and every header that names no variable or
        has a unit of another dimension; each with file, line and column.
    UsageError
        if the file cannot be read, or has no rows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not encoded in UTF-8") from None
    rows = [(n, row) for n, row in enumerate(csv.reader(text.splitlines()), start=1) if any(map(str.strip, row))]
    if len(rows) < 2:
        raise UsageError(f"{path.name} has no runs", "a line of names, and then a line of numbers for each run")
    problems: list[Diagnostic] = []
    (_, header), *body = rows
    heads = [_head(name, model, Location(str(path), 1, k), problems) for k, name in enumerate(header, start=1)]
    columns: list[list[float]] = [[] for _ in header]
    for line, row in body:
        if len(row) != len(header):
            message = f"the row has {len(row)} fields, not {len(header)}"
            problems.append(Diagnostic(message, Location(str(path), line, 1)))
            continue
        for k, field in enumerate(row):
            value = _number(field)
            if value is None:
                where = Location(str(path), line, k + 1)
                problems.append(Diagnostic(f"'{field.strip()}' is not a finite number", where))
            else:
                columns[k].append(value * heads[k][1])
    if problems:
        raise InputError(problems)
    return {name: column for (name, _), column in zip(heads, columns, strict=True)}


def _head(text: str, model: ModelSpec, where: Location, problems: list[Diagnostic]) -> tuple[str, float]:
    """Find the variable that a header names, and the factor to its unit."""
    matched = _UNIT.fullmatch(text)
    assert matched is not None, "the pattern takes any text"
    name, unit = matched[1], matched[2]
    try:
        target = find(model, text)  # try the whole text first, because names may contain brackets
        return target.name, 1.0
    except UsageError:
        pass
    try:
        target = find(model, name)
        if unit is None:
            return target.name, 1.0
        reader = units(model.units)
        given, own = (reader.parse(u, open=True) for u in (unit, target.variable.unit))
    except (UsageError, InputError) as error:
        message = error.diagnostics[0].message if isinstance(error, InputError) else str(error)
        problems.append(Diagnostic(message, where))
        return text, 1.0
    if target.variable.unit and given.powers != own.powers:
        message = f"{unit} cannot be converted to {target.variable.unit}, the unit of '{target.name}'"
        problems.append(Diagnostic(message, where))
    return target.name, given.factor / own.factor if target.variable.unit else 1.0


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
