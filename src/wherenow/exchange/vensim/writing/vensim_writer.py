"""Writing models as .mdl files that Vensim and PySD open, and that :func:`read_vensim` reads with the same runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from wherenow.errors import Diagnostic, InputError, Text
from wherenow.exchange.vensim.reading.integration_settings import settings
from wherenow.exchange.vensim.reading.vensim_variables import MERGED
from wherenow.exchange.vensim.translation.vensim_library import OWN_TO_VENSIM
from wherenow.exchange.vensim.writing.explicit_subscripts import Explicit
from wherenow.exchange.vensim.writing.function_names import LIBRARY, VensimFunctions
from wherenow.exchange.vensim.writing.range_texts import range_texts
from wherenow.exchange.vensim.writing.vensim_spelling import VensimSpelling, number, points, to_vensim
from wherenow.files import write_text
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Call, Expression, ExpressionError, Number, Reference, Table
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.model_types import Equation, Kind, Macro, ModelSpec, TimeSpec, Variable
from wherenow.model.rewrite import rewrite

_CONTROL = ("initial_time", "final_time", "time_step", "saveper")
_STARS = "*" * 56
_CALLS = {"linear": "", "previous": "LOOKUP BACKWARD", "next": "LOOKUP FORWARD"}
_WIDE = 100


def write_vensim(model: ModelSpec, path: str | os.PathLike[str]) -> Path:
    """Write ``model`` to ``path`` atomically.

    Raises
    ------
    UsageError
        if the file cannot be written.
    InputError
        with the location of every equation that Vensim cannot express.
    """
    return write_text(path, to_vensim_file(model))


def to_vensim_file(model: ModelSpec) -> str:
    """Return the text of a .mdl file of ``model``. Raises InputError."""
    variables = {n: v for n, v in model.variables.items() if not _is_control(v, model.time)}
    problems: list[Diagnostic] = []
    taken = frozenset({*model.variables, *model.macros, *model.dimensions})
    functions = VensimFunctions(taken, frozenset(n for n, v in variables.items() if v.kind is Kind.PARAMETER))
    elements = dict.fromkeys(e for d in model.dimensions.values() for e in d.elements)
    labels = {
        **{n: v.label or n for n, v in variables.items()},
        **{n: d.label or n for n, d in model.dimensions.items()},
    }
    spelling = VensimSpelling(labels, [e for e in elements if e not in labels])
    macros = [
        _VensimScope(model, macro.variables, functions, spelling.within(_locals(macro)), problems).macro(macro)
        for macro in map(_with_own_name, model.macros.values())
        if OWN_TO_VENSIM.get(macro.name) != macro.parameters
    ]
    body = list(_VensimScope(model, variables, functions, spelling, problems).sectors())
    if problems:
        raise InputError(problems)
    library = [_from_library(function, name) for function, name in functions.macros.items()]
    written = "".join([*macros, *body])  # omit unused merged ranges: they would change the numbers of elements
    needed = {n: d for n, d in model.dimensions.items() if not n.startswith(MERGED) or spelling.name(n) in written}
    ranges = [_entry(text, "", "") for text in range_texts(needed, spelling)]
    return "".join(["{UTF-8}\n", *library, *macros, *ranges, *body, *_control(model.time), settings(model.time.method)])


def _is_control(variable: Variable, time: TimeSpec) -> bool:
    """Check whether a variable only repeats a setting of the run, as in other tools' files."""
    known = dict(zip(_CONTROL, (time.start, time.stop, time.step, time.save), strict=True))
    only = variable.equations[0].expression
    if variable.name not in known or variable.dimensions or len(variable.equations) != 1:
        return False
    same = isinstance(only, Number) and only.value == known[variable.name]
    return same or (variable.name == "saveper" and only in (Call("dt", ()), Reference("time_step")))


