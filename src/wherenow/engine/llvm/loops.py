"""The kernel of a program with arrays: equations with the same body become a loop, not separate code for each.

Every value that more than one operation reads is stored in memory, with separate areas for draw-bound values and values
of a step; the code grows with the number of distinct bodies (:mod:`wherenow.engine.llvm.rolling`). Operations and their
order within an equation are those of the straight kernel, and so are the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wherenow.engine.ir import TRUTH, Binding, Program
from wherenow.engine.llvm.emit.operations import emit_operation
from wherenow.engine.llvm.emit.places import Place, Placing
from wherenow.engine.llvm.emit.saves import TOGETHER
from wherenow.engine.llvm.emit.writer import Vector
from wherenow.engine.llvm.rolling import Group, grouped
from wherenow.model.types import Method

SPARED = 3000
"""Operations that loops must take out of the code to be worth their while: a short program is quickest without."""
ABREAST = 4
"""Chains whose links are done together."""


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
        self.bases: dict[int, str] = {}  # of the histories that a loop reads
        self.plan = self._planned()

    # -- the plan

    def _planned(self) -> LoopPlan:
        program, nodes = self.program, self.program.nodes
        uses = [0] * len(nodes)
        for node in nodes:
            for a in node.arguments:
                uses[a] += 1
        results = {s.initial for s in program.states} | {s.change for s in program.states}
        results |= {o.node for o in program.outputs} | set(program.histories)
        step = self.cone([*(s.change for s in program.states), *program.histories])
        known = set(step)
        saved = [p for p in self.cone(o.node for o in program.outputs) if p not in known]
        results |= {a for p in (*step, *saved) for a in nodes[p].arguments if self.binding[a] is Binding.DRAW}

        def part(section: Iterable[int]) -> tuple[Group, ...]:
            positions = [p for p in section if not self.kept_elsewhere(p)]
            roots = {p for p in positions if uses[p] != 1 or p in results or nodes[p].operation == "inverse"}
            return grouped(program, positions, roots, self._kind)

        return LoopPlan(part(self.draw_cone()), part(step), part(saved))

    def _kind(self, position: int) -> str:
        """Return the kind of place that a value will have."""
        node, binding = self.program.nodes[position], self.binding[position]
        if position in self.ahead.rows:
            return "noise"
        if self.kept_elsewhere(position) and (node.operation != "part" or binding & Binding.DRAW):
            return node.operation
        where = {Binding.DRAW: "draw", Binding.BOTH: "step"}.get(binding, "row")
        return f"{where} truth" if node.operation in TRUTH else where

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
            for root in group.roots:  # side by side in memory
                places = self.kept if self.binding[root] is Binding.DRAW else self.slots
                places.setdefault(root, len(places))
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
        self.values = {}
        for position in group.body:
            self.values[position] = self.compute(position)
        (root,) = group.roots
        self.write(self.values.pop(root), self.address(self.place(root)))
        self.values = {}

    def _body(self, group: Group) -> Callable[[str], Vector]:
        """Return a function that emits the body of a group for an index of an equation (or link)."""
        given = {leaves[0]: self.value(leaves[0]) for leaves in group.leaves if len(set(leaves)) == 1}
        columns = {leaves[0]: list(map(self.place, leaves)) for leaves in group.leaves if leaves[0] not in given}
        histories = {p: self._histories("%group_history", numbers) for p, numbers in group.histories.items()}

        def body(index: str) -> Vector:
            self.bases = {p: self.among(places, index) for p, places in histories.items()}
            self.values = given | {p: self.load(column[0], self.among(column, index)) for p, column in columns.items()}
            for position in group.body:
                self.values[position] = self.compute(position)
            found = self.values[group.body[-1] if group.body else group.leaves[0][0]]
            self.values, self.bases = {}, {}
            return found

        return body

    def _loop(self, group: Group) -> None:
        body, to = self._body(group), list(map(self.place, group.roots))

        def one(index: str, carried: list[Vector]) -> list[Vector]:
            self.write(body(index), self.among(to, index))
            return carried

        self.loop(len(group.roots), one)

    def _chains(self, group: Group) -> None:
        """Emit loops over the links of several chains at a time, because each link depends on the one before."""
        body, to, starts = self._body(group), list(map(self.place, group.roots)), list(map(self.place, group.first))
        operation = self.program.nodes[group.roots[0]].operation

        def links(begun: Sequence[str], carried: Sequence[Vector]) -> list[Vector]:
            def link(number: str, here: list[Vector]) -> list[Vector]:
                terms = [body(self.w.scalar(f"add i64 {number}, {first}")) for first in begun]
                return [emit_operation(self.m, operation, pair) for pair in zip(here, terms, strict=True)]

            return self.loop(group.links, link, carried)

        def some(index: str, carried: list[Vector]) -> list[Vector]:
            chains = [
                self.w.scalar(f"add i64 {self.w.scalar(f'mul i64 {index}, {ABREAST}')}, {k}") for k in range(ABREAST)
            ]
            begun = [self.w.scalar(f"mul i64 {chain}, {group.links}") for chain in chains]
            found = links(begun, [self.load(starts[0], self.among(starts, chain)) for chain in chains])
            for chain, value in zip(chains, found, strict=True):
                self.write(value, self.among(to, chain))
            return carried

        whole = len(to) // ABREAST
        if whole:
            self.loop(whole, some)
        for chain in range(whole * ABREAST, len(to)):
            (value,) = links([str(chain * group.links)], [self.load(starts[chain])])
            self.write(value, self.address(to[chain]))

    def _histories(self, base: str, numbers: Iterable[int]) -> list[Place]:
        return [Place(base, str(self.history_length * self.width), number) for number in numbers]

    def history(self, position: int) -> str:
        return self.bases.get(position) or super().history(position)

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
        self.copy([self.place(s.initial) for s in states], here)
        w.line("br label %begin")
        w.begin("resumed")
        self.copy(self._states("%group_states", "%state_stride"), here)
        w.line("br label %begin")
        w.begin("begin")

    def last_states(self) -> None:
        self.copy(self._states("%at_last"), self._states("%group_states", "%state_stride"))

    def _states(self, base: str, stride: str = "", which: Iterable[int] | None = None) -> list[Place]:
        numbers = range(len(self.program.states)) if which is None else which
        return [Place(base, stride or self.lanes, number) for number in numbers]

    def one_step(self) -> tuple[str, str, str]:
        w, program = self.w, self.program
        self.compute_groups(self.plan.step, "%inside")
        at = w.offset("%group_history", w.scalar(f"mul i64 %k, {self.width}"))
        here = self._histories(at, range(len(program.histories)))
        self.copy([self.place(node) for node in program.histories], here)
        after = self.save()
        if self._in_stages():
            self.runge_kutta()
        else:
            self._move(range(len(program.states)))
        return after

    def _move(self, which: Iterable[int]) -> None:
        """Emit states at the next step: by Euler's method, or their next values."""
        states, dt = self.program.states, self.program.time.step
        moving, kept = ([i for i in which if states[i].continuous is moves] for moves in (True, False))
        self.each(
            [self._states("%at", which=moving), [self.place(states[i].change) for i in moving]],
            self._states("%next", which=moving),
            lambda values: values[0] + dt * values[1],
        )
        self.copy([self.place(states[i].change) for i in kept], self._states("%next", which=kept))

    def save_outputs(self) -> Vector:
        self.compute_groups(self.plan.saved, "%saves")
        outputs = self.program.outputs
        to = [Place("%save_pointer", "%output_stride", i) for i in range(len(outputs))]

        def number(values: list[Vector]) -> Vector:
            return self.m.select(values[0], 1.0, 0.0) if values[0].kind == "i1" else values[0]

        def check(value: Vector, flags: list[Vector]) -> list[Vector]:
            return [self.m.fma(value, 0.0, flags[0])]  # 0 as long as all are finite

        flag = Vector(self.w, "%flag", "double")
        return self.each([[self.place(o.node) for o in outputs]], to, number, check, [flag])[0]

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
        changes = [self.place(states[i].change) for i in moving]
        firsts, rates, sums = (self._states(f"%{n}", which=moving) for n in ("first_rates", "rates", "sums"))
        at, middle = self._states("%at", which=moving), self._states("%middle", which=moving)
        self.copy(changes, firsts)
        self.copy(changes, rates)
        self.copy(self._states("%at"), self._states("%middle"))
        zero = Place("", "0", 0, "constant")
        self.copy([zero] * len(moving), sums)
        before, row_pointer = w.block, self.row_pointer
        head, step_share = self.begin_stage()

        self.each([at, rates], middle, lambda values: values[0] + step_share * values[1])
        self.row_pointer, self.state_base = w.offset(row_pointer, "%stage_offset"), "%middle"
        self.compute_groups(again, "%inside")
        changes = [self.place(states[i].change) for i in moving]  # a state or a row is elsewhere in a stage
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
