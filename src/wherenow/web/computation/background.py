"""Work in processes of low priority, so that a lever waits for neither the interpreter's lock nor a core.

In the app's own process, an answer to a lever would wait for both: Python runs one thread at a time, and the operating
system divides the cores evenly among threads of one priority. A process here reads its work from its input and writes
messages to its output, both pickled. It ends when its input closes, and so with the app, even if the app is killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from wherenow.errors import UsageError, WherenowError

NICE = 10
"""The added niceness: on a busy machine a process gets a tenth of the time of others; 19 would leave hardly any."""

Say = Callable[[object], None]
"""Sends a message to the app."""


class Background:
    """The processes of an app. Safe to use from many threads."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def messages(self, work: Callable[..., None], *args: object) -> Iterator[Any]:
        """Call ``work(say, *args)`` in a new process, and yield each message that it sends (not None).

        ``work`` is a function of a module. Raises UsageError with the text of a WherenowError in ``work``, or if the
        process ends early, for example by :meth:`close`.
        """
        path = os.pathsep.join(filter(None, sys.path))  # the new process must find the same packages
        with subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # on other systems, _serve calls nice
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            self._running.add(process)
            try:
                if self._closed:
                    raise EOFError
                process.stdin.write(pickle.dumps((work, args), protocol=5))
                process.stdin.flush()
                while (message := pickle.load(process.stdout)) is not None:
                    if isinstance(message, UsageError):
                        raise message
                    yield message
            except (EOFError, OSError):
                raise UsageError(f"the process that computes {work.__name__} has ended") from None
            finally:
                process.kill()
                self._running.discard(process)

    def close(self) -> None:
        """End all processes, and start no more."""
        self._closed = True
        for process in tuple(self._running):
            process.kill()


def _serve() -> None:
    """Do the work that standard input describes, and send messages to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process in a terminal, but the app decides
    if hasattr(os, "nice"):
        os.nice(NICE)
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries print to standard error, because standard output carries messages

    def say(message: object) -> None:
        pickle.dump(message, messages, protocol=5)
        messages.flush()

    work, args = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_app, daemon=True).start()
    try:
        work(say, *args)
        say(None)
    except WherenowError as error:
        say(UsageError(str(error)))


def _end_with_app() -> None:
    os.read(0, 1)  # the app writes nothing more, so this returns when the app ends
    os._exit(1)


if __name__ == "__main__":
    _serve()
