"""``wherenow explain-program``: show what the engine makes of a case's equations, before and after its passes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wherenow.commands.console import exit_on_error, print_json
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import JSON, MODEL
from wherenow.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from wherenow.engine.ir import Program


@exit_on_error
def explain_program(
    model: MODEL,
    save: Annotated[list[str] | None, typer.Option(help="An element to compute; all by default.")] = None,
    listing: Annotated[str, typer.Option(help="Print operations: before, after, or a pass's name.")] = "",
    as_json: JSON = False,
) -> None:
    """Show the operations that a case is compiled to, and what each compiler pass did to them.

    Example: [bold]wherenow explain-program cases/iraq-us --save us_troops --listing after[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.engine.lowering.lower import as_written
    from wherenow.engine.passes import rounds
    from wherenow.model.elaboration.elaborate import elaborate

    written = as_written(elaborate(open_case(model).model), save)
    stages = [("before", written), *rounds(written)]
    by_name = {**dict(stages), "after": stages[-1][1]}
    if listing and listing not in by_name:
        raise UsageError(f"no listing {listing!r}", did_you_mean(listing, by_name) or ", ".join(by_name))
    if as_json:
        found = {"stages": [{"pass": name, **counts(program)} for name, program in stages]}
        print_json({**found, "listing": lines(by_name[listing])} if listing else found)
        return
    _print_counts(stages)
    for line in lines(by_name[listing]) if listing else ():
        typer.echo(line)


def counts(program: Program) -> dict[str, Any]:
    """Count operations by binding time and by kind, and states, histories and inputs."""
    from wherenow.engine.ir import Binding, bindings

    bound = Counter(bindings(program))
    kinds = Counter(node.operation for node in program.nodes)
    return {
        "operations": len(program.nodes),
        "binding": {b.name.lower(): bound[b] for b in Binding},
        "kinds": dict(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        "states": len(program.states),
        "histories": len(program.histories),
        "parameters": len(program.parameters),
        "series": len(program.series),
    }


def lines(program: Program) -> list[str]:
    """Return the program as text, one operation per line: number, binding time, operation, arguments, and name."""
    from wherenow.engine.ir import Node, bindings

    def leaf(node: Node) -> str:
        match node.operation:
            case "constant":
                return f"{node.value!r}"
            case "parameter":
                return program.parameters[node.index]
            case "series" | "series_first":
                return program.series[node.index]
            case "state":
                return program.states[node.index].name
            case "uniform" | "uniform_first":
                return program.streams[node.index]
            case "table" | "past":
                return f"{'table' if node.operation == 'table' else 'history'} {node.index}"
        return ""

    names: dict[int, list[str]] = {}
    for output in program.outputs:
        names.setdefault(output.node, []).append(output.name)
    for state in program.states:
        names.setdefault(state.initial, []).append(f"first {state.name}")
        names.setdefault(state.change, []).append(f"{'rate of' if state.continuous else 'next'} {state.name}")
    found = []
    for position, (node, bound) in enumerate(zip(program.nodes, bindings(program), strict=True)):
        parts = [leaf(node), *(f"%{a}" for a in node.arguments)]
        made = f"%{position} = {node.operation} {', '.join(p for p in parts if p)}".rstrip()
        comment = f"  ; {', '.join(names[position])}" if position in names else ""
        found.append(f"{bound.name.lower():8} {made}{comment}")
    return found


def _print_counts(stages: list[tuple[str, Program]]) -> None:
    title = "Operations after each pass; only the last column is computed at every step of every draw"
    rows = []
    for name, program in stages:
        counted = counts(program)
        rows.append([name, str(counted["operations"]), *map(str, counted["binding"].values())])
    show_rows(("pass", "all", "constant", "per draw", "per step", "per draw and step"), rows, title, right=True)
