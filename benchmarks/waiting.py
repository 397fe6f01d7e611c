"""What users wait for: whole processes, from the command to its end.

``python -m benchmarks.waiting`` runs each task of this version, of an earlier one and of peers alternately, and prints
the medians. Each version runs its own state of the case. ``--against REVISION`` names the earlier one, by default that
for which the page of measurements was last made. ``python -m benchmarks.run --only waiting`` does the same and writes
the page. Both exit with status 1 where a task takes more than 20% longer than in the earlier version, in wall time and
in processor time: a busy machine lengthens the former alone.

A task is timed in one of these states:

- *uncached*: the compiled programs of the case are on disk, its results are not;
- *unchanged*: the same command was run before;
- *a claim edited*, *an equation edited*: the command was run before, and the case has been edited once since then;
- *from nothing*: nothing is on disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from statistics import median
from tarfile import open as open_tar
from urllib.request import urlopen

from benchmarks.draft_scores import folders
from benchmarks.measure import Entry, entry
from benchmarks.peers import SAMPLES

ROOT = Path(__file__).parents[1]
ROUNDS = 10
SLOWER = 1.2
"""How many times as long as before a task may take."""
TEACUP = SAMPLES / "teacup"
TEXT = next((f / "article.txt" for f in folders() if f.name == "famine"), Path("no text"))
PYSD = "import sys, pysd; pysd.read_vensim(sys.argv[1]).run()"
PYSIMLIN = "import sys, simlin; simlin.load(sys.argv[1]).run().results"
PEERS = {"PySD": PYSD, "pysimlin": PYSIMLIN}
OURS = "import sys, wherenow; wherenow.open(sys.argv[1]).run()"
MADE = ("*.result", "*.answers")
"""What is kept of results; compiled programs are kept beside them."""
ANSWERED = b"very likely"
"""What the app's page says once the outlook of the case is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that a user waits for.

    ``words`` are those of the command, with CASE and others in their places; ``code`` is Python to run on a model
    instead.

    ``before`` prepares the case, a copy, and the cache folder, for a run by its number; the run of number -1, which
    ``warms`` the cache, is not counted. A server is asked for its first page.
    """

    name: str
    words: tuple[str, ...] = ()
    code: str = ""
    warms: bool = True
    state: str = "uncached"
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
    """Write ``new``, with the number of the run in it, for the first ``old`` in a file as it was at first."""

    def edit(case: Path, kept: Path, number: int) -> None:
        first = kept.with_name("unedited")
        if number < 0:
            shutil.copy(case / file, first)
            return
        content = first.read_text("utf-8")
        assert old in content, f"{file} has no {old!r}"
        (case / file).write_text(content.replace(old, new.format(number + 1), 1), "utf-8")

    return edit


OUTLOOK = Task(name="outlook of the Iraq–US case", words=("outlook", "CASE"), rounds=5)
TASKS = (
    Task(name="wherenow --help", words=("--help",), below=0.15),
    Task(name="run a small model", words=("run", "MODEL"), below=0.35, peers=PEERS),
    Task(name="run a small model in Python", code=OURS, peers=PEERS, rounds=5),
    Task(name="check the Iraq–US case", words=("check", "CASE"), below=0.6),
    Task(name="check the Iraq–US case", words=("check", "CASE"), state="unchanged", below=0.25, before=_unchanged),
    Task(name="claims of the Iraq–US case", words=("claims", "CASE"), rounds=5),
    Task(name="claims of the Iraq–US case", words=("claims", "CASE"), state="unchanged", before=_unchanged),
    replace(OUTLOOK, below=8.0),
    replace(OUTLOOK, state="unchanged", below=1.5, before=_unchanged, rounds=ROUNDS),
    replace(OUTLOOK, state="a claim edited", below=3.0, before=_edited("claims.yaml", "says: ", "says: ({}) ")),
    replace(
        OUTLOOK,
        state="an equation edited",
        below=6.0,
        before=_edited("model/security.yaml", "auxiliary: ", "auxiliary: 1.000{} * "),
        rounds=3,
    ),
    replace(OUTLOOK, state="from nothing", before=_nothing, rounds=3, warms=False),
    Task(
        name="a new question on the Iraq–US case",
        words=("ask", "CASE", "QUESTION"),
        below=2.0,
        before=_unchanged,
        rounds=5,
    ),
    Task(name="all verdicts on reasons, Iraq–US", words=("why", "CASE"), below=15.0, rounds=1),
    Task(
        name="the app's first answer, Iraq–US",
        words=("serve", "CASE", "--port", "PORT"),
        state="unchanged",
        below=1.5,
        before=_unchanged,
        rounds=5,
    ),
    Task(name="draft of a text of 744 words", words=("draft", "TEXT", "--json"), below=20.0, rounds=3),
)


def measured() -> Iterator[Entry]:
    """Each task as in :func:`compared`, against the version for which the page was last written."""
    yield from compared(_last_page(), TASKS)


def compared(revision: str, tasks: Iterable[Task]) -> Iterator[Entry]:
    """The median times of each task, with those of an earlier version and of peers in the note."""
    with tempfile.TemporaryDirectory() as place:
        earlier = Path(place)
        _unpack(revision, earlier)
        versions = {"now": ROOT / "src", "before": earlier / "src"}
        for task in tasks:
            found = {name: _of(times) for name, times in in_turns(task, versions, earlier).items()}
            if now := found.get("now"):
                yield _entry(task, now, found, revision)


def _entry(task: Task, now: Taken, found: Mapping[str, Taken], revision: str) -> Entry:
    named = {"before": f"the version {revision[:7]}"}
    others = (f"{named.get(n, n)} {t.wall:.2f} s ({t.processor:.2f})" for n, t in found.items() if n != "now")
    note = "; ".join([f"median of {task.rounds} runs, {now.processor:.2f} s of processors", *others])
    peer = next((found[name].wall for name in task.peers if name in found), None)
    made = entry(task.name, task.state, now.wall, peer, below=task.below, note=note)
    return replace(made, slower="before" in found and is_slower(now, found["before"]))


def in_turns(task: Task, versions: Mapping[str, Path], folder: Path) -> dict[str, list[Taken]]:
    """The times of a task by version (the folder of its source) and peer, taken alternately; of those that can do it.

    ``folder`` keeps what each version caches, so that the next task finds it compiled. Each version runs its own case.
    """
    taken: dict[str, list[Taken]] = {}
    models = _models(folder)
    for version, source in versions.items():
        shutil.rmtree(folder / version / "iraq-us", ignore_errors=True)
        shutil.copytree(source.parent / "cases" / "iraq-us", folder / version / "iraq-us")
    for number in range(-1 if task.warms else 0, task.rounds):
        for version, source in versions.items():
            case, kept = folder / version / "iraq-us", folder / version / "kept"
            task.before(case, kept, number)
            given = {
                "CASE": str(case),
                "MODEL": str(models[".mdl"]),
                "PORT": str(_free_port()),
                "QUESTION": f"at(brent_oil_price, 2024-06) > {90 + number / 10}",
                "TEXT": str(TEXT),
            }
            words = [given.get(word, word) for word in task.words]
            command = ["-c", task.code, given["MODEL"]] if task.code else ["-m", "wherenow", *words]
            environment = {"PYTHONPATH": str(source), "WHERENOW_CACHE": str(kept)}
            page = f"http://127.0.0.1:{given['PORT']}/" if "PORT" in task.words else ""
            one = _run([sys.executable, *command], case.parent, environment, page)
            _note(taken, version, number, one)
        for peer, code in task.peers.items():
            model = models[".mdl" if peer == "PySD" else ".xmile"]
            _note(taken, peer, number, _run([sys.executable, "-c", code, str(model)], folder, {}))
    return taken


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _models(folder: Path) -> dict[str, Path]:
    """The small model by suffix, in a folder of its own: PySD writes beside it."""
    own = ROOT / "tests" / "data" / "test-models" / "Lotka_Volterra.mdl"
    found = {s: TEACUP / f"teacup{s}" for s in (".mdl", ".xmile")} if TEACUP.is_dir() else {".mdl": own, ".xmile": own}
    return {suffix: Path(shutil.copy(path, folder)) for suffix, path in found.items()}


def _note(taken: dict[str, list[Taken]], name: str, number: int, one: Taken | None) -> None:
    if one is not None and number >= 0:
        taken.setdefault(name, []).append(one)


def _run(command: list[str], folder: Path, environment: Mapping[str, str], page: str = "") -> Taken | None:
    """What a process takes until it ends, or until its ``page`` has the answer; None where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    served = _answered(page, process) if page else 0.0
    _, status, used = os.wait4(process.pid, 0)
    wall = served or time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Taken(wall, used.ru_utime + used.ru_stime) if process.returncode == 0 or served else None


