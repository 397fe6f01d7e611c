"""Tables in IR: the formula of :mod:`wherenow.engine.lookups` with the search that suits a table's length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from wherenow.engine.llvm.emit.emit_operations import Emitted
from wherenow.engine.llvm.emit.emit_writer import Vector
from wherenow.engine.lookups import Segments

CHAIN = 12  # maximum number of points for which selects alone find the entry
COUNT = 40  # maximum number of points for which passed points are counted; larger tables use bisection


def emit_table(m: Emitted, table: Segments, x: Vector) -> Vector:
    """Return the table at ``x``."""
    if table.low != float("-inf"):
        x = m.select(x < table.low, table.low, x)
        x = m.select(x > table.high, table.high, x)
    find = _chain if len(table.xs) <= CHAIN else _gathered
    left, height, slope = find(m, table, x)
    return height + (x - left) * slope


def emit_one_of(m: Emitted, tables: Sequence[Segments], number: str, x: Vector) -> Vector:
    """Return, at ``x``, one of several tables of the same form, by its number."""
    w, points = m.writer, len(tables[0].xs)

    def load(values: Iterable[float], each: int) -> tuple[str, list[Any]]:
        base = w.offset(w.module.doubles(tuple(values)), w.scalar(f"mul i64 {number}, {each}"))
        loads = [w.scalar(f"load double, ptr {w.offset(base, str(i))}, align 8") for i in range(each)]
        return base, [w.splat(one, "double") for one in loads]

    columns = [load(chain.from_iterable(getattr(t, name) for t in tables), points) for name in ("xs", "ys", "slopes")]
    xs, ys, slopes = (tuple(values) for _, values in columns)
    low, high = tables[0].low, tables[0].high
    if not tables[0].form[2]:
        low, high = (load((getattr(t, name) for t in tables), 1)[1][0] for name in ("low", "high"))
        x = m.select(x < low, low, x)
        x = m.select(x > high, high, x)
    here = Segments(xs=xs, ys=ys, slopes=slopes, low=low, high=high, passes_at=tables[0].passes_at)
    if points <= CHAIN:
        left, height, slope = _chain(m, here, x)
    else:
        at = _counted(m, here, x)
        left, height, slope = (w.gather(base, at) for base, _ in columns)
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
