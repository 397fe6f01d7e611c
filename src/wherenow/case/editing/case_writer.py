"""Writing a model as a case folder, one file per sector, with equations in XMILE syntax; reading it gives the model."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from wherenow.case.case_types import Case
from wherenow.case.editing.atomic_folder import new_folder
from wherenow.case.reading.folder import DISPLAY, SETTINGS, case_files, case_hashes
from wherenow.case.reading.later import later_files
from wherenow.case.reading.variables import net_rate
from wherenow.case.reading.versions import present
from wherenow.errors import UsageError
from wherenow.language.printer import to_xmile
from wherenow.language.syntax import Expression, Number, Reference, Table, Unary
from wherenow.model.model_types import Dimension, Equation, Kind, Macro, ModelSpec, Variable
from wherenow.model.rewrite import rewrite

Tree = dict[str, Any]


def write_case(case: Case | ModelSpec, folder: Path | str) -> Path:
    """Write a model as a new case folder, or a case as a copy of its own folder.

    Raises
    ------
    UsageError
        if the folder is not empty, the case's own folder has changed since it was read, or an equation has no
        textual form (a number that is not finite).
    """
    folder = Path(folder)
    with new_folder(folder) as beside:
        if isinstance(case, Case):
            _copy(case, beside)
        else:
            _write_model(case, beside)
    return folder


def _copy(case: Case, beside: Path) -> None:
    files = case_files(case.folder)
    if case_hashes(case.folder, files)[0] != case.hash:
        raise UsageError(f"{case.folder} has changed since the case was read; read it again")
    shown = case.folder / DISPLAY
    for path in (*files, *later_files(case.folder), *([shown] if shown.is_file() else [])):
        target = beside / path.relative_to(case.folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)


def _write_model(model: ModelSpec, folder: Path) -> None:
    write_yaml(_settings(model), folder / SETTINGS)
    if model.macros:
        write_yaml({name: _macro(macro) for name, macro in model.macros.items()}, folder / "macros.yaml")
    (folder / "model").mkdir()
    sectors = dict.fromkeys(variable.sector for variable in model.variables.values())
    names: set[str] = set()
    for sector in sectors:
        stem = _stem(sector, names)
        head: Tree = {} if sector == stem else {"sector": {"name": sector}}
        mine = [variable for variable in model.variables.values() if variable.sector == sector]
        body = {_key(variable.name): _entry(variable, model.variables) for variable in mine}
        write_yaml(head | body, folder / "model" / f"{stem}.yaml")


def _key(name: str) -> str:
    """Return the key of an entry; capitals distinguish a variable named like the reserved key from that key."""
    return name.upper() if name == "sector" else name


def _stem(sector: str, taken: set[str]) -> str:
    """Return a file name for a sector that differs from all before."""
    stem = re.sub(r"[^a-z0-9_]+", "_", sector.lower()).strip("_")[:60] or "model"
    stem, base, n = stem, stem, 2
    while stem in taken:
        stem, n = f"{base}_{n}", n + 1
    taken.add(stem)
    return stem


def _settings(model: ModelSpec) -> Tree:
    time = model.time
    clock = {name: getattr(time, name) for name in ("start", "stop", "step", "save", "unit")}
    tree: Tree = {"schema": present(), "name": model.name or "model", "time": {**clock, "method": str(time.method)}}
    dimensions = {name: _dimension(d) for name, d in model.dimensions.items()}
    return tree | _given(dimensions=dimensions, units=list(model.units))


def _given(**entries: Any) -> Tree:
    """Return the entries that are neither empty nor false."""
    return {key: value for key, value in entries.items() if value}


def _dimension(dimension: Dimension) -> Any:
    if not (dimension.parent or dimension.mappings or dimension.label):
        return list(dimension.elements)
    mappings = {other: dict(pairs) for other, pairs in dimension.mappings.items()}
    more = _given(parent=dimension.parent, mappings=mappings, label=dimension.label)
    return {"elements": list(dimension.elements), **more}


def _macro(macro: Macro) -> Tree:
    return {
        "parameters": list(macro.parameters),
        "output": macro.output,
        "variables": {_key(v.name): _entry(v, macro.variables) for v in macro.variables.values()},
    }


# -- variables


def _entry(variable: Variable, taken: Container[str]) -> Tree:
    local = _LocalTables(taken)
    tree = _kind(variable, local)
    return tree | _given(
        tables={name: _table(table) for name, table in local.tables.items()},
        unit=variable.unit,
        dims=list(variable.dimensions),
        label=variable.label,
        about=variable.about,
        evidence=list(variable.evidence),
        assumption=variable.assumption,
        range=list(variable.range or ()),
        non_negative=variable.non_negative and variable.kind is not Kind.STOCK,
    )


def _kind(variable: Variable, local: _LocalTables) -> Tree:
    if variable.kind is Kind.STOCK:
        return {"stock": _stock(variable, local)}
    if variable.kind in (Kind.SERIES, Kind.LOOKUP):
        tables = {}
        for equation in variable.equations:
            if not isinstance(equation.expression, Table):
                raise UsageError(f"the {variable.kind} '{variable.name}' is not a table and cannot be written")
            tables[_part(equation)] = _table(equation.expression)
        whole = len(variable.equations) == 1 and _is_whole(variable, variable.equations[0])
        return {str(variable.kind): next(iter(tables.values())) if whole else tables}
    tree = {str(variable.kind): _by_part(variable, [(q, q.expression) for q in variable.equations], local)}
    initials = [(q, q.initial) for q in variable.equations if q.initial is not None]
    if initials and variable.kind is not Kind.PARAMETER:
        tree["initial"] = _by_part(variable, initials, local, whole=len(variable.equations) == 1)
    return tree


def _stock(variable: Variable, local: _LocalTables) -> Tree:
    initials = [(q, q.initial or Number(0.0)) for q in variable.equations]
    tree: Tree = {"initial": _by_part(variable, initials, local)}
    tree |= _given(**{"in": list(variable.inflows), "out": list(variable.outflows)})
    rate = net_rate(list(variable.inflows), list(variable.outflows))
    if any(equation.expression != rate for equation in variable.equations):
        tree["rate"] = _by_part(variable, [(q, q.expression) for q in variable.equations], local)
    if variable.non_negative:
        tree["non_negative"] = True
    return tree


def _by_part(
    variable: Variable, equations: Iterable[tuple[Equation, Expression]], local: _LocalTables, whole: bool = True
) -> Any:
    """Return one text, or a text for each part of the array."""
    written = [(equation, _written(variable, expression, local)) for equation, expression in equations]
    if whole and len(written) == 1 and _is_whole(variable, written[0][0]):
        return written[0][1]
    return {_part(equation): text for equation, text in written}


def _is_whole(variable: Variable, equation: Equation) -> bool:
    return equation.subscripts == variable.dimensions and not equation.excepted


def _part(equation: Equation) -> str:
    inside = ", ".join(equation.subscripts)
    if not equation.excepted:
        return inside
    return f"{inside} except {'; '.join(', '.join(e) for e in equation.excepted)}"


def _written(variable: Variable, expression: Expression, local: _LocalTables) -> Any:
    if isinstance(expression, Number) and math.isfinite(expression.value):
        return expression.value
    if isinstance(expression, Unary) and isinstance(expression.operand, Number):
        return f"{expression.operator} ({to_xmile(expression.operand)})"
    try:
        return to_xmile(rewrite(expression, local.named))
    except ValueError as error:
        raise UsageError(f"the equation of '{variable.name}' cannot be written: {error}") from error


def _table(table: Table) -> Tree:
    if not all(map(math.isfinite, (*table.xs, *table.ys))):
        raise UsageError("a table with a point that is not finite cannot be written")
    points = [[x, y] for x, y in zip(table.xs, table.ys, strict=True)]
    usual = {"between": "linear", "outside": "clamp"}
    return {"points": points, **{k: getattr(table, k) for k, v in usual.items() if getattr(table, k) != v}}


class _LocalTables:
    """Tables inside an entry's equations, each under a name of the entry's own."""

    def __init__(self, taken: Container[str]) -> None:
        self.tables: dict[str, Table] = {}
        self._taken = taken

    def named(self, expression: Expression) -> Expression:
        """Replace a table by its name; return every other expression unchanged."""
        if not isinstance(expression, Table):
            return expression
        for name, table in self.tables.items():
            if table == expression:
                return Reference(name)
        number = len(self.tables) + 1
        while (name := f"table_{number}") in self._taken or name in self.tables:
            number += 1
        self.tables[name] = expression
        return Reference(name)


def write_yaml(tree: Any, path: Path) -> None:
    """Write YAML: mappings in lines, lists in brackets."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 120
    yaml.allow_unicode = True
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(_styled(tree), file)


def _styled(tree: Any) -> Any:
    from ruamel.yaml.comments import CommentedSeq

    if isinstance(tree, dict):
        return {key: _styled(value) for key, value in tree.items()}
    if isinstance(tree, list):
        items = CommentedSeq(_styled(value) for value in tree)
        items.fa.set_flow_style()
        return items
    return tree
