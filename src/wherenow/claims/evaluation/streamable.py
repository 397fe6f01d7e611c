"""Compile the parts of formulas that need a single pass over a run: registers combined at each step."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.formulas.claim_syntax import (
    Apply,
    Arithmetic,
    Comparison,
    Connective,
    Negative,
    Node,
    Not,
    NumberTerm,
    Series,
    walk,
)
from wherenow.engine.streaming.plan import PlanBuilder
from wherenow.engine.streaming.plan_operations import Operation

_ARITHMETIC = {"+": Operation.PLUS, "-": Operation.MINUS, "*": Operation.TIMES, "/": Operation.OVER}


@dataclass(frozen=True, slots=True)
class Margin:
    """The register of a condition's robustness at each step.

    The condition holds where the register is above 0, or at least 0 unless ``strict``.
    """

    register: int
    strict: bool


def runs_of(node: Node) -> frozenset[str]:
    """Return the runs that a part reads."""
    return frozenset(part.run for part in walk(node) if isinstance(part, Series))


class Rows:
    """Registers of a formula's parts. None means that no combination of registers expresses the part."""

    def __init__(self, plan: PlanBuilder, checked: Checked) -> None:
        self.plan, self.checked = plan, checked

    def quantity(self, node: Node) -> int | None:
        """Return the register of a quantity of one run."""
        return self._quantity(node) if len(runs_of(node)) == 1 else None

    def negative(self, register: int) -> int:
        return self.plan.combined(Operation.NEGATIVE, register)

    def _quantity(self, node: Node) -> int | None:
        match node:
            case NumberTerm(value=value):
                return self.plan.constant(value)
            case Series():
                names = self.checked.elements[node]
                return self.plan.output(names[0]) if len(names) == 1 else None
            case Negative(operand=operand):
                inner = self._quantity(operand)
                return None if inner is None else self.negative(inner)
            case Arithmetic(operator=operator, left=left, right=right) if operator in _ARITHMETIC:
                a, b = self._quantity(left), self._quantity(right)
                return None if a is None or b is None else self.plan.combined(_ARITHMETIC[operator], a, b)
            case Apply(operator="abs", arguments=(operand,)):
                inner = self._quantity(operand)
                return None if inner is None else self.plan.combined(Operation.ABSOLUTE, inner)
            case Apply(operator=operator, arguments=(Series() as series,)) if operator.endswith("_over"):
                return self._over(operator, self.checked.elements[series])
        return None

    def _over(self, operator: str, names: tuple[str, ...]) -> int:
        step = {"min_over": Operation.LESSER, "max_over": Operation.GREATER}.get(operator, Operation.PLUS)
        total, *rest = (self.plan.output(name) for name in names)
        for register in rest:
            total = self.plan.combined(step, total, register)
        if operator == "mean_over":
            total = self.plan.combined(Operation.OVER, total, self.plan.constant(float(len(names))))
        return total

    def margin(self, node: Node, relative: bool) -> Margin | None:
        """Return the margin of a condition of one run; ``relative`` is as in
        :mod:`wherenow.claims.evaluation.robustness`."""
        return self._margin(node, relative) if len(runs_of(node)) == 1 else None

    def _margin(self, node: Node, relative: bool) -> Margin | None:
        relative = relative or self.checked.kinds[node].unit is None
        match node:
            case Comparison():
                return self._comparison(node, relative)
            case Not(operand=operand):
                inner = self._margin(operand, relative)
                return None if inner is None else Margin(self.negative(inner.register), not inner.strict)
            case Connective(operator=operator, left=left, right=right):
                p, q = self._margin(left, relative), self._margin(right, relative)
                if p is None or q is None:
                    return None
                if operator == "implies":
                    p = Margin(self.negative(p.register), not p.strict)
                if p.strict != q.strict:
                    return None  # at a margin of 0 only the non-strict condition holds, so they have no common margin
                step = Operation.LESSER if operator == "and" else Operation.GREATER
                return Margin(self.plan.combined(step, p.register, q.register), p.strict)
        return None

    def _comparison(self, node: Comparison, relative: bool) -> Margin | None:
        a, b = self._quantity(node.left), self._quantity(node.right)
        if a is None or b is None:
            return None
        unit = self.checked.kinds[node].unit
        apart = Operation.APART if unit is not None and unit.date else Operation.RELATIVE
        above = self.plan.combined(apart if relative else Operation.MINUS, a, b)
        if node.operator in ("=", "<>"):
            above = self.plan.combined(Operation.ABSOLUTE, above)
        if node.operator in ("<", "<=", "="):
            above = self.negative(above)
        return Margin(above, node.operator in (">", "<", "<>"))
