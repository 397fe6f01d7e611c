"""Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3").

A number is a pure function of (seed; stream, step, draw), so any order, batch, thread count or backend gives the same
one. The same rounds in LLVM IR are in :mod:`wherenow.engine.llvm.emit.emit_philox`.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)  # the golden ratio and sqrt(3) - 1, as 32-bit fractions
ROUNDS = 10
LOW32 = 0xFFFFFFFF

Words = NDArray[np.uint64]


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, Words, Words, Words]:
    """Encrypt a block of four 32-bit words (in uint64 arrays) under a key of two words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    shift, low = np.uint64(32), np.uint64(LOW32)
    for _ in range(ROUNDS):
        p0 = c0 * np.uint64(MULTIPLIERS[0])
        p1 = c2 * np.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ np.uint64(k0), p1 & low, (p0 >> shift) ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = (k0 + WEYL[0]) & LOW32, (k1 + WEYL[1]) & LOW32
    return c0, c1, c2, c3


def key_of(seed: int) -> tuple[int, int]:
    """Return the key of a seed: its low and high 32 bits (of 64)."""
    return seed & LOW32, (seed >> 32) & LOW32


def stream_number(name: str) -> int:
    """Return the first 32 bits of the SHA-256 of a stream's name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def uniform(seed: int, stream: str, step: int, draws: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return one number in (0, 1) for each draw number: odd multiples of 2**-53, never 0 or 1.

    Steps 2 k and 2 k + 1 share a block: one uses its first two words, the other its last two.
    """
    number = np.asarray(draws).astype(np.uint64)
    counter = (
        np.full_like(number, step // 2),
        number & np.uint64(LOW32),
        number >> np.uint64(32),
        np.full_like(number, stream_number(stream)),
    )
    words = philox(counter, key_of(seed))
    low, high = words[2:] if step % 2 else words[:2]
    bits = ((high << np.uint64(32)) | low) >> np.uint64(12)
    # 52 random bits as the fraction of a number in [1, 2); less 1 they are exact, and so is the half step added
    return (bits | np.uint64(0x3FF << 52)).view(np.float64) - 1.0 + 2.0**-53
