"""Values of nodes in a kernel being emitted: computed in place, or loaded from memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from wherenow.engine.elementary import ELEMENTARY
from wherenow.engine.evaluate import STAGES
from wherenow.engine.ir import TRUTH, Binding, Node, Program, Reads, bindings
from wherenow.engine.llvm.emit.emit_inverse import inverse_function
from wherenow.engine.llvm.emit.emit_lookups import emit_table
from wherenow.engine.llvm.emit.emit_noise import CHUNK, NoiseAhead, made_ahead
from wherenow.engine.llvm.emit.emit_operations import Emitted, emit_operation
from wherenow.engine.llvm.emit.emit_philox import emit_first_uniform
from wherenow.engine.llvm.emit.emit_writer import SPREAD, Module, Vector, Writer
from wherenow.engine.lookups import prepare
from wherenow.engine.philox import stream_number

TRIED = 8
"""Maximum number of later calls searched for a pair."""
FETCHED = 24
"""Maximum number of operations that may be computed early in order to pair two calls."""


class Values:
    """The vectors of nodes at the current position in the code: ``values`` has those available there."""

    def __init__(self, program: Program, width: int) -> None:
        self.program, self.width = program, width
        self.module = Module(width)
        self.w = Writer(self.module)
        self.m = Emitted(self.w)
        self.binding = bindings(program)
        self.reads = Reads(program.nodes, program.columns)
        self.rows: dict[int, int] = {}
        self.inverses: dict[int, list[int]] = {}  # positions of each inverse's elements among the stored values
        self.kept: dict[int, int] = {}  # index of each stored node that is computed once per draw
        self.values: dict[int, Vector] = {}
        self.row_pointer = ""
        self.step = ""
        self.states: dict[int, Vector] = {}  # states that are not in the array at %at
        self.ahead: NoiseAhead = made_ahead(program)
        self.fresh = False  # whether to load values at each use, rather than keep them in registers
        self.stages = len(STAGES[program.time.method])

    # -- which nodes are needed where

    def cone(self, roots: Iterable[int]) -> list[int]:
        """Return the nodes to compute in the step loop for ``roots``, in evaluation order."""
        needed: set[int] = set()
        stack = [self.reads.head[position] for position in roots]
        while stack:
            position = stack.pop()
            if position in needed or position in self.ahead.nodes:
                continue
            if self.binding[position] is Binding.BOTH:
                needed.add(position)
                for a in self.program.nodes[position].arguments:
                    stack.extend(self.reads(a))
        return sorted(needed)

    def draw_cone(self) -> list[int]:
        """Return the draw-bound nodes that are needed, in evaluation order."""
        nodes = self.program.nodes
        roots = [s.initial for s in self.program.states]
        roots += [s.change for s in self.program.states] + [o.node for o in self.program.outputs]
        roots += self.program.histories
        seen: set[int] = set()
        stack = [self.reads.head[position] for position in roots]
        while stack:
            position = stack.pop()
            if position not in seen:
                seen.add(position)
                for a in nodes[position].arguments:
                    stack.extend(self.reads(a))
        return [p for p in sorted(seen) if self.binding[p] is Binding.DRAW]

    # -- values

    def value(self, position: int) -> Vector:
        """Return the vector of a node at the current position, loading it if it was computed elsewhere."""
        if position in self.values:
            return self.values[position]
        vector = self._loaded(position)
        if not self.fresh:
            self.values[position] = vector
        return vector

    def _loaded(self, position: int) -> Vector:
        node = self.program.nodes[position]
        if node.operation == "constant":
            return self.w.vector(node.value, "double")
        if position in self.ahead.rows:
            return self.w.load(self.w.offset("%noise_now", str(self.ahead.rows[position] * CHUNK * self.width)))
        if node.operation == "state":
            if node.index in self.states:
                return self.states[node.index]
            return self.w.load(self.w.offset("%at", str(node.index * self.width)))
        match self.binding[position]:
            case Binding.CONSTANT | Binding.STEP:
                row = self.rows.setdefault(position, len(self.rows))
                scalar = self.w.scalar(f"load double, ptr {self.w.offset(self.row_pointer, str(row))}, align 8")
                vector = self.w.splat(scalar, "double")
            case Binding.DRAW if position not in self.kept and node.operation == "parameter":
                return self.parameter(node.index)
            case Binding.DRAW:
                vector = self.w.load(self.w.offset("%kept", str(self.kept[position] * self.width)))
                if node.operation in TRUTH:
                    return self.m.bits(vector) > (1 << 63) - 1  # a stored truth value is the sign bit
            case _:
                raise AssertionError(f"node {position} is computed nowhere")
        return vector != 0.0 if node.operation in TRUTH else vector

    def compute(self, position: int) -> Vector:
        """Emit the operation of a node and return its vector."""
        return self.operate(self.program.nodes[position], position)

    def operate(self, node: Node, position: int) -> Vector:
        """Emit an operation and return its vector."""
        w, m = self.w, self.m
        if node.operation == "part":
            return w.load(w.offset("%kept", str(self.inverses[node.arguments[0]][node.index] * self.width)))
        a = [self.value(p) for p in node.arguments]
        match node.operation:
            case "parameter":
                return self.parameter(node.index)
            case "series_first":
                return w.splat(w.scalar(f"load double, ptr {w.offset('%series_first', str(node.index))}"), "double")
            case "uniform_first":
                return emit_first_uniform(w, Vector(w, "%draws", "i64"), self.stream(node, position))
            case "table":
                return self.table(node, position, a[0])
            case "past":
                return self.past(self.history(node, position), self.node_of(node.arguments[0]), *a)
            case "inverse":
                return self.inverse(position, a)
            case operation:
                return emit_operation(m, operation, a)

    def inverse(self, position: int, matrix: list[Vector]) -> Vector:
        """Emit an inverse into the stored values, where its parts read it, and return its first element."""
        n = math.isqrt(len(matrix))
        if position not in self.inverses:
            first = len(self.kept)  # negative keys denote no node: these elements are stored without one
            self.kept.update({-1 - first - i: first + i for i in range(2 * n * n)})
            self.inverses[position] = [first + r * 2 * n + n + c for r in range(n) for c in range(n)]
        w, first = self.w, self.inverses[position][0] - n
        for i, value in enumerate(matrix):
            row, column = divmod(i, n)
            for place, entry in ((column, value), (n + column, w.vector(float(row == column), "double"))):
                w.store(entry, w.offset("%kept", str((first + row * 2 * n + place) * self.width)))
        w.line(f"call void {inverse_function(self.module)}(ptr {w.offset('%kept', str(first * self.width))}, i64 {n})")
        return w.load(w.offset("%kept", str(self.inverses[position][0] * self.width)))

    def parameter(self, index: int) -> Vector:
        """Return an input of the group's draws."""
        row = self.w.scalar(f"mul i64 %parameter_stride, {index}")
        return self.w.load(self.w.offset("%group_parameters", row))

    def compute_all(self, positions: list[int], after: Callable[[int], None] = lambda _: None) -> None:
        """Compute the nodes at ``positions`` in evaluation order, but pair calls of the same function.

        ``after`` is called with each node when its value is available.

        An elementary function is a chain of dependent operations, so two calls at once take little longer than one. The
        second call is moved up from later in the order if little else must be computed before it.
        """
        positions = [p for p in positions if self.program.nodes[p].operation != "state"]
        waiting = dict.fromkeys(positions)
        calls: dict[str, list[int]] = {}
        if self.width <= SPREAD:
            for position in reversed(positions):
                if self.called(position):
                    calls.setdefault(self.program.nodes[position].operation, []).append(position)
        for position in positions:
            if position not in waiting:
                continue
            if self.called(position) and (path := self.partner(position, calls, waiting)):
                *before, partner = path
                for p in before:
                    del waiting[p]
                    self.values[p] = self.compute(p)
                    after(p)
                del waiting[partner]
                self.values[position], self.values[partner] = self.compute_both(position, partner)
                after(partner)
            else:
                self.values[position] = self.compute(position)
            del waiting[position]
            after(position)

    def called(self, position: int) -> bool:
        """Return whether a node calls a function that can be called for two vectors at once."""
        operation = self.program.nodes[position].operation
        return operation in ELEMENTARY and operation != "clearing"

    def partner(self, position: int, calls: dict[str, list[int]], waiting: dict[int, None]) -> list[int] | None:
        """Return the next independent call of the same function, preceded by the nodes that it needs."""
        nodes = self.program.nodes
        later = [p for p in calls.get(nodes[position].operation, ())[-TRIED:] if p in waiting and p != position]
        for candidate in reversed(later):
            needed: set[int] = set()
            stack = [candidate]
            while stack and len(needed) <= FETCHED:
                here = stack.pop()
                if here in waiting and here not in needed:
                    if here == position or (here != candidate and self.called(here)):
                        break
                    needed.add(here)
                    stack.extend(nodes[here].arguments)
            else:
                if not stack:
                    return sorted(needed)
        return None

    def compute_both(self, a: int, b: int) -> tuple[Vector, Vector]:
        """Return the vectors of two calls of one function."""
        w, nodes = self.w, self.program.nodes
        pairs = zip(nodes[a].arguments, nodes[b].arguments, strict=True)
        both = [w.joined(self.value(p), self.value(q)) for p, q in pairs]
        return w.halves(emit_operation(self.m, nodes[a].operation, both))

    def past(self, base: str, given: Node, lag: Vector, before: Vector) -> Vector:
        """Return a history ``lag`` steps ago; one contiguous load if the lag is constant, else a gather."""
        w, m = self.w, self.m
        if given.operation == "constant":
            lag_steps = int(given.value) if given.value >= 1 else 1
            then = w.scalar(f"sub i64 {self.step}, {lag_steps}")
            inside = w.scalar(f"icmp sge i64 {then}, 0")
            index = w.scalar(f"select i1 {inside}, i64 {then}, i64 0")
            value = w.load(w.offset(base, w.scalar(f"mul i64 {index}, {self.width}")))
            t = w.type("double")
            return w.write(f"select i1 {inside}, {t} {value.text}, {t} {before.text}", "double")
        lag = m.select(lag >= 1.0, lag, 1.0)
        then_lanes = w.splat(w.scalar(f"sitofp i64 {self.step} to double"), "double") - lag
        inside_lanes = then_lanes >= 0.0
        whole = w.intrinsic("floor", m.select(inside_lanes, then_lanes, 0.0))
        index_lanes = (m.bits(whole + 4503599627370496.0) & 0x000FFFFFFFFFFFFF) * self.width
        lanes = Vector(w, "<" + ", ".join(f"i64 {i}" for i in range(self.width)) + ">", "i64")
        return m.select(inside_lanes, w.gather(base, index_lanes + lanes), before)

    def history(self, node: Node, position: int) -> str:
        """Return the address of the history that an operation ``past`` reads."""
        return self.w.offset("%group_history", str(node.index * self.history_length * self.width))

    def table(self, node: Node, position: int, x: Vector) -> Vector:
        """Return the table of an operation at ``x``."""
        return emit_table(self.m, prepare(self.program.tables[node.index]), x)

    def stream(self, node: Node, position: int) -> Vector:
        """Return the stream of the numbers of an operation ``uniform_first``."""
        return self.w.literal(stream_number(self.program.streams[node.index]), "i64")

    def node_of(self, argument: int) -> Node:
        """Return the node that an argument reads."""
        return self.program.nodes[argument]

    @property
    def history_length(self) -> int:
        return self.program.time.steps + 1
