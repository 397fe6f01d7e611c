"""A cache of the answers for each set of cuts, in memory and between calls.

Stored answers are in the cache on disk (:mod:`wherenow.cache_store`), under a hash of the case, its draws, the kind of
cut, and the source code that answers; damaged entries are ignored. Each draw is identified by its own digest, so that a
call on fewer draws takes a part of the answers and one on more continues from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wherenow import cache_store
from wherenow.case.case_types import Case
from wherenow.ensemble.draws import Draws
from wherenow.explain.ablation.ablation import Answers, Mask
from wherenow.model.cuts import Pair

Bits = NDArray[np.uint8]
"""``[draw, byte]``: a bit for each claim, and one for whether the draw stayed finite."""
MOST = 1 << 26
"""Maximum size of an entry in bytes; of more answers, only the first draws are stored."""
PACKAGES = ("case", "claims", "distributions", "engine", "ensemble", "explain", "language", "model")
"""Packages whose source determines answers, including the version of noise: a change of them invalidates entries."""
_DIGEST = 16


def packed(answers: Answers) -> Bits:
    """Return answers as bits."""
    return np.packbits(np.vstack([answers.holds, answers.finite[None, :]]), axis=0).T.copy()


@dataclass(frozen=True, slots=True, eq=False)
class AnswerCache:
    """Answers of ``claims`` claims by set of cuts, each on a prefix of the draws; prefix lengths may differ.

    ``digests`` identify the draws of the stored answers.
    """

    claims: int
    bits: dict[frozenset[Pair], Bits] = field(default_factory=dict)
    digests: tuple[bytes, ...] = ()

    def count(self, cuts: frozenset[Pair]) -> int:
        """Return the number of draws on which a set was evaluated."""
        return len(self.bits[cuts]) if cuts in self.bits else 0

    def add(self, cuts: frozenset[Pair], more: Bits) -> None:
        """Append the answers for the next draws."""
        self.bits[cuts] = np.concatenate([self.bits[cuts], more]) if cuts in self.bits else more

    def holds(self, cuts: frozenset[Pair], draws: int) -> Mask:
        """Return ``[claim, draw]`` on the first draws."""
        return self._rows(cuts, draws)[: self.claims]

    def finite(self, cuts: frozenset[Pair], draws: int) -> Mask:
        """Return ``[draw]``: whether the run stayed finite, on the first draws."""
        found: Mask = self._rows(cuts, draws)[self.claims]
        return found

    def _rows(self, cuts: frozenset[Pair], draws: int) -> Mask:
        found: Mask = np.unpackbits(self.bits[cuts][:draws], axis=1, count=self.claims + 1).T.astype(bool)
        return found


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """The place of stored answers, and the digests of their draws."""

    name: str
    digests: tuple[bytes, ...]

    def read(self, claims: int) -> AnswerCache:
        """Read the stored answers of ``claims`` claims on these draws, or on more that begin with them; otherwise
        empty.
        """
        content = cache_store.entry(self.name)
        if content is None:
            return AnswerCache(claims)
        line, _, rest = content.partition(b"\n")
        head, width = json.loads(line), claims // 8 + 1
        place = head["draws"] * _DIGEST
        digests = tuple(rest[i : i + _DIGEST] for i in range(0, place, _DIGEST))
        alike = min(len(digests), len(self.digests))
        if digests[:alike] != self.digests[:alike]:
            return AnswerCache(claims)
        found = AnswerCache(claims, digests=digests)
        for links, count in head["sets"]:
            rows = np.frombuffer(rest, np.uint8, count * width, place).reshape(count, width)
            found.bits[frozenset((a, b) for a, b in links)] = rows
            place += count * width
        return found

    def keep(self, answered: AnswerCache) -> None:
        """Store answers, if possible."""
        digests = max(answered.digests, self.digests, key=len)  # one sequence begins with the other, so keep the longer
        most = MOST // (len(answered.bits) * (answered.claims // 8 + 1) or 1)
        bits = {cuts: rows[:most] for cuts, rows in answered.bits.items()}
        digests = digests[: max(map(len, bits.values()), default=0)]
        head = {"draws": len(digests), "sets": [[sorted(map(list, cuts)), len(rows)] for cuts, rows in bits.items()]}
        body = b"".join([json.dumps(head).encode(), b"\n", *digests, *(rows.tobytes() for rows in bits.values())])
        cache_store.keep(self.name, body)


def cache_entry(
    case: Case, claims: tuple[str, ...], draws: Draws, since: float | None, neutral: Mapping[str, float]
) -> CacheEntry:
    """Return the cache entry for ``claims`` (ids) of a case on ``draws``, cut ``since`` then and to ``neutral``."""
    columns = np.ascontiguousarray(draws.values.T)
    digests = tuple(hashlib.blake2b(column.tobytes(), digest_size=_DIGEST).digest() for column in columns)
    drawn = (repr(draws.names), f"{draws.seed} {draws.first} {digests[0].hex()}")
    cut = (repr(since), repr(sorted(neutral.items())))
    name = cache_store.key_of(case.hash, repr(claims), *drawn, *cut, cache_store.version_of(*PACKAGES))
    return CacheEntry(name + cache_store.ANSWERS, digests)
