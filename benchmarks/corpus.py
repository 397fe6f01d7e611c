"""The community's test models in PySD, pysimlin and here: which give their canonical output, and how long they take.

Each model runs in a process of its own a tool, which reads it, runs it, and runs it again: ``cold`` is the whole
process, ``warm`` the least of ten more runs. Times are compared over the models that all three tools get right. PySD
and pysimlin run one at a time, so that 10,000 runs are that many warm ones; ours are ten ensembles of 1,000, every
variable saved. Models are taken in a fixed mixed order, every tool on one before the next, until :data:`WHOLE` has
passed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

from benchmarks.measure import Entry, entry, once

SHARED = Path(__file__).parents[2] / "shared"
SECONDS = 30
"""What a process may take."""
WHOLE = 300
"""After how many seconds no further model is begun; all of the corpus takes about ten minutes."""
MANY = 10_000
TOGETHER = 1_000


def models() -> Iterator[Entry]:
    """The share that each tool gets right, and the median times over models that all tools get right."""
    if not (SHARED / "test-models").is_dir():
        return
    compare = _conformance()
    found: dict[str, dict[Path, dict[str, float]]] = {tool: {} for tool in TOOLS}
    every = [f for f in sorted((SHARED / "test-models").glob("*/*/*.mdl")) if _canonical(f)]
    every.sort(key=lambda f: hashlib.sha256(f.name.encode()).digest())
    files: list[Path] = []
    begun = time.perf_counter()
    for file in every:
        if time.perf_counter() - begun > WHOLE:
            break
        files.append(file)
        for tool, passed in found.items():
            times = _attempt(tool, file, compare)
            if times:
                passed[file] = times
    everyone = [f for f in files if all(f in passed for passed in found.values())]
    if not everyone:
        return
    right = ", ".join(f"{tool} {len(passed)}" for tool, passed in found.items())
    sample = f"right of {len(files)}, drawn from {len(every)}: {right}"
    for what, name in (("cold", "one run, whole process"), ("warm", "one run more"), ("many", "10,000 runs")):
        ours, *others = ([passed[f][what] for f in everyone] for passed in found.values())
        told = (f"{tool} {median(times) * 1e3:.3g} ms" for tool, times in zip(list(TOOLS)[1:], others, strict=True))
        quicker = sum(all(mine < theirs for theirs in row) for mine, *row in zip(ours, *others, strict=True))
        note = f"{', '.join(told)}; quickest of the three on {quicker}; {sample}"
        peer = min(median(times) for times in others)
        yield entry(name, f"median of {len(everyone)} models", median(ours), peer, at_least=1.0, note=note)


def _conformance() -> ModuleType:
    """The corpus' own comparison of outputs."""
    spec = importlib.util.spec_from_file_location("conformance", SHARED / "tools" / "conformance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _canonical(model: Path) -> Path | None:
    return next((f for f in model.parent.iterdir() if f.name.lower() in ("output.csv", "output.tab")), None)


def _attempt(tool: str, model: Path, compare: ModuleType) -> dict[str, float] | None:
    """The times of a tool on a model; None where its output is not the canonical one."""
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "model", Path(place) / "out.csv"
        shutil.copytree(model.parent, folder)
        command = [sys.executable, "-m", "benchmarks.corpus", tool, str(folder / model.name), str(out)]
        begun = time.perf_counter()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
            whole = time.perf_counter() - begun
            times = json.loads(done.stdout.splitlines()[-1])
            canonical = _canonical(model)
            if canonical is None or compare.difference(canonical, out):
                return None
        except Exception:  # a tool that fails, or writes what cannot be read, is not right
            return None
    return {"cold": whole - times["after"], "warm": times["warm"], "many": times["many"]}


def _ours(path: str) -> tuple[Callable[[], Any], Callable[[Any, Path], None], Callable[[], object] | None]:
    import wherenow
    from wherenow.ensemble.save import save_runs

    m = wherenow.open(path)
    return m.run, lambda _, out: save_runs(m.sample(n=1), out), lambda: m.sample(n=TOGETHER)


def _pysd(path: str) -> tuple[Callable[[], Any], Callable[[Any, Path], None], None]:
    import pysd

    return pysd.read_vensim(path).run, lambda table, out: table.rename_axis("Time").to_csv(out), None


def _simlin(path: str) -> tuple[Callable[[], Any], Callable[[Any, Path], None], None]:
    import simlin

    m = simlin.load(path)
    return lambda: m.run().results, lambda table, out: table.rename_axis("Time").to_csv(out), None


TOOLS = {"wherenow": _ours, "PySD": _pysd, "pysimlin": _simlin}


def main(tool: str, path: str, out: str) -> None:
    """Run a model as a process of its own; the times as JSON, the results in a file."""
    run, write, many = TOOLS[tool](path)
    first = run()
    begun = time.perf_counter()
    warm = min(once(run) for _ in range(10))
    everything = warm * MANY if many is None else min(once(many) for _ in range(2)) * MANY / TOGETHER
    write(first, Path(out))
    print(json.dumps({"warm": warm, "many": everything, "after": time.perf_counter() - begun}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
