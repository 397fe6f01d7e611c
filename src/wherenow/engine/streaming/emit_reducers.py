"""Reducers in LLVM IR: over the rows of a block of saved values that is still in the processor's cache.

A row has the draws of one saved number, padded to a multiple of eight with its first. Sums run in eight partial sums
(draw number modulo eight) that are added in one fixed tree, so bits do not depend on the vector width of the program.
"""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_operations import Emitted
from wherenow.engine.llvm.emit.emit_writer import Arguments, Module, Vector, Writer, double
from wherenow.engine.llvm.jit import Loaded, load
from wherenow.engine.llvm.kernel_cache import machine_code, once

LANES = 8
MOMENTS: Arguments = (
    ("rows", "i64"),
    ("columns", "i64"),  # number of columns, padded to a multiple of LANES
    ("stride", "i64"),  # distance between rows, in doubles
    ("block", "ptr"),
    ("count", "ptr"),  # three doubles: number of draws in the block, before it, and in all
    ("summary", "ptr"),  # [row][mean, sum of squared deviations, least, greatest], which the block is merged into
)
COUNTS: Arguments = (
    ("rows", "i64"),
    ("columns", "i64"),  # number of columns, without padding
    ("stride", "i64"),
    ("block", "ptr"),
    ("brackets", "ptr"),  # array: [row][low, bins per unit]
    ("last", "i64"),  # number of the last bin, for values above the bracket; bin 0 is for values below
    ("counts", "ptr"),  # array of i32, [row][bin], which the block's counts are added to
)


@once
def moments() -> Loaded:
    """Return the function that merges a block into a summary: the pairwise update of Chan, Golub & LeVeque (1983),
    "Algorithms for computing the sample variance", with sums taken about the row's first value.
    """
    w = Writer(Module(LANES))
    w.line(f"%vectors = udiv i64 %columns, {LANES}")
    w.over("each_row", "r", "0", "%rows", lambda: _merge_row(w))
    return _loaded(w, "moments", MOMENTS)


def _merge_row(w: Writer) -> None:
    m, one, row = Emitted(w), _Scalars(w), _row(w)
    pivot, zero = w.splat(w.scalar(f"load double, ptr {row}"), "double"), w.vector(0.0, "double")

    def draws(number: str, carried: list[Vector]) -> list[Vector]:
        total, squares, least, greatest = carried
        x = w.load(w.offset(row, w.scalar(f"mul i64 {number}, {LANES}")))
        away = x - pivot
        extremes = m.select(x < least, x, least), m.select(x > greatest, x, greatest)
        return [total + away, squares + away * away, *extremes]

    sums = w.loop("%vectors", draws, [zero, zero, pivot, pivot])
    s, q = one.sum(sums[0]), one.sum(sums[1])
    low, high = one.extreme(sums[2], "olt"), one.extreme(sums[3], "ogt")
    now, before, both = (w.scalar(f"load double, ptr {w.offset('%count', str(i))}") for i in range(3))
    place = w.offset("%summary", w.scalar("mul i64 %r, 4"))
    places = [w.offset(place, str(i)) for i in range(4)]
    mean, deviations, lowest, highest = (w.scalar(f"load double, ptr {p}") for p in places)
    centre = w.scalar(f"extractelement {w.type('double')} {pivot.text}, i64 0")
    block_mean = one("fadd", centre, one("fdiv", s, now))
    block_deviations = one("fsub", q, one("fdiv", one("fmul", s, s), now))
    apart = one("fsub", block_mean, mean)
    new_mean = one("fadd", mean, one("fmul", apart, one("fdiv", now, both)))
    between = one("fmul", one("fmul", apart, apart), one("fdiv", one("fmul", before, now), both))
    new_deviations = one("fadd", one("fadd", deviations, block_deviations), between)
    found = (new_mean, new_deviations, one.chosen(low, lowest, "olt"), one.chosen(high, highest, "ogt"))
    for result, p in zip(found, places, strict=True):
        w.line(f"store double {result}, ptr {p}")


@once
def counts() -> Loaded:
    """Return the function that counts a block's values by bins: ``1 + floor((x - low) * bins_per_unit)``, clamped to 0
    … last.
    """
    w = Writer(Module(LANES))
    w.over("each_row", "r", "0", "%rows", lambda: _count_row(w))
    return _loaded(w, "counts", COUNTS)


def _count_row(w: Writer) -> None:
    one, row = _Scalars(w), _row(w)
    bracket = w.offset("%brackets", w.scalar("mul i64 %r, 2"))
    low = w.scalar(f"load double, ptr {bracket}")
    rate = w.scalar(f"load double, ptr {w.offset(bracket, '1')}")
    last = w.scalar("sitofp i64 %last to double")
    bins = w.scalar("add i64 %last, 1")
    start = w.scalar(f"getelementptr inbounds i32, ptr %counts, i64 {w.scalar(f'mul i64 %r, {bins}')}")

    def draw(number: str, _: list[Vector]) -> None:
        x = w.scalar(f"load double, ptr {w.offset(row, number)}")
        place = one("fadd", one("fmul", one("fsub", x, low), rate), double(1.0))
        place = one.chosen(place, double(0.0), "ogt")
        place = one.chosen(place, last, "olt")
        index = w.scalar(f"fptosi double {place} to i64")
        cell = w.scalar(f"getelementptr inbounds i32, ptr {start}, i64 {index}")
        counted = w.scalar(f"load i32, ptr {cell}")
        w.line(f"store i32 {w.scalar(f'add i32 {counted}, 1')}, ptr {cell}")

    w.loop("%columns", draw)


class _Scalars:
    """Arithmetic on single numbers."""

    def __init__(self, writer: Writer) -> None:
        self.w = writer

    def __call__(self, operation: str, a: str, b: str) -> str:
        return self.w.scalar(f"{operation} double {a}, {b}")

    def chosen(self, a: str, b: str, relation: str) -> str:
        """Emit ``a`` where the relation to ``b`` holds, else ``b``."""
        return self.w.scalar(f"select i1 {self.w.scalar(f'fcmp {relation} double {a}, {b}')}, double {a}, double {b}")

    def _lanes(self, vector: Vector) -> list[str]:
        t = self.w.type("double")
        return [self.w.scalar(f"extractelement {t} {vector.text}, i64 {i}") for i in range(LANES)]

    def sum(self, vector: Vector) -> str:
        """Sum all lanes, halves onto halves."""
        lanes = self._lanes(vector)
        while len(lanes) > 1:
            half = len(lanes) // 2
            lanes = [self("fadd", a, b) for a, b in zip(lanes[:half], lanes[half:], strict=True)]
        return lanes[0]

    def extreme(self, vector: Vector, relation: str) -> str:
        first, *rest = self._lanes(vector)
        for lane in rest:
            first = self.chosen(lane, first, relation)
        return first


def _row(w: Writer) -> str:
    """Return the address of a row of the block."""
    return w.offset("%block", w.scalar("mul i64 %r, %stride"))


def _loaded(w: Writer, name: str, arguments: Arguments) -> Loaded:
    w.module.export(name, arguments, w)
    return load(machine_code(w.module.text), f"reducer.{name}", name, arguments)
