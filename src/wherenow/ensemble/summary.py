"""Summaries of ensembles too large for memory, merged from shards of draws, here or on a cluster.

A shard is keyed by the number of its first draw and generates its own draws, so that it needs nothing but the case.
Shards have a fixed size and are merged in order (Chan, Golub & LeVeque 1983), so that the summary has the same bits on
one core and on a thousand.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan
from wherenow.cluster import each
from wherenow.engine import noise
from wherenow.engine.native import Native
from wherenow.engine.streaming.reducers import Moments, Summary
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Array, Saved
from wherenow.ensemble.simulate import inputs_of, prepare
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution
from wherenow.files import atomic_write

SHARD = 16_384
"""Draws per shard: about a second of one core, so that the cluster's overhead is small beside it."""
Shard = dict[str, Array]
"""``count``, ``lost`` and ``[output, time]`` of mean, sum of squared deviations, minimum and maximum."""
DrawsAt = Callable[[int, int], Draws]
"""Returns draws number ``first`` to ``first + n`` for ``(first, n)``; must be picklable for a cluster."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EnsembleSummary:
    """A summary of ``draws`` draws: ``[output, time]`` of mean, population variance, minimum and maximum.

    ``lost`` counts draws that turned non-finite; they are left out.
    """

    saved: tuple[Saved, ...]  # saved scalars, in the order of outputs
    times: Array  # saved times
    draws: int
    lost: int
    mean: Array  # mean over draws: [output, time]
    variance: Array  # population variance over draws: [output, time]
    least: Array  # minimum over draws: [output, time]
    greatest: Array  # maximum over draws: [output, time]

    @property
    def hash(self) -> str:
        """SHA-256 over all numbers: equal if every bit is."""
        digest = hashlib.sha256(repr((self.draws, self.lost)).encode())
        for values in (self.mean, self.variance, self.least, self.greatest):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def summarize(
    case: Case,
    draws_at: DrawsAt,
    draws: int,
    outputs: tuple[str, ...] | None = None,
    scenario: Scenario | None = None,
    kept: str | os.PathLike[str] | None = None,
    execution: Execution = HERE,
) -> EnsembleSummary:
    """Summarize ``draws`` draws of ``case`` under ``scenario`` without storing trajectories.

    Parameters
    ----------
    kept
        A folder in which each finished shard is stored, so that the same call resumes an interrupted one.
    execution
        Its progress is reported after each shard; each worker of a cluster has one thread.

    Raises
    ------
    UsageError
        For a number below 1, an unknown output or parameter, a lost cluster, or a folder of other shards.
    """
    if draws < 1:
        raise UsageError("an ensemble needs at least one draw")
    planned = plan(case, scenario) if scenario else ScenarioChanges()
    ready = prepare(case, planned.interventions, outputs, execution.of_parts.threads)
    spans = spans_of(draws, SHARD)
    work = partial(_shard, case, draws_at, planned, tuple(s.name for s in ready.saved), execution.of_parts.threads)
    store = None if kept is None else _Store(Path(kept), identity(case, draws_at(0, 1), ready.backend.program.hash))
    total: Shard | None = None
    times, done = np.empty(0), 0
    for shard, (_, size) in zip(_each(work, spans, execution.cluster, store), spans, strict=True):
        total, times, done = (shard if total is None else merged(total, shard)), shard["times"], done + size
        execution.progress(f"{done:,} of {draws:,} draws")
    assert total is not None
    count = max(float(total["count"]), 1.0)
    moments = {"mean": total["mean"], "variance": total["squares"] / count}
    moments |= {name: total[name] for name in ("least", "greatest")}
    return EnsembleSummary(
        saved=ready.saved,
        times=times,
        draws=draws,
        lost=int(total["lost"]),
        **{name: np.where(total["count"] > 0, values, np.nan) for name, values in moments.items()},
    )


def spans_of(draws: int, size: int) -> list[tuple[int, int]]:
    """Return ``(first, n)`` of each shard of ``draws`` draws; the last may be smaller."""
    return [(first, min(size, draws - first)) for first in range(0, draws, size)]


def merged(one: Shard, next_: Shard) -> Shard:
    """Merge two shards."""
    n, m = one["count"], next_["count"]
    if m == 0 or n == 0:
        return {**(one if m == 0 else next_), "lost": one["lost"] + next_["lost"]}
    difference = next_["mean"] - one["mean"]
    return {
        "count": n + m,
        "lost": one["lost"] + next_["lost"],
        "times": one["times"],
        "mean": one["mean"] + difference * (m / (n + m)),
        "squares": one["squares"] + next_["squares"] + difference * difference * (n * m / (n + m)),
        "least": np.minimum(one["least"], next_["least"]),
        "greatest": np.maximum(one["greatest"], next_["greatest"]),
    }


def _shard(
    case: Case,
    draws_at: DrawsAt,
    planned: ScenarioChanges,
    outputs: tuple[str, ...],
    threads: int | None,
    span: tuple[int, int],
) -> Shard:
    """Run the draws of one shard and summarize them."""
    backend = prepare(case, planned.interventions, outputs, threads).backend
    if not isinstance(backend, Native):
        raise UsageError("a summary needs a method of fixed steps: euler or rk4")
    draws = draws_at(*span)
    reduced = backend.reduce(inputs_of(backend.program, draws, planned.parameters, planned.series), [Moments()])
    (summary,) = reduced.results
    assert isinstance(summary, Summary)
    lost = len(reduced.left_out)
    count = np.array(float(len(draws) - lost))
    return {
        "count": count,
        "lost": np.array(float(lost)),
        "times": reduced.times,
        "mean": summary.mean,
        "squares": summary.variance * count,
        "least": summary.minimum,
        "greatest": summary.maximum,
    }


def identity(case: Case, first: Draws, program: str) -> str:
    """Return what must be equal for the shards of two calls to belong to one ensemble."""
    return " ".join((case.hash, program, first.hash, first.design, first.basis, f"noise {noise.VERSION}"))


@dataclass(frozen=True, slots=True)
class _Store:
    """Shards in a folder, one file each."""

    folder: Path
    identity: str

    def path(self, span: tuple[int, int]) -> Path:
        return self.folder / f"shard-{span[0]:012d}-{span[1]}.npz"

    def get(self, span: tuple[int, int]) -> Shard | None:
        path = self.path(span)
        if not path.is_file():
            return None
        import zipfile

        try:
            with np.load(path, allow_pickle=False) as stored:
                shard = {name: stored[name] for name in stored.files}
            identity = str(shard.pop("identity"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # a damaged shard is computed again
        if identity != self.identity:
            raise UsageError(f"{self.folder} holds shards of another ensemble", "name another folder, or remove it")
        return shard

    def put(self, span: tuple[int, int], shard: Shard) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path(span)) as beside, beside.open("wb") as file:
            np.savez(file, identity=np.array(self.identity), **shard)  # type: ignore[arg-type]


def _each(
    work: Callable[[tuple[int, int]], Shard], spans: list[tuple[int, int]], cluster: str, store: _Store | None
) -> Iterator[Shard]:
    """Yield the shards in order; stored ones are not computed again."""
    if store is None:
        yield from each(work, spans, cluster)
        return
    missing = [span for span in spans if store.get(span) is None]
    computed = each(work, missing, cluster)
    for span in spans:
        shard = store.get(span)
        if shard is None:
            shard = next(computed)
            store.put(span, shard)
        yield shard
