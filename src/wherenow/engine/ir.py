"""The intermediate representation: a pure, hash-consed graph of scalar operations, and the program around it.

One :class:`Node` is one operation on float64 numbers (or truth values, the result of comparisons). Nodes refer to
earlier nodes by position, so a tuple of nodes is in evaluation order and every backend is one loop over it. A backend
evaluates each node for a whole vector of draws at once. An equation over an array has one node per operation, which
represents that operation for all elements (:attr:`Node.length`); :func:`unfolded` writes them out. The meaning of each
operation is defined once, in :data:`OPERATIONS`; the reference (NumPy) and the native (LLVM) backend must agree on it
to the last bit. Evaluation is IEEE 754 binary64, round to nearest even, no contraction and no reassociation, subnormals
kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from wherenow.language.syntax import Table
from wherenow.model.model_types import TimeSpec


class Binding(IntEnum):
    """When a value is known: once, once per draw, once per step, or at each step of each draw.

    ``a | b`` combines two.
    """

    CONSTANT = 0
    DRAW = 1
    STEP = 2
    BOTH = 3


OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        # leaves, which ``Node.value`` or ``Node.index`` identifies
        "constant": "the number `value`",
        "time": "model time at this evaluation: start + step * dt (plus the stage's share of dt under Runge-Kutta)",
        "step": "the number of steps since the start, as a number",
        "parameter": "input `index` of the draw",
        "series": "runtime series `index` at `time`",
        "series_first": "runtime series `index` at the program's start time; bound per draw",
        "state": "state `index` at this evaluation",
        "uniform": "a number in (0, 1): Philox 4x32-10 keyed by `seed`, at the counter (step // 2, draw, stream), whose"
        " block serves an even step and the next; the stream is the first 32 bits of the SHA-256 of `streams[index]`, so"
        " that equal names draw equal noise in any program; held through a step's stages",
        "uniform_first": "the same at step 0; bound per draw",
        # arithmetic
        "add": "a + b",
        "sub": "a - b",
        "mul": "a * b",
        "div": "a / b",
        "neg": "-a",
        "abs": "|a|",
        "min": "b if b < a or b is NaN else a",
        "max": "b if b > a or b is NaN else a",
        "floor": "greatest integer <= a",
        "ceil": "least integer >= a",
        "trunc": "a without its fraction",
        "rint": "nearest integer, ties to even",
        "sqrt": "correctly rounded square root",
        "exp": "e ** a",
        "ln": "natural logarithm",
        "log10": "decimal logarithm",
        "pow": "a ** b (C99 pow)",
        "sin": "",
        "cos": "",
        "tan": "",
        "asin": "",
        "acos": "",
        "atan": "",
        "tanh": "",
        "sinh": "",
        "cosh": "",
        # comparisons give truth values; logic takes them
        "lt": "a < b",
        "le": "a <= b",
        "eq": "a == b",
        "ne": "a != b",
        "and": "a and b",
        "or": "a or b",
        "not": "not a",
        "truth": "a != 0 as a truth value",
        "number": "1 if a else 0",
        "select": "b if a (a truth value) else c",
        # tables and memory
        "table": "table `index` at a; its `between` and `outside` as in language.syntax.Table",
        "normal": "the standard normal quantile of a; NaN outside [0, 1]",
        "poisson": "the Poisson quantile: the least k with P(K <= k) >= a, for mean b up to 16 (0 where b <= 0)",
        "binomial": "the binomial quantile: the least k with P(K <= k) >= a, for b trials of share c <= 1/2 and b c <= 16",
        "wanted": "demand of quantity a by a priority curve of type b, priority c, width d and extra e at price f",
        "clearing": "the price at which priority curves, five arguments each from b on, together want a",
        "inverse": "the inverse of the square matrix of the arguments, row by row; nothing reads it but `part`",
        "part": "element `index`, from 0 and row by row, of the inverse a",
        "past": "history `index` of `a` steps ago (a whole number >= 1); `b` before the start",
    }
)

TRUTH = frozenset({"lt", "le", "eq", "ne", "and", "or", "not", "truth"})


Column = range | tuple[int, ...]
"""One position (or index) for each element of an array."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, or the same one for each of ``length`` elements of an array, at as many positions.

    ``arguments`` are positions of earlier nodes; ``index``/``value`` parametrise leaves and tables. A negative argument
    or index ``-1 - k`` is column ``k`` of the program, which holds one number for each element.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    index: int = 0
    value: float = 0.0
    length: int = 1


