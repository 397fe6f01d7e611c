"""Work in a background process reports by messages, gives way to levers, and ends with the app."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wherenow.ensemble.draws import draw
from wherenow.errors import UsageError
from wherenow.explain.ablation.mechanisms import Tabulation, tabulate
from wherenow.web.computation.background import NICE, Background
from wherenow.web.computation.case_analysis import Analysis

WORKS = """
import os, signal, time
from wherenow.errors import UsageError

def where(say):
    say((os.getpid(), os.nice(0)))

def printing(say, *numbers):
    for number in numbers:
        print("a library prints this")
        say(number)

def wrong(say):
    raise UsageError("no such claim")

def dying(say):
    say("begun")
    os._exit(3)

def interrupted(say):
    os.kill(os.getpid(), signal.SIGINT)
    say("still there")

def endless(say):
    say(os.getpid())
    time.sleep(3600)
"""
APP = """
import works
from wherenow.web.computation.background import Background
for pid in Background().messages(works.endless):
    print(pid, flush=True)
"""


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that only this process can import, by its path."""
    (tmp_path / "works.py").write_text(WORKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "works", raising=False)
    return importlib.import_module("works")


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_work_runs_in_another_process_of_a_lower_priority(works):
    [(pid, niceness)] = Background().messages(works.where)
    assert pid != os.getpid()
    assert niceness == min(19, os.nice(0) + NICE)


def test_what_a_library_prints_is_not_a_message(works):
    assert list(Background().messages(works.printing, 1, 2, 3)) == [1, 2, 3]


def test_an_error_of_the_work_is_raised_here(works):
    with pytest.raises(UsageError, match="no such claim"):
        list(Background().messages(works.wrong))


def test_a_process_that_dies_is_an_error(works):
    with pytest.raises(UsageError, match="the process that computes dying has ended"):
        list(Background().messages(works.dying))


def test_an_interrupt_from_the_terminal_is_left_to_the_app(works):
    assert list(Background().messages(works.interrupted)) == ["still there"]


def test_closing_ends_the_process_and_the_wait_for_it(works):
    background = Background()
    messages = background.messages(works.endless)
    pid = next(messages)
    background.close()
    with pytest.raises(UsageError, match="has ended"):
        next(messages)
    assert not runs(pid)


def test_nothing_starts_after_closing(works):
    background = Background()
    background.close()
    with pytest.raises(UsageError, match="has ended"):
        next(background.messages(works.where))


def test_leaving_the_messages_ends_the_process(works):
    messages = Background().messages(works.endless)
    pid = next(messages)
    messages.close()
    assert not runs(pid)


def test_the_process_ends_with_an_app_that_is_killed(works, tmp_path):
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    app = subprocess.Popen(
        [sys.executable, "-c", APP], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert app.stdout is not None
    assert int(app.stdout.readline()) != app.pid
    app.kill()
    app.communicate(timeout=60)  # returns once the process, which shares the app's stderr, has ended too


def test_reasons_are_those_of_this_process_but_computed_in_the_background(lake, monkeypatch):
    few = draw(lake.case, 8)
    here = tabulate(lake.case, few)
    monkeypatch.setattr(Tabulation, "go", lambda *_: pytest.fail("computed in the app's own process"))
    analysis = Analysis(lake.case, few)
    assert analysis.reasons.result(120).table == here
    analysis.why("lake-recovers").done.result(120)
    assert analysis.why("lake-recovers").so_far["lake-recovers"] == here["lake-recovers"]
    analysis.close()