def _with_own_name(macro: Macro) -> Macro:
    """Give a macro's value its name, and the value's own to the variable that had it: Vensim allows no other use."""
    if macro.output == macro.name or macro.name not in macro.variables:
        return macro
    swapped = {macro.name: macro.output, macro.output: macro.name}

    def name(old: str) -> str:
        return swapped.get(old, old)

    def renamed(node: Expression) -> Expression:
        return replace(node, name=name(node.name)) if isinstance(node, Reference) else node

    def equation(old: Equation) -> Equation:
        return old.changed(lambda part, _: rewrite(part, renamed))

    variables = {
        name(n): replace(v, name=name(n), label="", equations=tuple(map(equation, v.equations)))
        for n, v in macro.variables.items()
    }
    return replace(macro, output=macro.name, variables=variables)


def _locals(macro: Macro) -> dict[str, str]:
    own = {n: v.label or n for n, v in macro.variables.items()}
    return {**own, **{p: p for p in macro.parameters if p not in own}, macro.name: macro.name}


def _entry(text: str, unit: str, about: str) -> str:
    """Write ``equation ~ unit ~ comment |``; signs that would end a field are replaced by similar ones."""
    fields = (f.replace("~", "∼").replace("|", "¦").replace("\\\n", "\n") for f in (unit, about))
    unit, about = (f.strip().replace("\n", "\n\t\t") for f in fields)
    return f"{text}\n\t~\t{unit}\n\t~\t{about}\n\t|\n\n"


def _from_library(function: str, name: str) -> str:
    _, arguments, equation, about = LIBRARY[function]
    body = _entry(f"{name}=\n\t{equation}", "", about)
    return f":MACRO: {name}({', '.join(arguments)})\n{body}:END OF MACRO:\n\n"


def _heading(name: str, about: str = "") -> str:
    bare = name.replace("~", "∼").replace("|", "¦").replace("\n", " ").strip()
    return f"{_STARS}\n\t.{bare}\n{_STARS}~\n\t\t{about}\n\t|\n\n"


def _control(time: TimeSpec) -> Iterator[str]:
    yield _heading("Control", "Simulation control parameters")
    for name, value, about in (
        ("FINAL TIME", time.stop, "The final time for the simulation."),
        ("INITIAL TIME", time.start, "The initial time for the simulation."),
        ("SAVEPER", time.save, "The frequency with which output is stored."),
        ("TIME STEP", time.step, "The time step for the simulation."),
    ):
        text = "TIME STEP" if name == "SAVEPER" and time.save == time.step else number(value)
        yield _entry(f"{name} =\n\t{text}", time.unit, about)


