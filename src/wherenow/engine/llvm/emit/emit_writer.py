"""A writer of LLVM IR as text, with values that are vectors over draws.

Text is several times faster to generate than objects, and is readable. Every value is ``<W x double>``, ``<W x i64>``
or ``<W x i1>``; no fast-math flag is ever set, so that LLVM must keep each operation and its rounding.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Value = Any
Arguments = tuple[tuple[str, str], ...]
"""Names and types of a compiled function's arguments."""
CONSTANTS = "@constants"
SPREAD = 4
"""Lanes of constants in memory: those of a register of 256 bits, repeated in wider vectors."""


def double(value: float) -> str:
    """Write a float constant by its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def _operator(floating: str, integer: str, swapped: bool = False) -> Callable[[Vector, Value], Vector]:
    """Return an operator that writes one instruction for floats, and another for integers and truth values."""

    def write(self: Vector, other: Value) -> Vector:
        w, kind = self.writer, self.kind
        other = w.vector(other, kind)
        a, b = (other, self) if swapped else (self, other)
        return w.write(f"{floating if kind == 'double' else integer} {w.type(kind)} {a.text}, {b.text}", kind)

    return write


def _comparison(floating: str, integer: str) -> Callable[[Vector, Value], Vector]:
    """Return a comparison of floats, and of integers."""

    def write(self: Vector, other: Value) -> Vector:
        w, kind = self.writer, self.kind
        relation = f"fcmp {floating}" if kind == "double" else f"icmp {integer}"
        return w.write(f"{relation} {w.type(kind)} {self.text}, {w.vector(other, kind).text}", "i1")

    return write


class Vector:
    """A value in IR: ``kind`` is ``double``, ``i64`` or ``i1``; Python's operators write instructions."""

    __slots__ = ("kind", "lanes", "text", "writer")

    def __init__(self, writer: Writer, text: str, kind: str, lanes: int | None = None) -> None:
        self.writer, self.text, self.kind = writer, text, kind
        self.lanes = lanes or writer.width

    __add__, __radd__ = _operator("fadd", "add"), _operator("fadd", "add", swapped=True)
    __sub__, __rsub__ = _operator("fsub", "sub"), _operator("fsub", "sub", swapped=True)
    __mul__, __rmul__ = _operator("fmul", "mul"), _operator("fmul", "mul", swapped=True)
    __truediv__, __rtruediv__ = _operator("fdiv", ""), _operator("fdiv", "", swapped=True)
    __and__, __or__, __xor__ = _operator("", "and"), _operator("", "or"), _operator("", "xor")
    __lt__, __le__ = _comparison("olt", "ult"), _comparison("ole", "ule")
    __gt__, __ge__ = _comparison("ogt", "ugt"), _comparison("oge", "uge")
    __eq__ = _comparison("oeq", "eq")  # type: ignore[assignment]
    __ne__ = _comparison("une", "ne")  # type: ignore[assignment]

    def __neg__(self) -> Vector:
        return self.writer.write(f"fneg {self.writer.type(self.kind)} {self.text}", self.kind)

    def __lshift__(self, other: Value) -> Vector:
        return _operator("", "shl")(self, self.writer.literal(other, self.kind))

    def __rshift__(self, other: Value) -> Vector:
        return _operator("", "lshr")(self, self.writer.literal(other, self.kind))

    def __invert__(self) -> Vector:
        return self ^ (True if self.kind == "i1" else -1)

    __hash__ = None  # type: ignore[assignment]


