"""Reading plans: what is to be read of a run while it runs, so that nothing of it need be kept.

A plan is a table of instructions over registers, one number a draw each. The first registers are the program's outputs,
which every saved step fills anew; others hold constants, sums over windows, extremes, samples, states of a filter. The
step is the same for all draws, so that each saved step has its own stretch of the table, mostly empty, and a step
without instructions costs one test. Windows, dates, data and errors are numbers of the table: none is compiled.

Build one with :class:`Plan`; run it with ``Native.read`` (:mod:`wherenow.engine.reading`), or over kept trajectories
with :func:`read_trajectories`, which is its plain meaning and gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Trajectories, saved_steps
from wherenow.engine.elementary import NumpyArithmetic
from wherenow.engine.evaluate import apply
from wherenow.engine.ir import Program
from wherenow.engine.reading_operations import MEANING, Operation
from wherenow.errors import UsageError, did_you_mean

INSTRUCTION = np.dtype(
    [("operation", "<i4"), ("into", "<i4"), ("a", "<i4"), ("b", "<i4"), ("c", "<i4"), ("", "<i4"), ("number", "<f8")]
)
COMBINE, GATHER, CONCLUDE = range(3)
"""The order of instructions within a step: combinations of outputs, sums and extremes, what is made of whole sums."""


@dataclass(frozen=True, eq=False)
class Readings:
    """A plan, ready to run.

    ``first`` is what each register holds before the first step; ``instructions[starts[k]:starts[k + 1]]`` are those of
    step k. Rows of ``first`` are what a result's rows are.
    """

    first: Array
    instructions: NDArray[np.void]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def begun(self, draws: int) -> Array:
        """``[register, draw]`` before the first step: to be filled where registers differ from draw to draw."""
        return np.repeat(self.first[:, None], draws, axis=1)


class Plan:
    """Collects what is to be read of the saved values of ``program``.

    Registers are whole numbers; :meth:`build` gives the plan, whose results have a row for each.
    """

    def __init__(self, program: Program) -> None:
        self.steps = saved_steps(program)
        self._length = program.time.steps + 2
        self._outputs = {o.name: i for i, o in enumerate(program.outputs)}
        self._first: list[float] = [0.0] * len(program.outputs)
        self._constants: dict[float, int] = {}
        self._combined: dict[tuple[Operation, int, int], int] = {}
        self._made_of: dict[int, tuple[Operation, int, int]] = {}
        self._ready: set[tuple[int, int]] = set()
        self._found: list[tuple[int, int, tuple[int, ...], float]] = []

    def output(self, name: str) -> int:
        """The register of an output; raises UsageError where the program has no such output."""
        if name not in self._outputs:
            hint = did_you_mean(name, self._outputs)
            raise UsageError(f"{name!r} is not among the outputs of this run", hint)
        return self._outputs[name]

    def registers(self, *first: float) -> int:
        """New registers beside each other that begin with these values; the number of the first."""
        self._first.extend(first)
        return len(self._first) - len(first)

    def constant(self, value: float) -> int:
        """A register that holds ``value`` throughout."""
        if value not in self._constants:
            self._constants[value] = self.registers(value)
        return self._constants[value]

    def combined(self, operation: Operation, a: int, b: int = 0) -> int:
        """A register that has, wherever it is read, the operation of two others at that step."""
        key = (operation, a, b)
        if key not in self._combined:
            self._combined[key] = self.registers(0.0)
            self._made_of[self._combined[key]] = key
        return self._combined[key]

    def do(
        self, step: int, order: int, operation: Operation, into: int,
        a: int = 0, b: int = 0, c: int = 0, number: float = 0.0,
    ) -> None:  # fmt: skip
        """One instruction at a saved step, in the ``order`` of the step's."""
        for register in (a, b, c):
            self._prepare(register, step)
        self._found.append((step, order, (operation, into, a, b, c), number))

    def _prepare(self, register: int, step: int) -> None:
        made = self._made_of.get(register)
        if made is None or (register, step) in self._ready:
            return
        self._ready.add((register, step))
        operation, a, b = made
        self._prepare(a, step)
        self._prepare(b, step)
        self._found.append((step, COMBINE, (operation, register, a, b, 0), 0.0))

    def total(self, register: int, steps: Iterable[int]) -> int:
        """A register with the sum over steps, added in their order."""
        into = self.registers(0.0)
        for step in steps:
            self.do(step, GATHER, Operation.ADD, into, register, number=1.0)
        return into

    def extreme(self, register: int, steps: Iterable[int], greatest: bool) -> int:
        """A register with the least or greatest over steps; NaN where one of them is."""
        into = self.registers(-np.inf if greatest else np.inf)
        operation = Operation.GREATEST if greatest else Operation.LEAST
        for step in steps:
            self.do(step, GATHER, operation, into, register)
        return into

    def date_of_greatest(self, register: int, steps: Sequence[int], dates: Sequence[float]) -> int:
        """A register with the first of the ``dates`` (one a step) at which the greatest value stands."""
        into = self.registers(-np.inf, dates[0])
        for step, date in zip(steps, dates, strict=True):
            self.do(step, GATHER, Operation.DATED_GREATEST, into, register, number=date)
        return into + 1

    def samples(self, register: int, steps: Sequence[int]) -> int:
        """Registers beside each other with the values at the steps; the first of them."""
        into = self.registers(*[0.0] * len(steps))
        for place, step in enumerate(steps):
            self.do(step, GATHER, Operation.COPY, into + place, register)
        return into

    def build(self) -> Readings:
        """The plan. Raises UsageError where something is asked at a step that is not saved."""
        ordered = sorted(self._found, key=lambda found: found[:2])  # stable: as they were given within a step
        table = np.zeros(len(ordered), INSTRUCTION)
        for i, name in enumerate(("operation", "into", "a", "b", "c")):
            table[name] = [fields[i] for _, _, fields, _ in ordered]
        table["number"] = [number for *_, number in ordered]
        steps = np.array([step for step, *_ in ordered], dtype=np.int64)
        if strange := set(steps.tolist()) - set(self.steps):
            raise UsageError(f"step {min(strange)} is not saved, so that nothing can be read there")
        starts = np.searchsorted(steps, np.arange(self._length)).astype(np.int64)
        return Readings(np.array(self._first), table, starts)


