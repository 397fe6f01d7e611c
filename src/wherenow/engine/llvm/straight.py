"""The kernel of a program in LLVM IR: for each group of ``width`` draws, one loop over all steps.

Work is placed by binding time. Constants become literals; what is bound per step is loaded from the step table; what
is bound per draw is computed once before the step loop and kept in a small array; what only outputs need is computed
at saved steps alone. Runge-Kutta stages compute again only what differs from the step's beginning.

The exported function is ``void run(...)`` with the arguments of :data:`ARGUMENTS`. Arrays are packed by group:
parameters ``[group][parameter][lane]``, states ``[group][state][lane]``, histories ``[group][history][step][lane]``.
"""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.engine.ir import Binding
from wherenow.engine.llvm.emit.noise import CHUNK, emit_filling, emit_given, write_ahead
from wherenow.engine.llvm.emit.philox import emit_round_keys, round_keys_length
from wherenow.engine.llvm.emit.saves import TOGETHER, Saving
from wherenow.engine.llvm.emit.writer import CONSTANTS, Emitted, Vector, Writer, double
from wherenow.model.types import Method

Arguments = tuple[tuple[str, str], ...]
"""Names and types of a compiled function's arguments."""

ARGUMENTS: Arguments = (
    ("first_group", "i64"),
    ("last_group", "i64"),  # exclusive
    ("first_step", "i64"),
    ("end_step", "i64"),  # exclusive; the states stored are those at its beginning
    ("resume", "i64"),  # whether states are read rather than initialised
    ("parameters", "ptr"),  # [parameter][draw]
    ("parameter_stride", "i64"),
    ("series_first", "ptr"),
    ("rows", "ptr"),  # the step table: [step][stage][row]
    ("key0", "i64"),
    ("key1", "i64"),
    ("first_draw", "i64"),
    ("made", "ptr"),  # noise that AHEAD made, read in place of making it; null for none
    ("states", "ptr"),  # [state][draw]
    ("state_stride", "i64"),
    ("history", "ptr"),
    ("history_stride", "i64"),  # doubles from group to group; 0 to use one scratch again
    ("out", "ptr"),  # of the first saved step to be stored
    ("save_stride", "i64"),  # doubles from saved time to saved time
    ("output_stride", "i64"),
    ("out_group", "i64"),  # doubles from group to group
    ("first_save", "i64"),  # steps from first_step to the first saved step
    ("flags", "ptr"),  # NaN for each draw with a saved value that is not finite, else 0
    ("read", "ptr"),  # the function of engine.emit_readings, called after each saved step; null for none
    ("reading_starts", "ptr"),  # [step]: its first instruction
    ("reading_table", "ptr"),
    ("work", "ptr"),  # Kernel.work doubles, for what does not fit the stack
)
AHEAD: Arguments = (
    ("first_group", "i64"),
    ("last_group", "i64"),  # exclusive
    ("key0", "i64"),
    ("key1", "i64"),
    ("first_draw", "i64"),
    ("made", "ptr"),  # [group][chunk of steps][row][step][lane]
)
"""Arguments of the function that makes the noise of all steps, where it is wanted more than once."""
ENTRY, ENTRY_AHEAD = "run", "ahead"
PIECE = 2000
"""Operations in one function at most, of those that are bound per draw: LLVM takes more than linear time over them."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """IR text, the nodes whose values make the rows of the step table, in order, and the doubles of memory that a call
    works in."""

    text: str
    rows: tuple[int, ...]
    width: int
    work: int = 0


class Emission(Saving):
    """One kernel being written, as straight code: each operation of the program once."""

    # -- the whole

    def kernel(self) -> Kernel:
        w = self.w
        w.lines.append("entry:")
        w.line(f"%keys = alloca [{round_keys_length(self.width)} x double], align 64")
        for name, numbers in self.areas().items():
            self.area(name, numbers * self.width)
        # read back in another block, so that LLVM does not put the address in place of each use of it
        w.line("%constants_place = alloca ptr, align 8")
        w.line(f"store ptr {CONSTANTS}, ptr %constants_place, align 8")
        emit_round_keys(w, "%keys")
        w.line("%any = icmp slt i64 %first_group, %last_group")
        w.line("br i1 %any, label %group, label %done")
        w.begin("group")
        w.line("%g = phi i64 [ %first_group, %entry ], [ %g_next, %group_done ]")
        self.begin_group()
        self.step_loop()
        self.end_group()
        w.begin("done")
        w.line("ret void")
        work = self.last_area("kept", len(self.kept) * self.width)
        head = ", ".join(f"{kind} %{name}" for name, kind in ARGUMENTS)
        body = "\n".join([f"define void @{ENTRY}({head}) nounwind {{", *w.lines, "}"])
        further = write_ahead(self.module, self.ahead, AHEAD, ENTRY_AHEAD, self.program.time.steps + 1)
        # the number of rows is known only now
        text = "\n".join([*self.module.text, *further, body]).replace("$ROWS$", str(max(1, len(self.rows))))
        return Kernel(text, tuple(self.rows), self.width, work)

    # -- memory

    def areas(self) -> dict[str, int]:
        """Vectors of memory that the kernel works in, by name."""
        states = len(self.program.states)
        return {"noise": len(self.ahead.streams) * CHUNK, "states_a": states, "states_b": states}

    def area(self, name: str, length: int) -> None:
        """Writes where an area is."""
        self.w.line(f"%{name} = alloca [{max(1, length)} x double], align 64")

    def last_area(self, name: str, length: int) -> int:
        """Write where the area is whose length is known last; give the doubles of areas that are not on the stack."""
        self.w.lines.insert(1, f"  %{name} = alloca [{max(1, length)} x double], align 64")
        return 0

    # -- a group of draws

    def begin_group(self) -> None:
        """Pointers of the group, draw-bound values, and the first states."""
        w, width, program = self.w, self.width, self.program
        w.line("%constants = load ptr, ptr %constants_place, align 8")
        w.line(f"%first_lane = mul i64 %g, {width}")
        w.line("%group_draw = add i64 %first_draw, %first_lane")
        draw = w.splat("%group_draw", "i64")
        lanes = "<" + ", ".join(f"i64 {i}" for i in range(width)) + ">"
        w.line(f"%draws = add {w.type('i64')} {draw.text}, {lanes}")
        for name in ("parameters", "states"):
            w.line(f"%group_{name} = getelementptr inbounds double, ptr %{name}, i64 %first_lane")
        w.line("%history_offset = mul i64 %g, %history_stride")
        w.line("%group_history = getelementptr inbounds double, ptr %history, i64 %history_offset")
        w.line("%out_offset = mul i64 %g, %out_group")
        w.line("%group_out = getelementptr inbounds double, ptr %out, i64 %out_offset")
        if self.ahead.streams:
            emit_given(w, self.ahead, program.time.steps + 1)
        self.row_pointer = "%rows"  # of step 0: initial values may use constants that were not folded
        self.draw_bound()
        self.first_states()
        self.values = {}

    def first_states(self) -> None:
        """Writes the states that the group begins with."""
        w, states = self.w, self.program.states
        initial = [self.value(s.initial) for s in states]
        w.line("%resumes = icmp ne i64 %resume, 0")
        w.line("br i1 %resumes, label %resumed, label %fresh")
        w.begin("fresh")
        for i, value in enumerate(initial):
            w.store(value, w.offset("%states_a", str(i * self.width)))
        w.line("br label %begin")
        w.begin("resumed")
        for i in range(len(states)):
            w.store(w.load(self.saved_state(i)), w.offset("%states_a", str(i * self.width)))
        w.line("br label %begin")
        w.begin("begin")

    def saved_state(self, number: int) -> str:
        """Where a state of the group stands before and after a run."""
        return self.w.offset("%group_states", self.w.scalar(f"mul i64 %state_stride, {number}"))

    def draw_bound(self) -> None:
        """What is bound per draw: in line where it is short, else in pieces, which compile in time linear in their
        number.
        """
        cone = self.draw_cone()
        pieces = [cone[i : i + PIECE] for i in range(0, len(cone), PIECE)]
        shared = self.shared(pieces)
        if len(pieces) == 1:
            self.keep(pieces[0], shared)
            return
        t = self.w.type("i64")
        head = ", ".join(f"ptr %{n}" for n in ("group_parameters", "series_first", "rows", "kept", "keys", "constants"))
        head += ", i64 %parameter_stride"
        for number, piece in enumerate(pieces):
            outer, self.w, self.values = self.w, Writer(self.module), {}
            self.m = Emitted(self.w)
            self.w.lines.append("entry:")
            self.keep(piece, shared)
            self.w.line("ret void")
            signature = f"{head}, {t} %draws"
            body = "\n".join(
                [f"define internal void @piece{number}({signature}) noinline nounwind {{", *self.w.lines, "}"]
            )
            self.module.add(body)
            self.w, self.m, self.values = outer, Emitted(outer), {}
            self.w.line(f"call void @piece{number}({signature})")

    def shared(self, pieces: list[list[int]]) -> set[int]:
        """The draw-bound nodes that are used elsewhere than in their own piece."""
        program, nodes = self.program, self.program.nodes
        piece_of = {position: number for number, piece in enumerate(pieces) for position in piece}
        found = {s.initial for s in program.states} | {s.change for s in program.states}
        found |= {o.node for o in program.outputs} | set(program.histories)
        for position, node in enumerate(nodes):
            home = piece_of.get(position)
            found.update(a for a in node.arguments if piece_of.get(a) != home)
        return found

    def keep(self, piece: list[int], shared: set[int]) -> None:
        """Writes the operations of draw-bound nodes, storing those that are used elsewhere."""
        for position in piece:
            vector = self.values[position] = self.compute(position)
            if position not in shared:
                continue
            self.kept[position] = len(self.kept)
            if vector.kind == "i1":
                vector = self.m.select(vector, -1.0, 0.0)  # its sign says it: that is what a select looks at
            self.w.store(vector, self.w.offset("%kept", str(self.kept[position] * self.width)))

    def step_loop(self) -> None:
        """The loop over steps; ``%at_last`` are the states after it."""
        w, t = self.w, self.w.type("double")
        start = w.block
        w.line("%some = icmp slt i64 %first_step, %end_step")
        w.line("br i1 %some, label %step, label %steps_done")
        w.begin("step")
        self.step, self.fresh = "%k", True
        head = len(w.lines)  # phis go here, when their incoming values are known
        phis = emit_filling(w, self.ahead, "%k", "%first_step", "%end_step") if self.ahead.streams else []
        w.line("%inside = icmp slt i64 %k, %end_step")
        w.line(f"%rows_before = mul i64 %k, {self.stages}")
        w.line("%row_offset = mul i64 %rows_before, $ROWS$")
        self.row_pointer = w.offset("%rows", "%row_offset")
        save_pointer, until, flag = self.one_step()
        w.line("%k_next = add i64 %k, 1")
        w.line("%more = icmp slt i64 %k_next, %end_step")
        end = w.block
        w.line("br i1 %more, label %step, label %steps_done")
        w.lines[head:head] = [
            f"  %k = phi i64 [ %first_step, %{start} ], [ %k_next, %{end} ]",
            f"  %save_pointer = phi ptr [ %group_out, %{start} ], [ {save_pointer}, %{end} ]",
            f"  %until_save = phi i64 [ %first_save, %{start} ], [ {until}, %{end} ]",
            f"  %flag = phi {t} [ zeroinitializer, %{start} ], [ {flag}, %{end} ]",
            f"  %at = phi ptr [ %states_a, %{start} ], [ %next, %{end} ]",
            f"  %next = phi ptr [ %states_b, %{start} ], [ %at, %{end} ]",
            *(phi.replace("$BEFORE$", start).replace("$END$", end) for phi in phis),
        ]
        w.begin("steps_done")
        w.line(f"%flag_last = phi {t} [ zeroinitializer, %{start} ], [ {flag}, %{end} ]")
        w.line(f"%at_last = phi ptr [ %states_a, %{start} ], [ %next, %{end} ]")

    def one_step(self) -> tuple[str, str, str]:
        """Writes a step; where what is saved next goes, in how many steps, and the flag so far."""
        w, program = self.w, self.program
        # a state at the next step is stored as soon as it is known, beside the one that is still read
        euler = program.time.method is not Method.RK4 or not any(s.continuous for s in program.states)
        changes: dict[int, list[int]] = {}
        for i, s in enumerate(program.states):
            changes.setdefault(s.change, []).append(i)
        moved: set[int] = set()

        def move(position: int) -> None:
            for i in changes.get(position, ()):
                self.move(i)
                moved.add(i)
                if len(moved) % TOGETHER == 0:
                    w.split("%inside")

        everything = self.cone([*changes, *program.histories])
        if euler:
            self.compute_all(everything, move)
        else:
            self.compute_all(everything)
        for i, node in enumerate(program.histories):
            base = w.offset("%group_history", str(i * self.history_length * self.width))
            w.store(self.value(node), w.offset(base, w.scalar(f"mul i64 %k, {self.width}")))
        after = self.save()
        if euler:
            for i in range(len(program.states)):
                if i not in moved:
                    self.move(i)
        else:
            self.runge_kutta()
        return after

    def state(self, number: int) -> Vector:
        """A state at the step's beginning."""
        return self.w.load(self.w.offset("%at", str(number * self.width)))

    def set_state(self, number: int, value: Vector) -> None:
        self.w.store(value, self.w.offset("%next", str(number * self.width)))

    def move(self, number: int) -> None:
        """Stores a state at the next step, by Euler's method."""
        state = self.program.states[number]
        change = self.value(state.change)
        self.set_state(number, self.state(number) + self.program.time.step * change if state.continuous else change)

    # -- methods

    def varying(self, roots: list[int]) -> list[int]:
        """The nodes for ``roots`` whose values at a later stage may differ from those at the step's beginning."""
        program, found = self.program, set[int]()
        for position in self.cone(roots):
            node = program.nodes[position]
            moves = node.operation == "state" and program.states[node.index].continuous
            if moves or any(a in found or self.moves_with_time(a) for a in node.arguments):
                found.add(position)
        return sorted(found)

    def moves_with_time(self, position: int) -> bool:
        return self.binding[position] is Binding.STEP and self.program.nodes[position].operation != "step"

    def runge_kutta(self) -> None:
        """The classical method: a loop over its last three stages, each computing what varies within the step."""
        w, program, t = self.w, self.program, self.w.type("double")
        dt = program.time.step
        moving = [i for i, s in enumerate(program.states) if s.continuous]
        varying = self.varying([program.states[i].change for i in moving])
        change = {i: self.value(program.states[i].change) for i in moving}
        outer, row_pointer = self.values, self.row_pointer
        before = w.block
        w.line("br label %stage")
        w.begin("stage")
        head = len(w.lines)
        w.line("%last_stage = icmp eq i64 %stage_number, 3")
        share = w.scalar(f"select i1 %last_stage, double {double(dt)}, double {double(dt / 2)}")
        step_share = w.splat(share, "double")
        w.line("%stage_row = select i1 %last_stage, i64 2, i64 1")
        w.line("%stage_offset = mul i64 %stage_row, $ROWS$")
        self.row_pointer = w.offset(row_pointer, "%stage_offset")
        self.states = {i: self.state(i) + step_share * Vector(w, f"%rate{i}", "double") for i in moving}
        self.values = {p: v for p, v in outer.items() if p not in set(varying)}  # what does not vary keeps its value
        self.compute_all(varying)
        rates = {i: self.value(program.states[i].change) for i in moving}
        sums = {i: Vector(w, f"%sum{i}", "double") + rates[i] for i in moving}
        w.line("%stage_next = add i64 %stage_number, 1")
        end = w.block
        w.line("br i1 %last_stage, label %stages_done, label %stage")
        phis = [f"  %stage_number = phi i64 [ 1, %{before} ], [ %stage_next, %{end} ]"]
        for i in moving:
            phis.append(f"  %rate{i} = phi {t} [ {change[i].text}, %{before} ], [ {rates[i].text}, %{end} ]")
            phis.append(f"  %sum{i} = phi {t} [ zeroinitializer, %{before} ], [ {sums[i].text}, %{end} ]")
        w.lines[head:head] = phis
        w.begin("stages_done")
        self.values, self.states, self.row_pointer = outer, {}, row_pointer
        for i, state in enumerate(program.states):
            if i in rates:
                total = (change[i] + 2.0 * Vector(w, f"%sum{i}", "double")) + rates[i]
                self.set_state(i, self.state(i) + (dt / 6) * total)
            else:
                self.set_state(i, self.value(state.change))

    def end_group(self) -> None:
        w = self.w
        w.store(Vector(w, "%flag_last", "double"), w.offset("%flags", "%first_lane"))
        self.last_states()
        w.line("br label %group_done")
        w.begin("group_done")
        w.line("%g_next = add i64 %g, 1")
        w.line("%again = icmp slt i64 %g_next, %last_group")
        w.line("br i1 %again, label %group, label %done")

    def last_states(self) -> None:
        """Writes the states after the last step to where they are saved."""
        for i in range(len(self.program.states)):
            self.w.store(self.w.load(self.w.offset("%at_last", str(i * self.width))), self.saved_state(i))
