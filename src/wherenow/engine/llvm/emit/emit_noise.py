"""Noise generated ahead: the random numbers of the next steps, computed in tight loops before those steps.

A step is long straight-line code that uses all registers. A random number in the middle is a chain of about a hundred
dependent operations, and all registers must be spilled around it. In a separate loop these chains overlap. Only uniform
numbers and functions of them alone (such as a normal quantile) are generated ahead. The numbers of ``CHUNK`` steps are
in a buffer ``[row][step][lane]``; a row holds one number per step and draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby

from wherenow.engine.elementary import ELEMENTARY
from wherenow.engine.ir import Program, Reads, heads, indices
from wherenow.engine.llvm.emit.emit_operations import function_of
from wherenow.engine.llvm.emit.emit_philox import emit_round_keys, round_keys_length, write_pair
from wherenow.engine.llvm.emit.emit_writer import CONSTANTS, Arguments, Module, Vector, Writer
from wherenow.engine.philox import stream_number

CHUNK = 16
"""Steps whose numbers are generated together: so few that they stay in the first-level cache with a step's data."""
UNIT = 8
"""Philox blocks computed at once, in two registers of 256 bits per word; each block gives two numbers. Functions take
all four registers of numbers at once: their chains of operations are long, and a processor looks only a few hundred
operations ahead."""


@dataclass(frozen=True)
class NoiseAhead:
    """The plan of noise generated ahead.

    ``rows`` maps positions to rows of the buffer; ``streams[row]`` is the stream of the uniform numbers written there
    first (None for none); ``functions`` are then applied in order: (operation, first row read, first row written,
    count).
    ``nodes`` are the positions of all numbers generated ahead.
    """

    rows: dict[int, int]
    streams: tuple[int | None, ...]
    functions: tuple[tuple[str, int, int, int], ...]
    nodes: frozenset[int]


def made_ahead(program: Program) -> NoiseAhead:
    """Plan which nodes of a program can be generated ahead, and their rows in the buffer."""
    nodes, generated, reads = program.nodes, set[int](), None
    for position, node in heads(nodes):
        if node.operation == "uniform":
            reads = reads or Reads(nodes, program.columns)
            generated.add(position)
        elif reads and node.operation in ELEMENTARY and len(node.arguments) == 1:
            source = reads.whole(node.arguments[0])
            if source in generated and nodes[source].length == node.length:
                generated.add(position)
    if not reads:
        return NoiseAhead({}, (), (), frozenset())
    users: dict[int, list[int]] = {position: [] for position in generated}
    for position, node in heads(nodes):
        for a in node.arguments:
            for first in reads(a):
                if first in generated:
                    users[first].append(position)
    # Rows are reused: a function of a number that nothing else reads overwrites the number's row.
    results = {o.node for o in program.outputs} | {s.change for s in program.states} | set(program.histories)
    stored = generated & {reads.head[p] for p in results}
    stored |= {p for p in generated if any(user not in generated for user in users[p])}
    rows: dict[int, int] = {}
    streams: list[int | None] = []
    functions: list[tuple[str, int, int, int]] = []
    # sort by the functions applied, so that rows with the same functions are adjacent
    for position in sorted(
        generated, key=lambda p: (nodes[p].operation != "uniform", _applied_to(program, users, p), p)
    ):
        node = nodes[position]
        rows[position] = len(streams)
        if node.operation == "uniform":
            streams += [stream_number(program.streams[i]) for i in indices(node, program.columns)]
            continue
        source = reads.whole(node.arguments[0])
        assert source is not None
        if source in stored or len(users[source]) > 1:
            streams += [None] * node.length
        else:
            rows[position] = rows[source]
        functions.append((node.operation, rows[source], rows[position], node.length))
    return NoiseAhead(
        {p + i: rows[p] + i for p in sorted(stored) for i in range(nodes[p].length)},
        tuple(streams),
        tuple(functions),
        frozenset(chain.from_iterable(range(p, p + nodes[p].length) for p in generated)),
    )


