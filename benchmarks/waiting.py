"""What users wait for: whole processes, from the command to its end.

``python -m benchmarks.waiting`` runs each task of this version, of an earlier one and of peers in turns, prints the
medians, and exits with status 1 where a task takes more than 20% longer than in the earlier version, in wall time and
in processor time: a busy machine lengthens the former alone. ``--against REVISION`` names the earlier version, by
default the one for which the page of measurements was last written; both run the case as it was then. ``make bench``
writes the times of this version into the page.

A task is timed in one of these states:

- *anew*: the compiled programs of the case are on disk, its results are not;
- *unchanged*: the same command was run before;
- *a claim edited*, *an equation edited*: as anew, with a change in a copy of the case before each run;
- *from nothing*: nothing is on disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from statistics import median
from tarfile import open as open_tar

from benchmarks.measure import Entry, entry
from benchmarks.peers import SAMPLES

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "iraq-us"
ROUNDS = 10
SLOWER = 1.2
"""How many times as long as before a task may take."""
TEACUP = SAMPLES / "teacup"
PYSD = "import sys, pysd; pysd.read_vensim(sys.argv[1]).run()"
PYSIMLIN = "import sys, simlin; simlin.load(sys.argv[1]).run()"
MADE = ("*.result", "*.answers")
"""What is kept of results; compiled programs are kept beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that a user waits for. ``words`` are those of the command, with CASE and MODEL in their places.

    ``before`` prepares the case, a copy, and the cache folder, for a run by its number.
    """

    name: str
    words: tuple[str, ...]
    state: str = "anew"
    below: float | None = None
    before: Callable[[Path, Path, int], None] = field(default=lambda case, kept, number: _forget(kept))
    peers: Mapping[str, str] = field(default_factory=dict)
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one process: by the clock, and of processors."""

    wall: float
    processor: float


def _forget(kept: Path) -> None:
    for pattern in MADE:
        for path in kept.glob(pattern):
            path.unlink()


def _nothing(case: Path, kept: Path, number: int) -> None:
    shutil.rmtree(kept, ignore_errors=True)


def _unchanged(case: Path, kept: Path, number: int) -> None:
    """Leave everything as the last run left it."""


def _edited(file: str, old: str, new: str) -> Callable[[Path, Path, int], None]:
    """Write ``new`` for the first ``old`` in a file, once more before each run."""

    def edit(case: Path, kept: Path, number: int) -> None:
        content = (case / file).read_text("utf-8")
        assert old in content, f"{file} has no {old!r}"
        (case / file).write_text(content.replace(old, new, 1), "utf-8")
        _forget(kept)

    return edit


TASKS = (
    Task(name="wherenow --help", words=("--help",), below=0.15),
    Task(
        name="run a small model",
        words=("run", "MODEL"),
        below=0.35,
        peers={"PySD": PYSD, "pysimlin": PYSIMLIN},
    ),
    Task(name="check the Iraq–US case", words=("check", "CASE"), below=0.6),
    Task(name="check the Iraq–US case", words=("check", "CASE"), state="unchanged", below=0.25, before=_unchanged),
    Task(name="claims of the Iraq–US case", words=("claims", "CASE")),
    Task(name="claims of the Iraq–US case", words=("claims", "CASE"), state="unchanged", before=_unchanged),
    Task(name="outlook of the Iraq–US case", words=("outlook", "CASE"), below=8.0),
    Task(
        name="outlook of the Iraq–US case", words=("outlook", "CASE"), state="unchanged", below=1.5, before=_unchanged
    ),
    Task(
        name="outlook of the Iraq–US case",
        words=("outlook", "CASE"),
        state="a claim edited",
        below=3.0,
        before=_edited("claims.yaml", "says: ", "says: Again, "),
    ),
    Task(
        name="outlook of the Iraq–US case",
        words=("outlook", "CASE"),
        state="an equation edited",
        below=6.0,
        before=_edited("model/security.yaml", "auxiliary: ", "auxiliary: 1.0001 * "),
    ),
    Task(
        name="outlook of the Iraq–US case",
        words=("outlook", "CASE"),
        state="from nothing",
        before=_nothing,
        rounds=3,
    ),
    Task(name="all verdicts on reasons, Iraq–US", words=("why", "CASE"), below=15.0, rounds=3),
)


