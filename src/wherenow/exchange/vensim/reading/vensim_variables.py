"""Entries of one name as one variable: its kind, its dimensions and an equation for each set of elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod

from wherenow.errors import Diagnostic, Severity, Text, did_you_mean
from wherenow.exchange.external_data import DataFolder, constants, series
from wherenow.exchange.vensim.reading.data_files import Companion
from wherenow.exchange.vensim.reading.data_files import Points as TablePoints
from wherenow.exchange.vensim.reading.sections import Statement
from wherenow.exchange.vensim.reading.subscript_ranges import Ranges
from wherenow.exchange.vensim.translation.calls import arguments_text, held_integral, translate
from wherenow.exchange.vensim.translation.refused_functions import REFUSED
from wherenow.exchange.vensim.translation.vensim_names import Names
from wherenow.exchange.vensim.vensim_syntax import Assignment, Definition, Empty, Left, Numbers, Points, shown
from wherenow.language.syntax import MISSING, NOWHERE, Call, Expression, ExpressionError, Number, Span, Table
from wherenow.model.model_types import Dimension, Equation, Kind, Variable

BETWEEN = {"": "linear", "INTERPOLATE": "linear", "LOOK FORWARD": "next", "HOLD BACKWARD": "previous", "RAW": "raw"}
"""Vensim's words for interpolation between data, as those of a table; ``raw`` becomes steps once the run is known."""

_GET = re.compile(r"get_(xls|direct|123|odbc|vdf)_(data|lookups|constants)")
_UNITS = re.compile(r"^(.*?)\s*\[([^\[\]]*)\]\s*$", re.DOTALL)
MERGED = "merged"
"""The beginning of the name of a range that no file declares: of the elements that one array has equations for."""
LARGEST_ARRAY = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    statement: Statement
    definition: Definition

    @property
    def left(self) -> Left:
        if isinstance(self.definition, (Assignment, Numbers, Points, Empty)):
            return self.definition.left
        return Left(self.definition.name)

    @property
    def text(self) -> Text:
        return self.statement.equation


def get_function(definition: Definition) -> str:
    """Return ``data``, ``lookups`` or ``constants`` where the right-hand side is a GET function, else ''."""
    if isinstance(definition, Assignment) and isinstance(definition.expression, Call):
        found = _GET.fullmatch(definition.expression.function)
        return found[2] if found else ""
    return ""


def is_table(definition: Definition) -> bool:
    """Check whether the name is a lookup or data, and so can be called with an argument."""
    return isinstance(definition, (Points, Empty)) or get_function(definition) in ("data", "lookups")


