"""Work that writes, killed at random moments and otherwise hindered: ``python -m tests.robust.faults KILLS SEED``.

This process loads everything once; each attempt is a fork of it, killed by SIGKILL after a time drawn evenly over what
the work takes. After each kill what is on disk is looked at, and the work is taken up again to its end.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.robust.cases import LITTLE, forecasting, line

from wherenow.case.case_types import Case
from wherenow.ensemble.draws import draw
from wherenow.ensemble.save import save_runs
from wherenow.ensemble.simulate import simulate
from wherenow.execution import Execution


@dataclass(frozen=True)
class Work:
    """``do`` works in a folder, taking up what it finds; ``look`` asserts that what is there is whole; ``result`` reads
    what ``do`` left when it came to its end."""

    do: Callable[[Path], None]
    look: Callable[[Path], None]
    result: Callable[[Path], bytes]


# -- calibrate


def _calibrate(folder: Path) -> None:
    from wherenow.inference.calibrate import calibrate
    from wherenow.inference.posterior import save_posterior

    state = folder / "posterior.state.npz"
    save_posterior(calibrate(line(), 1, LITTLE, state_file=state, resume=True), folder / "posterior.nc")
    state.unlink(missing_ok=True)


def _posterior(folder: Path) -> bytes:
    from wherenow.inference.posterior import read_posterior

    return read_posterior(folder / "posterior.nc").values.tobytes()


def _look_at_posterior(folder: Path) -> None:
    if (folder / "posterior.nc").exists():
        _posterior(folder)
    state = folder / "posterior.state.npz"
    if state.exists():
        with np.load(state) as kept:
            assert kept["chains"].shape[1] == LITTLE.runs


# -- backtest


def _backtest(folder: Path) -> None:
    from wherenow.foresight.trials.scorecard import scorecard
    from wherenow.foresight.trials.store import save
    from wherenow.foresight.trials.trial import trial

    case = line()
    found = trial(case, (5.0, 7.0), (2.0,), effort=LITTLE, execution=Execution(threads=1), draws=50)
    save(case, found, scorecard(found, str), None, folder / "backtest.json")


def _scorecard(folder: Path) -> bytes:
    return (folder / "backtest.json").read_bytes()


def _look_at_scorecard(folder: Path) -> None:
    if (folder / "backtest.json").exists():
        json.loads(_scorecard(folder))


# -- ledger


def _ledger(folder: Path) -> None:
    from wherenow.foresight.ledger import register, resolve

    case = forecasting()
    register(case, folder / "ledger.sqlite", threads=1)
    resolve(case, folder / "ledger.sqlite")


def _look_at_ledger(folder: Path) -> None:
    from wherenow.foresight.ledger import entries

    if (folder / "ledger.sqlite").exists():
        found = entries(folder / "ledger.sqlite")
        assert len(found) in (0, 12), f"{len(found)} of 12 registered"
        assert sum(e.outcome is not None for e in found) in (0, 6), "some resolved, some not"


def _entries(folder: Path) -> bytes:
    from wherenow.foresight.ledger import entries

    return repr([(e.id, e.p, e.outcome) for e in entries(folder / "ledger.sqlite")]).encode()


# -- report


def _outlooks() -> tuple[Any, Any]:
    from wherenow.outlook.case_outlook import forecast

    case = line()
    return tuple(forecast(case, draw(case, 8, seed), engine="reference") for seed in (0, 1))  # type: ignore[return-value]


def _report(folder: Path) -> None:
    from wherenow.report import write_report

    for _ in range(3):
        for outlook in LOADED["outlooks"]:
            write_report(outlook, folder / "outlook.html")


def _look_at_report(folder: Path) -> None:
    if (folder / "outlook.html").exists():
        assert (folder / "outlook.html").read_text("utf-8") in LOADED["pages"], "neither the old report nor the new one"


# -- cache


def _cache(folder: Path) -> None:
    from wherenow.engine.llvm import kernel_cache as cache

    os.environ["WHERENOW_CACHE"] = str(folder / "cache")
    cache._loaded.clear()
    found = simulate(forecasting(), draw(forecasting(), 8), threads=1).values
    (folder / "values").write_bytes(found.tobytes())


def _look_at_cache(folder: Path) -> None:
    from wherenow import cache_store

    os.environ["WHERENOW_CACHE"] = str(folder / "cache")
    for path in (folder / "cache").glob("*.[kp][er]*"):
        assert cache_store.entry(path.name) is not None, "a kernel or program in part"


# -- trajectories


def _save(folder: Path) -> None:
    for runs in LOADED["runs"]:
        for suffix in ("csv", "nc", "parquet"):
            save_runs(runs, folder / f"runs.{suffix}")


def _look_at_saved(folder: Path) -> None:
    import pandas
    import xarray

    lengths = {len(r) * len(r.times) for r in LOADED["runs"]}
    if (folder / "runs.csv").exists():
        assert len(pandas.read_csv(folder / "runs.csv")) in lengths
    if (folder / "runs.parquet").exists():
        assert len(pandas.read_parquet(folder / "runs.parquet")) in lengths
    if (folder / "runs.nc").exists():
        with xarray.open_dataset(folder / "runs.nc", engine="h5netcdf") as found:
            assert found["height"].size in lengths


def _saved(folder: Path) -> bytes:
    return (folder / "runs.csv").read_bytes()


WORKS: Mapping[str, Work] = {
    "calibrate": Work(_calibrate, _look_at_posterior, _posterior),
    "backtest": Work(_backtest, _look_at_scorecard, _scorecard),
    "ledger": Work(_ledger, _look_at_ledger, _entries),
    "report": Work(_report, _look_at_report, lambda folder: (folder / "outlook.html").read_bytes()),
    "cache": Work(_cache, _look_at_cache, lambda folder: (folder / "values").read_bytes()),
    "save": Work(_save, _look_at_saved, _saved),
}
LOADED: dict[str, Any] = {}
"""What works share, made once before any fork."""


def load() -> None:
    """Everything that the works need, so that a fork begins with the work itself."""
    from wherenow.report import render

    LOADED["outlooks"] = _outlooks()
    LOADED["pages"] = [render(outlook) for outlook in LOADED["outlooks"]]
    case: Case = line()
    LOADED["runs"] = [simulate(case, draw(case, n), engine="reference") for n in (300, 301)]


def forked(work: Callable[[], None], after: float | None = None) -> int:
    """The exit status of ``work`` in a fork, which is killed ``after`` that many seconds; its error is shown."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder."""
    made = Path(tempfile.mkdtemp(prefix="wherenow-faults-"))
    try:
        yield made
    finally:
        made.chmod(0o755)
        shutil.rmtree(made)


