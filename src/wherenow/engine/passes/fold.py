"""Constant folding: operations on constants become constants, and identities are removed.

Constants are computed by the code that both backends use, so they have the same bits. An operation with a non-finite
result is not folded, so that a diagnosis can say where the result comes from.
"""

from __future__ import annotations

import math

import numpy as np

from wherenow.engine import evaluate
from wherenow.engine.elementary import BASIC, ELEMENTARY
from wherenow.engine.ir import TRUTH, Node, Program
from wherenow.engine.passes.rebuild import Rebuilt, rebuild


def fold(program: Program) -> Program:
    """Replace operations on constants by constants."""
    with np.errstate(all="ignore"):
        return rebuild(program, Folding().folded)


class Folding:
    """The state of folding. ``truths`` holds known truth values by new position: comparisons of constants."""

    def __init__(self) -> None:
        self.truths: dict[int, bool] = {}

    def folded(self, node: Node, nodes: Rebuilt) -> Node | int:
        """Return the constant or argument that equals a node, or the node itself."""
        if not node.arguments:
            return node
        known = [self._known(a, nodes) for a in node.arguments]
        if node.operation not in ("select", "truth") and all(k is None for k in known):
            return node
        same = self._same(node, known, nodes)
        if same is not None:
            return same
        if None in known or not (node.operation in BASIC or node.operation in ELEMENTARY):
            return node
        value = np.asarray(evaluate.apply(node.operation, *(np.asarray(k) for k in known))).ravel()[0]
        if node.operation in TRUTH:
            self.truths[len(nodes)] = bool(value)
            return node
        return Node("constant", value=float(value)) if math.isfinite(value) else node

    def _known(self, position: int, nodes: Rebuilt) -> float | bool | None:
        if position < 0:
            return None
        node = nodes[position]
        return node.value if node.operation == "constant" else self.truths.get(position)

    def _same(self, node: Node, known: list[float | bool | None], nodes: Rebuilt) -> Node | int | None:
        """Return the value or node that the operation always equals, if any."""
        arguments = node.arguments
        match node.operation:
            case "select" if known[0] is not None:
                return arguments[1] if known[0] else arguments[2]
            case "select" if arguments[1] == arguments[2]:
                return arguments[1]
            case "truth" if arguments[0] >= 0 and (of := nodes[arguments[0]]).operation == "number" and of.length == 1:
                return of.arguments[0]
            case "and" | "or":
                rules = node.operation == "or"  # truth value that decides the result alone
                for i in (0, 1):
                    if known[i] is not None:
                        return arguments[i] if known[i] is rules else arguments[1 - i]
            case "min" | "max" if known[0] and known[1] is None:  # constant last, where no test for NaN is compiled
                return Node(node.operation, arguments[::-1], length=node.length)
            case "mul" if 1.0 in known:
                return arguments[1 - known.index(1.0)]
            case "div" | "pow" if known[1] == 1.0:
                return arguments[0]
            case "pow" if known[1] == 2.0:
                return Node("mul", (arguments[0], arguments[0]), length=node.length)
            case "sub" if known[1] == 0.0 and math.copysign(1.0, float(known[1])) > 0:
                return arguments[0]
        return None
