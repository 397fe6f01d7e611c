"""The pointwise operations of :mod:`wherenow.engine.ir` as LLVM IR."""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.engine.elementary import ELEMENTARY
from wherenow.engine.llvm.emit.emit_writer import Emitted, Vector


def emit_operation(m: Emitted, operation: str, a: Sequence[Vector]) -> Vector:
    """Emit an operation on the vectors ``a`` and return its result."""
    w = m.writer
    match operation:
        case "add":
            return a[0] + a[1]
        case "sub":
            return a[0] - a[1]
        case "mul":
            return a[0] * a[1]
        case "div":
            return a[0] / a[1]
        case "neg":
            return -a[0]
        case "abs":
            return m.absolute(a[0])
        case "min":
            return m.select(a[1] < a[0], a[1], a[0])
        case "max":
            return m.select(a[1] > a[0], a[1], a[0])
        case "floor" | "ceil" | "trunc" | "sqrt":
            return w.intrinsic(operation, a[0])
        case "rint":
            return m.rint(a[0])
        case "lt":
            return a[0] < a[1]
        case "le":
            return a[0] <= a[1]
        case "eq":
            return a[0] == a[1]
        case "ne":
            return a[0] != a[1]
        case "and":
            return a[0] & a[1]
        case "or":
            return a[0] | a[1]
        case "not":
            return ~a[0]
        case "truth":
            return a[0] != 0.0
        case "number":
            return m.select(a[0], 1.0, 0.0)
        case "select":
            return m.select(*a)
        case _ if operation in ELEMENTARY:
            return w.call(w.module.function(ELEMENTARY[operation], len(a), a[0].lanes), *a)
        case _:
            raise AssertionError(f"no native form of {operation}")
