"""The pointwise operations of :mod:`wherenow.engine.ir` as LLVM IR."""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.engine.elementary import BASIC, ELEMENTARY
from wherenow.engine.llvm.emit.emit_writer import Emitted, Vector


def emit_operation(m: Emitted, operation: str, a: Sequence[Vector]) -> Vector:
    """Emit an operation on the vectors ``a`` and return its result."""
    if operation in ELEMENTARY:
        w = m.writer
        return w.call(w.module.function(ELEMENTARY[operation], len(a), a[0].lanes), *a)
    result: Vector = BASIC[operation](m, *a)
    return result
