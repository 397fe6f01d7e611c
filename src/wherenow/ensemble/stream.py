"""Write trajectories of ensembles too large for memory to a Zarr store, shard by shard, here or from a cluster.

Each shard has its own chunk in every array, and ``done`` marks it once it is written, so that the same call resumes an
incomplete store. xarray opens the store: dimensions ``draw`` and ``time``.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan
from wherenow.cluster import each
from wherenow.ensemble.runs import Array
from wherenow.ensemble.save import column
from wherenow.ensemble.simulate import PreparedCase, prepare
from wherenow.ensemble.summary import DrawsAt, identity, spans_of
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution

if TYPE_CHECKING:
    import zarr

SHARD = 1024
"""Draws per shard and per chunk of the store: a few megabytes of a variable at monthly steps."""


def stream_runs(
    case: Case,
    draws_at: DrawsAt,
    draws: int,
    path: str | os.PathLike[str],
    outputs: tuple[str, ...] | None = None,
    scenario: Scenario | None = None,
    execution: Execution = HERE,
) -> Path:
    """Write every saved series of ``draws`` draws to a Zarr store at ``path``; other arguments are as for
    ``summarize``.

    Raises UsageError for a store of another ensemble, or a folder without such a store.
    """
    planned = plan(case, scenario) if scenario else ScenarioChanges()
    ready = prepare(case, planned.interventions, outputs, execution.of_parts.threads)
    target = Path(path)
    store = _opened(target, ready, draws, identity(case, draws_at(0, 1), ready.backend.program.hash))
    arrays = dict(store.arrays())
    done = arrays["done"]
    spans = spans_of(draws, SHARD)
    missing = [span for span, written in zip(spans, np.asarray(done[:]), strict=True) if not written]
    names = tuple(s.name for s in ready.saved)
    work = partial(_shard, case, draws_at, planned, names, execution.of_parts.threads)
    finished = draws - sum(size for _, size in missing)
    for (first, size), values in zip(missing, each(work, missing, execution.cluster), strict=True):
        for saved, rows in zip(ready.saved, values, strict=True):
            arrays[column(saved)][first : first + size] = rows.T
        done[first // SHARD] = True  # mark the shard only now: an incomplete one is written again
        finished += size
        execution.progress(f"{finished:,} of {draws:,} draws")
    return target


def _shard(
    case: Case,
    draws_at: DrawsAt,
    planned: ScenarioChanges,
    outputs: tuple[str, ...],
    threads: int | None,
    span: tuple[int, int],
) -> Array:
    ready = prepare(case, planned.interventions, outputs, threads)
    return ready.run(draws_at(*span), "", planned.parameters, planned.series).values


def _opened(path: Path, ready: PreparedCase, draws: int, made: str) -> zarr.Group:
    """Open the store of this ensemble, or create an empty one. Raises UsageError as :func:`stream_runs`."""
    try:
        import zarr
    except ModuleNotFoundError as error:
        raise UsageError(f"a Zarr store needs {error.name}", "pip install 'wherenow[distributed]'") from None
    if path.exists():
        try:
            store = zarr.open_group(str(path), mode="r+")
        except (FileNotFoundError, ValueError, KeyError, OSError):
            raise UsageError(f"{path} is not a Zarr store") from None
        if store.attrs.get("wherenow") != made or store.attrs.get("draws") != draws:
            raise UsageError(f"{path} is of another ensemble", "name another place, or remove it")
        return store
    program = ready.backend.program
    times = program.time.start + np.arange(0, program.time.steps + 1, program.time.save_every) * program.time.step
    store = zarr.open_group(str(path), mode="w")
    _array(store, "time", times, ("time",), {"units": program.time.unit})
    shape, chunks = (draws, len(times)), (min(SHARD, draws), len(times))
    for saved in ready.saved:
        made_of: dict[str, Any] = {"shape": shape, "chunks": chunks, "dtype": "f8", "fill_value": np.nan}
        array = store.create_array(column(saved), dimension_names=("draw", "time"), **made_of)
        array.attrs["units"] = saved.unit
    _array(store, "done", np.zeros(-(-draws // SHARD), bool), ("shard",), {})
    store.attrs.update({"wherenow": made, "draws": draws})  # write the identity last: an incomplete store has none
    return store


def _array(store: zarr.Group, name: str, values: Any, dimensions: tuple[str, ...], attributes: dict[str, str]) -> None:
    array = store.create_array(name, data=values, dimension_names=dimensions)
    array.attrs.update(attributes)
