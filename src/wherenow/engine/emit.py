"""Writes LLVM IR as text: vectors over draws, and the arithmetic that elementary functions are written against.

Text is several times quicker to make than objects, and can be read. Every value is ``<W x double>``, ``<W x i64>`` or
``<W x i1>``; no fast-math flag is ever set, so that LLVM must keep each operation and its rounding.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from wherenow.engine.philox import LOW32, MULTIPLIERS, ROUNDS, WEYL

Value = Any


def double(value: float) -> str:
    """A float constant, by its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Vector:
    """A value in IR: ``kind`` is ``double``, ``i64`` or ``i1``; Python's operators write instructions."""

    __slots__ = ("kind", "text", "writer")

    def __init__(self, writer: Writer, text: str, kind: str) -> None:
        self.writer, self.text, self.kind = writer, text, kind

    def _with(self, other: Value, floating: str, integer: str, swapped: bool = False) -> Vector:
        other = self.writer.vector(other, self.kind)
        a, b = (other, self) if swapped else (self, other)
        operation = floating if self.kind == "double" else integer
        return self.writer.write(f"{operation} {self.writer.type(self.kind)} {a.text}, {b.text}", self.kind)

    def _compare(self, other: Value, floating: str, integer: str) -> Vector:
        other = self.writer.vector(other, self.kind)
        operation = f"fcmp {floating}" if self.kind == "double" else f"icmp {integer}"
        return self.writer.write(f"{operation} {self.writer.type(self.kind)} {self.text}, {other.text}", "i1")

    def __add__(self, other: Value) -> Vector:
        return self._with(other, "fadd", "add")

    def __radd__(self, other: Value) -> Vector:
        return self._with(other, "fadd", "add", swapped=True)

    def __sub__(self, other: Value) -> Vector:
        return self._with(other, "fsub", "sub")

    def __rsub__(self, other: Value) -> Vector:
        return self._with(other, "fsub", "sub", swapped=True)

    def __mul__(self, other: Value) -> Vector:
        return self._with(other, "fmul", "mul")

    def __rmul__(self, other: Value) -> Vector:
        return self._with(other, "fmul", "mul", swapped=True)

    def __truediv__(self, other: Value) -> Vector:
        return self._with(other, "fdiv", "")

    def __rtruediv__(self, other: Value) -> Vector:
        return self._with(other, "fdiv", "", swapped=True)

    def __neg__(self) -> Vector:
        return self.writer.write(f"fneg {self.writer.type(self.kind)} {self.text}", self.kind)

    def __and__(self, other: Value) -> Vector:
        return self._with(other, "", "and")

    def __or__(self, other: Value) -> Vector:
        return self._with(other, "", "or")

    def __xor__(self, other: Value) -> Vector:
        return self._with(other, "", "xor")

    def __lshift__(self, other: Value) -> Vector:
        return self._with(other, "", "shl")

    def __rshift__(self, other: Value) -> Vector:
        return self._with(other, "", "lshr")

    def __invert__(self) -> Vector:
        return self._with(True if self.kind == "i1" else -1, "", "xor")

    def __lt__(self, other: Value) -> Vector:
        return self._compare(other, "olt", "ult")

    def __le__(self, other: Value) -> Vector:
        return self._compare(other, "ole", "ule")

    def __gt__(self, other: Value) -> Vector:
        return self._compare(other, "ogt", "ugt")

    def __ge__(self, other: Value) -> Vector:
        return self._compare(other, "oge", "uge")

    def __eq__(self, other: Value) -> Vector:  # type: ignore[override]
        return self._compare(other, "oeq", "eq")

    def __ne__(self, other: Value) -> Vector:  # type: ignore[override]
        return self._compare(other, "une", "ne")

    __hash__ = None  # type: ignore[assignment]


