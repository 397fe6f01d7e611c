"""How a measurement is made, and what one is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

ROUNDS = 7


@dataclass(frozen=True)
class Entry:
    """One measurement: seconds of ours and of a peer at the same work (None if there is no peer).

    ``ratio`` is peer / ours. ``goal`` says what was hoped for, ``met`` whether it was reached (None where there was no
    goal), ``note`` what else was seen: which peer, how far results differ, which limit is in the way. ``slower`` says
    whether an earlier version took much less.
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    size: str
    machine: str
    goal: str = ""
    met: bool | None = None
    note: str = ""
    slower: bool = False

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def entry(
    name: str,
    size: str,
    ours: float,
    peer: float | None = None,
    *,
    at_least: float | None = None,
    below: float | None = None,
    note: str = "",
) -> Entry:
    """An entry with its goal: a ratio of ``at_least``, or ours ``below`` so many seconds."""
    ratio = None if peer is None else peer / ours
    goal, met = "", None
    if at_least is not None and ratio is not None:
        goal, met = f"ratio ≥ {at_least:g}", ratio >= at_least
    elif below is not None:
        goal, met = f"< {below * 1e3:g} ms", ours < below
    return Entry(name, ours, peer, ratio, size, machine(), goal, met, note)


def least(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The least wall time of each, taken alternately, so that load affects all alike."""
    found = [float("inf")] * len(works)
    for work in works:
        work()
    for _ in range(rounds):
        for i, work in enumerate(works):
            begun = time.perf_counter()
            work()
            found[i] = min(found[i], time.perf_counter() - begun)
    return found


def once(work: Callable[[], object]) -> float:
    """The wall time of one run."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def pin(cores: int) -> int:
    """Keeps this process on that many cores, the last ones, or on all for 0; how many it got."""
    if not hasattr(os, "sched_setaffinity"):
        return 1
    available = sorted(_all_cores())[-cores:]
    os.sched_setaffinity(0, available)
    return len(available)


@cache
def _all_cores() -> frozenset[int]:
    return frozenset(os.sched_getaffinity(0))


@cache
def machine() -> str:
    """The processor, its cores for us and its widest vectors."""
    from wherenow.engine.llvm.jit import vector_registers

    cores = len(_all_cores()) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    family = [next((x.split(":")[1].strip() for x in lines if x.startswith(k)), "?") for k in ("cpu family", "model\t")]
    return f"{name} family {family[0]} model {family[1]}, {cores} cores, {64 * vector_registers()}-bit vectors"
