"""Streaming plans: what to evaluate during a run, so that no trajectory need be stored.

A plan is a table of instructions over registers, which hold one number per draw. The first registers are the program's
outputs, which every saved step overwrites; others hold constants, sums over windows, extremes, samples and filter
states. All draws are at the same step, so each saved step has its own section of the table, which is mostly empty, and
a step without instructions costs one test. Windows, dates, data and errors are numbers in the table; none is compiled
in.

Build one with :class:`PlanBuilder`; run it with ``CompiledRuns.read`` (:mod:`wherenow.engine.streaming.stream_run`), or
over stored trajectories with :func:`read_trajectories`, which defines its meaning and gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.backend import Array, Trajectories, saved_steps
from wherenow.engine.elementary import NumpyArithmetic
from wherenow.engine.evaluate import apply
from wherenow.engine.ir import Program
from wherenow.engine.streaming.plan_operations import MEANING, WIDE, Operation
from wherenow.errors import UsageError, did_you_mean

INSTRUCTION = np.dtype(
    [("operation", "<i4"), ("into", "<i4"), ("a", "<i4"), ("b", "<i4"), ("c", "<i4"), ("", "<i4"), ("number", "<f8")]
)
Begun = Mapping[int, Array]
"""Initial registers that differ from the plan's, by number: a value for each draw."""
NOTHING: Begun = MappingProxyType({})
COMBINE, GATHER, PREPARE, CONCLUDE = range(4)
"""The order of instructions within a step: combine outputs; gather sums and extremes; prepare complete sums, as by a
logarithm; conclude from these. Instructions to gather and to prepare are sorted by operation, because a run of equal
operations is faster, so none may depend on an instruction of the same group with another operation.
"""


@dataclass(frozen=True, eq=False)
class StreamingPlan:
    """A plan, ready to run.

    ``first`` is the content of each register before the first step; ``instructions[starts[k]:starts[k + 1]]`` belong to
    step k. Results have the same rows as ``first``; the rows of outputs have no meaning there.
    """

    first: Array
    instructions: NDArray[np.void]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def used(self, first: int = 0, end: int | None = None) -> NDArray[np.int64]:
        """Return the registers that a run of steps ``first`` to before ``end`` writes or reads."""
        between = self.instructions[self.starts[first] : self.starts[-1 if end is None else end]]
        found = [between[name] for name in ("into", "a", "b", "c")]
        for operation, width in WIDE.items():
            into = between["into"][between["operation"] == operation]
            found += [into + place for place in range(1, width)]
        return np.unique(np.concatenate(found)).astype(np.int64)

    def begin(self, draws: int, begun: Begun = NOTHING) -> Array:
        """Return ``[register, draw]`` before the first step."""
        registers = np.repeat(self.first[:, None], draws, axis=1)
        for register, values in begun.items():
            registers[register] = values
        return registers


_Instruction = tuple[int, int, tuple[int, ...], float]
"""Step, order within the step, the integer fields of INSTRUCTION, and its last field, ``number``."""


def _sort_key(instruction: _Instruction) -> tuple[int, int, int]:
    step, order, (operation, *_), _ = instruction
    return step, order, operation if order in (GATHER, PREPARE) else 0