class Module:
    """The functions, tables and declarations of one compilation, each written once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.text: list[str] = []
        self._known: dict[object, str] = {}

    def once(self, key: object, prefix: str, make: Callable[[str], None]) -> str:
        """The global name of ``key``, written by ``make(name)`` at its first use."""
        if key not in self._known:
            self._known[key] = name = f"@{prefix}{len(self._known)}"
            make(name)
        return self._known[key]

    def declare(self, name: str, signature: str) -> None:
        """Declares an intrinsic, ``signature`` with the name's place as ``{}``."""

        def write(_: str) -> None:
            self.text.append(f"declare {signature.format(name)}")

        self.once(name, "", write)

    def doubles(self, values: tuple[float, ...]) -> str:
        """A constant array."""

        def write(name: str) -> None:
            items = ", ".join(f"double {double(v)}" for v in values)
            self.text.append(f"{name} = private unnamed_addr constant [{len(values)} x double] [{items}], align 64")

        return self.once(("doubles", values), "table", write)

    def function(self, function: Callable[..., Value], arity: int, cold: bool = False) -> str:
        """An elementary function as an IR function of its own."""

        def write(name: str) -> None:
            body = Writer(self)
            arguments = [Vector(body, f"%a{i}", "double") for i in range(arity)]
            body.lines.append("entry:")
            result = function(Emitted(body), *arguments)
            vector = body.type("double")
            body.lines.append(f"  ret {vector} {body.vector(result, 'double').text}")
            parameters = ", ".join(f"{vector} %a{i}" for i in range(arity))
            attributes = "noinline nounwind" + (" cold" if cold else "")
            head = f"define internal fastcc {vector} {name}({parameters}) {attributes} {{"
            self.text.append("\n".join([head, *body.lines, "}"]))

        return self.once(("function", function), f"{function.__name__.strip('_')}_", write)


class Writer:
    """The body of one function, line by line. ``block`` is the label of the basic block being written."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.width = module.width
        self.lines: list[str] = []
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
        """Ends no block: the last line must have been a branch."""
        self.lines.append(f"{label}:")
        self.block = label

    def line(self, text: str) -> None:
        self.lines.append("  " + text)

    def scalar(self, text: str) -> str:
        """Writes an instruction with a result; its name."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def write(self, text: str, kind: str) -> Vector:
        return Vector(self, self.scalar(text), kind)

    def vector(self, value: Value, kind: str) -> Vector:
        """A vector itself, or a Python number as a constant one."""
        if isinstance(value, Vector):
            return value
        if kind == "double":
            return Vector(self, f"splat (double {double(float(value))})", kind)
        literal = ("true" if value else "false") if kind == "i1" else str(int(value))
        return Vector(self, f"splat ({kind} {literal})", kind)

    def splat(self, scalar: str, kind: str) -> Vector:
        """A scalar in every lane."""
        t = self.type(kind)
        one = self.scalar(f"insertelement {t} poison, {kind} {scalar}, i64 0")
        return self.write(f"shufflevector {t} {one}, {t} poison, <{self.width} x i32> zeroinitializer", kind)

    def load(self, pointer: str, kind: str = "double") -> Vector:
        return self.write(f"load {self.type(kind)}, ptr {pointer}, align 8", kind)

    def store(self, value: Vector, pointer: str) -> None:
        self.line(f"store {self.type(value.kind)} {value.text}, ptr {pointer}, align 8")

    def offset(self, pointer: str, elements: str) -> str:
        """A pointer ``elements`` (an i64) doubles further."""
        return self.scalar(f"getelementptr inbounds double, ptr {pointer}, i64 {elements}")

    def intrinsic(self, name: str, *arguments: Value) -> Vector:
        """A vector intrinsic of doubles."""
        t = self.type("double")
        full = f"@llvm.{name}.v{self.width}f64"
        self.module.declare(full, f"{t} {{}}({', '.join(t for _ in arguments)})")
        given = ", ".join(f"{t} {self.vector(a, 'double').text}" for a in arguments)
        return self.write(f"call {t} {full}({given})", "double")

    def gather(self, base: str, index: Vector) -> Vector:
        """``base[index]`` in each lane."""
        w, t = self.width, self.type("double")
        full = f"@llvm.masked.gather.v{w}f64.v{w}p0"
        self.module.declare(full, f"{t} {{}}({self.type('ptr')}, i32, {self.type('i1')}, {t})")
        pointers = self.scalar(f"getelementptr inbounds double, ptr {base}, {self.type('i64')} {index.text}")
        mask = f"{self.type('i1')} splat (i1 true)"
        return self.write(f"call {t} {full}({self.type('ptr')} {pointers}, i32 8, {mask}, {t} poison)", "double")

    def call(self, name: str, *arguments: Value) -> Vector:
        t = self.type("double")
        given = ", ".join(f"{t} {self.vector(a, 'double').text}" for a in arguments)
        return self.write(f"call fastcc {t} {name}({given})", "double")

    def any(self, condition: Vector) -> str:
        """Whether a truth value holds in some lane (an i1)."""
        bits = self.scalar(f"bitcast {self.type('i1')} {condition.text} to i{self.width}")
        return self.scalar(f"icmp ne i{self.width} {bits}, 0")


