"""Values in memory, and loops over them, for kernels with loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from wherenow.engine.ir import TRUTH, Binding, Program
from wherenow.engine.llvm.emit.noise import CHUNK
from wherenow.engine.llvm.emit.writer import Vector
from wherenow.engine.llvm.rolling import MEMBERS
from wherenow.engine.llvm.straight import Emission


class Place(NamedTuple):
    """The location of a value: ``number`` strides after an address.

    ``kind`` is ``vector``, ``scalar`` (the same in every lane) or ``constant``. Truth values are stored as numbers:
    true is negative (for scalars, non-zero).
    """

    base: str
    stride: str
    number: int
    kind: str = "vector"
    truth: bool = False
    value: float = 0.0


ALIKE = itemgetter(0, 1, 3, 4)
"""The common properties of all places that one loop reads."""


class Placing(Emission):
    """A kernel being emitted that stores all values in memory."""

    def __init__(self, program: Program, width: int) -> None:
        super().__init__(program, width)
        self.fresh = True
        self.state_base = "%at"
        self.slots: dict[int, int] = {}  # values of a step in memory
        self.lanes = str(width)

    # -- places

    def place(self, position: int) -> Place:
        """Return the place of a node's value."""
        node = self.program.nodes[position]
        if node.operation == "constant":
            return Place("", "0", 0, "constant", value=node.value)
        if position in self.ahead.rows:
            return Place("%noise_now", str(CHUNK * self.width), self.ahead.rows[position])
        truth = node.operation in TRUTH
        match node.operation:
            case "state":
                return Place(self.state_base, self.lanes, node.index)
            case "parameter":
                return Place("%group_parameters", "%parameter_stride", node.index)
            case "series_first":
                return Place("%series_first", "1", node.index, "scalar")
            case "part" if self.binding[position] & Binding.DRAW:
                return Place("%kept", self.lanes, self.inverses[node.arguments[0]][node.index])
        match self.binding[position]:
            case Binding.CONSTANT | Binding.STEP:
                return Place(self.row_pointer, "1", self.rows.setdefault(position, len(self.rows)), "scalar", truth)
            case Binding.DRAW:
                return Place("%kept", self.lanes, self.kept[position], truth=truth)
            case _:
                return Place("%scratch", self.lanes, self.slots[position], truth=truth)

    def _loaded(self, position: int) -> Vector:
        return self.load(self.place(position))

    def load(self, place: Place, address: str = "") -> Vector:
        """Load the value at a place, or at the address of another place of its kind."""
        w = self.w
        if place.kind == "constant" and not address:
            return w.vector(place.value, "double")
        address = address or self.address(place)
        if place.kind == "vector":
            vector = w.load(address)
            return self.m.bits(vector) > (1 << 63) - 1 if place.truth else vector
        vector = w.splat(w.scalar(f"load double, ptr {address}, align 8"), "double")
        return vector != 0.0 if place.truth else vector

    def address(self, place: Place) -> str:
        w = self.w
        if place.stride.startswith("%"):
            return w.offset(place.base, w.scalar(f"mul i64 {place.stride}, {place.number}"))
        return w.offset(place.base, str(place.number * int(place.stride)))

    def write(self, value: Vector, address: str) -> None:
        """Store a value; a truth value as its sign."""
        self.w.store(self.m.select(value, -1.0, 0.0) if value.kind == "i1" else value, address)

    def among(self, places: Sequence[Place], index: str) -> str:
        """Return the address of one of several places of one kind, selected by an index value."""
        w, first = self.w, places[0]
        if first.kind == "constant":
            return w.offset(self.module.doubles(tuple(p.value for p in places)), index)
        numbers = [p.number for p in places]
        apart = numbers[1] - numbers[0] if len(numbers) > 1 else 0
        if all(b - a == apart for a, b in pairwise(numbers)):
            number = w.scalar(f"add i64 {w.scalar(f'mul i64 {index}, {apart}')}, {numbers[0]}")
        else:
            table = self._numbers(tuple(numbers))
            one = w.scalar(f"getelementptr inbounds i32, ptr {table}, i64 {index}")
            number = w.scalar(f"zext i32 {w.scalar(f'load i32, ptr {one}, align 4')} to i64")
        return w.offset(first.base, w.scalar(f"mul i64 {number}, {first.stride}"))

    def _numbers(self, numbers: tuple[int, ...]) -> str:
        def write(name: str) -> None:
            items = ", ".join([f"i32 {n}" for n in numbers])
            self.module.add(f"{name} = private unnamed_addr constant [{len(numbers)} x i32] [{items}], align 64")

        return self.module.once(("numbers", numbers), "numbers", write)

    def kept_elsewhere(self, position: int) -> bool:
        """Return whether a value is read from memory rather than computed."""
        operation = self.program.nodes[position].operation
        return operation in ("constant", "parameter", "series_first", "state", "part") or position in self.ahead.rows

    # -- loops

    def loop(
        self, count: int, body: Callable[[str, list[Vector]], list[Vector]], carried: Sequence[Vector] = ()
    ) -> list[Vector]:
        """Emit a loop: ``body(index, carried)`` returns the next carried value; returns the last one."""
        w = self.w
        before, index, index_next = w.block, w.fresh(), w.fresh()
        loop, after = w.label("loop"), w.label("after")
        w.line(f"br label %{loop}")
        w.begin(loop)
        head = len(w.lines)
        here = [Vector(w, w.fresh(), vector.kind) for vector in carried]
        results = body(index, here)
        w.line(f"{index_next} = add i64 {index}, 1")
        more, end = w.scalar(f"icmp ult i64 {index_next}, {count}"), w.block
        phis = [f"  {index} = phi i64 [ 0, %{before} ], [ {index_next}, %{end} ]"]
        for old, vector, new in zip(carried, here, results, strict=True):
            t = w.type(vector.kind)
            phis.append(f"  {vector.text} = phi {t} [ {old.text}, %{before} ], [ {new.text}, %{end} ]")
        w.lines[head:head] = phis
        w.line(f"br i1 {more}, label %{loop}, label %{after}")
        w.begin(after)
        return results

    def each(
        self,
        columns: Sequence[Sequence[Place]],
        to: Sequence[Place],
        body: Callable[[list[Vector]], Vector],
        after: Callable[[Vector, list[Vector]], list[Vector]] = lambda _, carried: carried,
        carried: Sequence[Vector] = (),
    ) -> list[Vector]:
        """Emit ``body(values)`` for each row of columns of places, and store the results.

        Returns the last value carried by ``after(value, carried)``. Consecutive rows of one kind become a loop.
        """
        held = list(carried)
        rows = list(zip(*columns, to, strict=True))
        for _, found in groupby(rows, lambda row: [*map(ALIKE, row)]):
            group = list(found)
            *sources, target = zip(*group, strict=True)
            if len(group) < MEMBERS:
                for *places, place in group:
                    made = body([self.load(p) for p in places])
                    self.write(made, self.address(place))
                    held = after(made, held)
                continue

            def one(index: str, here: list[Vector]) -> list[Vector]:
                made = body([self.load(column[0], self.among(column, index)) for column in sources])  # noqa: B023
                self.write(made, self.among(target, index))  # noqa: B023
                return after(made, here)

            held = self.loop(len(group), one, held)
        return held

    def copy(self, sources: Sequence[Place], to: Sequence[Place]) -> None:
        """Copy values to other places."""
        self.each([sources], to, lambda values: values[0])
