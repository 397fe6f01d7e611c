"""The arithmetic that elementary functions are written against, and the pointwise operations, as LLVM IR."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wherenow.engine.elementary import BASIC, ELEMENTARY, Value
from wherenow.engine.llvm.emit.emit_writer import Module, Vector, Writer


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

    def rounded(self, way: str, a: Value) -> Vector:
        return self.writer.intrinsic(way, a)

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
        name = function_of(w.module, function, len(arguments), w.width, cold=True)
        slow, after, before = w.label("slow"), w.label("after"), w.block
        w.line(f"br i1 {w.any(condition)}, label %{slow}, label %{after}")
        w.begin(slow)
        chosen = self.select(condition, w.call(name, *arguments), otherwise)
        w.line(f"br label %{after}")
        w.begin(after)
        return w.write(f"phi {t} [ {otherwise.text}, %{before} ], [ {chosen.text}, %{slow} ]", "double")

    def calls(self, function: Callable[..., Value], given: Sequence[tuple[Value, ...]]) -> list[Vector]:
        w = self.writer
        return [w.call(function_of(w.module, function, len(a), w.width), *a) for a in given]

    def repeated(
        self, times: int, step: Callable[[Value, Value], tuple[Value, Value]], a: Value, b: Value
    ) -> tuple[Vector, Vector]:
        first = [self.writer.vector(v, "double") for v in (a, b)]
        a, b = self.writer.loop(times, lambda _, here: step(*here), first)
        return a, b


def function_of(module: Module, function: Callable[..., Value], arity: int, width: int, cold: bool = False) -> str:
    """Return an elementary function as an IR function of its own.

    It reads its constants from one array whose address is an argument: under the large code model each separate
    constant would need a ten-byte instruction for its address, and another to load it.
    """

    def write(name: str) -> None:
        body = Writer(module, width, "%constants")
        arguments = [Vector(body, f"%a{i}", "double") for i in range(arity)]
        result = function(Emitted(body), *arguments)
        vector = body.type("double")
        body.lines.append(f"  ret {vector} {body.vector(result, 'double').text}")
        parameters = ", ".join(["ptr %constants", *(f"{vector} %a{i}" for i in range(arity))])
        module.define(f"internal fastcc {vector} {name}({parameters}) noinline{' cold' if cold else ''}", body)

    return module.once(("function", function, arity, width), f"{function.__name__.strip('_')}_", write)


def emit_operation(m: Emitted, operation: str, a: Sequence[Vector]) -> Vector:
    """Emit an operation on the vectors ``a`` and return its result."""
    if operation in ELEMENTARY:
        w = m.writer
        return w.call(function_of(w.module, ELEMENTARY[operation], len(a), a[0].lanes), *a)
    result: Vector = BASIC[operation](m, *a)
    return result