class Emitted:
    """The arithmetic of :mod:`wherenow.engine.elementary` as instructions."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def fma(self, a: Value, b: Value, c: Value) -> Vector:
        return self.writer.intrinsic("fma", a, b, c)

    def select(self, condition: Vector, a: Value, b: Value) -> Vector:
        w = self.writer
        kind = next((v.kind for v in (a, b) if isinstance(v, Vector)), "double")
        t = w.type(kind)
        a, b = w.vector(a, kind), w.vector(b, kind)
        return w.write(f"select {w.type('i1')} {condition.text}, {t} {a.text}, {t} {b.text}", kind)

    def sqrt(self, a: Value) -> Vector:
        return self.writer.intrinsic("sqrt", a)

    def rint(self, a: Value) -> Vector:
        return self.writer.intrinsic("roundeven", a)

    def absolute(self, a: Value) -> Vector:
        return self.writer.intrinsic("fabs", a)

    def bits(self, a: Vector) -> Vector:
        w = self.writer
        return w.write(f"bitcast {w.type('double')} {a.text} to {w.type('i64')}", "i64")

    def number(self, a: Vector) -> Vector:
        w = self.writer
        return w.write(f"bitcast {w.type('i64')} {a.text} to {w.type('double')}", "double")

    def take(self, table: tuple[float, ...], index: Vector) -> Vector:
        return self.writer.gather(self.writer.module.doubles(table), index)

    def rare(
        self, condition: Vector, function: Callable[..., Value], arguments: tuple[Value, ...], otherwise: Vector
    ) -> Vector:
        w, t = self.writer, self.writer.type("double")
        name = w.module.function(function, len(arguments), cold=True)
        slow, after, before = w.label("slow"), w.label("after"), w.block
        w.line(f"br i1 {w.any(condition)}, label %{slow}, label %{after}")
        w.begin(slow)
        chosen = self.select(condition, w.call(name, *arguments), otherwise)
        w.line(f"br label %{after}")
        w.begin(after)
        return w.write(f"phi {t} [ {otherwise.text}, %{before} ], [ {chosen.text}, %{slow} ]", "double")


def emit_uniform(w: Writer, key: tuple[str, str], step: str, draw: Vector, stream: int) -> Vector:
    """Philox 4x32-10 as in :func:`wherenow.engine.philox.uniform`; ``key`` and ``step`` are i64 scalars.

    A call, not inlined: a hundred instructions a number would push the rest out of the cache of instructions.
    """
    name = w.module.once("uniform", "uniform_", lambda name: _write_uniform(w.module, name))
    given = f"i64 {key[0]}, i64 {key[1]}, i64 {step}, {draw.writer.type('i64')} {draw.text}, i64 {stream}"
    return w.write(f"call fastcc {w.type('double')} {name}({given})", "double")


def _write_uniform(module: Module, name: str) -> None:
    w = Writer(module)
    m, t = Emitted(w), w.type("double")
    w.lines.append("entry:")
    draw = Vector(w, "%draw", "i64")
    c0, c1, c2, c3 = w.splat("%step", "i64"), draw & LOW32, draw >> 32, w.splat("%stream", "i64")
    k0, k1 = w.splat("%key0", "i64"), w.splat("%key1", "i64")
    for _ in range(ROUNDS):
        # masked where multiplied, so that LLVM takes the instruction for 32 by 32 bits, which needs no mask
        p0, p1 = (c0 & LOW32) * MULTIPLIERS[0], (c2 & LOW32) * MULTIPLIERS[1]
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1, (p0 >> 32) ^ c3 ^ k1, p0
        k0, k1 = k0 + WEYL[0], k1 + WEYL[1]
    bits = ((c1 << 32) | (c0 & LOW32)) >> 12
    result = m.number(bits | (0x3FF << 52)) - 1.0 + 2.0**-53
    w.line(f"ret {t} {result.text}")
    head = f"i64 %key0, i64 %key1, i64 %step, {w.type('i64')} %draw, i64 %stream"
    module.text.append("\n".join([f"define internal fastcc {t} {name}({head}) noinline nounwind {{", *w.lines, "}"]))