class State(NamedTuple):
    """Memory from one step to the next.

    ``continuous``: ``change`` is the rate, integrated by the program's method. Otherwise ``change`` is the value at the
    next step, evaluated at the step's beginning (not at Runge-Kutta stages). ``initial`` is bound per draw.
    """

    name: str
    initial: int
    change: int
    continuous: bool = True


class Output(NamedTuple):
    name: str
    node: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything that a backend needs, independent of the source of the model.

    ``nodes`` are in evaluation order, each at all of its positions. ``histories[k]`` is the node whose value at each
    step's beginning ``past`` with index k reads. ``parameters`` and ``series`` name the inputs in order, with their
    defaults.
    """

    nodes: tuple[Node, ...]
    states: tuple[State, ...]  # states integrated over time
    outputs: tuple[Output, ...]  # saved outputs
    time: TimeSpec  # start, stop, step, save interval and method
    parameters: tuple[str, ...] = ()
    defaults: tuple[float, ...] = ()  # default values of the parameters, by position
    series: tuple[str, ...] = ()
    series_tables: tuple[Table, ...] = ()  # tables of the series, by position
    tables: tuple[Table, ...] = ()  # tables of lookups
    histories: tuple[int, ...] = ()
    streams: tuple[str, ...] = field(default=())  # names of the noise streams, which key their random numbers
    columns: tuple[Column, ...] = ()  # one number per element, for arguments and indices that differ by element

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the program without the values of its inputs: the key of compiled code."""
        parts = (
            [(n.operation, n.arguments, n.index, n.value, n.length) for _, n in heads(self.nodes)],
            self.columns,
            self.states,
            [tuple([o[field] for o in self.outputs]) for field in (0, 1)],  # zip(*outputs) takes 15 times as long
            self.time,
            self.parameters,
            self.series,
            self.tables,
            self.histories,
            self.streams,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def heads(nodes: Sequence[Node]) -> Iterator[tuple[int, Node]]:
    """Yield each node once, with its first position."""
    position = 0
    while position < len(nodes):
        node = nodes[position]
        yield position, node
        position += node.length


class Columns:
    """The columns of a program under construction, each once: they are what arguments below 0 denote."""

    def __init__(self) -> None:
        self.all: list[Column] = []
        self._known: dict[Column, int] = {}

    def __call__(self, numbers: Sequence[int]) -> int:
        """Return the argument that denotes these numbers: the number itself if it is the same for all elements."""
        first, apart = numbers[0], numbers[1] - numbers[0] if len(numbers) > 1 else 0
        found: Column = range(first, first + apart * len(numbers), apart) if apart else tuple(numbers)
        if not apart and numbers.count(first) == len(numbers):
            return first
        if apart and not isinstance(numbers, range) and list(found) != list(numbers):
            found = tuple(numbers)
        known = self._known.setdefault(found, -1 - len(self.all))
        if known == -1 - len(self.all):
            self.all.append(found)
        return known

    def __getitem__(self, argument: int) -> Column:
        return self.all[-1 - argument]


class Reads:
    """Which nodes an argument reads: ``head[position]`` is the first position of the node there."""

    def __init__(self, nodes: Sequence[Node], columns: Sequence[Column]) -> None:
        self.head: list[int] = []
        for position, node in heads(nodes):
            self.head.extend([position] * node.length)
        self._columns, self._nodes = columns, nodes
        self._known: dict[int, tuple[int, ...]] = {}

    def __call__(self, argument: int) -> tuple[int, ...]:
        """Return the first positions of the nodes that an argument reads."""
        if argument >= 0:
            return (self.head[argument],)
        if argument not in self._known:
            self._known[argument] = tuple(sorted({self.head[p] for p in self._columns[-1 - argument]}))
        return self._known[argument]

    def whole(self, argument: int) -> int | None:
        """Return the node whose elements an argument reads one by one, in order; None if it reads anything else."""
        if argument >= 0:
            return argument if self._nodes[argument].length == 1 else None
        column = self._columns[-1 - argument]
        first = column[0]
        consecutive = isinstance(column, range) and column.step == 1 and self.head[first] == first
        return first if consecutive and self._nodes[first].length == len(column) else None


def unfolded(program: Program, which: Collection[int] | None = None) -> Program:
    """Return the program with a node per element for each array operation, or only for those at ``which``."""
    if which is None and not program.columns:
        return program
    columns, nodes = program.columns, list[Node]()
    for position, node in heads(program.nodes):
        if node.length == 1 or (which is not None and position not in which):
            nodes.extend([node] * node.length)
            continue
        spread = [_spread(a, columns, node.length) for a in node.arguments]
        arguments: Iterable[tuple[int, ...]] = zip(*spread, strict=True) if spread else [()] * node.length
        indices = _spread(node.index, columns, node.length)
        nodes += [Node(node.operation, a, i, node.value) for a, i in zip(arguments, indices, strict=True)]
    return replace(program, nodes=tuple(nodes), columns=() if which is None else columns)


def divided(program: Program, lengths: Mapping[int, Sequence[int]]) -> Program:
    """Return the program with nodes over arrays, given by first position, split into nodes of these lengths."""
    columns, nodes, known = list(program.columns), list[Node](), dict[Column, int]()

    def part(number: int, first: int, length: int) -> int:
        if number >= 0:
            return number
        column = columns[-1 - number][first : first + length]
        if length == 1 or len(set(column)) == 1:
            return column[0]
        if column not in known:
            known[column] = -1 - len(columns)
            columns.append(column)
        return known[column]

    for position, node in heads(program.nodes):
        if position not in lengths:
            nodes.extend([node] * node.length)
            continue
        first = 0
        for length in lengths[position]:
            arguments = tuple([part(a, first, length) for a in node.arguments])
            nodes += [Node(node.operation, arguments, part(node.index, first, length), node.value, length)] * length
            first += length
    return replace(program, nodes=tuple(nodes), columns=tuple(columns))


def indices(node: Node, columns: Sequence[Column]) -> Sequence[int]:
    """Return the index of a node, or those of its elements."""
    return (node.index,) if node.index >= 0 else columns[-1 - node.index]


def _spread(number: int, columns: Sequence[Column], length: int) -> Sequence[int]:
    return [number] * length if number >= 0 else columns[-1 - number]


def bindings(program: Program) -> tuple[Binding, ...]:
    """Return when the value at each position is known."""
    leaf = {
        "constant": Binding.CONSTANT,
        "parameter": Binding.DRAW,
        "time": Binding.STEP,
        "step": Binding.STEP,
        "series": Binding.STEP,
        "series_first": Binding.DRAW,
        "state": Binding.BOTH,
        "uniform": Binding.BOTH,
        "uniform_first": Binding.DRAW,
        "past": Binding.BOTH,
    }
    every = tuple(Binding)  # bindings by value, built once because programs have thousands of nodes
    found: list[Binding] = []
    columns: dict[int, int] = {}
    for _, node in heads(program.nodes):
        bound: int = leaf.get(node.operation, Binding.CONSTANT)
        for a in node.arguments:
            if a >= 0:
                bound |= found[a]
                continue
            if a not in columns:
                columns[a] = 0
                for one in {found[p] for p in program.columns[-1 - a]}:
                    columns[a] |= one
            bound |= columns[a]
        found.extend([every[bound]] * node.length)
    return tuple(found)
