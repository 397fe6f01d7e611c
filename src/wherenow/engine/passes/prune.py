"""Dead-code elimination: nodes and states that no output needs, even through other states, are removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, replace
from functools import cache
from heapq import heappop, heappush

from wherenow.engine.ir import Node, Program, Reads, heads, unfolded
from wherenow.engine.passes.rebuild import Rebuilt


def prune(program: Program) -> Program:
    """Return ``program`` with only what its outputs need. All inputs stay, because they are its interface."""
    used, states, histories = reached(program)
    parted = {first for first, places in used.items() if len(places) < program.nodes[first].length}
    if parted:
        return prune(unfolded(program, parted))
    counts = len(used), len(states), len(histories)
    if counts == (sum(1 for _ in heads(program.nodes)), len(program.states), len(program.histories)):
        return program
    renumbered = {
        "state": _renumbered(len(program.states), states),
        "past": _renumbered(len(program.histories), histories),
    }
    nodes = Rebuilt(program)
    nodes.place = place = list[int]()
    for old, node in heads(program.nodes):
        if old not in used:
            place.extend([-1] * node.length)
            continue
        place.extend(range(len(nodes), len(nodes) + node.length))
        index = nodes.indices(node.index, renumbered.get(node.operation))
        arguments = tuple([nodes.argument(a) for a in node.arguments])
        nodes.add(Node(node.operation, arguments, index, node.value, node.length))
    kept = replace(
        program,
        states=tuple(program.states[i] for i in sorted(states)),
        histories=tuple(program.histories[i] for i in sorted(histories)),
    )
    return nodes.program(kept)


def _renumbered(count: int, kept: set[int]) -> list[int]:
    """Return the new index for each old one."""
    renumbered = [-1] * count
    for new, old in enumerate(sorted(kept)):
        renumbered[old] = new
    return renumbered


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A program with fewer outputs, and the original indices of its ``states`` and ``histories``.

    From a checkpoint of the original at any step, it continues with the same bits.
    """

    program: Program
    states: tuple[int, ...]
    histories: tuple[int, ...]


def narrow(program: Program, outputs: Collection[str]) -> Narrowed:
    """Reduce ``program`` (after all passes) to the named outputs and their dependencies."""
    chosen = replace(program, outputs=tuple(o for o in program.outputs if o.name in outputs))
    _, states, histories = reached(chosen)
    return Narrowed(prune(chosen), tuple(sorted(states)), tuple(sorted(histories)))


@cache
def _all(length: int) -> frozenset[int]:
    """Return the places of a node's elements."""
    return frozenset(range(length))


def reached(program: Program) -> tuple[dict[int, Set[int]], set[int], set[int]]:
    """Return the nodes, states and histories that the outputs depend on, each node with the elements needed, from 0."""
    nodes, columns, reads = program.nodes, program.columns, Reads(program.nodes, program.columns)
    used, states, histories = dict[int, Set[int]](), set[int](), set[int]()
    pending: dict[int, Set[int]] = {}
    latest: list[int] = []  # a heap: a node is taken after all nodes that read it, when its elements are known

    def push(first: int, places: Set[int]) -> None:
        if first in pending:
            pending[first] = pending[first] | places
        else:
            pending[first] = places
            heappush(latest, -first)

    def need(positions: Iterable[int]) -> None:
        found = set(positions)
        needed: dict[int, set[int]] = {}
        for first, count in Counter(map(reads.head.__getitem__, found)).items():
            if count == nodes[first].length:
                push(first, _all(count))
            else:
                needed[first] = set()
        for p in found if needed else ():
            if reads.head[p] in needed:
                needed[reads.head[p]].add(p - reads.head[p])
        for first, places in needed.items():
            push(first, places)

    need(o.node for o in program.outputs)
    while latest:
        first = -heappop(latest)
        places = pending.pop(first)
        node = nodes[first]
        if node.length == 1:
            if first in used:
                continue
            used[first] = _all(1)
        else:
            before = used.get(first)
            if before is not None:
                places = places - before
                if not places:
                    continue
            used[first] = places if before is None else before | places
        for a in node.arguments:
            if a < 0 and (whole := reads.whole(a)) is not None:
                push(whole, places)
            elif a < 0:
                need([columns[-1 - a][i] for i in places])
            else:
                push(reads.head[a], frozenset({a - reads.head[a]}))
        if node.operation not in ("state", "past"):
            continue
        indices = {node.index} if node.index >= 0 else {columns[-1 - node.index][i] for i in places}
        if node.operation == "state":
            need(p for i in indices - states for p in (program.states[i].initial, program.states[i].change))
            states |= indices
        else:
            need(program.histories[i] for i in indices - histories)
            histories |= indices
    return used, states, histories