def measured() -> Iterator[Entry]:
    """Each task of this version, as the median of its rounds, with the processor time; the first peer beside it."""
    for task in TASKS:
        taken = in_turns(task, {"ours": ROOT / "src"})
        ours = taken.pop("ours")
        others = "".join(f"; {name} {_of(times).wall:.2f} s" for name, times in taken.items())
        peer = _of(next(iter(taken.values()))).wall if taken else None
        note = f"median of {len(ours)} runs; {_of(ours).processor:.2f} s of processors{others}"
        yield entry(task.name, task.state, _of(ours).wall, peer, below=task.below, note=note)


def in_turns(task: Task, versions: Mapping[str, Path], case_folder: Path = CASE) -> dict[str, list[Taken]]:
    """The times of a task by version (the folder of its source) and peer, taken in turns; of those that can do it."""
    taken: dict[str, list[Taken]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        models = _models(folder)
        for number in range(-1, task.rounds):  # the first run compiles, and is not counted
            for version, source in versions.items():
                own = folder / version
                case, kept = own / "iraq-us", own / "kept"
                if number < 0:
                    shutil.copytree(case_folder, case)
                task.before(case, kept, number)
                given = {"CASE": str(case), "MODEL": str(models[".mdl"])}
                words = [given.get(word, word) for word in task.words]
                command = [sys.executable, "-m", "wherenow", *words]
                _note(
                    taken, version, number, _run(command, own, {"PYTHONPATH": str(source), "WHERENOW_CACHE": str(kept)})
                )
            for peer, code in task.peers.items():
                model = models[".mdl" if peer == "PySD" else ".xmile"]
                _note(taken, peer, number, _run([sys.executable, "-c", code, str(model)], folder, {}))
    return taken


def _models(folder: Path) -> dict[str, Path]:
    """The small model by suffix, in a folder of its own: PySD writes beside it."""
    own = ROOT / "tests" / "data" / "test-models" / "Lotka_Volterra.mdl"
    found = {s: TEACUP / f"teacup{s}" for s in (".mdl", ".xmile")} if TEACUP.is_dir() else {".mdl": own, ".xmile": own}
    return {suffix: Path(shutil.copy(path, folder)) for suffix, path in found.items()}


def _note(taken: dict[str, list[Taken]], name: str, number: int, one: Taken | None) -> None:
    if one is not None and number >= 0:
        taken.setdefault(name, []).append(one)


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> Taken | None:
    """What a process takes; None where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Taken(wall, used.ru_utime + used.ru_stime) if process.returncode == 0 else None


def _of(times: list[Taken]) -> Taken:
    return Taken(median(t.wall for t in times), median(t.processor for t in times))


def _unpack(revision: str, folder: Path) -> None:
    """Write the source and the case of an earlier version to ``folder``."""
    command = ["git", "archive", revision, "src", "cases/iraq-us"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with open_tar(fileobj=BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")


def _last_page() -> str:
    """The revision that last wrote the page of measurements."""
    command = ["git", "log", "-1", "--format=%H", "--", "benchmarks/results.json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="REVISION", help="the earlier version")
    parser.add_argument("--only", metavar="TEXT", default="", help="only tasks with this in their name")
    parser.add_argument("--rounds", type=int, help="runs of each, where not those of the task")
    asked = parser.parse_args()
    slower = []
    with tempfile.TemporaryDirectory() as place:
        earlier = Path(place)
        _unpack(asked.against or _last_page(), earlier)
        versions = {"now": ROOT / "src", "before": earlier / "src"}
        for task in TASKS:
            if asked.only not in task.name:
                continue
            if asked.rounds:
                task = replace(task, rounds=asked.rounds)
            found = {
                name: _of(times) for name, times in in_turns(task, versions, earlier / "cases" / "iraq-us").items()
            }
            told = "  ".join(f"{name} {t.wall:.2f} s ({t.processor:.2f} s)" for name, t in found.items())
            print(f"{task.name}, {task.state}: {told}", flush=True)
            if "now" not in found:
                slower.append(f"{task.name}, {task.state}: it fails")
            elif "before" in found and is_slower(found["now"], found["before"]):
                slower.append(
                    f"{task.name}, {task.state}: {found['now'].wall / found['before'].wall:.2f} times as long"
                )
    for line in slower:
        print(line, file=sys.stderr)
    sys.exit(1 if slower else 0)


def is_slower(now: Taken, before: Taken) -> bool:
    """Whether a task takes longer than it may, by the clock and by the processors."""
    return now.wall > SLOWER * before.wall and now.processor > SLOWER * before.processor


if __name__ == "__main__":
    main()
