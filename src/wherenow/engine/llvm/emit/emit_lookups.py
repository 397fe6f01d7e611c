"""Tables in IR: the formula of :mod:`wherenow.engine.lookups` with the search that suits a table's length."""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_writer import Emitted, Vector
from wherenow.engine.lookups import Segments

CHAIN = 12  # points up to which the entry is found by selects alone
COUNT = 40  # points up to which passed points are counted; beyond, bisection


def emit_table(m: Emitted, table: Segments, x: Vector) -> Vector:
    """Return the table at ``x``."""
    if table.low != float("-inf"):
        x = m.select(x < table.low, table.low, x)
        x = m.select(x > table.high, table.high, x)
    find = _chain if len(table.xs) <= CHAIN else _gathered
    left, height, slope = find(m, table, x)
    return height + (x - left) * slope


def _passed(table: Segments, x: Vector, point: float | Vector) -> Vector:
    return x >= point if table.passes_at else x > point


def _chain(m: Emitted, table: Segments, x: Vector) -> tuple[Vector, Vector, Vector]:
    entry = [m.writer.vector(v[0], "double") for v in (table.xs, table.ys, table.slopes)]
    for i in range(1, len(table.xs)):
        passed = _passed(table, x, table.xs[i])
        entry = [
            m.select(passed, values[i], here)
            for values, here in zip((table.xs, table.ys, table.slopes), entry, strict=True)
        ]
    return entry[0], entry[1], entry[2]


def _gathered(m: Emitted, table: Segments, x: Vector) -> tuple[Vector, Vector, Vector]:
    index = (_counted if len(table.xs) <= COUNT else _bisected)(m, table, x)
    return m.take(table.xs, index), m.take(table.ys, index), m.take(table.slopes, index)


def _counted(m: Emitted, table: Segments, x: Vector) -> Vector:
    w = m.writer
    count = w.vector(0, "i64")
    for point in table.xs[1:]:
        passed = _passed(table, x, point)
        count = count + w.write(f"zext {w.type('i1')} {passed.text} to {w.type('i64')}", "i64")
    return count


def _bisected(m: Emitted, table: Segments, x: Vector) -> Vector:
    """Return the last point passed: the index grows by falling powers of two wherever the point there is passed too."""
    size = 1 << (len(table.xs) - 1).bit_length()
    # bisection over a power of two: points beyond the last are never passed (x = inf is clamped below)
    points = table.xs + (float("nan"),) * (size - len(table.xs))
    index = m.writer.vector(0, "i64")
    jump = size // 2
    while jump:
        there = index + jump
        index = m.select(_passed(table, x, m.take(points, there)), there, index)
        jump //= 2
    return index