class Module:
    """The functions, tables and declarations of one compilation, each written once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._text: list[str] = []
        self._known: dict[object, str] = {}
        self._constants: dict[int, int] = {}

    @property
    def text(self) -> str:
        """Everything written so far."""
        lanes = min(self.width, SPREAD)
        items = [f"<{lanes} x i64> <{', '.join([f'i64 {bits}'] * lanes)}>" for bits in self._constants or (0,)]
        array = f"[{len(items)} x <{lanes} x i64>] [{', '.join(items)}]"
        return "\n".join([*self._text, f"{CONSTANTS} = private unnamed_addr constant {array}, align 64"])

    def add(self, text: str) -> None:
        """Add a whole function, table or declaration."""
        self._text.append(text)

    def define(self, head: str, body: Writer) -> None:
        """Add a function."""
        self.add("\n".join([f"define {head} nounwind {{", *body.lines, "}"]))

    def export(self, name: str, arguments: Arguments, body: Writer) -> None:
        """Add a function that is called from outside."""
        parameters = ", ".join(f"{kind} %{argument}" for argument, kind in arguments)
        self.define(f"void @{name}({parameters})", body)

    def constant(self, bits: int) -> int:
        """Return the index of a 64-bit pattern in the array of constants that functions read."""
        return self._constants.setdefault(bits, len(self._constants))

    def once(self, key: object, prefix: str, make: Callable[[str], None]) -> str:
        """Return the global name of ``key``, which ``make(name)`` writes at its first use."""
        if key not in self._known:
            self._known[key] = name = f"@{prefix}{len(self._known)}"
            make(name)
        return self._known[key]

    def declare(self, name: str, signature: str) -> None:
        """Declare an intrinsic, ``signature`` with the name's place as ``{}``."""

        def write(_: str) -> None:
            self.add(f"declare {signature.format(name)}")

        self.once(name, "", write)

    def doubles(self, values: tuple[float, ...]) -> str:
        """Return a constant array."""
        return self._array("double", len(values), map(double, values))

    def integers(self, values: tuple[int, ...], kind: str) -> str:
        """Return a constant array of ``kind``, such as ``i32``."""
        return self._array(kind, len(values), map(str, values))

    def _array(self, kind: str, count: int, values: Iterable[str]) -> str:
        items = ", ".join([f"{kind} {v}" for v in values])  # as text, -0 is not 0

        def write(name: str) -> None:
            self.add(f"{name} = private unnamed_addr constant [{count} x {kind}] [{items}], align 64")

        return self.once(items, "table", write)


