"""Streaming plans in LLVM IR: a loop over the instructions of a step, for one vector of draws.

The kernel calls it at each saved step through a pointer, so that a program's code is the same with and without
streaming, and one function serves every program of a vector width.
"""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_operations import Emitted, emit_operation
from wherenow.engine.llvm.emit.emit_writer import Arguments, Module, Vector, Writer
from wherenow.engine.llvm.jit import Loaded, load
from wherenow.engine.llvm.kernel_cache import machine_code, once
from wherenow.engine.streaming.plan import INSTRUCTION
from wherenow.engine.streaming.plan_operations import MEANING, Meaning

READ: Arguments = (
    ("table", "ptr"),  # array of INSTRUCTION, with offsets of registers in doubles
    ("start", "i64"),
    ("stop", "i64"),  # index after the last instruction
    ("registers", "ptr"),  # registers of the vector's first draw
    ("stride", "i64"),  # distance between registers, in doubles
)


@once
def reader(width: int) -> Loaded:
    """Return the function for vectors of ``width`` draws, compiled once per process."""
    module = Module(width)
    w = Writer(module)
    w.line(f"%end = {_instruction('%stop')}")
    w.line(f"%begin = {_instruction('%start')}")
    w.line("%any = icmp ult ptr %begin, %end")
    w.line("br i1 %any, label %dispatch, label %done")
    w.begin("dispatch")
    froms = ", ".join(f"[ %next{int(o)}, %other{int(o)} ]" for o in MEANING)
    w.line(f"%at = phi ptr [ %begin, %entry ], {froms}")
    w.line("%operation = load i32, ptr %at, align 8")
    cases = " ".join(f"i32 {int(o)}, label %operation{int(o)}" for o in MEANING)
    w.line(f"switch i32 %operation, label %done [ {cases} ]")
    for operation, meaning in MEANING.items():
        _emit_run(w, int(operation), meaning)
    w.begin("done")
    w.line("ret void")
    module.export("read", READ, w)
    return load(machine_code(module.text), f"readings.{width}", "read", READ)


def _instruction(number: str) -> str:
    return f"getelementptr inbounds [{INSTRUCTION.itemsize} x i8], ptr %table, i64 {number}"


def _emit_run(w: Writer, number: int, meaning: Meaning) -> None:
    """Emit an operation and a loop over consecutive instructions of its kind.

    The processor predicts a loop better than the switch.
    """
    w.begin(f"operation{number}")
    head = len(w.lines)
    operands = _LoadedOperands(w, f"%here{number}")
    for place, value in enumerate(meaning(Emitted(w), operands)):
        w.store(w.vector(value, "double"), operands.place(place))
    w.line(f"%next{number} = getelementptr inbounds i8, ptr %here{number}, i64 {INSTRUCTION.itemsize}")
    w.line(f"%more{number} = icmp ult ptr %next{number}, %end")
    w.line(f"br i1 %more{number}, label %further{number}, label %done")
    w.begin(f"further{number}")
    w.line(f"%following{number} = load i32, ptr %next{number}, align 8")
    w.line(f"%alike{number} = icmp eq i32 %following{number}, {number}")
    w.line(f"br i1 %alike{number}, label %operation{number}, label %other{number}")
    w.begin(f"other{number}")
    w.line("br label %dispatch")
    w.lines.insert(head, f"  %here{number} = phi ptr [ %at, %dispatch ], [ %next{number}, %further{number} ]")


class _LoadedOperands:
    """The operands of the current instruction, each loaded at its first use."""

    def __init__(self, writer: Writer, instruction: str) -> None:
        self.w, self._instruction = writer, instruction
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
            value = self.w.scalar(f"load double, ptr {self._field('number')}, align 8")
            self._known["number"] = self.w.splat(value, "double")
        return self._known["number"]

    def into(self, place: int = 0) -> Vector:
        return self.w.load(self.place(place))

    def place(self, place: int) -> str:
        """Return the address of the register ``place`` after the first that is written."""
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

    def _field(self, name: str) -> str:
        fields = INSTRUCTION.fields
        assert fields is not None
        return self.w.scalar(f"getelementptr inbounds i8, ptr {self._instruction}, i64 {fields[name][1]}")

    def _address(self, name: str) -> str:
        number = self.w.scalar(f"load i32, ptr {self._field(name)}, align 4")
        return self.w.offset("%registers", self.w.scalar(f"sext i32 {number} to i64"))
