"""Write the model of the Iraq–US case as text: docs/iraq-us/model, one page per sector, and an overview.

    python docs/iraq-us/model.py

Run it in the repository's root. `wherenow docs cases/iraq-us` makes the full site, with diagrams, mathematical notation
and data. The site takes 1.7 MB and anybody can make it at any time, so the repository contains only the text.
"""

from __future__ import annotations

from pathlib import Path

import wherenow
from wherenow.case.case_types import Case
from wherenow.model.model_types import Equation, Kind, Variable

HERE = Path(__file__).parent
CASE = HERE.parents[1] / "cases" / "iraq-us"
HEADINGS = {
    Kind.STOCK: "Stocks",
    Kind.FLOW: "Flows",
    Kind.AUXILIARY: "Auxiliaries",
    Kind.SERIES: "Inputs and paths",
    Kind.PARAMETER: "Parameters",
}


def main() -> None:
    case = wherenow.open(CASE).case
    folder = HERE / "model"
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(overview(case), encoding="utf-8")
    for name in case.sectors:
        (folder / f"{name}.md").write_text(sector(case, name), encoding="utf-8")


def overview(case: Case) -> str:
    kinds = [v.kind for v in case.model.variables.values()]
    lines = [
        "# The model of the Iraq–US case as text",
        "",
        f"`python docs/iraq-us/model.py` made these pages from case {case.hash[:12]}. The model has"
        f" {kinds.count(Kind.STOCK)} stocks,"
        f" {kinds.count(Kind.FLOW) + kinds.count(Kind.AUXILIARY)} equations before arrays and {len(case.priors)}"
        " uncertain parameters. `P2S5` is the fifth sentence of the article's second paragraph."
        " `wherenow docs cases/iraq-us --out site` adds diagrams, notation and data.",
        "",
        "| sector | stocks | argument |",
        "|---|---|---|",
    ]
    for name, found in case.sectors.items():
        stocks = [human(v) for v in variables(case, name, Kind.STOCK)]
        lines.append(f"| [{found.title}]({name}.md) | {', '.join(stocks) or '–'} | {found.about.strip()} |")
    lines += ["", "## Loops", "", "| loop | | effect | through | cut at |", "|---|---|---|---|---|"]
    for loop in case.loops.values():
        through = " → ".join(f"`{v}`" for v in loop.through)
        cut = " → ".join(f"`{v}`" for v in loop.cut) if loop.cut else "–"
        lines.append(f"| {loop.id} | {loop.title} | {loop.about.strip()} | {through} | {cut} |")
    return "\n".join(lines) + "\n"


def sector(case: Case, name: str) -> str:
    found = case.sectors[name]
    lines = [f"# {found.title}", "", found.about.strip(), ""]
    for kind, heading in HEADINGS.items():
        rows = variables(case, name, kind)
        if rows:
            lines += [f"## {heading}", ""]
            lines += parameters(rows) if kind is Kind.PARAMETER else [line for v in rows for line in described(case, v)]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def variables(case: Case, name: str, kind: Kind) -> list[Variable]:
    return [v for v in case.model.variables.values() if v.sector == name and v.kind is kind]


def human(variable: Variable) -> str:
    return variable.label or variable.name.replace("_", " ")


def described(case: Case, variable: Variable) -> list[str]:
    grounds = ", ".join(variable.evidence)
    if variable.assumption:
        grounds += f"{'; ' if grounds else ''}*assumption*: {variable.assumption}"
    unit = "" if variable.unit == "1" else f" [{variable.unit}]"
    lines = [f"**{human(variable)}** (`{variable.name}`){unit}. {variable.about} {grounds}".rstrip(), ""]
    equations = [] if variable.kind is Kind.SERIES else [equation(variable, q) for q in variable.equations]
    return [*lines, "```", *dict.fromkeys(equations), "```", ""] if equations else lines


def equation(variable: Variable, q: Equation) -> str:
    subscripts = f"[{', '.join(q.subscripts)}]" if q.subscripts else ""
    right = " ".join(q.text.content.split())
    if variable.kind is Kind.STOCK:
        return f"d {variable.name}{subscripts} / dt = {right};  initially {' '.join(q.initial_text.content.split())}"
    return f"{variable.name}{subscripts} = {right}"


def parameters(rows: list[Variable]) -> list[str]:
    lines = ["| parameter | value or prior | unit | why |", "|---|---|---|---|"]
    for v in rows:
        values = [
            f"{q.subscripts[0]}: {q.text.content}" if q.subscripts and len(v.equations) > 1 else q.text.content
            for q in v.equations
        ]
        lines.append(f"| `{v.name}` | {'; '.join(dict.fromkeys(values))} | {v.unit} | {v.about} |")
    return lines


if __name__ == "__main__":
    main()