class PlanBuilder:
    """A builder of streaming plans for ``program``.

    Registers are whole numbers; :meth:`build` returns the plan, whose results have a row for each.
    """

    def __init__(self, program: Program) -> None:
        self.steps = saved_steps(program)
        self._length = program.time.steps + 2
        self._outputs = {o.name: i for i, o in enumerate(program.outputs)}
        self._first: list[float] = [0.0] * len(program.outputs)
        self._constants: dict[float, int] = {}
        self._combined: dict[tuple[Operation, int, int], int] = {}
        self._made_of: dict[int, tuple[Operation, int, int]] = {}
        self._found: list[_Instruction] = []

    def output(self, name: str) -> int:
        """Return the register of an output; raises UsageError if the program has no such output."""
        if name not in self._outputs:
            hint = did_you_mean(name, self._outputs)
            raise UsageError(f"{name!r} is not among the outputs of this run", hint)
        return self._outputs[name]

    def registers(self, *first: float) -> int:
        """Add adjacent registers with these initial values and return the first."""
        self._first.extend(first)
        return len(self._first) - len(first)

    def constant(self, value: float) -> int:
        """Return a register that always holds ``value``."""
        if value not in self._constants:
            self._constants[value] = self.registers(value)
        return self._constants[value]

    def combined(self, operation: Operation, a: int, b: int = 0) -> int:
        """Return a register that holds the operation of two others at every step where it is read."""
        key = (operation, a, b)
        if key not in self._combined:
            self._combined[key] = self.registers(0.0)
            self._made_of[self._combined[key]] = key
        return self._combined[key]

    def do(
        self,
        step: int,
        order: int,
        operation: Operation,
        into: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        number: float = 0.0,
    ) -> None:
        """Add an instruction at a saved step, at ``order`` within the step."""
        self._found.append((step, order, (operation, into, a, b, c), number))

    @property
    def length(self) -> int:
        """The number of instructions so far: they are numbered from 0."""
        return len(self._found)

    def _combinations(self, chosen: Sequence[_Instruction]) -> list[_Instruction]:
        """Return the combining instructions for each step that reads combined registers, operands first."""
        found: dict[tuple[int, int], _Instruction] = {}

        def prepare(register: int, step: int) -> None:
            made = self._made_of.get(register)
            if made is None or (register, step) in found:
                return
            operation, a, b = made
            prepare(a, step)
            prepare(b, step)
            found[register, step] = (step, COMBINE, (operation, register, a, b, 0), 0.0)

        for step, _, (_, _, *operands), _ in chosen:
            for register in operands:
                prepare(register, step)
        return list(found.values())

    def total(self, register: int, steps: Iterable[int]) -> int:
        """Return a register with the sum over steps, added in order."""
        into = self.registers(0.0)
        for step in steps:
            self.do(step, GATHER, Operation.ADD, into, register, number=1.0)
        return into

    def extreme(self, register: int, steps: Iterable[int], greatest: bool) -> int:
        """Return a register with the least or greatest value over steps; NaN if one of them is NaN."""
        into = self.registers(-np.inf if greatest else np.inf)
        operation = Operation.GREATEST if greatest else Operation.LEAST
        for step in steps:
            self.do(step, GATHER, operation, into, register)
        return into

    def date_of_greatest(self, register: int, steps: Sequence[int], dates: Sequence[float]) -> int:
        """Return a register with the first of the ``dates`` (one per step) of the greatest value."""
        into = self.registers(-np.inf, dates[0])
        for step, date in zip(steps, dates, strict=True):
            self.do(step, GATHER, Operation.DATED_GREATEST, into, register, number=date)
        return into + 1

    def samples(self, register: int, steps: Sequence[int]) -> int:
        """Return the first of adjacent registers with the values at the steps."""
        into = self.registers(*[0.0] * len(steps))
        for place, step in enumerate(steps):
            self.do(step, GATHER, Operation.COPY, into + place, register)
        return into

    def build(self, only: Iterable[int] | None = None) -> StreamingPlan:
        """Return the plan, limited to the instructions ``only`` if given; registers keep their numbers.

        Raises UsageError for an instruction at a step that is not saved.
        """
        chosen = self._found if only is None else [self._found[number] for number in sorted(set(only))]
        # the sort is stable: instructions of one kind keep their order within a step
        ordered = sorted([*self._combinations(chosen), *chosen], key=_sort_key)
        table = np.zeros(len(ordered), INSTRUCTION)
        for i, name in enumerate(("operation", "into", "a", "b", "c")):
            table[name] = [fields[i] for _, _, fields, _ in ordered]
        table["number"] = [number for *_, number in ordered]
        steps = np.array([step for step, *_ in ordered], dtype=np.int64)
        if strange := set(steps.tolist()) - set(self.steps):
            raise UsageError(f"step {min(strange)} is not saved, so nothing can be evaluated there")
        starts = np.searchsorted(steps, np.arange(self._length)).astype(np.int64)
        return StreamingPlan(np.array(self._first), table, starts)


def read_trajectories(
    program: Program, trajectories: Trajectories, readings: StreamingPlan, begun: Begun = NOTHING
) -> Array:
    """Evaluate a plan on stored trajectories in plain NumPy, ``[register, draw]``, over all steps."""
    registers = readings.begin(trajectories.values.shape[2], begun)
    steps = saved_steps(program)[-trajectories.values.shape[1] :]
    arithmetic = NumpyArithmetic()
    with np.errstate(all="ignore"):
        for save, step in enumerate(steps):
            registers[: len(trajectories.names)] = trajectories.values[:, save]
            for instruction in readings.instructions[readings.starts[step] : readings.starts[step + 1]]:
                at = _Rows(registers, instruction)
                for place, value in enumerate(MEANING[Operation(int(instruction["operation"]))](arithmetic, at)):
                    registers[int(instruction["into"]) + place] = value
    outputs = len(trajectories.names)
    registers[:outputs] = readings.first[:outputs, None]
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