def read_trajectories(
    program: Program, trajectories: Trajectories, readings: Readings, begun: Array | None = None
) -> Array:
    """What a plan reads of kept trajectories, ``[register, draw]``, in plain NumPy; of all steps from the first on."""
    registers = readings.begun(trajectories.values.shape[2]) if begun is None else begun.copy()
    steps = saved_steps(program)[-trajectories.values.shape[1] :]
    arithmetic = NumpyArithmetic()
    with np.errstate(all="ignore"):
        for save, step in enumerate(steps):
            registers[: len(trajectories.names)] = trajectories.values[:, save]
            for instruction in readings.instructions[readings.starts[step] : readings.starts[step + 1]]:
                at = _Rows(registers, instruction)
                for place, value in enumerate(MEANING[Operation(int(instruction["operation"]))](arithmetic, at)):
                    registers[int(instruction["into"]) + place] = value
    return registers


class _Rows:
    """The operands of an instruction, as rows of an array."""

    def __init__(self, registers: Array, instruction: np.void) -> None:
        self._registers, self._instruction = registers, instruction
        self.a, self.b, self.c = (registers[int(instruction[name])] for name in ("a", "b", "c"))
        self.number = float(instruction["number"])

    def into(self, place: int = 0) -> Array:
        return np.asarray(self._registers[int(self._instruction["into"]) + place])

    def ln(self, x: Array) -> Array:
        return np.asarray(apply("ln", x))

    def exp(self, x: Array) -> Array:
        return np.asarray(apply("exp", x))