@dataclass(slots=True, kw_only=True)
class VariableBuilder:
    """A builder of the variables of one scope: the model itself or one macro."""

    ranges: Ranges  # subscript ranges of the file
    names: Names  # names known in this scope
    folder: DataFolder  # folder of external data files
    companion: Companion  # data files with the model's name
    problems: list[Diagnostic]  # problems found so far
    anonymous: dict[str, Dimension] = field(default_factory=dict)  # dimensions of subscripts without a range

    def variable(self, entries: list[Entry]) -> Variable | None:
        """Build the variable that all ``entries`` of one name define; None if it has no elements."""
        first = entries[0]
        made: list[tuple[Kind, Equation]] = []
        for entry in entries:
            if self._subscripts_known(entry):
                made.extend(self._equations(entry))
        if not made:
            return None
        counts = {len(e.subscripts) for _, e in made}
        if len(counts) > 1:
            self._problem(
                entries[-1].text,
                NOWHERE,
                f"'{first.left.name.label}' has {min(counts)} subscripts here and {max(counts)} there",
            )
            return None
        kind, equations = _one_kind(made)
        unit, bounds = _unit(next((e.statement.units for e in reversed(entries) if e.statement.units), ""))
        return Variable(
            name=first.left.name.key,
            kind=kind,
            equations=equations,
            dimensions=self._dimensions(equations, [e.left for e in entries if len(e.left.subscripts) in counts]),
            unit=unit,
            label=first.left.name.label,
            about=next((e.statement.comment for e in reversed(entries) if e.statement.comment), ""),
            sector=first.statement.group,
            range=bounds,
            text=first.text,
        )

    # -- subscripts

    def _subscripts_known(self, entry: Entry) -> bool:
        good = True
        for name in (*entry.left.subscripts, *(n for group in entry.left.excepted for n in group)):
            if name.key not in self.ranges.dimensions and name.key not in self.ranges.labels:
                hint = did_you_mean(name.key, [*self.ranges.dimensions, *self.ranges.labels])
                message = f"'{name.label}' is neither a subscript range nor an element of one"
                self._problem(entry.text, name.span, message, hint)
                good = False
        for group in entry.left.excepted:
            if len(group) != len(entry.left.subscripts):
                message = f"the exception has {len(group)} subscripts, the variable {len(entry.left.subscripts)}"
                self._problem(entry.text, group[0].span, message)
                good = False
        if prod(len(self._elements(n.key)) for n in entry.left.subscripts) > LARGEST_ARRAY:
            self._problem(entry.text, NOWHERE, f"the array has more than {LARGEST_ARRAY:,} elements")
            good = False
        return good

    def _elements(self, key: str) -> tuple[str, ...]:
        found = self.ranges.dimensions.get(key)
        return found.elements if found else (key,)

    def _dimensions(self, equations: tuple[Equation, ...], lefts: list[Left]) -> tuple[str, ...]:
        """Choose for each position a range written there that has every element used, else the narrowest such range."""
        columns = zip(*(e.subscripts for e in equations), strict=True)
        written = zip(*((n.key for n in left.subscripts) for left in lefts), strict=True)
        return tuple(
            self._home(list(dict.fromkeys(column)), names) for column, names in zip(columns, written, strict=True)
        )

    def _home(self, subscripts: list[str], names: tuple[str, ...]) -> str:
        used = {e for s in subscripts for e in self._elements(s)}
        written = [s for s in names if s in self.ranges.dimensions and used.issubset(self._elements(s))]
        if written:
            return written[0]
        known = {**self.ranges.dimensions, **self.anonymous}
        wider = [(len(d.elements), d.name) for d in known.values() if used.issubset(d.elements)]
        if wider:
            return min(wider, key=lambda w: w[0])[1]
        name = "_".join([MERGED, *subscripts])[:80]
        elements = tuple(dict.fromkeys(e for s in subscripts for e in self._elements(s)))
        self.anonymous[name] = Dimension(name, elements, label=name.replace("_", " "))
        return name

    # -- equations

    def _equations(self, entry: Entry) -> list[tuple[Kind, Equation]]:
        definition, left = entry.definition, entry.left
        whole = self._equation(left, entry.text)
        match definition:
            case Numbers(values=values):
                return self._numbers(entry, values)
            case Points(table=table):
                if not table.xs:
                    self._problem(entry.text, NOWHERE, f"lookup '{left.name.label}' has no points")
                    return []
                return [(Kind.LOOKUP, whole(table))]
            case Empty():
                return self._companion_data(entry)
            case Assignment(expression=expression) if kind := get_function(definition):
                assert isinstance(expression, Call)
                return self._external(entry, kind, expression)
            case Assignment(expression=expression):
                return self._formula(entry, expression, whole)
        return []

    def _equation(self, left: Left, text: Text) -> Callable[..., Equation]:
        subscripts = tuple(n.key for n in left.subscripts)
        excepted = tuple(tuple(n.key for n in group) for group in left.excepted)

        def make(expression: Expression, initial: Expression | None = None) -> Equation:
            return Equation(
                expression=expression,
                subscripts=subscripts,
                excepted=excepted,
                initial=initial,
                text=text,
                initial_text=text if initial is not None else Text(""),
            )

        return make

    def _formula(
        self, entry: Entry, expression: Expression, whole: Callable[..., Equation]
    ) -> list[tuple[Kind, Equation]]:
        if isinstance(expression, Number):
            return [(Kind.PARAMETER, whole(expression))]
        try:
            if isinstance(expression, Call) and expression.function in ("integ", "active_initial"):
                parts = [translate(a, self.names) for a in expression.arguments]
                if len(parts) != 2:
                    message = f"{shown(expression.function)} takes 2 arguments, not {len(parts)}"
                    raise ExpressionError(message, expression.span)
                kind = Kind.STOCK if expression.function == "integ" else Kind.AUXILIARY
                return [(kind, whole(*parts))]
            if isinstance(expression, Call) and expression.function == "sinteg":
                return [(Kind.AUXILIARY, whole(held_integral(expression, entry.left, self.names)))]
            return [(Kind.AUXILIARY, whole(translate(expression, self.names)))]
        except ExpressionError as wrong:
            self.problems.append(wrong.problem(entry.text))
            return []

    def _each(self, left: Left) -> Iterator[tuple[str, ...]]:
        """List the element tuples of a left-hand side, the last subscript fastest, without exceptions."""
        return product(*(self._elements(n.key) for n in left.subscripts))

    def _shape(self, left: Left) -> list[int]:
        return [len(self._elements(n.key)) for n in left.subscripts if n.key in self.ranges.dimensions]

    def _numbers(self, entry: Entry, values: tuple[float, ...]) -> list[tuple[Kind, Equation]]:
        count = prod(self._shape(entry.left))
        if len(values) == 1:
            return [(Kind.PARAMETER, self._equation(entry.left, entry.text)(Number(values[0])))]
        if len(values) != count:
            self._problem(entry.text, NOWHERE, f"{len(values)} numbers for {count} elements")
            return []
        return self._apart(entry, Kind.PARAMETER, [Number(v) for v in values])

    def _apart(self, entry: Entry, kind: Kind, values: list[Expression]) -> list[tuple[Kind, Equation]]:
        """Return one equation for each element."""
        left = entry.left
        excepted = {t for group in left.excepted for t in product(*(self._elements(n.key) for n in group))}
        pairs = zip(self._each(left), values, strict=True)
        return [
            (kind, Equation(expression=v, subscripts=elements, text=entry.text))
            for elements, v in pairs
            if elements not in excepted
        ]

    # -- data from elsewhere

    def _external(self, entry: Entry, kind: str, call: Call) -> list[tuple[Kind, Equation]]:
        if call.function in REFUSED:
            self._problem(entry.text, call.span, f"{shown(call.function)} is not supported", REFUSED[call.function])
            return []
        strings = arguments_text(call)
        count = 3 if kind == "constants" else 4
        if strings is None or len(strings) != count:
            message = f"{shown(call.function)} takes {count} texts between single quotes"
            self._problem(entry.text, call.span, message)
            return []
        shape = self._shape(entry.left)
        try:
            sheet = self.folder.sheet(strings[0], strings[1])
            if kind == "constants":
                columns = shape[-1] if shape else 1
                numbers = constants(sheet, strings[2], prod(shape) // columns if columns else 0, columns)
                return self._apart(entry, Kind.PARAMETER, [Number(v) for v in numbers])
            points = [series(sheet, strings[2], strings[3], i) for i in range(prod(shape))]
        except ValueError as error:
            self._problem(entry.text, call.span, str(error))
            return []
        if kind == "data" and any(points):
            return self._series(
                entry, dict(zip(self._each(entry.left), points, strict=True)), BETWEEN[entry.left.interpolation]
            )
        if not all(points):
            self._problem(entry.text, call.span, f"no points at '{strings[2]}' and '{strings[3]}'")
            return []
        return self._apart(entry, Kind.LOOKUP, [Table(*p) for p in points if p is not None])

    def _companion_data(self, entry: Entry) -> list[tuple[Kind, Equation]]:
        left = entry.left
        found = {elements: self.companion.find(left.name.key, elements) for elements in self._each(left)}
        if all(points is None for points in found.values()):
            name = left.name.label + (f"[{','.join(next(iter(found), ()))}]" if left.subscripts else "")
            stem = self.companion.stem
            places = f"{stem}.tab, {stem}_data.tab and data.tab, or .csv or .dat"
            hint = f"data are searched in {places}; --data names another file"
            self._problem(entry.text, left.name.span, f"'{name}' has neither an equation nor data", hint)
            return []
        source = self.companion.source(left.name.key)
        self._warn(entry, f"data of '{left.name.label}' read from '{source}'")
        return self._series(entry, found, BETWEEN[left.interpolation])

    def _series(
        self, entry: Entry, found: Mapping[tuple[str, ...], TablePoints | None], between: str
    ) -> list[tuple[Kind, Equation]]:
        """Return data for each element; an element without any is :NA: throughout, as in Vensim."""
        without = [",".join(elements) for elements, points in found.items() if points is None]
        if without:
            more = " and more" if len(without) > 3 else ""
            names = f"{entry.left.name.label}[{'], ['.join(without[:3])}]{more}"
            self._warn(entry, f"no data for {names}", "those elements are :NA:, a large negative number, throughout")
        tables: list[Expression] = [Table(*(points or ((0.0,), (MISSING,))), between) for points in found.values()]
        return self._apart(entry, Kind.SERIES, tables)

    def _warn(self, entry: Entry, message: str, hint: str = "") -> None:
        self.problems.append(Diagnostic(message, entry.text.locate(0), hint=hint, severity=Severity.WARNING))

    def _problem(self, text: Text, span: Span, message: str, hint: str = "") -> None:
        self.problems.append(text.problem(message, hint, span.start))


def _one_kind(made: list[tuple[Kind, Equation]]) -> tuple[Kind, tuple[Equation, ...]]:
    """Choose the kind that can represent all equations, and convert those of another kind."""
    kinds = {kind for kind, _ in made}
    equations = [e for _, e in made]
    if len(kinds) == 1:
        return kinds.pop(), tuple(equations)
    if kinds == {Kind.STOCK, Kind.PARAMETER}:  # a constant is equivalent to a stock that never changes
        return Kind.STOCK, tuple(
            e if k is Kind.STOCK else replace(e, expression=Number(0.0), initial=e.expression, initial_text=e.text)
            for k, e in made
        )
    tables = {Kind.SERIES, Kind.LOOKUP}
    if kinds <= {*tables, Kind.PARAMETER} and kinds & tables:
        flat = [replace(e, expression=_flat(e.expression)) for e in equations]
        return Kind.SERIES if Kind.SERIES in kinds else Kind.LOOKUP, tuple(flat)
    return Kind.AUXILIARY, tuple(_as_auxiliary(k, e) for k, e in made)


def _flat(expression: Expression) -> Expression:
    return Table((0.0,), (expression.value,)) if isinstance(expression, Number) else expression


def _as_auxiliary(kind: Kind, equation: Equation) -> Equation:
    if kind is Kind.STOCK:
        assert equation.initial is not None
        return replace(equation, expression=Call("integ", (equation.expression, equation.initial)), initial=None)
    if isinstance(equation.expression, Table):
        return replace(equation, expression=Call("lookup", (equation.expression, Call("time", ()))))
    return equation


def _unit(field_text: str) -> tuple[str, tuple[float, float] | None]:
    """Split units from their range ``[minimum, maximum, increment]``; the range needs two numbers."""
    found = _UNITS.match(field_text)
    if not found:
        return field_text.strip(), None
    ends: list[float] = []
    for part, default in zip(found[2].split(",")[:2], (float("-inf"), float("inf")), strict=False):
        try:
            value = float(part.strip())
        except ValueError:
            value = default
        ends.append(default if value != value else value)
    if len(ends) < 2 or ends[0] > ends[1] or ends == [float("-inf"), float("inf")]:
        return found[1].strip(), None
    return found[1].strip(), (ends[0], ends[1])
