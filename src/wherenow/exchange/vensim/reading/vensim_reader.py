"""Vensim models (.mdl) as a :class:`~wherenow.model.model_types.ModelSpec`.

Equations, subscripts, lookups, data, macros and groups are read; the sketch is preserved; reality checks are returned
beside the model. Source: Vensim reference manual and help (https://www.vensim.com/documentation).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from wherenow.errors import Diagnostic, InputError, Location, Severity, Text
from wherenow.exchange.encodings import decode, encoding_warning
from wherenow.exchange.external_data import DataFolder, subscript_names
from wherenow.exchange.vensim.reading.control import Control, time_spec
from wherenow.exchange.vensim.reading.data_files import Companion
from wherenow.exchange.vensim.reading.flows import name_flows
from wherenow.exchange.vensim.reading.integration_settings import SECOND_ORDER, method_number, method_of
from wherenow.exchange.vensim.reading.raw import with_gaps, with_raw_data
from wherenow.exchange.vensim.reading.reality_checks import RealityCheck, is_reality_check, reality_check
from wherenow.exchange.vensim.reading.sections import MacroHead, Sections, Statement, split
from wherenow.exchange.vensim.reading.subscript_ranges import Ranges, build_ranges
from wherenow.exchange.vensim.reading.vensim_parser import parse_definition
from wherenow.exchange.vensim.reading.vensim_variables import Entry, VariableBuilder, get_function, is_table
from wherenow.exchange.vensim.translation.calendar import calendar_of
from wherenow.exchange.vensim.translation.calls import CLOCK, is_constant, macro_output, translate
from wherenow.exchange.vensim.translation.derived_lookups import Derived, with_derived
from wherenow.exchange.vensim.translation.vensim_library import called_in, with_library
from wherenow.exchange.vensim.translation.vensim_names import Names
from wherenow.exchange.vensim.vensim_syntax import (
    Assignment,
    Empty,
    Equivalence,
    Numbers,
    Points,
    Range,
    StringVariable,
    lists_causes,
)
from wherenow.language.syntax import Expression, ExpressionError, Number, Reference, canonical
from wherenow.model.elaboration.elaborate import unwritten
from wherenow.model.elaboration.macros import macro_name
from wherenow.model.model_types import Dimension, Equation, Kind, Macro, Method, ModelSpec, TimeSpec, Variable

CONTROL = ("initial_time", "final_time", "time_step", "saveper")
LARGEST_FILE = 50_000_000


@dataclass(frozen=True, slots=True)
class VensimFile:
    """The content of a .mdl file: the model, its reality checks, its sketch as text, and warnings."""

    model: ModelSpec
    reality_checks: tuple[RealityCheck, ...] = ()
    sketch: str = ""
    warnings: tuple[Diagnostic, ...] = ()


def read_vensim(path: str | Path) -> ModelSpec:
    """Read the model in a .mdl file.

    Raises
    ------
    InputError
        with every problem, each with file, line and column.
    """
    return read_vensim_file(path).model


def read_vensim_file(path: str | Path, data: Mapping[str, Path] = MappingProxyType({})) -> VensimFile:
    """Read a .mdl file with its reality checks, sketch and warnings. Raises InputError.

    ``data`` are the files that the model calls ``'?name'``, by name; those whose name begins with ``/`` hold data
    variables, and take precedence over the files beside the model.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError([Diagnostic(f"'{path.name}' is larger than {LARGEST_FILE // 1_000_000} MB")])
        content = path.read_bytes()
    except OSError as error:
        raise InputError([Diagnostic(f"'{path}' cannot be read: {error.strerror}")]) from None
    decoded = decode(content)
    found = parse_vensim(decoded.text, str(path), path.parent, data)
    return replace(found, warnings=(*encoding_warning(decoded, str(path)), *found.warnings))


def parse_vensim(
    source: str, file: str = "<text>", folder: Path = Path(), data: Mapping[str, Path] = MappingProxyType({})
) -> VensimFile:
    """Parse the text of a .mdl file; ``folder`` contains its data files. Raises InputError."""
    return _FileReader(source, file, DataFolder(folder, data)).read()