class _VensimScope:
    """The entries of one scope, the model or a macro; what Vensim cannot express is added to ``problems``."""

    def __init__(
        self,
        model: ModelSpec,
        variables: Mapping[str, Variable],
        functions: VensimFunctions,
        spelling: VensimSpelling,
        problems: list[Diagnostic],
    ) -> None:
        self.macros, self.variables, self.functions, self.spelling = model.macros, variables, functions, spelling
        self.explicit = Explicit(variables, Dimensions(model.dimensions))
        self.problems = problems
        self.tables: list[tuple[str, Table]] = []
        self.names = {*model.variables, *variables}

    def sectors(self) -> Iterator[str]:
        """Return all entries, sector by sector; those without a sector first, Vensim's own last."""
        sectors = dict.fromkeys(v.sector for v in self.variables.values())
        for sector in sorted(sectors, key=lambda s: (s != "", s.lower() == "control")):
            if sector:
                yield _heading(sector)
            for variable in self.variables.values():
                if variable.sector == sector:
                    yield from self.variable(variable)

    def macro(self, macro: Macro) -> str:
        """Write a macro; where its value has another name, an equation connects them."""
        shown = self.spelling.name
        entries = [text for variable in self.variables.values() for text in self.variable(variable)]
        if macro.output != macro.name:
            entries.append(_entry(f"{shown(macro.name)}=\n\t{shown(macro.output)}", "", ""))
        head = f":MACRO: {shown(macro.name)}({', '.join(map(shown, macro.parameters))})\n"
        return f"{head}{''.join(entries)}:END OF MACRO:\n\n"

    # -- variables

    def variable(self, variable: Variable) -> Iterator[str]:
        unit, about = variable.unit, variable.about
        if variable.range:
            ends = ("?" if abs(end) == float("inf") else number(end) for end in variable.range)
            unit = f"{unit} [{','.join(ends)}]"
        texts = list(self._texts(variable))
        for name, table in self.tables:
            yield _entry(f"{self.spelling.name(name)}(\n\t{_wrapped(points(table))})", "", "")
        self.tables = []
        for i, text in enumerate(texts, start=1):
            last = i == len(texts)
            yield _entry(text, unit if last else "", about if last else "")

    def _texts(self, variable: Variable) -> Iterator[str]:
        if variable.kind is Kind.PARAMETER and (listed := self._listed(variable)):
            yield listed
            return
        for equation in variable.equations:
            text = equation.text if equation.text.content else variable.text
            try:
                yield from self._equation(variable, equation, text)
            except ExpressionError as wrong:
                self.problems.append(wrong.problem(text, f"'{variable.label or variable.name}': "))

    def _equation(self, variable: Variable, equation: Equation, text: Text) -> Iterator[str]:
        left = self._left(variable, equation)
        match variable.kind, equation.expression:
            case Kind.LOOKUP, Table() as table:
                yield f"{left}(\n\t{_wrapped(points(table))})"
            case Kind.SERIES, Table() as table:
                name = self.table_name(variable)
                yield f"{self.spelling.name(name)}{self._subscripts(equation)}(\n\t{_wrapped(points(table))})"
                called = Reference(name, tuple(Reference(s) for s in equation.subscripts))
                yield f"{left}=\n\t{self._text(_evaluated(called, table, Call('Time', ())))}"
            case Kind.STOCK, rate:
                rate = self._translated(rate, variable, equation)
                if variable.non_negative:
                    content = Reference(variable.name, tuple(Reference(s) for s in equation.subscripts))
                    rate = Call("MAX", (rate, -(content / Call("TIME STEP", ()))))
                first = self._translated(equation.initial or Number(0.0), variable, equation)
                yield f"{left}= INTEG (\n\t{self._text(rate)},\n\t\t{self._text(first)})"
            case _, expression:
                value = self._translated(expression, variable, equation)
                shown = self._text(Call("MAX", (value, Number(0.0))) if variable.non_negative else value)
                if equation.initial is not None:
                    first = self._translated(equation.initial, variable, equation)
                    shown = f"ACTIVE INITIAL({shown},\n\t\t{self._text(first)})"
                yield f"{left}=\n\t{shown}"

    def _left(self, variable: Variable, equation: Equation) -> str:
        text = self.spelling.name(variable.name) + self._subscripts(equation)
        if equation.excepted:
            groups = (f"[{', '.join(map(self.spelling.name, group))}]" for group in equation.excepted)
            text += f" :EXCEPT: {', '.join(groups)}"
        return text

    def _subscripts(self, equation: Equation) -> str:
        return f"[{', '.join(map(self.spelling.name, equation.subscripts))}]" if equation.subscripts else ""

    def _listed(self, variable: Variable) -> str:
        """Write the numbers of one array as one list, if they are complete, in the order of the elements."""
        values = [e.expression.value for e in variable.equations if isinstance(e.expression, Number)]
        shape = [len(self.explicit.dimensions.elements(d)) for d in variable.dimensions]
        subscripts = [e.subscripts for e in variable.equations]
        if not 1 <= len(shape) <= 2 or len(values) < 2 or len(values) != len(subscripts):
            return ""
        if subscripts != list(product(*map(self.explicit.dimensions.elements, variable.dimensions))) or any(
            v != v for v in values
        ):
            return ""
        shown = [number(v) for v in values]
        left = f"{self.spelling.name(variable.name)}[{', '.join(map(self.spelling.name, variable.dimensions))}]"
        if len(shape) == 1:
            return f"{left}=\n\t{_wrapped(', '.join(shown))}"
        rows = (", ".join(shown[i : i + shape[1]]) for i in range(0, len(shown), shape[1]))
        return f"{left}=\n\t" + "".join(f"{row};\\\n\t\t" for row in rows).rstrip("\\\n\t")

    # -- expressions

    def table_name(self, variable: Variable) -> str:
        """Return the lookup with a series' points, or those of a table without a name."""
        name = f"{variable.name}_data" if variable.kind is Kind.SERIES else f"{variable.name}_table"
        while name in self.names:
            name += "_x"
        return name

    def _text(self, expression: Expression) -> str:
        return _wrapped(to_vensim(expression, self.spelling))

    def _translated(self, expression: Expression, variable: Variable, equation: Equation) -> Expression:
        return rewrite(self.explicit.references(expression, variable, equation), self._translation(variable))

    def _translation(self, variable: Variable) -> Callable[[Expression], Expression]:
        def change(node: Expression) -> Expression:
            match node:
                case Call(function, arguments) if function in self.macros:
                    return Call(self.spelling.name(function), arguments, node.span)
                case Call("lookup", (table, at)):
                    return self._looked_up(table, at, variable, node)
                case Call(function, (table, *rest)) if function.startswith("lookup") and function != "lookup":
                    return self.functions.translate(Call(function, (self._named(table, variable), *rest), node.span))
                case Call(function, arguments) if function in self.variables and function not in FUNCTIONS:
                    return self._looked_up(Reference(function, (), node.span), arguments[0], variable, node)
                case Reference(name, ()) if name in _CONTROL and name not in self.variables:
                    return Call(name.replace("_", " ").upper(), (), node.span)
                case _:
                    return self.functions.translate(node)

        return change

    def _looked_up(self, table: Expression, at: Expression, variable: Variable, node: Call) -> Expression:
        if isinstance(table, Table) and table.between == "linear" and table.outside == "clamp":
            return Call("lookup", (table, at), node.span)
        if isinstance(table, Table):
            return _evaluated(self._named(table, variable), table, at)
        named = self._named(table, variable)
        source = self.variables.get(table.name) if isinstance(table, Reference) else None
        held = source.equations[0].expression if source is not None else None
        return _evaluated(named, held, at) if isinstance(held, Table) else Call("lookup", (named, at), node.span)

    def _named(self, table: Expression, variable: Variable) -> Expression:
        """Return the name of a table in the file."""
        if isinstance(table, Table):
            name = next((n for n, known in self.tables if known == table), "")
            if not name:
                name = self.table_name(variable)
                self.names.add(name)
                self.tables.append((name, table))
            return Reference(name, (), table.span)
        if isinstance(table, Reference):
            source = self.variables.get(table.name)
            if source is not None and source.kind is Kind.SERIES:
                return replace(table, name=self.table_name(source))
            if source is not None and source.kind is not Kind.LOOKUP:
                raise ExpressionError(f"'{table.name}' is not a separate lookup in Vensim", table.span)
        return table


def _evaluated(called: Expression, table: Table, at: Expression) -> Expression:
    """Evaluate a named table at a value, with its interpolation and its extrapolation."""
    function = _CALLS[table.between]
    if not function and table.outside == "extrapolate":
        function = "LOOKUP EXTRAPOLATE"
    return Call(function, (called, at)) if function else Call("lookup", (called, at))


_BREAK = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^",])*),[ ]?')


def _wrapped(text: str) -> str:
    """Wrap long text after commas; each line but the last ends with a backslash."""
    if len(text) <= _WIDE:
        return text
    lines, line = [], ""
    at = 0
    while found := _BREAK.match(text, at):
        piece = f"{found[1]}, "
        if line and len(line) + len(piece) > _WIDE:
            lines.append(line)
            line = ""
        line += piece
        at = found.end()
    return "\\\n\t\t".join([*lines, line + text[at:]])
