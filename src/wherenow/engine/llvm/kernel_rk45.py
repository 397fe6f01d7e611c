"""The kernel of Runge-Kutta with error control: each lane of a group of draws takes its own steps.

A group tries steps until every lane has reached the end. A lane that is finished, or whose step was rejected, keeps its
state through a select; lanes do not affect each other, so results depend neither on the width nor on which draws share
a group. Rates and outputs are functions of their own, called at each lane's own time: values that are bound per step
elsewhere (time, series) differ between lanes here. States and slopes are in arrays ``[array][state][lane]``, so that
the length of the code is proportional to the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wherenow.engine.dormand_prince import (
    END,
    LEAST_STEP,
    MOST_STEPS,
    SHARES,
    STAGES,
    moved,
    next_step,
    squared_error,
    weights_between,
)
from wherenow.engine.ir import Binding, Program
from wherenow.engine.llvm.emit.emit_nodes import Values
from wherenow.engine.llvm.emit.emit_operations import Emitted
from wherenow.engine.llvm.emit.emit_philox import emit_round_keys, round_keys_length
from wherenow.engine.llvm.emit.emit_writer import CONSTANTS, Arguments, Module, Vector, Writer

ARGUMENTS: Arguments = (
    ("groups", "i64"),
    ("parameters", "ptr"),  # array: [parameter][draw]
    ("parameter_stride", "i64"),
    ("series_first", "ptr"),
    ("series", "ptr"),  # array: [series][low, high, whether a point is passed at it, xs, ys, slopes]
    ("series_size", "i64"),  # number of points of each series, a power of two
    ("key0", "i64"),
    ("key1", "i64"),
    ("first_draw", "i64"),
    ("out", "ptr"),
    ("save_stride", "i64"),  # distance between saved times, in doubles
    ("output_stride", "i64"),
    ("flags", "ptr"),  # NaN for each draw with a saved value that is not finite, else 0
)
ENTRY = "run45"
SERIES_HEAD = 3
_SLOPES = len(STAGES) + 1
_STATES, _NEW, _MOVED = _SLOPES, _SLOPES + 1, _SLOPES + 2  # numbers of the arrays that follow those of slopes
_SHARED = ("series_first", "kept", "series")


def emit_rk45(program: Program, width: int) -> str:
    """Return the kernel of a smooth ``program`` for vectors of ``width`` draws, as IR text."""
    return _Emission(program, width).text()


class _Emission(Values):
    def __init__(self, program: Program, width: int) -> None:
        super().__init__(program, width)
        place = {Binding.STEP: Binding.BOTH, Binding.CONSTANT: Binding.DRAW}
        self.binding = tuple(
            b if n.operation == "constant" else place.get(b, b)
            for n, b in zip(program.nodes, self.binding, strict=True)
        )
        self.time = self.w.vector(program.time.start, "double")

    def compute(self, position: int) -> Vector:
        w, node = self.w, self.program.nodes[position]
        match node.operation:
            case "time":
                return self.time
            case "series":
                name = self.module.once("series_at", "series_at", lambda name: _write_series(self.module, name))
                length = w.scalar(f"mul i64 %series_size, {3 * node.index}")
                table = w.offset(w.offset("%series", str(SERIES_HEAD * node.index)), length)
                t = w.type("double")
                return w.write(f"call fastcc {t} {name}(ptr {table}, i64 %series_size, {t} {self.time.text})", "double")
        return super().compute(position)

    # -- whole kernel

    def text(self) -> str:
        w, program, width = self.w, self.program, self.width
        states = len(program.states)
        w.line(f"%keys = alloca [{round_keys_length(width)} x double], align 64")
        w.line(f"%work = alloca [{max(1, (_MOVED + 1) * states * width)} x double], align 64")
        w.line(f"%made = alloca [{max(1, len(program.outputs) * width)} x double], align 64")
        w.line(f"%constants = getelementptr inbounds double, ptr {CONSTANTS}, i64 0")
        emit_round_keys(w, "%keys")
        w.over("group", "g", "0", "%groups", self.group)
        w.lines.insert(1, f"  %kept = alloca [{max(1, len(self.kept)) * width} x double], align 64")
        self.module.export(ENTRY, ARGUMENTS, w)
        return self.module.text

    def group(self) -> None:
        """Emit the run of a group of draws."""
        self.begin_group()
        self.rates = self.function("rates", [s.change for s in self.program.states])
        self.outputs = self.function("outputs", [o.node for o in self.program.outputs])
        self.tries()

    def begin_group(self) -> None:
        """Emit draw-bound values and the first states."""
        w, width, program = self.w, self.width, self.program
        w.line(f"%first_lane = mul i64 %g, {width}")
        draw = w.splat(w.scalar("add i64 %first_draw, %first_lane"), "i64")
        w.line(f"%draws = add {w.type('i64')} {draw.text}, {self.lanes}")
        w.line("%group_parameters = getelementptr inbounds double, ptr %parameters, i64 %first_lane")
        w.line("%group_out = getelementptr inbounds double, ptr %out, i64 %first_lane")
        for position in self.draw_cone():
            vector = self.values[position] = self.compute(position)
            self.kept[position] = len(self.kept)
            if vector.kind == "i1":
                vector = self.m.select(vector, 1.0, 0.0)
            w.store(vector, w.offset("%kept", str(self.kept[position] * width)))
        for i, state in enumerate(program.states):
            w.store(self.value(state.initial), self.array(_STATES, str(i * width)))
        self.values = {}

    @property
    def lanes(self) -> str:
        return "<" + ", ".join(f"i64 {i}" for i in range(self.width)) + ">"

    def function(self, name: str, roots: Iterable[int]) -> Callable[[Vector, int, str], None]:
        """Emit a function from times and an array of states to the values of ``roots``, and return its caller."""
        roots = list(roots)
        outer, self.w, self.values = self.w, Writer(self.module), {}
        self.m, before = Emitted(self.w), self.time
        w, t = self.w, self.w.type("double")
        self.time = Vector(w, "%time", "double")
        for position in self.cone(roots):
            if self.program.nodes[position].operation != "state":
                self.values[position] = self.compute(position)
        for i, root in enumerate(roots):
            value = self.value(root)
            w.store(
                self.m.select(value, 1.0, 0.0) if value.kind == "i1" else value, w.offset("%to", str(i * self.width))
            )
        w.line("ret void")
        shared = ", ".join(f"ptr %{n}" for n in _SHARED) + ", i64 %series_size"
        self.module.define(f"internal fastcc void @{name}({shared}, {t} %time, ptr %at, ptr %to) noinline", w)
        self.w, self.m, self.values, self.time = outer, Emitted(outer), {}, before

        def call(time: Vector, at: int, to: str) -> None:
            given = f"{t} {time.text}, ptr {self.array(at, '0')}, ptr {to}"
            outer.line(f"call fastcc void @{name}({shared}, {given})")

        return call

    # -- arrays of states

    def array(self, number: int, offset: str) -> str:
        """Return the address of an array's element."""
        return self.w.offset(self.w.offset("%work", str(number * len(self.program.states) * self.width)), offset)

    def total(self, count: int, body: Callable[[str, Vector], Vector]) -> Vector:
        """Emit a sum from 0: ``body(number, total)`` returns the next total."""
        zero = [self.w.vector(0.0, "double")]
        return (self.w.loop(count, lambda number, carried: [body(number, carried[0])], zero) if count else zero)[0]

    def over_states(self, make: Callable[[list[Vector]], dict[int, Vector]], slopes: int) -> None:
        """Emit a loop over states: ``make`` takes the first slopes, the state and its new value, and returns what to
        store.
        """

        def body(number: str, _: list[Vector]) -> None:
            offset = self.w.scalar(f"mul i64 {number}, {self.width}")
            arrays = [*range(slopes), _STATES, _NEW]
            for array, value in make([self.w.load(self.array(a, offset)) for a in arrays]).items():
                self.w.store(value, self.array(array, offset))

        if self.program.states:
            self.w.loop(len(self.program.states), body)

    # -- steps

    def tries(self) -> None:
        """Emit the loop over attempted steps of a group, and the flags of its lanes."""
        w, m, spec = self.w, self.m, self.program.time
        stop, slack = spec.start + spec.steps * spec.step, 1e-9 * spec.step
        start, zero = w.vector(spec.start, "double"), w.vector(0.0, "double")
        everywhere = w.vector(True, "i1")
        self.outputs(start, _STATES, "%made")
        flag = self.store(everywhere, zero, zero)
        self.rates(start, _STATES, self.array(0, "0"))

        def attempt(carried: list[Vector]) -> tuple[Vector, Callable[[], list[Vector]]]:
            time, *_, tried = carried
            active = time < stop - slack
            return active & (tried < float(MOST_STEPS)), lambda: take_step(active, *carried)

        def take_step(
            active: Vector, time: Vector, step: Vector, saved: Vector, flagged: Vector, tried: Vector
        ) -> list[Vector]:
            remaining = stop - time
            taken = m.select(active, m.select(remaining < step, remaining, step), 0.0)
            for number in range(1, len(STAGES)):
                weights = STAGES[number]
                self.over_states(lambda a, w=weights: {_MOVED: moved(a[-2], taken, w, a[:-2])}, number)  # type: ignore[misc]
                self.rates(time + SHARES[number] * taken, _MOVED, self.array(number, "0"))
            self.over_states(lambda a: {_NEW: moved(a[-2], taken, END, a[:-2])}, len(END))
            self.rates(time + taken, _NEW, self.array(len(END), "0"))
            size = self.size(taken)
            within, lost = size <= 1.0, active & (taken < LEAST_STEP * (stop - spec.start))
            accepted = active & (within | lost)
            saved_now, flagged_now = self.save_due(accepted, time, taken, time + taken + slack, saved, flagged)
            broken = lost & ~within

            # A lane that has finished, or whose step was rejected, keeps its state. The last slope of an accepted step
            # is the first slope of the next ("first same as last").
            def accept(a: list[Vector]) -> dict[int, Vector]:
                return {
                    _STATES: m.select(broken, float("nan"), m.select(accepted, a[-1], a[-2])),
                    0: m.select(accepted, a[_SLOPES - 1], a[0]),
                }

            self.over_states(accept, _SLOPES)
            time_now = m.select(broken, stop, m.select(accepted, time + taken, time))
            return [time_now, next_step(m, taken, size), saved_now, flagged_now, tried + 1.0]

        first = [start, w.vector(spec.step, "double"), w.vector(1.0, "double"), flag, zero]
        _, _, saved, flagged, _ = w.while_any("try", attempt, first)
        self.lose_rest(saved, flagged)

    def size(self, taken: Vector) -> Vector:
        """Emit the error of a step: the root mean square over states."""
        w, count = self.w, len(self.program.states)

        def body(number: str, total: Vector) -> Vector:
            offset = w.scalar(f"mul i64 {number}, {self.width}")
            slopes = [w.load(self.array(a, offset)) for a in range(_SLOPES)]
            state, new = w.load(self.array(_STATES, offset)), w.load(self.array(_NEW, offset))
            error: Vector = squared_error(self.m, state, new, taken, slopes)
            return total + error

        return w.intrinsic("sqrt", self.total(count, body) / float(max(1, count)))

    @property
    def saves(self) -> int:
        return self.program.time.steps // self.program.time.save_every + 1

    def save_due(
        self, accepted: Vector, time: Vector, taken: Vector, reached: Vector, saved: Vector, flagged: Vector
    ) -> tuple[Vector, Vector]:
        """Emit the saved times within a step, lane by lane; returns (number saved, flags)."""
        m, spec, last = self.m, self.program.time, float(self.saves - 1)

        def due(carried: list[Vector]) -> tuple[Vector, Callable[[], list[Vector]]]:
            here, flag = carried
            at = spec.start + m.select(here > last, last, here) * float(spec.save_every) * spec.step
            holds = accepted & (here < float(self.saves)) & (at <= reached)
            return holds, lambda: save(at, holds, here, flag)

        def save(at: Vector, holds: Vector, here: Vector, flag: Vector) -> list[Vector]:
            moving = taken > 0.0
            share = m.select(moving, (at - time) / m.select(moving, taken, 1.0), 0.0)
            weights = weights_between(share)
            self.over_states(lambda a: {_MOVED: moved(a[-2], taken, weights, a[:-2])}, _SLOPES)
            self.outputs(at, _MOVED, "%made")
            return self.saved(holds, here, flag)

        here, flag = self.w.while_any("due", due, [saved, flagged])
        return here, flag

    def saved(self, due: Vector, here: Vector, flag: Vector) -> list[Vector]:
        """Emit a save of the due lanes; returns (number saved, flags)."""
        flag = self.store(due, here, flag)
        return [self.m.select(due, here + 1.0, here), flag]

    def store(self, due: Vector, saved: Vector, flag: Vector) -> Vector:
        """Store the outputs at each due lane's next saved time, and return the flag."""
        w, t = self.w, self.w.type("double")
        index = self.m.bits(saved + 4503599627370496.0) & 0x000FFFFFFFFFFFFF
        place = index * w.splat("%save_stride", "i64") + Vector(w, self.lanes, "i64")
        name = f"@llvm.masked.scatter.v{self.width}f64.v{self.width}p0"
        self.module.declare(name, f"void {{}}({t}, {w.type('ptr')}, i32, {w.type('i1')})")
        start = flag

        def body(number: str, worst: Vector) -> Vector:
            value = w.load(w.offset("%made", w.scalar(f"mul i64 {number}, {self.width}")))
            base = w.offset("%group_out", w.scalar(f"mul i64 {number}, %output_stride"))
            to = w.scalar(f"getelementptr inbounds double, ptr {base}, {w.type('i64')} {place.text}")
            w.line(f"call void {name}({t} {value.text}, {w.type('ptr')} {to}, i32 8, {w.type('i1')} {due.text})")
            return self.m.fma(value, 0.0, worst)  # stays 0 as long as all values are finite

        return start + self.m.select(due, self.total(len(self.program.outputs), body), 0.0)

    def lose_rest(self, saved: Vector, flagged: Vector) -> None:
        """Store NaN at every saved time that a lane has not reached, and the flags."""
        w, width = self.w, self.width
        for i in range(len(self.program.outputs)):
            w.store(w.vector(float("nan"), "double"), w.offset("%made", str(i * width)))

        def rest(carried: list[Vector]) -> tuple[Vector, Callable[[], list[Vector]]]:
            due = carried[0] < float(self.saves)
            return due, lambda: self.saved(due, *carried)

        _, flag = w.while_any("rest", rest, [saved, flagged])
        w.store(flag, w.offset("%flags", "%first_lane"))