class _FileReader:
    """One file that is being read; ``problems`` collects all errors."""

    def __init__(self, source: str, file: str, folder: DataFolder) -> None:
        self.sections: Sections = split(source, file)
        self.problems: list[Diagnostic] = list(self.sections.problems)
        self.folder, self.file = folder, file
        self.name = Path(file).stem
        self.companion = Companion(folder.place, self.name, folder.tables)
        self.derived: dict[str, dict[str, Derived]] = {}  # derived lookups by macro; '' is the model itself

    def read(self) -> VensimFile:
        checks = self._reality_checks()
        scopes = self._entries()
        ranges = self._ranges(scopes.get(None, []))
        macros = {canonical(h.name): tuple(canonical(o) for o in h.outputs) for h in self.sections.macros}
        variables, anonymous, control = self._model_scope(scopes.get(None, []), ranges, macros)
        made = {}
        for i, head in enumerate(self.sections.macros):
            made.update(self._macro(head, scopes.get(i, []), ranges, macros))
        dimensions = {**ranges.dimensions, **anonymous}
        checks = self._with_unknown(checks, variables, dimensions)

        def model(time: TimeSpec) -> ModelSpec:
            whole = with_derived(with_raw_data(variables, time), variables, self.derived[""], time)
            macros = {n: replace(m, variables=self._derived(m, time)) for n, m in made.items()}
            return ModelSpec(name=self.name, time=time, variables=whole, dimensions=dimensions, macros=macros)

        self._stop_on_errors(variables)
        time = replace(time_spec(control, model, self.problems), method=self._method())
        self._stop_on_errors()
        warnings = tuple(p for p in self.problems if p.severity is Severity.WARNING)
        return VensimFile(_with_saveper(model(time)), checks, self.sections.sketch, warnings)

    def _derived(self, macro: Macro, time: TimeSpec) -> dict[str, Variable]:
        return with_derived(macro.variables, macro.variables, self.derived[macro.name], time)

    def _method(self) -> Method:
        if method_number(self.sections.sketch) in SECOND_ORDER:
            message = "the file asks for Runge–Kutta of the second order"
            where = Location(self.file, 1, 1)
            self.problems.append(Diagnostic(message, where, hint="the fourth is used", severity=Severity.WARNING))
        return method_of(self.sections.sketch)

    def _stop_on_errors(self, variables: Mapping[str, Variable] = MappingProxyType({})) -> None:
        """Raise all errors found, with those of the ``variables`` that have no equation yet."""
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        if errors:
            raise InputError([*errors, *unwritten(variables.values())])

    def _reality_checks(self) -> tuple[RealityCheck, ...]:
        found = []
        for statement in self.sections.statements:
            if is_reality_check(statement):
                try:
                    found.append(reality_check(statement))
                except InputError as error:
                    self.problems.extend(error.diagnostics)
        return tuple(found)

    def _with_unknown(
        self, checks: tuple[RealityCheck, ...], variables: Collection[str], dimensions: Mapping[str, Dimension]
    ) -> tuple[RealityCheck, ...]:
        """Return ``checks`` with the names in them that the model lacks, and warn of these."""
        known = {*variables, *dimensions, *CLOCK, *(canonical(c.name) for c in checks)}
        known.update(e for d in dimensions.values() for e in d.elements)
        made = tuple(replace(c, unknown=tuple(dict.fromkeys(n for n in c.names() if n not in known))) for c in checks)
        for check in made:
            if check.unknown:
                message = f"the reality check '{check.name}' names what the model lacks: {', '.join(check.unknown)}"
                self.problems.append(check.text.problem(message, severity=Severity.WARNING))
        return made

    def _entries(self) -> dict[int | None, list[Entry]]:
        """Return parsed entries by scope: None is the model itself, a number a macro."""
        scopes: dict[int | None, list[Entry]] = {}
        self._parse(self.sections.statements, scopes)
        written = [e for entries in scopes.values() for entry in entries for e in called_in(entry.definition)]
        self.sections, added = with_library(self.sections, written)
        self._parse(added.statements, scopes)
        return scopes

    def _parse(self, statements: tuple[Statement, ...], scopes: dict[int | None, list[Entry]]) -> None:
        for statement in statements:
            if is_reality_check(statement):
                continue
            try:
                definition = parse_definition(statement.equation)
            except InputError as error:
                self.problems.extend(error.diagnostics)
            else:
                if not isinstance(definition, StringVariable):
                    scopes.setdefault(statement.macro, []).append(Entry(statement, definition))

    def _ranges(self, entries: list[Entry]) -> Ranges:
        definitions = [(e.definition, e.text) for e in entries if isinstance(e.definition, (Range, Equivalence))]
        return build_ranges(definitions, self._subscript_names, self.problems)

    def _subscript_names(self, function: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
        if function not in ("get_xls_subscript", "get_direct_subscript"):
            raise ValueError(f"a subscript range cannot be made by {function.replace('_', ' ').upper()}")
        if len(arguments) != 5:
            raise ValueError("the function takes a file, a sheet, the first and the last cell and a prefix")
        file, tab, first, last, prefix = arguments
        return subscript_names(self.folder.sheet(file, tab), first, last, prefix)

    def _model_scope(
        self, entries: list[Entry], ranges: Ranges, macros: dict[str, tuple[str, ...]]
    ) -> tuple[dict[str, Variable], dict[str, Dimension], Control]:
        grouped = with_gaps(self._with_equations(_grouped(entries)))
        control_entries = {n: grouped.pop(n)[0] for n in CONTROL if n in grouped}
        builder = self._builder(grouped, ranges, macros, frozenset())
        builder.names.step = _number_of(control_entries.get("time_step"))
        variables = _built(builder, grouped)
        for name, call in builder.names.outputs:
            own = (Equation(expression=call),)
            variables[name.key] = Variable(name=name.key, kind=Kind.AUXILIARY, equations=own, label=name.label)
        self.derived[""] = builder.names.derived
        control = self._control(control_entries, builder)
        return name_flows(variables), builder.anonymous, control

    def _with_equations(self, grouped: dict[str, list[Entry]]) -> dict[str, list[Entry]]:
        """Leave out lists of causes of variables that have an equation too, which Vensim writes where both differ."""
        found = {}
        for name, entries in grouped.items():
            found[name] = [e for e in entries if not lists_causes(e.definition)] or entries
            for entry in entries if len(found[name]) < len(entries) else ():
                if lists_causes(entry.definition):
                    message = f"'{entry.left.name.label}' has an equation and a list of causes that differs"
                    where = entry.text.locate(0)
                    hint = "the equation runs"
                    self.problems.append(Diagnostic(message, where, hint=hint, severity=Severity.WARNING))
        return found

    def _builder(
        self,
        grouped: dict[str, list[Entry]],
        ranges: Ranges,
        macros: dict[str, tuple[str, ...]],
        given: frozenset[str],
    ) -> VariableBuilder:
        tables = frozenset(n for n, es in grouped.items() if any(is_table(e.definition) for e in es))
        elements = {n: d.elements for n, d in ranges.dimensions.items()}
        data = frozenset(
            n
            for n in tables
            if any(isinstance(e.definition, Empty) or get_function(e.definition) == "data" for e in grouped[n])
        )
        known, calendar = frozenset(grouped) | given, calendar_of(self.sections.sketch)
        names = Names(
            tables=tables | given,
            variables=known,
            dimensions=elements,
            macros=macros,
            data=data,
            constants=_constants(grouped),
            flat=_flat(grouped),
            parameters=given,
            calendar=calendar,
        )
        return VariableBuilder(
            ranges=ranges, names=names, folder=self.folder, companion=self.companion, problems=self.problems
        )

    def _control(self, entries: dict[str, Entry], builder: VariableBuilder) -> Control:
        expressions: dict[str, Expression] = {}
        for name, entry in entries.items():
            if get_function(entry.definition) == "constants":
                read = builder.variable([entry])
                if read is not None:
                    expressions[name] = read.equations[0].expression
                continue
            if not isinstance(entry.definition, Assignment):
                self._problem(entry.text, f"{name.replace('_', ' ').upper()} needs a number or a formula")
                continue
            try:
                expressions[name] = translate(entry.definition.expression, builder.names)
            except ExpressionError as wrong:
                self.problems.append(wrong.problem(entry.text))
        unit = next((e.statement.units.partition("[")[0].strip() for e in entries.values()), "")
        return Control(expressions, {n: e.text for n, e in entries.items()}, unit, self.file)

    def _macro(
        self, head: MacroHead, entries: list[Entry], ranges: Ranges, macros: dict[str, tuple[str, ...]]
    ) -> dict[str, Macro]:
        """Return the macro, and one with the same equations for each further output."""
        name, called = canonical(head.name), macro_name(canonical(head.name))
        parameters = tuple(canonical(p) for p in head.inputs)
        entries = [e for e in entries if not (isinstance(e.definition, Empty) and e.left.name.key in parameters)]
        grouped = self._with_equations(_grouped(entries))
        for output in (name, *map(canonical, head.outputs)):
            if output not in grouped:
                self._problem(head.text, f"macro '{head.name}' has no equation for '{output}'")
        builder = self._builder(grouped, ranges, macros, frozenset(parameters))
        variables = _built(builder, grouped)
        outputs = {called: name, **{macro_output(name, canonical(o)): canonical(o) for o in head.outputs}}
        self.derived.update(dict.fromkeys(outputs, builder.names.derived))
        return {key: Macro(key, parameters, output, variables) for key, output in outputs.items()}

    def _problem(self, text: Text, message: str) -> None:
        self.problems.append(text.problem(message))


def _grouped(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Group entries by the name they define, without ranges, in the order written."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        if not isinstance(entry.definition, (Range, Equivalence)):
            grouped.setdefault(entry.left.name.key, []).append(entry)
    return grouped


def _number_of(entry: Entry | None) -> float | None:
    expression = entry.definition.expression if entry and isinstance(entry.definition, Assignment) else None
    return expression.value if isinstance(expression, Number) else None


def _constants(grouped: dict[str, list[Entry]]) -> frozenset[str]:
    """Find the names with one value throughout a run: numbers, and expressions of constants."""
    known: frozenset[str] = frozenset()
    while True:
        found = frozenset(n for n, entries in grouped.items() if all(_is_constant(e, known) for e in entries))
        if found == known:
            return known
        known = found


def _is_constant(entry: Entry, known: frozenset[str]) -> bool:
    match entry.definition:
        case Numbers():
            return True
        case Assignment(expression=expression):
            return get_function(entry.definition) == "constants" or is_constant(expression, known)
    return False


def _flat(grouped: dict[str, list[Entry]]) -> frozenset[str]:
    """Find lookups whose points all have the same positive height."""
    heights = {
        name: {y for e in entries if isinstance(e.definition, Points) for y in e.definition.table.ys}
        for name, entries in grouped.items()
        if all(isinstance(e.definition, Points) and e.definition.table.ys for e in entries)
    }
    return frozenset(name for name, ys in heights.items() if len(ys) == 1 and min(ys) > 0)


def _built(builder: VariableBuilder, grouped: dict[str, list[Entry]]) -> dict[str, Variable]:
    made = {name: builder.variable(entries) for name, entries in grouped.items()}
    return {name: variable for name, variable in made.items() if variable is not None}


def _with_saveper(model: ModelSpec) -> ModelSpec:
    """Add SAVEPER as a number where some equation uses it."""
    nodes = (node for variable in model.variables.values() for node in variable.nodes())
    used = any(isinstance(node, Reference) and node.name == "saveper" for node in nodes)
    if not used or "saveper" in model.variables:
        return model
    number = Variable(
        name="saveper", kind=Kind.PARAMETER, equations=(Equation(expression=Number(model.time.save)),), label="SAVEPER"
    )
    return replace(model, variables={**model.variables, "saveper": number})
