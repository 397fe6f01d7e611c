"""What makes a program smaller and its loop shorter: pure functions from program to program.

Each keeps every bit of every result: folding and identities are exact in IEEE 754, and equal operations on equal
arguments have equal values. ``optimise`` runs them in order until nothing is left to gain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from wherenow.engine.ir import Node, Program
from wherenow.engine.passes.fold import Folding, fold
from wherenow.engine.passes.hoist import hoist
from wherenow.engine.passes.prune import prune
from wherenow.engine.passes.rebuild import rebuild
from wherenow.engine.passes.share import Sharing, share

PASSES: Mapping[str, Callable[[Program], Program]] = MappingProxyType(
    {"fold": fold, "share": share, "prune": prune, "hoist": hoist}
)
"""By name, in the order in which they run."""


def rounds(program: Program) -> list[tuple[str, Program]]:
    """The program after each pass, by the pass's name: all that reduce it, again while they do, then the last."""
    found: list[tuple[str, Program]] = []
    *reducing, last = PASSES
    before = -1
    while len(program.nodes) != before:
        before = len(program.nodes)
        for name in reducing:
            program = PASSES[name](program)
            found.append((name, program))
    found.append((last, PASSES[last](program)))
    return found


def optimise(program: Program) -> Program:
    """The program after all passes: that of :func:`rounds`, in one round.

    A node whose arguments are folded and shared already has nothing left to gain from a further round.
    """
    folding, sharing = Folding(), Sharing()

    def rule(node: Node, nodes: list[Node]) -> Node | int:
        found = folding.folded(node, nodes)
        if isinstance(found, Node):
            found = sharing.shared(found, nodes)
        if not isinstance(found, Node):
            folding.truths.pop(len(nodes), None)  # of a node that is not added
        return found

    with np.errstate(all="ignore"):
        return hoist(prune(rebuild(prune(program), rule)))


__all__ = ["PASSES", "fold", "hoist", "optimise", "prune", "rounds", "share"]
