"""Dead-code elimination: nodes and states that no output needs, even through other states, are removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from wherenow.engine.ir import Node, Program
from wherenow.engine.passes.rebuild import moved


def prune(program: Program) -> Program:
    """Return ``program`` with only what its outputs need. All inputs stay, because they are its interface."""
    used, states, histories = reached(program)
    state = {old: new for new, old in enumerate(sorted(states))}
    history = {old: new for new, old in enumerate(sorted(histories))}
    nodes: list[Node] = []
    place = [-1] * len(program.nodes)
    for old in sorted(used):
        node, index = program.nodes[old], program.nodes[old].index
        if node.operation == "state":
            index = state[index]
        elif node.operation == "past":
            index = history[index]
        place[old] = len(nodes)
        nodes.append(Node(node.operation, tuple([place[a] for a in node.arguments]), index, node.value))
    kept = replace(
        program,
        states=tuple(program.states[i] for i in sorted(states)),
        histories=tuple(program.histories[i] for i in sorted(histories)),
    )
    return moved(kept, nodes, place)


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


def reached(program: Program) -> tuple[set[int], set[int], set[int]]:
    """Positions of the nodes, states and histories that the outputs depend on."""
    used, states, histories = set[int](), set[int](), set[int]()
    stack = [o.node for o in program.outputs]
    while stack:
        position = stack.pop()
        if position in used:
            continue
        used.add(position)
        node = program.nodes[position]
        stack.extend(node.arguments)
        if node.operation == "state" and node.index not in states:
            states.add(node.index)
            stack += [program.states[node.index].initial, program.states[node.index].change]
        if node.operation == "past" and node.index not in histories:
            histories.add(node.index)
            stack.append(program.histories[node.index])
    return used, states, histories
