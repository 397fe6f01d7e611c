"""Values in memory, and loops over them, for kernels with loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wherenow.engine.ir import TRUTH, Binding, Program, Reads, divided, heads, indices
from wherenow.engine.llvm.emit.emit_noise import CHUNK
from wherenow.engine.llvm.emit.emit_writer import Vector
from wherenow.engine.llvm.rolling import MEMBERS
from wherenow.engine.llvm.straight import Emission
from wherenow.engine.lookups import prepare


class Area(NamedTuple):
    """Values side by side in memory, ``stride`` doubles apart.

    ``kind`` is ``vector``, ``scalar`` (the same in every lane) or ``constant``. Truth values are stored as numbers:
    true is negative (for scalars, non-zero).
    """

    base: str
    stride: str
    kind: str = "vector"
    truth: bool = False


class Place(NamedTuple):
    """The location of a value: its number in an area; for a constant, its value."""

    area: Area
    number: float


class Places(NamedTuple):
    """The locations of several values."""

    areas: Sequence[Area]
    numbers: Sequence[float]


class Placing(Emission):
    """A kernel being emitted that stores all values in memory."""

    def __init__(self, program: Program, width: int) -> None:
        super().__init__(program, width)
        self.fresh = True
        self.state_base = "%at"
        self.slots: dict[int, int] = {}  # index in memory of each value of the step
        self.lanes = str(width)
        self.kinds: list[str] = []
        self.indices: dict[int, int] = {}  # index of each input and state, by position of its node
        self._blocks: dict[tuple[int, int], str] = {}  # tables from index to run, by number and length of runs
        self._places: dict[tuple[str, int], tuple[str, str]] = {}  # run and offset by index and run length
        for position, node in heads(program.nodes):
            self.kinds += [self._kind(position)] * node.length
            if node.operation in ("parameter", "series_first", "state"):
                own = indices(node, program.columns)
                self.indices.update(zip(range(position, position + node.length), own, strict=True))
        self._one_kind()

    def _kind(self, position: int) -> str:
        """Return the kind of area that holds a value."""
        node, binding = self.program.nodes[position], self.binding[position]
        if position in self.ahead.rows:
            return "noise"
        if self.kept_elsewhere(position) and (node.operation != "part" or binding & Binding.DRAW):
            return node.operation
        where = {Binding.DRAW: "draw", Binding.BOTH: "step"}.get(binding, "row")
        return f"{where} truth" if node.operation in TRUTH else where

    def _one_kind(self) -> None:
        """Divide the nodes over arrays whose elements read values of several kinds, or tables of several forms."""
        program, kinds = self.program, self.kinds
        mixed = {-1 - i for i, column in enumerate(program.columns) if len({kinds[p] for p in column}) > 1}
        lengths: dict[int, list[int]] = {}
        for position, node in heads(program.nodes):
            differing: list[Sequence[object]] = [
                [kinds[p] for p in program.columns[-1 - a]] for a in node.arguments if a in mixed
            ]
            if node.operation == "table" and node.index < 0:
                differing.append([prepare(program.tables[i]).form for i in program.columns[-1 - node.index]])
            if differing:
                lengths[position] = [len(list(run)) for _, run in groupby(zip(*differing, strict=True))]
        if lengths:
            self.program = divided(program, lengths)
            self.reads = Reads(self.program.nodes, self.program.columns)

    # -- places

    def _area(self, kind: str) -> tuple[Area, Callable[[int], float]]:
        """Return an area of this kind, and the function that numbers its positions."""
        truth = kind.endswith(" truth")
        match kind.removesuffix(" truth"):
            case "constant":
                return Area("", "0", "constant"), lambda p: self.program.nodes[p].value
            case "noise":
                return Area("%noise_now", str(CHUNK * self.width)), self.ahead.rows.__getitem__
            case "state":
                return Area(self.state_base, self.lanes), self.indices.__getitem__
            case "parameter":
                return Area("%group_parameters", "%parameter_stride"), self.indices.__getitem__
            case "series_first":
                return Area("%series_first", "1", "scalar"), self.indices.__getitem__
            case "part":
                return Area("%kept", self.lanes), self._part
            case "row":
                area = Area(self.row_pointer, "1", "scalar", truth)
                return area, lambda p: self.rows.setdefault(p, len(self.rows))
            case "draw":
                return Area("%kept", self.lanes, truth=truth), self.kept.__getitem__
            case _:
                return Area("%scratch", self.lanes, truth=truth), self.slots.__getitem__

    def _part(self, position: int) -> int:
        node = self.program.nodes[position]
        return self.inverses[node.arguments[0]][node.index]

    def places(self, positions: Iterable[int]) -> Places:
        """Return the places of the values at some positions."""
        positions = list(positions)
        kinds = [self.kinds[p] for p in positions]
        by_kind = {kind: self._area(kind) for kind in dict.fromkeys(kinds)}
        if len(by_kind) == 1:
            ((area, number),) = by_kind.values()
            return Places([area] * len(kinds), list(map(number, positions)))
        areas = [by_kind[kind][0] for kind in kinds]
        return Places(areas, [by_kind[kind][1](p) for kind, p in zip(kinds, positions, strict=True)])

    def place(self, position: int) -> Place:
        """Return the place of the value at a position."""
        area, number = self._area(self.kinds[position])
        return Place(area, number(position))

    def _loaded(self, position: int) -> Vector:
        return self.load(self.place(position))

    def load(self, place: Place, address: str = "") -> Vector:
        """Load the value at a place, or at the address of another place of its area."""
        w, area = self.w, place.area
        if area.kind == "constant" and not address:
            return w.vector(place.number, "double")
        address = address or self.address(place)
        if area.kind == "vector":
            vector = w.load(address)
            return self.m.bits(vector) > (1 << 63) - 1 if area.truth else vector
        vector = w.splat(w.scalar(f"load double, ptr {address}, align 8"), "double")
        return vector != 0.0 if area.truth else vector

    def address(self, place: Place) -> str:
        w, area, number = self.w, place.area, int(place.number)
        if area.stride.startswith("%"):
            return w.offset(area.base, w.scalar(f"mul i64 {area.stride}, {number}"))
        return w.offset(area.base, str(number * int(area.stride)))

    def write(self, value: Vector, address: str) -> None:
        """Store a value; a truth value as its sign."""
        self.w.store(self.m.select(value, -1.0, 0.0) if value.kind == "i1" else value, address)

    def among(self, area: Area, numbers: Sequence[float], index: str) -> str:
        """Return the address of one of several places in an area, selected by an index value."""
        w = self.w
        if area.kind == "constant":
            bits = np.array(numbers, dtype=np.float64).view(np.int64)
            every, _ = _runs(bits, still=True)
            values = tuple(map(float, numbers[::every]))
            return w.offset(self.module.doubles(values), self._divided(index, every, len(values))[0])
        integers = np.array(numbers, dtype=np.int64)
        every, apart = _runs(integers)
        firsts = tuple(integers[::every].tolist())
        block, offset = self._divided(index, every, len(firsts))
        number = str(firsts[0])
        if len(firsts) > 1:
            number = self._of_table(self.module.integers(firsts, "i32"), block)
        if apart and every > 1:
            number = w.scalar(f"add i64 {w.scalar(f'mul i64 {offset}, {apart}')}, {number}")
        return w.offset(area.base, w.scalar(f"mul i64 {number}, {area.stride}"))

    def _divided(self, index: str, length: int, runs: int) -> tuple[str, str]:
        """Return which run of this length an index is in, by number, and its place there."""
        if length == 1:
            return index, "0"
        if runs == 1:
            return "0", index
        if (index, length) not in self._places:
            if (runs, length) not in self._blocks:
                numbers = tuple([run for run in range(runs) for _ in range(length)])
                self._blocks[runs, length] = self.module.integers(numbers, "i32")
            block = self._of_table(self._blocks[runs, length], index)
            offset = self.w.scalar(f"sub i64 {index}, {self.w.scalar(f'mul i64 {block}, {length}')}")
            self._places[index, length] = block, offset
        return self._places[index, length]

    def _of_table(self, table: str, index: str) -> str:
        """Return one of the whole numbers of a table: LLVM compiles a load faster than a division."""
        w = self.w
        address = w.scalar(f"getelementptr inbounds i32, ptr {table}, i64 {index}")
        return w.scalar(f"zext i32 {w.scalar(f'load i32, ptr {address}, align 4')} to i64")

    def kept_elsewhere(self, position: int) -> bool:
        """Return whether a value is read from memory rather than computed."""
        operation = self.program.nodes[position].operation
        return operation in ("constant", "parameter", "series_first", "state", "part") or position in self.ahead.rows

    # -- loops

    def each(
        self,
        columns: Sequence[Places],
        to: Places,
        body: Callable[[list[Vector]], Vector],
        after: Callable[[Vector, list[Vector]], list[Vector]] = lambda _, carried: carried,
        carried: Sequence[Vector] = (),
    ) -> list[Vector]:
        """Emit ``body(values)`` for each row of columns of places, and store the results.

        Returns the last value carried by ``after(value, carried)``. Consecutive rows in the same areas become a loop.
        """
        latest = list(carried)
        columns = [*columns, to]
        rows = enumerate(zip(*[column.areas for column in columns], strict=True))
        for areas, run in groupby(rows, itemgetter(1)):
            first, *_, last = [i for i, _ in (*run,)] * 2
            numbers = [column.numbers[first : last + 1] for column in columns]
            *sources, target = zip(areas, numbers, strict=True)
            if last - first + 1 < MEMBERS:
                for k in range(last - first + 1):
                    value = body([self.load(Place(area, own[k])) for area, own in sources])
                    self.write(value, self.address(Place(target[0], target[1][k])))
                    latest = after(value, latest)
                continue

            def one(index: str, here: list[Vector]) -> list[Vector]:
                value = body([self.load(Place(a, own[0]), self.among(a, own, index)) for a, own in sources])  # noqa: B023
                self.write(value, self.among(*target, index))  # noqa: B023
                return after(value, here)

            latest = self.w.loop(last - first + 1, one, latest)
        return latest

    def copy(self, sources: Places, to: Places) -> None:
        """Copy values to other places."""
        self.each([sources], to, lambda values: values[0])


def _runs(numbers: NDArray[np.int64], still: bool = False) -> tuple[int, int]:
    """Return the length of the runs in which numbers rise by a constant, or stay the same, and that constant.

    All runs have the same length, which is 1 if the numbers follow no order.
    """
    differences = np.diff(numbers)
    step = int(differences[0]) if len(differences) and not still else 0
    return int(np.gcd.reduce(np.append(np.flatnonzero(differences != step) + 1, len(numbers)))), step