class Writer:
    """The body of one function, line by line. ``block`` is the label of the basic block being written.

    ``constants`` is the address of the module's array of constants where numbers are to be read from there.
    """

    def __init__(self, module: Module, width: int | None = None, constants: str = "") -> None:
        self.module = module
        self.width = width or module.width
        self._constants = constants
        self._read: dict[tuple[str, int], Vector] = {}  # constants already loaded in the entry block
        self.lines = ["entry:"]
        self.block = "entry"
        self._count = 0

    def type(self, kind: str) -> str:
        return f"<{self.width} x {kind}>"

    def fresh(self) -> str:
        self._count += 1
        return f"%v{self._count}"

    def label(self, hint: str) -> str:
        self._count += 1
        return f"{hint}{self._count}"

    def begin(self, label: str) -> None:
        """Begin a block. The last line must be a branch."""
        self.lines.append(f"{label}:")
        self.block = label

    def split(self, true: str) -> None:
        """Continue in a new block that LLVM does not merge, because its passes take superlinear time within a block.

        ``true`` is a condition that always holds here, which LLVM's code generator cannot prove.
        """
        after, never = self.label("on"), self.label("never")
        self.line(f"br i1 {true}, label %{after}, label %{never}")
        self.begin(never)
        self.line("unreachable")
        self.begin(after)

    def loop(
        self,
        count: int | str,
        body: Callable[[str, list[Vector]], Sequence[Vector] | None],
        carried: Sequence[Vector] = (),
    ) -> list[Vector]:
        """Emit a loop: ``body(index, carried)`` returns the next carried values; returns the last ones."""
        before, index, following = self.block, self.fresh(), self.fresh()
        loop, after = self.label("loop"), self.label("after")
        self.line(f"br label %{loop}")
        self.begin(loop)
        head = len(self.lines)
        here = [Vector(self, self.fresh(), vector.kind) for vector in carried]
        results = list(body(index, here) or ())
        self.line(f"{following} = add i64 {index}, 1")
        more, end = self.scalar(f"icmp ult i64 {following}, {count}"), self.block
        self.line(f"br i1 {more}, label %{loop}, label %{after}")
        self.lines.insert(head, f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{end} ]")
        self._phis(head, here, carried, before, results)
        self.begin(after)
        return results

    def while_any(
        self,
        name: str,
        body: Callable[[list[Vector]], tuple[Vector, Callable[[], Sequence[Vector]]]],
        carried: Sequence[Vector],
    ) -> list[Vector]:
        """Emit a loop that runs while a condition holds in some lane, and return the last carried values.

        ``body(carried)`` returns the condition, and what emits the rest of the loop and returns the next values.
        """
        before = self.block
        self.line(f"br label %{name}s")
        self.begin(f"{name}s")
        head = len(self.lines)
        here = [Vector(self, self.fresh(), vector.kind) for vector in carried]
        condition, rest = body(here)
        self.line(f"br i1 {self.any(condition)}, label %{name}, label %{name}s_done")
        self.begin(name)
        results = rest()
        self.line(f"br label %{name}s")
        self._phis(head, here, carried, before, results)
        self.begin(f"{name}s_done")
        return here

    def _phis(
        self, head: int, here: Sequence[Vector], starts: Sequence[Vector], before: str, after: Sequence[Vector]
    ) -> None:
        """Insert the phis of a loop's carried values, whose last values are known only at its end: this block."""
        self.lines[head:head] = [
            f"  {v.text} = phi {self.type(v.kind)} [ {old.text}, %{before} ], [ {new.text}, %{self.block} ]"
            for v, old, new in zip(here, starts, after, strict=True)
        ]

    def when(self, condition: str, body: Callable[[], None]) -> None:
        """Emit code that runs only if a condition holds."""
        inside, after = self.label("when"), self.label("after")
        self.line(f"br i1 {condition}, label %{inside}, label %{after}")
        self.begin(inside)
        body()
        self.line(f"br label %{after}")
        self.begin(after)

    def over(self, name: str, index: str, first: str, last: str, body: Callable[[], None]) -> None:
        """Emit the rest of a function: a loop over ``%index`` from ``first`` to before ``last``, if there are any."""
        self.line(f"%any = icmp slt i64 {first}, {last}")
        self.line(f"br i1 %any, label %{name}, label %done")
        self.begin(name)
        self.line(f"%{index} = phi i64 [ {first}, %entry ], [ %{index}_next, %{name}_done ]")
        body()
        self.line(f"br label %{name}_done")
        self.begin(f"{name}_done")
        self.line(f"%{index}_next = add i64 %{index}, 1")
        self.line(f"%again = icmp slt i64 %{index}_next, {last}")
        self.line(f"br i1 %again, label %{name}, label %done")
        self.begin("done")
        self.line("ret void")

    def line(self, text: str) -> None:
        self.lines.append("  " + text)

    def scalar(self, text: str) -> str:
        """Emit an instruction and return the name of its result."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def write(self, text: str, kind: str) -> Vector:
        return Vector(self, self.scalar(text), kind)

    def vector(self, value: Value, kind: str) -> Vector:
        """Return a vector unchanged, or a Python number as a constant vector."""
        if isinstance(value, Vector):
            return value
        if not self._constants or kind == "i1":
            return self.literal(value, kind)
        bits = struct.unpack("<Q", struct.pack("<d", value))[0] if kind == "double" else int(value) & (1 << 64) - 1
        if bits == 0:
            return self.literal(value, kind)
        if (kind, bits) not in self._read:
            constant = self.spread(self._constants, self.module.constant(bits), kind)
            if self.block != "entry":
                return constant
            self._read[kind, bits] = constant
        return self._read[kind, bits]

    def literal(self, value: Value, kind: str) -> Vector:
        """Return a vector unchanged, or a Python number as a literal that instructions may contain."""
        if isinstance(value, Vector):
            return value
        if kind == "double":
            return Vector(self, f"splat (double {double(float(value))})", kind)
        text = ("true" if value else "false") if kind == "i1" else str(int(value))
        return Vector(self, f"splat ({kind} {text})", kind)

    def spread(self, pointer: str, place: int, kind: str) -> Vector:
        """Load a constant vector from an array of vectors of at most :data:`SPREAD` lanes, repeated to the width."""
        lanes = min(self.module.width, SPREAD)
        t = f"<{lanes} x {kind}>"
        one = self.scalar(f"load {t}, ptr {self.offset(pointer, str(place * lanes))}, align {8 * lanes}")
        if lanes == self.width:
            return Vector(self, one, kind)
        order = ", ".join(f"i32 {i % lanes}" for i in range(self.width))
        return self.write(f"shufflevector {t} {one}, {t} poison, <{self.width} x i32> <{order}>", kind)

    def splat(self, scalar: str, kind: str) -> Vector:
        """Broadcast a scalar to every lane."""
        t = self.type(kind)
        one = self.scalar(f"insertelement {t} poison, {kind} {scalar}, i64 0")
        return self.write(f"shufflevector {t} {one}, {t} poison, <{self.width} x i32> zeroinitializer", kind)

    def load(self, pointer: str, kind: str = "double") -> Vector:
        return self.write(f"load {self.type(kind)}, ptr {pointer}, align 8", kind)

    def store(self, value: Vector, pointer: str) -> None:
        self.line(f"store {self.type(value.kind)} {value.text}, ptr {pointer}, align 8")

    def offset(self, pointer: str, elements: str) -> str:
        """Return a pointer advanced by ``elements`` (an i64) doubles."""
        return self.scalar(f"getelementptr inbounds double, ptr {pointer}, i64 {elements}")

    def intrinsic(self, name: str, *arguments: Value) -> Vector:
        """Call a vector intrinsic of doubles."""
        t = self.type("double")
        full = f"@llvm.{name}.v{self.width}f64"
        self.module.declare(full, f"{t} {{}}({', '.join(t for _ in arguments)})")
        given = ", ".join(f"{t} {self.vector(a, 'double').text}" for a in arguments)
        return self.write(f"call {t} {full}({given})", "double")

    def gather(self, base: str, index: Vector) -> Vector:
        """Gather ``base[index]`` in each lane."""
        w, t = self.width, self.type("double")
        full = f"@llvm.masked.gather.v{w}f64.v{w}p0"
        self.module.declare(full, f"{t} {{}}({self.type('ptr')}, i32, {self.type('i1')}, {t})")
        pointers = self.scalar(f"getelementptr inbounds double, ptr {base}, {self.type('i64')} {index.text}")
        mask = f"{self.type('i1')} splat (i1 true)"
        return self.write(f"call {t} {full}({self.type('ptr')} {pointers}, i32 8, {mask}, {t} poison)", "double")

    def call(self, name: str, *arguments: Value) -> Vector:
        """Call an elementary function of the module, at the arguments' width."""
        vectors = [self.vector(a, "double") for a in arguments]
        t = f"<{vectors[0].lanes} x double>"
        given = ", ".join([f"ptr {self._constants or CONSTANTS}", *(f"{t} {v.text}" for v in vectors)])
        return Vector(self, self.scalar(f"call fastcc {t} {name}({given})"), "double", vectors[0].lanes)

    def joined(self, a: Vector, b: Vector) -> Vector:
        """Concatenate the lanes of ``a`` and ``b``; they are separate registers, so that this costs nothing."""
        t, order = f"<{a.lanes} x {a.kind}>", ", ".join(f"i32 {i}" for i in range(2 * a.lanes))
        text = f"shufflevector {t} {a.text}, {t} {b.text}, <{2 * a.lanes} x i32> <{order}>"
        return Vector(self, self.scalar(text), a.kind, 2 * a.lanes)

    def halves(self, a: Vector) -> tuple[Vector, Vector]:
        """Split what :meth:`joined` concatenated."""
        half, t = a.lanes // 2, f"<{a.lanes} x {a.kind}>"
        found = []
        for first in (0, half):
            order = ", ".join(f"i32 {i}" for i in range(first, first + half))
            text = f"shufflevector {t} {a.text}, {t} poison, <{half} x i32> <{order}>"
            found.append(Vector(self, self.scalar(text), a.kind, half))
        return found[0], found[1]

    def any(self, condition: Vector) -> str:
        """Return whether a truth value holds in some lane (an i1)."""
        bits = self.scalar(f"bitcast {self.type('i1')} {condition.text} to i{self.width}")
        return self.scalar(f"icmp ne i{self.width} {bits}, 0")
