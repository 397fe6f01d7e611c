"""The kernel of a program with arrays: equations with the same body become a loop, not separate code for each.

Every value that more than one operation reads is stored in memory, with separate areas for draw-bound values and values
of a step; the code grows with the number of distinct bodies (:mod:`wherenow.engine.llvm.rolling`). Operations and their
order within an equation are those of the straight kernel, and so are the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wherenow.engine.ir import Binding, Node, Program, heads
from wherenow.engine.llvm.emit.emit_lookups import emit_one_of, emit_table
from wherenow.engine.llvm.emit.emit_operations import emit_operation
from wherenow.engine.llvm.emit.emit_places import Area, Place, Places, Placing
from wherenow.engine.llvm.emit.emit_saves import TOGETHER
from wherenow.engine.llvm.emit.emit_writer import Vector
from wherenow.engine.llvm.rolling import Group, Grouping
from wherenow.engine.lookups import prepare
from wherenow.engine.philox import stream_number
from wherenow.model.model_types import Method

SPARED = 3000
"""Minimum number of operations that loops must save: a short program is fastest without loops."""
ABREAST = 4
"""Chains that are computed together."""


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """The groups to compute before the step loop, in each step, and at saved steps."""

    draw: tuple[Group, ...]
    step: tuple[Group, ...]
    saved: tuple[Group, ...]


def planned(program: Program, width: int) -> LoopEmission | None:
    """Return the emission of ``program`` with loops; None if they would save too little code."""
    if len(program.nodes) < SPARED:
        return None
    emission = LoopEmission(program, width)
    plan = emission.plan
    spared = sum(group.spared for part in (plan.draw, plan.step, plan.saved) for group in part)
    return emission if spared >= SPARED else None


class LoopEmission(Placing):
    """A kernel being emitted, with a loop for equations of one body."""

    def __init__(self, program: Program, width: int) -> None:
        super().__init__(program, width)
        self.areas_length = 0
        self.here: dict[int, str] = {}  # history, table or stream that each operation of a body reads
        self.numbered: Mapping[int, Sequence[int]] = {}  # index of each operation of a body, for each equation
        self.read_here: list[Node] = []  # nodes that a body reads
        self.plan = self._planned()

    # -- the plan

    def _planned(self) -> LoopPlan:
        """Group the operations of each part of the kernel. Values that are read more than once become roots."""
        program, nodes, reads = self.program, self.program.nodes, self.reads
        uses = [0] * len(nodes)
        for _, node in heads(nodes):
            for a in node.arguments:
                source = reads.whole(a)
                if source is not None and nodes[source].length == node.length:
                    uses[source] += 1
                else:  # not read one by one and in order, so it is stored like a value that is read twice
                    for first in reads(a):
                        uses[first] += 2
        results = {s.initial for s in program.states} | {s.change for s in program.states}
        results |= {o.node for o in program.outputs} | set(program.histories)
        results = {reads.head[p] for p in results}
        step = self.cone([*(s.change for s in program.states), *program.histories])
        in_step = set(step)
        saved = [p for p in self.cone(o.node for o in program.outputs) if p not in in_step]
        operands = {first for p in (*step, *saved) for a in nodes[p].arguments for first in reads(a)}
        results |= {first for first in operands if self.binding[first] is Binding.DRAW}
        grouping = Grouping(program, reads, self.kinds)

        def part(section: Iterable[int]) -> tuple[Group, ...]:
            positions = [p for p in section if not self.kept_elsewhere(p)]
            roots = {p for p in positions if uses[p] != 1 or p in results or nodes[p].operation == "inverse"}
            return grouping.groups(positions, roots)

        return LoopPlan(part(self.draw_cone()), part(step), part(saved))

    # -- memory

    def area(self, name: str, length: int) -> None:
        """Emit an area in the caller's memory, because a stack is too small for large arrays."""
        self.w.line(f"%{name} = getelementptr inbounds double, ptr %work, i64 {self.areas_length}")
        self.areas_length += length

    def last_area(self, name: str, length: int) -> int:
        self.w.lines.insert(1, f"  %{name} = getelementptr inbounds double, ptr %work, i64 {self.areas_length}")
        return self.areas_length + length

    def areas(self) -> dict[str, int]:
        states = len(self.program.states)
        groups = (*self.plan.step, *self.plan.saved)
        stages = dict.fromkeys(("middle", "rates", "sums", "first_rates"), states) if self._in_stages() else {}
        return {**super().areas(), "scratch": sum(len(group.roots) for group in groups), **stages}

    def _in_stages(self) -> bool:
        return self.program.time.method is Method.RK4 and any(s.continuous for s in self.program.states)

    # -- groups

    def compute_groups(self, groups: Iterable[Group], always: str) -> None:
        """Compute groups in order; ``always`` is a condition that holds here."""
        alone = 0
        for group in groups:
            for root in group.roots:  # store the roots side by side in memory
                numbers = self.kept if self.binding[root] is Binding.DRAW else self.slots
                numbers.setdefault(root, len(numbers))
            if group.links:
                self._chains(group)
            elif group.loops:
                self._loop(group)
            else:
                self._straight(group)
                alone += 1
                if alone % TOGETHER == 0:
                    self.w.split(always)

    def _straight(self, group: Group) -> None:
        (root,) = group.roots
        self.write(self._body(group)("0"), self.address(self.place(root)))

    def _body(self, group: Group) -> Callable[[str], Vector]:
        """Return a function that emits the body of a group for an index of an equation (or link)."""
        first = [leaves[0] for leaves in group.leaves]
        same = {~k for k, leaves in enumerate(group.leaves) if len(set(leaves)) == 1}
        constant = {k: self.value(first[~k]) for k in same}
        columns = {~k: self.places(leaves) for k, leaves in enumerate(group.leaves) if ~k not in same}
        nodes = self.program.nodes

        def body(index: str) -> Vector:
            self.read_here = [nodes[p] if ~k in same else Node("") for k, p in enumerate(first)]
            self.numbered = group.indices
            self.here = {k: self._one_of(group.body[k].operation, own, index) for k, own in group.indices.items()}
            self.values = dict(constant)
            for k, (areas, numbers) in columns.items():
                self.values[k] = self.load(Place(areas[0], numbers[0]), self.among(areas[0], numbers, index))
            for k, node in enumerate(group.body):
                self.values[k] = self.operate(node, group.roots[0] if node.operation == "inverse" else k)
            result = self.values[len(group.body) - 1 if group.body else ~0]
            self.values, self.here = {}, {}
            return result

        return body

    def _loop(self, group: Group) -> None:
        body, to = self._body(group), self.places(group.roots)

        def one(index: str, carried: list[Vector]) -> list[Vector]:
            self.write(body(index), self.among(to.areas[0], to.numbers, index))
            return carried

        self.w.loop(len(group.roots), one)

    def _chains(self, group: Group) -> None:
        """Emit loops over the links of several chains at a time, because each link depends on the one before."""
        body, to, starts = self._body(group), self.places(group.roots), self.places(group.first)
        start = Place(starts.areas[0], starts.numbers[0])
        operation = self.program.nodes[group.roots[0]].operation

        def links(firsts: Sequence[str], carried: Sequence[Vector]) -> list[Vector]:
            def link(number: str, here: list[Vector]) -> list[Vector]:
                terms = [body(self.w.scalar(f"add i64 {number}, {first}")) for first in firsts]
                return [emit_operation(self.m, operation, pair) for pair in zip(here, terms, strict=True)]

            return self.w.loop(group.links, link, carried)

        def several(index: str, carried: list[Vector]) -> list[Vector]:
            chains = [
                self.w.scalar(f"add i64 {self.w.scalar(f'mul i64 {index}, {ABREAST}')}, {k}") for k in range(ABREAST)
            ]
            firsts = [self.w.scalar(f"mul i64 {chain}, {group.links}") for chain in chains]
            results = links(
                firsts, [self.load(start, self.among(start.area, starts.numbers, chain)) for chain in chains]
            )
            for chain, value in zip(chains, results, strict=True):
                self.write(value, self.among(to.areas[0], to.numbers, chain))
            return carried

        full = len(group.roots) // ABREAST
        if full:
            self.w.loop(full, several)
        for chain in range(full * ABREAST, len(group.roots)):
            (value,) = links([str(chain * group.links)], [self.load(self.place(group.first[chain]))])
            self.write(value, self.address(self.place(group.roots[chain])))

    def _histories(self, base: str, numbers: Sequence[int]) -> Places:
        return Places([Area(base, str(self.history_length * self.width))] * len(numbers), numbers)

    def _one_of(self, operation: str, indices: Sequence[int], index: str) -> str:
        """Return what an operation of a body reads for an index of an equation: a history's address, or a stream."""
        if operation == "past":
            area = Area("%group_history", str(self.history_length * self.width))
            return self.among(area, indices, index)
        if operation == "table":
            return index
        streams = tuple([stream_number(self.program.streams[i]) for i in indices])
        place = self.w.scalar(f"getelementptr inbounds i64, ptr {self.module.integers(streams, 'i64')}, i64 {index}")
        return self.w.scalar(f"load i64, ptr {place}, align 8")

    def history(self, node: Node, position: int) -> str:
        return self.here[position]

    def table(self, node: Node, position: int, x: Vector) -> Vector:
        numbers = self.numbered[position]
        if len(set(numbers)) == 1:
            return emit_table(self.m, prepare(self.program.tables[numbers[0]]), x)
        return emit_one_of(self.m, [prepare(self.program.tables[i]) for i in numbers], self.here[position], x)

    def stream(self, node: Node, position: int) -> Vector:
        return self.w.splat(self.here[position], "i64")

    def node_of(self, argument: int) -> Node:
        return self.read_here[~argument] if argument < 0 else Node("")

    # -- the parts of the kernel

    def draw_bound(self) -> None:
        self.w.line("%group_there = icmp slt i64 %g, %last_group")
        self.compute_groups(self.plan.draw, "%group_there")

    def first_states(self) -> None:
        w, states = self.w, self.program.states
        here = self._states("%states_a")
        w.line("%resumes = icmp ne i64 %resume, 0")
        w.line("br i1 %resumes, label %resumed, label %fresh")
        w.begin("fresh")
        self.copy(self.places(s.initial for s in states), here)
        w.line("br label %begin")
        w.begin("resumed")
        self.copy(self._states("%group_states", "%state_stride"), here)
        w.line("br label %begin")
        w.begin("begin")

    def last_states(self) -> None:
        self.copy(self._states("%at_last"), self._states("%group_states", "%state_stride"))

    def _states(self, base: str, stride: str = "", which: Sequence[int] | None = None) -> Places:
        numbers = range(len(self.program.states)) if which is None else which
        return Places([Area(base, stride or self.lanes)] * len(numbers), numbers)

    def one_step(self) -> tuple[str, str, str]:
        w, program = self.w, self.program
        self.compute_groups(self.plan.step, "%inside")
        at = w.offset("%group_history", w.scalar(f"mul i64 %k, {self.width}"))
        here = self._histories(at, range(len(program.histories)))
        self.copy(self.places(program.histories), here)
        after = self.save()
        if self._in_stages():
            self.runge_kutta()
        else:
            self._move(range(len(program.states)))
        return after

    def _move(self, which: Iterable[int]) -> None:
        """Emit states at the next step: by Euler's method, or their next values."""
        states, dt = self.program.states, self.program.time.step
        moving, others = ([i for i in which if states[i].continuous is moves] for moves in (True, False))
        self.each(
            [self._states("%at", which=moving), self.places(states[i].change for i in moving)],
            self._states("%next", which=moving),
            lambda values: values[0] + dt * values[1],
        )
        self.copy(self.places(states[i].change for i in others), self._states("%next", which=others))

    def save_outputs(self) -> Vector:
        self.compute_groups(self.plan.saved, "%saves")
        outputs = self.program.outputs
        to = Places([Area("%save_pointer", "%output_stride")] * len(outputs), range(len(outputs)))

        def number(values: list[Vector]) -> Vector:
            return self.m.select(values[0], 1.0, 0.0) if values[0].kind == "i1" else values[0]

        def check(value: Vector, flags: list[Vector]) -> list[Vector]:
            return [self.m.fma(value, 0.0, flags[0])]  # stays 0 as long as all values are finite

        flag = Vector(self.w, "%flag", "double")
        return self.each([self.places(o.node for o in outputs)], to, number, check, [flag])[0]

    def fetch(self) -> None:
        """Do nothing: a loop writes in an order that the hardware prefetches."""

    def runge_kutta(self) -> None:
        """Emit the classical method, with rates and their sums in memory; stages recompute what varies in a step."""
        w, program = self.w, self.program
        dt, states = program.time.step, program.states
        moving = [i for i, s in enumerate(states) if s.continuous]
        self._move([i for i, s in enumerate(states) if not s.continuous])
        varying = set(self.varying([states[i].change for i in moving]))
        again = [group for group in self.plan.step if not varying.isdisjoint(group.roots)]
        changes = self.places(states[i].change for i in moving)
        firsts, rates, sums = (self._states(f"%{n}", which=moving) for n in ("first_rates", "rates", "sums"))
        at, middle = self._states("%at", which=moving), self._states("%middle", which=moving)
        self.copy(changes, firsts)
        self.copy(changes, rates)
        self.copy(self._states("%at"), self._states("%middle"))
        self.copy(Places([Area("", "0", "constant")] * len(moving), [0.0] * len(moving)), sums)
        before, row_pointer = w.block, self.row_pointer
        head, step_share = self.begin_stage()

        self.each([at, rates], middle, lambda values: values[0] + step_share * values[1])
        self.row_pointer, self.state_base = w.offset(row_pointer, "%stage_offset"), "%middle"
        self.compute_groups(again, "%inside")
        changes = self.places(states[i].change for i in moving)  # states and rows are elsewhere during a stage
        self.row_pointer, self.state_base = row_pointer, "%at"

        w.line("br i1 %last_stage, label %stages_done, label %stage_on")
        w.begin("stage_on")
        self.copy(changes, rates)
        self.each([sums, rates], sums, lambda values: values[0] + values[1])
        w.line("%stage_next = add i64 %stage_number, 1")
        w.lines.insert(head, f"  %stage_number = phi i64 [ 1, %{before} ], [ %stage_next, %{w.block} ]")
        w.line("br label %stage")
        w.begin("stages_done")

        self.each(
            [at, firsts, sums, changes],
            self._states("%next", which=moving),
            lambda values: values[0] + (dt / 6) * ((values[1] + 2.0 * values[2]) + values[3]),
        )
