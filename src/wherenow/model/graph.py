"""The causal graph of a system: which variable enters which equation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherenow.language.syntax import Call, Reference, Unary
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.elaboration.macros import generated
from wherenow.model.model_types import Kind, ModelSpec
from wherenow.model.system import System

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """``source`` enters the equation of ``target``: its rate or formula, or (``initial``) only its first value."""

    source: str
    target: str
    initial: bool = False

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


def links(system: System, elements: bool = False) -> tuple[Link, ...]:
    """Return every link, between variables, or between elements if ``elements``; sorted; with constants and tables.

    Between variables, a macro's call is part of its caller's equation: what enters the call enters that equation.
    """
    found: dict[Link, None] = {}
    for element in system.elements.values():
        target = element.name if elements else element.variable.name
        running = mentioned(element.expression)
        for name in running:
            found[Link(_end(system, name, elements), target)] = None
        if element.initial is not None:
            for name in mentioned(element.initial):
                if name not in running:
                    found[Link(_end(system, name, elements), target, initial=True)] = None
    return tuple(sorted(found if elements else _around_calls(found)))


def _around_calls(found: Iterable[Link]) -> set[Link]:
    """Replace the variables that macro calls become by links from what enters a call to the caller."""
    causes: dict[str, list[Link]] = {}
    for link in found:
        causes.setdefault(link.target, []).append(link)

    def roots(name: str, seen: frozenset[str]) -> Iterator[tuple[str, bool]]:
        for link in causes.get(name, ()):
            if not generated(link.source):
                yield link.source, link.initial
            elif link.source not in seen:
                yield from ((root, link.initial or first) for root, first in roots(link.source, seen | {link.source}))

    callers = [target for target in causes if not generated(target)]
    pairs = {Link(root, target, first) for target in callers for root, first in roots(target, frozenset())}
    return {link for link in pairs if not (link.initial and Link(link.source, link.target) in pairs)}


def written_links(model: ModelSpec) -> dict[tuple[str, str], str]:
    """Return the sign (``-`` or empty) of each link, by source and target, as written; equations may still be
    missing.
    """
    found: dict[tuple[str, str], str] = {}
    for variable in model.variables.values():
        for node in variable.nodes():
            if isinstance(node, Call) and node.function == "a_function_of":
                causes = (c.operand for c in node.arguments if isinstance(c, Unary) and c.operator == "-")
                found.update({(c.name, variable.name): "-" for c in causes if isinstance(c, Reference)})
            elif isinstance(node, Reference) and node.name in model.variables:
                found.setdefault((node.name, variable.name), "")
    return found


def _end(system: System, name: str, elements: bool) -> str:
    return name if elements else system.elements[name].variable.name


def causal_graph(system: System, elements: bool = False) -> nx.DiGraph[str]:
    """Return the links as a networkx graph, without constants, tables, and links that only set first values."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    constant = {Kind.PARAMETER, Kind.LOOKUP}
    kinds = {(e.name if elements else e.variable.name): e.kind for e in system.elements.values()}
    graph.add_nodes_from(n for n, kind in kinds.items() if kind not in constant and (elements or not generated(n)))
    for link in links(system, elements):
        if not link.initial and kinds[link.source] not in constant:
            graph.add_edge(link.source, link.target)
    return graph
