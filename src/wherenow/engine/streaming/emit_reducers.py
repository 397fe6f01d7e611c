"""Reducers in LLVM IR: over the rows of a block of saved values that is still in the processor's cache.

A row has the draws of one saved number, padded to a multiple of eight with its first. Sums run in eight partial sums
(draw number modulo eight) that are added in one fixed tree, so bits do not depend on the vector width of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from threading import Lock

from wherenow.engine.llvm.emit.emit_writer import Emitted, Module, Vector, Writer, double
from wherenow.engine.llvm.jit import Loaded, load
from wherenow.engine.llvm.kernel_cache import machine_code
from wherenow.engine.llvm.straight import Arguments

LANES = 8
MOMENTS: Arguments = (
    ("rows", "i64"),
    ("columns", "i64"),  # padded to a multiple of LANES
    ("stride", "i64"),  # doubles from row to row
    ("block", "ptr"),
    ("count", "ptr"),  # three doubles: draws in the block, draws before it, draws in all
    ("summary", "ptr"),  # [row][mean, sum of squared deviations, least, greatest], merged into
)
COUNTS: Arguments = (
    ("rows", "i64"),
    ("columns", "i64"),  # exactly
    ("stride", "i64"),
    ("block", "ptr"),
    ("brackets", "ptr"),  # [row][low, bins per unit]
    ("last", "i64"),  # number of the last bin, which counts what lies above the bracket; bin 0 what lies below
    ("counts", "ptr"),  # [row][bin] of i32, added to
)


_compiling = Lock()


def _one_at_a_time(make: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """Cache the result; concurrent threads wait for the first."""
    kept = cache(make)

    @wraps(make)
    def get() -> Loaded:
        with _compiling:
            return kept()

    return get


@_one_at_a_time
def moments() -> Loaded:
    """Return the function that merges a block into a summary: the pairwise update of Chan, Golub & LeVeque (1983),
    "Algorithms for computing the sample variance", with sums taken about the row's first value.
    """
    module = Module(LANES)
    w = Writer(module)
    m, t = Emitted(w), w.type("double")
    _open(w)
    pivot = w.splat(w.scalar("load double, ptr %row"), "double")
    w.line("br label %draws")
    w.begin("draws")
    head = len(w.lines)  # phis go here, when their incoming values are known
    total, squares, least, greatest = (Vector(w, f"%{n}", "double") for n in ("sum", "squares", "least", "greatest"))
    x = w.load(w.offset("%row", "%j"))
    away = x - pivot
    after = (
        total + away, squares + away * away,
        m.select(x < least, x, least), m.select(x > greatest, x, greatest),
    )  # fmt: skip
    phis = ["  %j = phi i64 [ 0, %row_begin ], [ %j_next, %draws ]"]
    starts = ("zeroinitializer", "zeroinitializer", pivot.text, pivot.text)
    for phi, start, value in zip((total, squares, least, greatest), starts, after, strict=True):
        phis.append(f"  {phi.text} = phi {t} [ {start}, %row_begin ], [ {value.text}, %draws ]")
    w.lines[head:head] = phis
    w.line(f"%j_next = add i64 %j, {LANES}")
    w.line("%more = icmp slt i64 %j_next, %columns")
    w.line("br i1 %more, label %draws, label %row_end")
    w.begin("row_end")
    one = _Scalars(w)
    s, q = one.sum(after[0]), one.sum(after[1])
    low, high = one.extreme(after[2], "olt"), one.extreme(after[3], "ogt")
    now, before, both = (w.scalar(f"load double, ptr {w.offset('%count', str(i))}") for i in range(3))
    place = w.offset("%summary", w.scalar("mul i64 %r, 4"))
    places = [w.offset(place, str(i)) for i in range(4)]
    mean, deviations, lowest, highest = (w.scalar(f"load double, ptr {p}") for p in places)
    centre = w.scalar(f"extractelement {t} {pivot.text}, i64 0")
    block_mean = one("fadd", centre, one("fdiv", s, now))
    block_deviations = one("fsub", q, one("fdiv", one("fmul", s, s), now))
    apart = one("fsub", block_mean, mean)
    new_mean = one("fadd", mean, one("fmul", apart, one("fdiv", now, both)))
    between = one("fmul", one("fmul", apart, apart), one("fdiv", one("fmul", before, now), both))
    new_deviations = one("fadd", one("fadd", deviations, block_deviations), between)
    found = (new_mean, new_deviations, one.chosen(low, lowest, "olt"), one.chosen(high, highest, "ogt"))
    for result, p in zip(found, places, strict=True):
        w.line(f"store double {result}, ptr {p}")
    return _closed(w, "moments", MOMENTS)


@_one_at_a_time
def counts() -> Loaded:
    """Return the function that counts a block's values by bins: ``1 + floor((x - low) * bins_per_unit)``, clamped to 0
    … last.
    """
    w = Writer(Module(LANES))
    _open(w)
    bracket = w.offset("%brackets", w.scalar("mul i64 %r, 2"))
    low = w.scalar(f"load double, ptr {bracket}")
    rate = w.scalar(f"load double, ptr {w.offset(bracket, '1')}")
    last = w.scalar("sitofp i64 %last to double")
    bins = w.scalar("add i64 %last, 1")
    start = w.scalar(f"getelementptr inbounds i32, ptr %counts, i64 {w.scalar(f'mul i64 %r, {bins}')}")
    w.line("br label %draws")
    w.begin("draws")
    w.line("%j = phi i64 [ 0, %row_begin ], [ %j_next, %draws ]")
    one = _Scalars(w)
    x = w.scalar(f"load double, ptr {w.offset('%row', '%j')}")
    place = one("fadd", one("fmul", one("fsub", x, low), rate), double(1.0))
    place = one.chosen(place, double(0.0), "ogt")
    place = one.chosen(place, last, "olt")
    index = w.scalar(f"fptosi double {place} to i64")
    cell = w.scalar(f"getelementptr inbounds i32, ptr {start}, i64 {index}")
    counted = w.scalar(f"load i32, ptr {cell}")
    w.line(f"store i32 {w.scalar(f'add i32 {counted}, 1')}, ptr {cell}")
    w.line("%j_next = add i64 %j, 1")
    w.line("%more = icmp slt i64 %j_next, %columns")
    w.line("br i1 %more, label %draws, label %row_end")
    w.begin("row_end")
    return _closed(w, "counts", COUNTS)


class _Scalars:
    """Arithmetic on single numbers."""

    def __init__(self, writer: Writer) -> None:
        self.w = writer

    def __call__(self, operation: str, a: str, b: str) -> str:
        return self.w.scalar(f"{operation} double {a}, {b}")

    def chosen(self, a: str, b: str, relation: str) -> str:
        """``a`` where the relation to ``b`` holds, else ``b``."""
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


def _open(w: Writer) -> None:
    w.lines.append("entry:")
    w.line("%any = icmp sgt i64 %rows, 0")
    w.line("br i1 %any, label %row_begin, label %done")
    w.begin("row_begin")
    w.line("%r = phi i64 [ 0, %entry ], [ %r_next, %row_end ]")
    w.line("%row_offset = mul i64 %r, %stride")
    w.line("%row = getelementptr inbounds double, ptr %block, i64 %row_offset")


def _closed(w: Writer, name: str, arguments: Arguments) -> Loaded:
    w.line("%r_next = add i64 %r, 1")
    w.line("%again = icmp slt i64 %r_next, %rows")
    w.line("br i1 %again, label %row_begin, label %done")
    w.begin("done")
    w.line("ret void")
    head = ", ".join(f"{kind} %{argument}" for argument, kind in arguments)
    text = "\n".join([*w.module.text, f"define void @{name}({head}) nounwind {{", *w.lines, "}"])
    return load(machine_code(text), f"reducer.{name}", name, arguments)
