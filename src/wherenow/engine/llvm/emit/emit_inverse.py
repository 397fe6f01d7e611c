"""The inverse of a matrix in every lane, as one LLVM function of loops: its code does not grow with the matrix."""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_operations import Emitted
from wherenow.engine.llvm.emit.emit_writer import Module, Vector, Writer


def inverse_function(module: Module) -> str:
    """Return the name of the function that turns ``[A | I]``, n rows of 2n vectors, into ``[I | A⁻¹]`` in place.

    The same operations in the same order as :func:`wherenow.engine.evaluate.inverse`.
    """
    return module.once("inverse", "inverse", lambda name: _write(module, name))


def _write(module: Module, name: str) -> None:
    """Emit, for each column: move the row with the largest pivot up, divide it, and eliminate it from the others."""
    w = Writer(module)
    m = Emitted(w)

    def at(base: str, place: str) -> str:
        return w.scalar(f"getelementptr {w.type('double')}, ptr {base}, i64 {place}")

    def row(number: str) -> str:
        return at("%work", w.scalar(f"mul i64 {number}, %row"))

    def column(c: str, _: list[Vector]) -> None:
        pivots = row(c)
        lead = at(pivots, c)

        # Lanes may differ in their pivots, so rows are exchanged by selection, lane by lane, and never by branching.
        def exchange(other: str) -> None:
            larger = m.absolute(w.load(lead)) < m.absolute(w.load(at(other, c)))

            def swap(k: str, _: list[Vector]) -> None:
                upper, lower = at(pivots, k), at(other, k)
                x, y = w.load(upper), w.load(lower)
                w.store(m.select(larger, y, x), upper)
                w.store(m.select(larger, x, y), lower)

            w.loop("%row", swap)

        def divide(k: str, _: list[Vector]) -> None:
            place = at(pivots, k)
            w.store(w.load(place) / pivot, place)

        def eliminate(other: str) -> None:
            times = w.load(at(other, c))

            def subtract(k: str, _: list[Vector]) -> None:
                place = at(other, k)
                w.store(w.load(place) - times * w.load(at(pivots, k)), place)

            w.loop("%row", subtract)

        w.loop("%n", lambda r, _: w.when(w.scalar(f"icmp ugt i64 {r}, {c}"), lambda: exchange(row(r))))
        pivot = w.load(lead)
        w.loop("%row", divide)
        w.loop("%n", lambda r, _: w.when(w.scalar(f"icmp ne i64 {r}, {c}"), lambda: eliminate(row(r))))

    w.line("%row = shl i64 %n, 1")
    w.loop("%n", column)
    w.line("ret void")
    module.define(f"internal void {name}(ptr %work, i64 %n) noinline", w)
