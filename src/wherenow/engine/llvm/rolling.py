"""Detection of operations that can run in loops: equations with the same body, as arrays have.

Arrays are unfolded to scalars before the engine sees them (docs/decisions/0001), so that an equation over a thousand
elements is a thousand trees of operations that differ only in what they read. This module finds the trees, orders them
by level so that each reads only lower levels, and groups them by shape.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wherenow.engine.ir import Program

MEMBERS = 8
"""Equations of one body from which on they are done in a loop."""
CHAIN = 48
"""Minimum length of a chain ``((a + b) + c) + …`` for a separate loop."""
_CHAINED = frozenset({"add", "mul", "min", "max"})

Kind = Callable[[int], str]
"""The storage of a node's value; all operands that a loop reads in one place need the same kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Equations with one body.

    ``body`` holds the operations of the first equation, with its root last; ``leaves`` holds, for each value that the
    body reads, the node that each equation reads instead; ``histories`` the histories that each operation ``past`` of
    the body reads, by equation. If ``links`` is above 0, each equation is a chain of that many links: ``first`` is its
    initial operand, and the body computes the operand of a link (empty if that is a stored value); ``leaves`` then are
    those of all links.
    """

    roots: tuple[int, ...]
    body: tuple[int, ...]
    leaves: tuple[tuple[int, ...], ...]
    histories: Mapping[int, tuple[int, ...]]
    links: int = 0
    first: tuple[int, ...] = ()

    @property
    def loops(self) -> bool:
        """Whether it is done in a loop."""
        return self.links > 0 or len(self.roots) >= MEMBERS

    @property
    def spared(self) -> int:
        """The number of operations that a loop saves."""
        if self.links:
            return (len(self.roots) * self.links - 1) * (len(self.body) + 1)
        return (len(self.roots) - 1) * len(self.body) if self.loops else 0


@dataclass(frozen=True, slots=True)
class _Tree:
    """The operations below a root and, for a chain, its links, each a tree."""

    shape: object
    body: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()
    links: tuple[_Tree, ...] = ()

    @property
    def read(self) -> Iterator[int]:
        """Yield all values that it reads."""
        yield from self.leaves
        for link in self.links:
            yield from link.leaves


def grouped(program: Program, section: Sequence[int], roots: set[int], kind: Kind) -> tuple[Group, ...]:
    """Group the operations at the positions of ``section``, in an order in which each group reads only earlier ones.

    ``roots`` are the positions whose values are stored in memory; the values that long chains read are added to them.
    Other values are read once, within their own tree.
    """
    within = set(section) - roots
    chains = _chains(program, section, within, roots, kind)
    level: dict[int, int] = {}

    def behind(leaf: int) -> int:
        """Return what a leaf depends on: the inverse, for an element of an inverse."""
        node = program.nodes[leaf]
        return node.arguments[0] if node.operation == "part" else leaf

    found: dict[object, list[tuple[int, _Tree]]] = {}
    for root in section:
        if root in roots:
            tree = chains.get(root) or _tree(program, root, within, kind)
            level[root] = 1 + max((level.get(behind(leaf), 0) for leaf in tree.read), default=0)
            found.setdefault((level[root], tree.shape), []).append((root, tree))
    groups: list[Group] = []
    for members in sorted(found.values(), key=lambda m: (level[m[0][0]], m[0][0])):
        if members[0][1].links or len(members) >= MEMBERS:
            groups.append(_group(program, members))
        else:
            groups += [_group(program, [member]) for member in members]
    return tuple(groups)


def _group(program: Program, members: list[tuple[int, _Tree]]) -> Group:
    roots, whole = tuple(root for root, _ in members), members[0][1]
    trees = [link for _, tree in members for link in tree.links] if whole.links else [tree for _, tree in members]
    histories = {
        position: tuple(program.nodes[tree.body[k]].index for tree in trees)
        for k, position in enumerate(trees[0].body)
        if program.nodes[position].operation == "past"
    }
    return Group(
        roots=roots,
        body=trees[0].body,
        leaves=tuple(zip(*(tree.leaves for tree in trees), strict=True)),
        histories=histories,
        links=len(whole.links),
        first=tuple(tree.leaves[0] for _, tree in members) if whole.links else (),
    )


def _tree(program: Program, root: int, within: Collection[int], kind: Kind) -> _Tree:
    """Return the tree of operations below a root, down to stored values, arguments first."""
    nodes = program.nodes
    body: list[int] = []
    leaves: list[int] = []
    local: dict[int, int] = {}
    shape: list[object] = []
    stack = [root]
    while stack:
        position = stack[-1]
        node = nodes[position]
        waiting = [a for a in node.arguments if a in within and a not in local]
        if waiting:
            stack += waiting
            continue
        del stack[-1]
        read: list[int] = []
        for a in node.arguments:
            place = local.get(a)
            if place is None:
                place = local[a] = ~len(leaves)
                leaves.append(a)
                shape.append(kind(a))
            read.append(place)
        what: object = node.index
        if node.operation == "past":  # a constant lag is read differently
            lag = nodes[node.arguments[0]]
            what = lag.value if lag.operation == "constant" else None
        elif node.operation == "inverse":  # its elements have their own places
            what = position
        shape.append((node.operation, what, *read))
        local[position] = len(body)
        body.append(position)
    return _Tree(tuple(shape), tuple(body), tuple(leaves))


def _chains(
    program: Program, section: Sequence[int], within: set[int], roots: set[int], kind: Kind
) -> dict[int, _Tree]:
    """Find the long chains of one operation, by the last link; it and the chain's first operand become roots."""
    nodes = program.nodes

    def keep(*positions: int) -> None:
        roots.update(p for p in positions if p in within)
        within.difference_update(positions)

    def term(position: int) -> _Tree:
        found = position in within
        return _tree(program, position, within, kind) if found else _Tree((kind(position),), (), (position,))

    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for position in section:
        node = nodes[position]
        if node.operation not in _CHAINED:
            continue
        sides = node.arguments if node.operation in ("add", "mul") else node.arguments[:1]
        links = [a for a in sides if a in length and a not in roots and nodes[a].operation == node.operation]
        length[position] = 1
        if links:
            before[position] = link = max(links, key=lambda a: length[a])
            length[position] += length[link]
    found: dict[int, _Tree] = {}
    for position in reversed(section):
        if length.get(position, 0) < CHAIN or position in found:
            continue
        link, terms = position, list[int]()
        while link in before:
            a, b = nodes[link].arguments
            terms.append(b if before[link] == a else a)
            length[link] = 0  # the link belongs to this chain only
            link = before[link]
        start, last = nodes[link].arguments
        length[link] = 0
        keep(position, start)
        terms = [last, *reversed(terms)]
        trees = tuple(map(term, terms))
        if len({tree.shape for tree in trees}) > 1:  # no common body: each link becomes a stored value
            keep(*terms)
            trees = tuple(map(term, terms))
        if len({tree.shape for tree in trees}) == 1:
            shape = ("chain", nodes[position].operation, len(trees), kind(start), trees[0].shape)
            found[position] = _Tree(shape, (), (start,), trees)
    return found