def killed(name: str, seed: int, kills: int) -> dict[str, Any]:
    """Kills one kind of work so often; how often the kill came in time, and whether all was well."""
    work, luck = WORKS[name], random.Random(seed)
    with folder() as place:
        work.do(place)  # loads what it needs
    with folder() as place:
        begun = time.perf_counter()
        work.do(place)
        lasts = time.perf_counter() - begun
        expected = work.result(place)
    in_time = 0
    for _ in range(kills):
        with folder() as place:
            if luck.random() < 0.5:  # over an older result
                assert forked(lambda: work.do(place)) == 0
            in_time += forked(lambda: work.do(place), luck.uniform(0.0, 1.1 * lasts)) != 0
            work.look(place)
            assert forked(lambda: work.do(place)) == 0, "cannot be taken up again"
            digests = [hashlib.sha256(b).hexdigest() for b in (work.result(place), expected)]
            assert digests[0] == digests[1], "another result than without the kill"
    return {"work": name, "kills": kills, "in_time": in_time, "seconds": round(lasts, 2)}


# -- a full disk, a folder that may not be written


def full(name: str, limit: int) -> dict[str, Any]:
    """The work where no file may grow beyond ``limit`` bytes, over an older result: refused in words, the old whole."""
    work = WORKS[name]

    def hindered() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return _refused(work, hindered, 0o755)


def read_only(name: str) -> dict[str, Any]:
    """The work by somebody who may not write in its folder."""
    return _refused(WORKS[name], _nobody, 0o555)


def _nobody() -> None:
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def _refused(work: Work, hindered: Callable[[], None], mode: int) -> dict[str, Any]:
    from wherenow.errors import WherenowError

    with folder() as place:
        if work is not WORKS["ledger"]:  # which has nothing to write where it is done
            work.do(place)
            work.look(place)
        before = {p.name: p.read_bytes() for p in place.iterdir() if p.is_file()}
        place.chmod(mode)

        def attempt() -> None:
            hindered()
            try:
                work.do(place)
            except WherenowError as error:
                os._exit(7 if str(error) else 1)

        status = forked(attempt)
        after = {p.name: p.read_bytes() for p in place.iterdir() if p.is_file()}
        work.look(place)
    return {
        "refused": status == 7,
        "finished": status == 0,
        "same": all(after[name] == old for name, old in before.items()),
        "left": sorted(set(after) - set(before)),
    }


# -- several at once


def at_once(name: str, processes: int) -> dict[str, Any]:
    """The same work in the same folder by several processes at once, the result looked at and compared."""
    work = WORKS[name]
    with folder() as place:
        work.do(place)
        expected = work.result(place)
    with folder() as place:
        start = time.time() + 0.3

        def together() -> None:
            time.sleep(max(0.0, start - time.time()))
            work.do(place)

        children = [_start(together) for _ in range(processes)]
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        work.look(place)
        return {"statuses": statuses, "same": work.result(place) == expected}


def _start(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        os._exit(forked(work))
    return child


def all_of(kills: int, seed: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every fault on every kind of work that it can befall."""
    for name in WORKS:
        yield f"{name} killed", killed(name, seed, kills)
    for name, limit in (("calibrate", 6000), ("backtest", 200), ("ledger", 4096), ("report", 9000), ("save", 5000)):
        yield f"{name} on a full disk", full(name, limit)
        yield f"{name} in a read-only folder", read_only(name)
    for name in ("ledger", "cache", "report", "calibrate"):
        yield f"{name} by four at once", at_once(name, 4)


if __name__ == "__main__":
    load()
    print(json.dumps(dict(all_of(int(sys.argv[1]), int(sys.argv[2])))))