def _write_series(module: Module, name: str) -> None:
    """Emit a runtime series at each lane's own time: bisection over a power of two of points, NaN past the last."""
    w = Writer(module)
    m, t = Emitted(w), w.type("double")
    low, high, at = (
        w.splat(w.scalar(f"load double, ptr {w.offset('%table', str(i))}, align 8"), "double") for i in range(3)
    )
    x = Vector(w, "%x", "double")
    x = m.select(x < low, low, m.select(x > high, high, x))
    inclusive = at != 0.0
    xs = w.offset("%table", str(SERIES_HEAD))
    ys = w.offset(xs, "%size")
    slopes = w.offset(ys, "%size")
    w.line("%half = lshr i64 %size, 1")
    w.line("br label %search")
    w.begin("search")
    head = len(w.lines)
    index = Vector(w, "%index", "i64")
    w.line("%found = icmp eq i64 %jump, 0")
    w.line("br i1 %found, label %there, label %look")
    w.begin("look")
    candidate = index + w.splat("%jump", "i64")
    point = w.gather(xs, candidate)
    index_now = m.select((x > point) | (inclusive & (x == point)), candidate, index)
    w.line("%jump_now = lshr i64 %jump, 1")
    w.line("br label %search")
    w.lines[head:head] = [
        "  %jump = phi i64 [ %half, %entry ], [ %jump_now, %look ]",
        f"  %index = phi {w.type('i64')} [ zeroinitializer, %entry ], [ {index_now.text}, %look ]",
    ]
    w.begin("there")
    result = w.gather(ys, index) + (x - w.gather(xs, index)) * w.gather(slopes, index)
    w.line(f"ret {t} {result.text}")
    module.define(f"internal fastcc {t} {name}(ptr %table, i64 %size, {t} %x) noinline", w)
