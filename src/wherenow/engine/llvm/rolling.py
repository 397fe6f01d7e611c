"""Groups of operations that run in loops: those of array equations, and of scalar equations with the same body.

An equation over an array is one node for each of its operations (:class:`wherenow.engine.ir.Node`), and modules or
macros give scalar equations that differ only in what they read. This module finds the trees of operations, orders them
by level so that each reads only lower levels, and groups them by shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wherenow.engine.ir import Node, Program, Reads
from wherenow.engine.lookups import prepare

MEMBERS = 8
"""Minimum number of equations with the same body for a loop."""
CHAIN = 48
"""Minimum length of a chain ``((a + b) + c) + …`` for a separate loop."""
_CHAINED = frozenset({"add", "mul", "min", "max"})
_INDEXED = frozenset({"past", "table", "uniform_first"})
"""Operations whose shape does not depend on their index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Equations with one body.

    ``roots`` are the positions of their values. ``body`` holds the operations, with the root's last: an argument k from
    0 on is the value of operation k, and ``~k`` that of leaf k. ``leaves`` holds, for each value that the body reads,
    its position for each equation; ``indices`` holds, for each operation of the body that needs its own, the index for
    each equation. If ``links`` is above 0, each equation is a chain of that many links: ``first`` is its initial
    operand, and the body computes the operand of a link (empty if that is a stored value); ``leaves`` then are those of
    all links.
    """

    roots: Sequence[int]
    body: tuple[Node, ...]
    leaves: tuple[Sequence[int], ...]
    indices: Mapping[int, Sequence[int]]
    links: int = 0
    first: Sequence[int] = ()

    @property
    def loops(self) -> bool:
        """Whether the group becomes a loop."""
        return self.links > 0 or len(self.roots) >= MEMBERS

    @property
    def spared(self) -> int:
        """The number of operations that a loop saves."""
        if self.links:
            return (len(self.roots) * self.links - 1) * (len(self.body) + 1)
        return (len(self.roots) - 1) * len(self.body) if self.loops else 0


@dataclass(frozen=True, slots=True)
class _Tree:
    """The operations below a root, whose leaves are arguments of the program; for a chain, its links, each a tree."""

    shape: object
    body: tuple[Node, ...] = ()
    leaves: tuple[int, ...] = ()
    links: tuple[_Tree, ...] = ()
    indices: tuple[tuple[int, int], ...] = ()

    @property
    def read(self) -> Iterator[int]:
        """Yield all arguments that the tree reads."""
        yield from self.leaves
        for link in self.links:
            yield from link.leaves


class Grouping:
    """The grouping of a program. ``kinds`` says where the value at each position is stored.

    What a loop reads in one place must be of one kind.
    """

    def __init__(self, program: Program, reads: Reads, kinds: Sequence[str]) -> None:
        self.nodes, self.columns, self.tables = program.nodes, program.columns, program.tables
        self.reads, self.kinds = reads, kinds

    def groups(self, section: Sequence[int], roots: set[int]) -> tuple[Group, ...]:
        """Group the nodes at the first positions of ``section``, in an order in which each group reads earlier ones.

        ``roots`` are the positions of nodes whose values are stored in memory; the values that long chains read are
        added to them. Other values are read once, within their own tree.
        """
        within = set(section) - roots
        chains = self._chains(section, within, roots)
        level: dict[int, int] = {}
        by_shape: dict[object, list[tuple[int, _Tree]]] = {}
        for root in section:
            if root in roots:
                # One level above all that it reads: in order of levels, each group finds its operands in memory.
                tree = chains.get(root) or self._tree(root, within)
                sources = {self._source(first) for leaf in tree.read for first in self.reads(leaf)}
                level[root] = 1 + max((level.get(first, 0) for first in sources), default=0)
                by_shape.setdefault((level[root], tree.shape), []).append((root, tree))
        groups: list[Group] = []
        for members in sorted(by_shape.values(), key=lambda m: (level[m[0][0]], m[0][0])):
            if members[0][1].links or sum(self.nodes[root].length for root, _ in members) >= MEMBERS:
                groups.append(self._group(members))
            else:
                groups += [self._group([member]) for member in members]
        return tuple(groups)

    def _source(self, position: int) -> int:
        """Return the value that must be computed first: the inverse, for an element of an inverse."""
        node = self.nodes[position]
        return node.arguments[0] if node.operation == "part" else position

    def positions(self, argument: int, length: int) -> Sequence[int]:
        """Return the positions that an argument of a node reads, for each element."""
        return [argument] * length if argument >= 0 else self.columns[-1 - argument]

    def _group(self, members: list[tuple[int, _Tree]]) -> Group:
        """Return the group of trees of one shape, with a row for each element of each tree (or for each link)."""
        pattern, lengths = members[0][1], [self.nodes[root].length for root, _ in members]
        leaves: list[list[int]] = [[] for _ in (pattern.links[0].leaves if pattern.links else pattern.leaves)]
        first: list[int] = []
        for (_, tree), length in zip(members, lengths, strict=True):
            for k, column in enumerate(leaves):
                if not pattern.links:
                    column += self.positions(tree.leaves[k], length)
                    continue
                by_link = [self.positions(link.leaves[k], length) for link in tree.links]
                column += [position for links in zip(*by_link, strict=True) for position in links]
            if pattern.links:
                first += self.positions(tree.leaves[0], length)
        trees = [link for _, tree in members for link in tree.links] if pattern.links else [tree for _, tree in members]
        return Group(
            roots=[root + i for (root, _), length in zip(members, lengths, strict=True) for i in range(length)],
            body=trees[0].body,
            leaves=tuple(leaves),
            indices=self._indices(members, trees),
            links=len(pattern.links),
            first=first,
        )

    def _indices(self, members: list[tuple[int, _Tree]], trees: Sequence[_Tree]) -> dict[int, Sequence[int]]:
        """Return the indices by operation of the body, for each element of each tree."""
        indices: dict[int, Sequence[int]] = {}
        for k, (place, _) in enumerate(trees[0].indices):
            indices[place] = numbers = list[int]()
            for root, tree in members:
                by_link = [self.positions(t.indices[k][1], self.nodes[root].length) for t in tree.links or (tree,)]
                numbers += [index for links in zip(*by_link, strict=True) for index in links]
        return indices

    def _inner(self, argument: int, node: Node, within: set[int]) -> int | None:
        """Return the node whose elements an argument reads one by one, if it is in the same tree."""
        first = self.reads.whole(argument)
        return first if first in within and self.nodes[first].length == node.length else None

    def kind(self, argument: int) -> str:
        return self.kinds[argument if argument >= 0 else self.columns[-1 - argument][0]]

    def _tree(self, root: int, within: set[int]) -> _Tree:
        """Return the tree of operations below a root, down to stored values, arguments first."""
        body: list[Node] = []
        leaves: dict[int, int] = {}
        local: dict[int, int] = {}
        shape: list[object] = []
        indices: list[tuple[int, int]] = []
        stack = [root]  # a stack: recursion would be too deep for a sum of thousands of terms
        while stack:
            position = stack[-1]
            node = self.nodes[position]
            inner = [self._inner(a, node, within) for a in node.arguments]
            waiting = [first for first in inner if first is not None and first not in local]
            if waiting:
                stack += waiting
                continue
            del stack[-1]
            read: list[int] = []
            for a, first in zip(node.arguments, inner, strict=True):
                if first is not None:
                    read.append(local[first])
                    continue
                if a not in leaves:
                    leaves[a] = ~len(leaves)
                    shape.append(self.kind(a))
                read.append(leaves[a])
            detail: object = node.index
            if node.operation in _INDEXED:
                detail = self._form(node)
                indices.append((len(body), node.index))
            elif node.operation == "inverse":  # the elements of an inverse have their own storage
                detail = position
            shape.append((node.operation, detail, *read))
            local[position] = len(body)
            body.append(Node(node.operation, tuple(read), node.index, node.value))
        return _Tree(tuple(shape), tuple(body), tuple(leaves), (), tuple(indices))

    def _form(self, node: Node) -> object:
        """Return what operations with different indices must have in common to share code."""
        match node.operation:
            case "past":  # a constant lag is read differently
                lag = self.nodes[node.arguments[0]] if node.arguments[0] >= 0 else None
                return lag.value if lag is not None and lag.operation == "constant" else None
            case "table":
                return prepare(self.tables[self.positions(node.index, 1)[0]]).form
        return None

    def _chains(self, section: Sequence[int], within: set[int], roots: set[int]) -> dict[int, _Tree]:
        """Find the long chains of one operation, by the last link; it and the chain's first operand become roots."""
        nodes = self.nodes

        def store_values(*arguments: int) -> None:
            stored = {first for a in arguments for first in self.reads(a)} & within
            roots.update(stored)
            within.difference_update(stored)

        def term(argument: int, node: Node) -> _Tree:
            first = self._inner(argument, node, within)
            return self._tree(first, within) if first is not None else _Tree((self.kind(argument),), (), (argument,))

        length: dict[int, int] = {}
        before: dict[int, tuple[int, int]] = {}  # previous link of each link, and its position among the arguments
        for position in section:
            node = nodes[position]
            if node.operation not in _CHAINED:
                continue
            sides = node.arguments if node.operation in ("add", "mul") else node.arguments[:1]
            links: list[tuple[int, int]] = []
            for i, a in enumerate(sides):
                first = self._inner(a, node, within)
                if first is not None and first in length and nodes[first].operation == node.operation:
                    links.append((first, i))
            length[position] = 1
            if links:
                before[position] = link = max(links, key=lambda candidate: length[candidate[0]])
                length[position] += length[link[0]]
        chains: dict[int, _Tree] = {}
        for position in reversed(section):
            if length.get(position, 0) < CHAIN or position in chains:
                continue
            # walk from the last link to the first, and collect the operand that each link adds
            at, node, terms = position, nodes[position], list[int]()
            while at in before:
                previous, side = before[at]
                terms.append(nodes[at].arguments[1 - side])
                length[at] = 0  # the link belongs to this chain only
                at = previous
            start, last = nodes[at].arguments
            length[at] = 0
            store_values(position, start)
            terms = [last, *reversed(terms)]
            trees = tuple(term(t, node) for t in terms)
            if len({tree.shape for tree in trees}) > 1:  # no common body: each link becomes a stored value
                store_values(*terms)
                trees = tuple(term(t, node) for t in terms)
            if len({tree.shape for tree in trees}) == 1:
                shape = ("chain", node.operation, len(trees), self.kind(start), trees[0].shape)
                chains[position] = _Tree(shape, (), (start,), trees)
        return chains