def _applied_to(program: Program, users: dict[int, list[int]], position: int) -> tuple[str, ...]:
    """Return the chain of functions applied to a node."""
    operations = []
    while position in users and len(users[position]) == 1:
        (position,) = users[position]
        operations.append(program.nodes[position].operation)
    return tuple(operations)


def granularity(width: int) -> int:
    """Return the smallest number of steps generated at once: a Philox block gives two numbers."""
    return max(2, 2 * UNIT // width)


def write_noise(module: Module, ahead: NoiseAhead) -> str:
    """Emit the function that fills the buffer, and return its name.

    It generates ``%count`` steps (a multiple of :func:`granularity`) from step ``%from`` (even); see
    :data:`PARAMETERS`.
    """
    return module.once("noise", "noise", lambda name: _Noise(module, ahead).write(name))


PARAMETERS = "ptr %constants, ptr %keys, ptr %noise, i64 %group_draw, i64 %from, i64 %count"


class _Noise:
    """The function that fills the buffer, in vectors of :data:`UNIT` lanes for any width of the kernel."""

    def __init__(self, module: Module, ahead: NoiseAhead) -> None:
        self.module, self.ahead, self.width = module, ahead, module.width
        self.w = Writer(module, UNIT, "%constants")

    def write(self, name: str) -> None:
        w = self.w
        items = ", ".join(f"i64 {s or 0}" for s in self.ahead.streams)
        self.module.add(
            f"@streams = private unnamed_addr constant [{len(self.ahead.streams)} x i64] [{items}], align 8"
        )
        lanes = "<" + ", ".join(f"i64 {i % self.width}" for i in range(UNIT)) + ">"
        self.draws = w.write(f"add {w.type('i64')} {w.splat('%group_draw', 'i64').text}, {lanes}", "i64")
        w.line("%block = lshr i64 %from, 1")
        w.line(f"%numbers = mul i64 %count, {self.width}")
        w.line(f"%pairs = udiv i64 %numbers, {2 * UNIT}")
        for first, last in self.uniform_rows():
            self.loop(first, last, self.uniforms)
        for operation, read, written, length in self.applied():
            function = function_of(self.module, ELEMENTARY[operation], 1, 2 * UNIT)
            self.loop(read, read + length, self.applying(function, written - read))
        w.line("ret void")
        self.module.define(f"internal void {name}({PARAMETERS}) noinline", w)

    def uniform_rows(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges of rows with uniform numbers: from, to (exclusive)."""
        for filled, group in groupby(range(len(self.ahead.streams)), lambda row: self.ahead.streams[row] is not None):
            rows = list(group)
            if filled:
                yield rows[0], rows[-1] + 1

    def applied(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield functions over adjacent rows: (operation, first row read, first row written, count)."""
        last: tuple[str, int, int, int] | None = None
        for operation, read, written, count in self.ahead.functions:
            if last and (operation, read, written) == (last[0], last[1] + last[3], last[2] + last[3]):
                last = (*last[:3], last[3] + count)
                continue
            if last:
                yield last
            last = (operation, read, written, count)
        if last:
            yield last

    def loop(self, first: int, last: int, body: Callable[[str, str], None]) -> None:
        """Emit a loop over rows, with an inner loop over pairs of units of a row: ``body(row, pair)``."""

        def each(index: str, _: list[Vector]) -> None:
            row = self.w.scalar(f"add i64 {index}, {first}")
            self.w.loop("%pairs", lambda unit, _: body(row, unit))

        self.w.loop(last - first, each)

    def row(self, row: str) -> str:
        return self.w.offset("%noise", self.w.scalar(f"mul i64 {row}, {CHUNK * self.width}"))

    def uniforms(self, row: str, unit: str) -> None:
        """Emit two vectors of uniform numbers, for a step and the next."""
        w, width = self.w, self.width
        stream = w.splat(w.scalar(f"load i64, ptr {w.offset('@streams', row)}, align 8"), "i64")
        if width < UNIT:  # one unit covers several Philox blocks
            block = w.splat(w.scalar(f"add i64 %block, {w.scalar(f'mul i64 {unit}, {UNIT // width}')}"), "i64")
            steps = "<" + ", ".join(f"i64 {i // width}" for i in range(UNIT)) + ">"
            first, second = write_pair(
                w, w.write(f"add {w.type('i64')} {block.text}, {steps}", "i64"), self.draws, stream
            )
            target = w.offset(self.row(row), w.scalar(f"mul i64 {unit}, {2 * UNIT}"))
            # The buffer is in order of steps: for each block, its first number in every lane, then its second.
            order = [
                (s // 2) * width + lane + UNIT * (s % 2) for s in range(2 * UNIT // width) for lane in range(width)
            ]
            for half in (0, 1):
                lanes = ", ".join(f"i32 {i}" for i in order[half * UNIT : (half + 1) * UNIT])
                t = w.type("double")
                ordered = w.write(
                    f"shufflevector {t} {first.text}, {t} {second.text}, <{UNIT} x i32> <{lanes}>", "double"
                )
                w.store(ordered, w.offset(target, str(half * UNIT)))
            return
        parts = width // UNIT
        number, part = w.scalar(f"udiv i64 {unit}, {parts}"), w.scalar(f"urem i64 {unit}, {parts}")
        block = w.splat(w.scalar(f"add i64 %block, {number}"), "i64")
        lane = w.scalar(f"mul i64 {part}, {UNIT}")
        first, second = write_pair(w, block, self.draws + w.splat(lane, "i64"), stream)
        target = w.offset(w.offset(self.row(row), w.scalar(f"mul i64 {number}, {2 * width}")), lane)
        w.store(first, target)
        w.store(second, w.offset(target, str(width)))

    def applying(self, function: str, further: int) -> Callable[[str, str], None]:
        """Return a body that applies a function to a pair of units and stores the result ``further`` rows later."""

        def body(row: str, unit: str) -> None:
            w = self.w
            target = w.offset(self.row(row), w.scalar(f"mul i64 {unit}, {2 * UNIT}"))
            pair = w.joined(w.load(target), w.load(w.offset(target, str(UNIT))))
            for half, result in enumerate(w.halves(w.call(function, pair))):
                w.store(result, w.offset(target, str(further * CHUNK * self.width + half * UNIT)))

        return body


def emit_filling(w: Writer, ahead: NoiseAhead, step: str, first: str, end: str) -> list[str]:
    """Emit, in a loop over steps, code that fills the buffer when the numbers of ``step`` are missing.

    ``%noise_now`` is their address. Returns the required phis for a loop whose entry and end blocks are named
    ``$BEFORE$`` and ``$END$``.
    """
    # Numbers come from one of two places: from noise generated for the whole run, or from the buffer, which has those
    # of steps %noise_from to %noise_to and is filled again once the loop has passed them. A fill begins at an even
    # step, because a Philox block serves an even step and the next.
    name, each = write_noise(w.module, ahead), granularity(w.width)
    w.line("br i1 %noise_given, label %noise_made, label %noise_own")
    w.begin("noise_made")
    made = _made(w, ahead, "%group_made", step)
    w.line("br label %noise_known")
    w.begin("noise_own")
    w.line(f"%noise_gone = icmp sge i64 {step}, %noise_end")
    before = w.block
    w.line("br i1 %noise_gone, label %noise_fill, label %noise_there")
    w.begin("noise_fill")
    w.line(f"%noise_begins = and i64 {step}, -2")
    left = w.scalar(f"sub i64 {end}, %noise_begins")
    whole = w.scalar(f"and i64 {w.scalar(f'add i64 {left}, {each - 1}')}, {-each}")
    few = w.scalar(f"icmp slt i64 {whole}, {CHUNK}")
    count = w.scalar(f"select i1 {few}, i64 {whole}, i64 {CHUNK}")
    w.line(f"call void {name}(ptr %constants, ptr %keys, ptr %noise, i64 %group_draw, i64 %noise_begins, i64 {count})")
    w.line(f"%noise_ends = add i64 %noise_begins, {CHUNK}")
    w.line("br label %noise_there")
    w.begin("noise_there")
    w.line(f"%noise_from = phi i64 [ %noise_was_from, %{before} ], [ %noise_begins, %noise_fill ]")
    w.line(f"%noise_to = phi i64 [ %noise_end, %{before} ], [ %noise_ends, %noise_fill ]")
    into = w.scalar(f"sub i64 {step}, %noise_from")
    w.line(f"%noise_into = mul i64 {into}, {w.width}")
    w.line("%noise_here = getelementptr inbounds double, ptr %noise, i64 %noise_into")
    w.line("br label %noise_known")
    w.begin("noise_known")
    w.line(f"%noise_now = phi ptr [ {made}, %noise_made ], [ %noise_here, %noise_there ]")
    for name, mine in (("from", "%noise_from"), ("to", "%noise_to")):
        w.line(f"%noise_kept_{name} = phi i64 [ {first}, %noise_made ], [ {mine}, %noise_there ]")
    return [
        f"  %noise_was_from = phi i64 [ {first}, %$BEFORE$ ], [ %noise_kept_from, %$END$ ]",
        f"  %noise_end = phi i64 [ {first}, %$BEFORE$ ], [ %noise_kept_to, %$END$ ]",
    ]


def emit_given(w: Writer, ahead: NoiseAhead, steps: int) -> None:
    """Emit for a group ``%noise_given``, whether its noise exists already, and ``%group_made``, its address."""
    w.line("%noise_given = icmp ne ptr %made, null")
    place = w.scalar(f"mul i64 %g, {made_length(len(ahead.streams), w.width, steps)}")
    w.line(f"%group_made = getelementptr inbounds double, ptr %made, i64 {place}")


def made_length(rows: int, width: int, steps: int) -> int:
    """Return the count of noise numbers in ``steps`` of a group of draws, in whole chunks."""
    return -(-steps // CHUNK) * CHUNK * rows * width


def _made(w: Writer, ahead: NoiseAhead, place: str, step: str) -> str:
    """Return the address of a step's numbers in noise generated earlier."""
    chunk, into = w.scalar(f"udiv i64 {step}, {CHUNK}"), w.scalar(f"urem i64 {step}, {CHUNK}")
    whole = w.scalar(f"mul i64 {chunk}, {CHUNK * len(ahead.streams) * w.width}")
    return w.offset(w.offset(place, whole), w.scalar(f"mul i64 {into}, {w.width}"))


def write_ahead(module: Module, ahead: NoiseAhead, arguments: Arguments, entry: str, steps: int) -> None:
    """Emit the function that generates the noise of all ``steps`` for groups of draws
    (:data:`wherenow.engine.llvm.straight.AHEAD`).
    """
    w = Writer(module)
    if ahead.streams:
        name = write_noise(module, ahead)
        w.line(f"%keys = alloca [{round_keys_length(w.width)} x double], align 64")
        emit_round_keys(w, "%keys")

        def group() -> None:
            w.line(f"%first_lane = mul i64 %g, {w.width}")
            w.line("%group_draw = add i64 %first_draw, %first_lane")
            emit_given(w, ahead, steps)
            w.loop(-(-steps // CHUNK), chunk)

        def chunk(number: str, _: list[Vector]) -> None:
            start = w.scalar(f"mul i64 {number}, {CHUNK}")
            there = _made(w, ahead, "%group_made", start)
            head = f"ptr {CONSTANTS}, ptr %keys, ptr {there}, i64 %group_draw"
            w.line(f"call void {name}({head}, i64 {start}, i64 {CHUNK})")

        w.over("group", "g", "%first_group", "%last_group", group)
    else:
        w.line("ret void")
    module.export(entry, arguments, w)
