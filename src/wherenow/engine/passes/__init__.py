"""Optimisation passes, which shrink a program and its step loop: pure functions from program to program.

Each preserves every bit of every result: folding and identities are exact in IEEE 754, and equal operations on equal
arguments have equal values. ``optimise`` runs them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from wherenow.engine.ir import Node, Program
from wherenow.engine.passes.fold import Folding, fold
from wherenow.engine.passes.hoist import hoist
from wherenow.engine.passes.prune import prune
from wherenow.engine.passes.rebuild import Rebuilt, rebuild
from wherenow.engine.passes.share import Sharing, share

PASSES: Mapping[str, Callable[[Program], Program]] = MappingProxyType(
    {"fold": fold, "share": share, "prune": prune, "hoist": hoist}
)
"""Passes by name, in the order in which they run."""


def rounds(program: Program) -> list[tuple[str, Program]]:
    """Return the program after each pass, by name.

    The reducing passes are repeated while they help, then the last one runs.
    """
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
    """Return the program after all passes: that of :func:`rounds`, in one round.

    A node whose arguments are already folded and shared gains nothing from another round.
    """
    folding, sharing = Folding(), Sharing()

    def rule(node: Node, nodes: Rebuilt) -> Node | int:
        found = folding.folded(node, nodes)
        if isinstance(found, Node):
            found = sharing.shared(found, nodes)
        if not isinstance(found, Node):
            folding.truths.pop(len(nodes), None)  # remove the entry, because the node is not added
        return found

    with np.errstate(all="ignore"):
        return hoist(prune(rebuild(prune(program), rule)))


__all__ = ["PASSES", "fold", "hoist", "optimise", "prune", "rounds", "share"]