def _answered(page: str, process: subprocess.Popen[bytes]) -> float:
    """Ask for a page until it has the answer, and end its server; the seconds since this began, 0 where it fails."""
    begun = time.perf_counter()
    while time.perf_counter() < begun + 120 and process.poll() is None:
        with suppress(OSError):
            if ANSWERED in urlopen(page, timeout=60).read():
                process.terminate()
                return time.perf_counter() - begun
        time.sleep(0.01)
    process.kill()
    return 0.0


def _of(times: list[Taken]) -> Taken:
    return Taken(median(t.wall for t in times), median(t.processor for t in times))


def _unpack(revision: str, folder: Path) -> None:
    """Write the source and the case of an earlier version to ``folder``."""
    command = ["git", "archive", revision, "src", "cases/iraq-us"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with open_tar(fileobj=BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")


def _last_page() -> str:
    """The revision that last measured, and not only reworded, the page of measurements."""
    command = ["git", "log", "-1", "--format=%H", "-G", '"ours"', "--", "benchmarks/results.json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="REVISION", help="the earlier version")
    parser.add_argument("--only", metavar="TEXT", default="", help="only tasks with this in their name")
    parser.add_argument("--rounds", type=int, help="runs of each, where not those of the task")
    asked = parser.parse_args()
    tasks = [task for task in TASKS if asked.only in task.name]
    if asked.rounds:
        tasks = [replace(task, rounds=asked.rounds) for task in tasks]
    slower = []
    for found in compared(asked.against or _last_page(), tasks):
        print(f"{found.name}, {found.size}: {found.ours:.2f} s; {found.note}", flush=True)
        slower += [f"{found.name}, {found.size}: more than {SLOWER:g} times as long"] if found.slower else []
    for line in slower:
        print(line, file=sys.stderr)
    sys.exit(1 if slower else 0)


def is_slower(now: Taken, before: Taken) -> bool:
    """Whether a task takes longer than it may, by the clock and by the processors."""
    return now.wall > SLOWER * before.wall and now.processor > SLOWER * before.processor


if __name__ == "__main__":
    main()
