"""Tables and text that describe a model and its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherenow.case.case_types import Case
from wherenow.language.printer import to_xmile
from wherenow.language.syntax import Table
from wherenow.model.graph import links
from wherenow.model.model_types import Equation, Kind, Variable
from wherenow.model.system import System

if TYPE_CHECKING:
    import pandas


class Document(str):
    """A Markdown text, which a notebook renders."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def variables_table(case: Case) -> pandas.DataFrame:
    """Tabulate the variables, one row each, in the order of the file."""
    import pandas

    columns = ["label", "kind", "unit", "equation", "documentation", "subscripts"]
    rows = [
        (v.label or v.name, str(v.kind), v.unit, equation_text(v), v.about, ", ".join(v.dimensions))
        for v in case.model.variables.values()
    ]
    return pandas.DataFrame(rows, pandas.Index(list(case.model.variables), name="name"), columns)


def equation_text(variable: Variable) -> str:
    """Return a variable's equations as written, one line each."""
    texts = dict.fromkeys(_text(equation) for equation in variable.equations)
    return "\n".join(text for text in texts if text)


def _text(equation: Equation) -> str:
    """Return an equation as written in its file; without a file, write its tree."""
    written = " ".join(equation.text.content.replace("\\\n", " ").split())
    if written:
        return written
    if isinstance(equation.expression, Table):
        return ", ".join(f"({x:g}, {y:g})" for x, y in zip(equation.expression.xs, equation.expression.ys, strict=True))
    return to_xmile(equation.expression)


def model_document(case: Case) -> Document:
    """Describe the whole model in Markdown: the clock, and a table of its variables by kind."""
    time = case.model.time
    lines = [
        f"# {case.title or case.name}",
        "",
        f"{time.start:g} to {time.stop:g} {time.unit}, in steps of {time.step:g} by {time.method}.",
    ]
    for kind in Kind:
        rows = [v for v in case.model.variables.values() if v.kind is kind]
        if rows:
            lines += [
                "",
                f"## {kind.value.capitalize()}",
                "",
                "| name | equation | unit | documentation |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| {_cell(v.label or v.name)} | `{_cell(equation_text(v))}` | {_cell(v.unit)} | {_cell(v.about)} |"
                for v in rows
            ]
    return Document("\n".join(lines) + "\n")


def variable_document(case: Case, system: System, variable: Variable) -> Document:
    """Describe one variable in Markdown: its kind, its equation, what it reads and what reads it."""
    found = [link for link in links(system) if not link.initial]
    causes = sorted({link.source for link in found if link.target == variable.name})
    effects = sorted({link.target for link in found if link.source == variable.name})
    about = [f"**{variable.label or variable.name}** ({variable.kind}{', ' + variable.unit if variable.unit else ''})"]
    about += [variable.about] if variable.about else []
    about += [f"```\n{equation_text(variable)}\n```"]
    about += [f"reads: {', '.join(causes) or 'nothing'}; read by: {', '.join(effects) or 'nothing'}"]
    about += [f"evidence: {', '.join(variable.evidence)}"] if variable.evidence else []
    about += [f"assumption: {variable.assumption}"] if variable.assumption else []
    return Document("\n\n".join(about) + "\n")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
