"""Reading plans in LLVM IR: a loop over the instructions of a step, for one vector of draws.

The kernel calls it at each saved step through a pointer, so that a program's own code is the same whether anything is
read of it or not, and one function serves every program of a vector width.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from threading import Lock

from wherenow.engine.cache import machine_code
from wherenow.engine.emit import Emitted, Module, Vector, Writer
from wherenow.engine.emit_operations import emit_operation
from wherenow.engine.jit import Loaded, load
from wherenow.engine.kernel import Arguments
from wherenow.engine.reading_operations import MEANING
from wherenow.engine.readings import INSTRUCTION

READ: Arguments = (
    ("table", "ptr"),  # of INSTRUCTION, its registers in doubles from the first
    ("start", "i64"),
    ("stop", "i64"),  # exclusive
    ("registers", "ptr"),  # of the vector's first draw
    ("stride", "i64"),  # doubles from register to register
)
_compiling = Lock()


@dataclass(frozen=True)
class Reader:
    """The compiled loop and where it is."""

    loaded: Loaded
    address: int


def reader(width: int) -> Reader:
    """The function for vectors of ``width`` draws, compiled once a process."""
    with _compiling:
        return _reader(width)


@cache
def _reader(width: int) -> Reader:
    module = Module(width)
    w = Writer(module)
    w.lines.append("entry:")
    w.line("%any = icmp slt i64 %start, %stop")
    w.line("br i1 %any, label %instruction, label %done")
    w.begin("instruction")
    w.line("%i = phi i64 [ %start, %entry ], [ %i_next, %next ]")
    w.line(f"%offset = mul i64 %i, {INSTRUCTION.itemsize}")
    w.line("%here = getelementptr inbounds i8, ptr %table, i64 %offset")
    operation = w.scalar(f"load i32, ptr {_field(w, 'operation')}, align 4")
    cases = " ".join(f"i32 {int(o)}, label %operation{int(o)}" for o in MEANING)
    w.line(f"switch i32 {operation}, label %next [ {cases} ]")
    for operation_, meaning in MEANING.items():
        w.begin(f"operation{int(operation_)}")
        operands = _Operands(w)
        for place, value in enumerate(meaning(Emitted(w), operands)):
            w.store(w.vector(value, "double"), operands.place(place))
        w.line("br label %next")
    w.begin("next")
    w.line("%i_next = add i64 %i, 1")
    w.line("%more = icmp slt i64 %i_next, %stop")
    w.line("br i1 %more, label %instruction, label %done")
    w.begin("done")
    w.line("ret void")
    head = ", ".join(f"{kind} %{argument}" for argument, kind in READ)
    text = "\n".join([*module.text, f"define void @read({head}) nounwind {{", *w.lines, "}"])
    loaded = load(machine_code(text), f"readings.{width}", "read", READ)
    address = ctypes.cast(loaded.function, ctypes.c_void_p).value
    assert address is not None
    return Reader(loaded, address)


def _field(w: Writer, name: str) -> str:
    fields = INSTRUCTION.fields
    assert fields is not None
    return w.scalar(f"getelementptr inbounds i8, ptr %here, i64 {fields[name][1]}")


class _Operands:
    """The operands of the instruction at hand, each loaded where it is first read."""

    def __init__(self, writer: Writer) -> None:
        self.w = writer
        self._known: dict[str, Vector] = {}
        self._into: str | None = None

    @property
    def a(self) -> Vector:
        return self._read("a")

    @property
    def b(self) -> Vector:
        return self._read("b")

    @property
    def c(self) -> Vector:
        return self._read("c")

    @property
    def number(self) -> Vector:
        if "number" not in self._known:
            value = self.w.scalar(f"load double, ptr {_field(self.w, 'number')}, align 8")
            self._known["number"] = self.w.splat(value, "double")
        return self._known["number"]

    def into(self, place: int = 0) -> Vector:
        return self.w.load(self.place(place))

    def place(self, place: int) -> str:
        """The address of the register ``place`` after the first that is written."""
        if self._into is None:
            self._into = self._address("into")
        return self.w.offset(self._into, self.w.scalar(f"mul i64 %stride, {place}")) if place else self._into

    def ln(self, x: Vector) -> Vector:
        return emit_operation(Emitted(self.w), "ln", [x])

    def exp(self, x: Vector) -> Vector:
        return emit_operation(Emitted(self.w), "exp", [x])

    def _read(self, name: str) -> Vector:
        if name not in self._known:
            self._known[name] = self.w.load(self._address(name))
        return self._known[name]

    def _address(self, name: str) -> str:
        number = self.w.scalar(f"load i32, ptr {_field(self.w, name)}, align 4")
        return self.w.offset("%registers", self.w.scalar(f"sext i32 {number} to i64"))
