"""Tries one target with many broken inputs, in a process of its own with limits.

``python -m tests.robust.fuzz NAME FIRST COUNT``. Attempt number n has its own random numbers with seed n, so that
``… NAME n 1`` repeats it alone. The number of the current attempt is printed on standard output, so that the caller
knows what killed the process; the last line is a report in JSON.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import dask  # noqa: F401  # it unpickles operators of Python when it is first imported, which an attempt must not do

from wherenow import parts

SECONDS = 5.0
"""Of processor time that an attempt may take."""
MEMORY = 6 << 30
"""Bytes of address space that the process may have; most of it is libraries' and never touched."""
GROWTH = 700 << 20
"""Bytes by which the process may grow over all attempts."""
_STARTS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "socket.connect",
    "pickle.find_class",
)
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Python's audit events while an attempt is under way: what it must not do is noted."""

    def __init__(self, allowed: Path) -> None:
        self.allowed = str(allowed)
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._event)

    def _event(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "pickle.find_class" and parts.admits(*given):
            return
        if event in _STARTS:
            self._note(f"{event} {given!r:.200}")
        elif event == "open" and isinstance(given[0], (str, bytes)) and given[2] & _WRITING:
            self._place(event, given[0])
        elif event in _CHANGES:
            for place in given[:2] if event == "os.rename" else given[:1]:
                self._place(event, place)

    def _place(self, event: str, place: object) -> None:
        if isinstance(place, (str, bytes, os.PathLike)):
            path = os.path.realpath(os.fsdecode(place))
            if not path.startswith((self.allowed, "/dev/null")):
                self._note(f"{event} {path}")

    def _note(self, what: str) -> None:
        self.on = False
        self.seen.append(what)


class TooSlowError(BaseException):
    """Raised by the clock; no reader's ``except Exception`` swallows it."""


def _late(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


def run(name: str, first: int, count: int) -> dict[str, Any]:
    """Attempts ``first`` to ``first + count - 1`` of a target, and what came of them."""
    from tests.robust.targets import TARGETS

    folder = Path(tempfile.mkdtemp(prefix="wherenow-fuzz-")).resolve()
    os.environ["WHERENOW_CACHE"] = str(folder / "cache")
    os.chdir(folder)
    attempt = TARGETS[name][0](folder)
    watch = Watch(folder)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _late)
    told: dict[str, Any] = {"target": name, "inputs": 0, "results": 0, "wrong": []}
    before = 0
    for seed in range(first, first + count):
        os.write(1, b"%d\n" % seed)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        watch.on = True
        try:
            told["results"] += attempt(random.Random(seed))
        except TooSlowError:
            told["wrong"].append(f"{name} {seed}: takes longer than {SECONDS:g} s")
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            told["wrong"].append(f"{name} {seed}: {error!r:.300} at {last.filename}:{last.lineno}")
        finally:
            watch.on = False
            signal.setitimer(signal.ITIMER_PROF, 0)
        told["wrong"] += [f"{name} {seed}: {what}" for what in watch.seen]
        watch.seen.clear()
        told["inputs"] += 1
        if told["inputs"] == min(20, count):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if len(told["wrong"]) >= 10:
            break
    told["grown"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    if told["grown"] > GROWTH:
        told["wrong"].append(f"{name}: grew by {told['grown'] >> 20} MiB")
    return told


if __name__ == "__main__":
    found = run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(found), flush=True)
    os._exit(0)  # threads of the app's test client would be waited for
