"""The app as a person meets it: first paint, slider to paint, the weight of a page, and levers on a busy server.

Pages are painted by Chromium on the same machine, which takes a part of it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.request import urlopen

from websockets.sync.client import connect

from benchmarks.measure import Entry, entry, pin
from wherenow.case.reader import read_case
from wherenow.inference.posterior import draws_of
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app
from wherenow.web.serving.listener import server

IRAQ = Path(__file__).parents[1] / "cases" / "iraq-us"
DRAWS, MOVES, PEOPLE, SECONDS = 1000, 100, 20, 60.0
BUSY = 20.0
"""Seconds of dragging while reasons are computed, which take longer."""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
COMPLETE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
DRAG = """(moves) => new Promise((done) => {
  const sliders = document.querySelectorAll("#setting input[type=range]:not(:disabled)");
  const live = document.querySelector("#live");
  const taken = [];
  let begun = 0;
  const move = () => {
    if (taken.length === moves) { done(taken); return; }
    // 38 positions of one lever, then of the next with that one left where it is: no setting comes twice
    const slider = sliders[Math.floor(taken.length / 38) % sliders.length];
    const [low, high] = [Number(slider.min), Number(slider.max)];
    slider.value = low + ((high - low) * (1 + (taken.length % 38))) / 40;
    begun = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  live.addEventListener("filled", () => requestAnimationFrame(() => setTimeout(() => {
    taken.push(performance.now() - begun);
    setTimeout(move, 20);
  })));
  move();
})"""


def measured() -> Iterator[Entry]:
    """The measurements, one after the other, on the Iraq–US case; server, browser and people share two cores."""
    pin(2)
    with served() as (address, process):
        yield from _painted(address)
        yield _many(address, process)
    with tempfile.TemporaryDirectory() as cache, served(cache) as (address, _):
        yield _beside_reasons(address)


@contextmanager
def served(cache: str = "") -> Iterator[tuple[str, int]]:
    """The address of the app, in a process of its own with nothing left to do in the background, and its number.

    ``cache`` is a folder for its cache, the user's if empty.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, cache), daemon=True)
    process.start()
    there.close()  # so that an app that cannot start ends the wait for its address
    try:
        yield f"http://localhost:{here.recv()}", process.pid or 0
    finally:
        process.terminate()
        process.join(10)


def _serve(pipe: Connection, cache: str) -> None:
    if cache:
        os.environ["WHERENOW_CACHE"] = cache
    case = read_case(IRAQ)
    analysis = Analysis(case, draws_of(case, DRAWS))
    found = server(make_app(analysis), port=0)
    thread = threading.Thread(target=found.run, daemon=True)
    thread.start()
    while not found.started:
        time.sleep(0.05)
    analysis.outlook.result()
    pipe.send(found.servers[0].sockets[0].getsockname()[1])
    thread.join()


def _painted(address: str) -> Iterator[Entry]:
    from playwright.sync_api import sync_playwright

    size = f"{DRAWS} draws of the posterior, {{}} times shown"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        weights: list[int] = []
        page.on("response", lambda r: weights.append(len(r.body())))
        page.goto(address, wait_until="networkidle")
        paint, whole = page.evaluate(FIRST_PAINT), page.evaluate(COMPLETE)
        weight = sum(weights)
        yield entry("app: first meaningful paint", size.format(277), (paint or 0.0) / 1000, below=1.0,
                    note=f"{_weight(weight)}; {_load()}")  # fmt: skip
        yield entry("app: complete answer, all cards drawn", size.format(277), (whole or 0.0) / 1000, below=2.0)
        taken = page.evaluate(DRAG, MOVES)
        note = f"median {statistics.median(taken):.0f} ms of {len(taken)} moves"
        yield entry("app: slider to paint of two charts, 95th percentile", f"{DRAWS} draws of the posterior",
                    _tail(taken) / 1000, below=0.05, note=note)  # fmt: skip
        page.goto(f"{address}/how", wait_until="networkidle")
        for what, button in (("sectors", ""), ("all variables", "all")):
            if button:
                page.locator(f"[data-map={button}]").click()
            laid, shown = (page.locator("#map").get_attribute(name) for name in ("data-laid", "data-shown"))
            yield entry(f"app: causal map laid out, {what}", f"{shown} boxes", float(laid or 0) / 1000, below=0.3)
        begun = time.perf_counter()
        page.goto(f"{address}/argument?claim=withdrawal-worsens")
        page.locator("[data-live] strong").first.wait_for(timeout=120_000)
        yield entry("app: first reasons of a claim", "16 draws", time.perf_counter() - begun)
        browser.close()


def _weight(size: int) -> str:
    return f"the page weighs {size / 1e6:.2f} MB with everything that it loads (goal: under 2 MB)"


def _load() -> str:
    """How busy the machine was in the last minute: times of a person who waits grow with it."""
    return f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"


def _many(address: str, process: int) -> Entry:
    """Many people who each move a lever again as soon as they see the last move, each with another lever elsewhere, so
    that no two look at the same."""
    before = _memory(process)
    with ThreadPoolExecutor(PEOPLE) as people:
        moves = [people.submit(_dragged, address, SECONDS, 0.2, f"&l.attack_response={n / PEOPLE:.3f}", n * 7)
                 for n in range(PEOPLE)]  # fmt: skip
        taken = [seconds for person in moves for seconds in person.result()]
    note = f"{len(taken)} moves, memory {_memory(process) - before:+.0f} MB"
    return entry("app: 20 people dragging, 95th percentile", f"{SECONDS:.0f} s", _tail(taken), below=0.25, note=note)


def _beside_reasons(address: str) -> Entry:
    """A person who drags a lever while the server computes the reasons of all claims."""
    _dragged(address, 2.0)
    alone = _dragged(address, 10.0, move=100)  # a move that comes twice might be answered from memory
    urlopen(f"{address}/api/reasons").close()
    taken = _dragged(address, BUSY, move=400)
    with urlopen(f"{address}/api/reasons") as answer:
        if answer.status != 202:
            raise RuntimeError(f"the reasons were computed in less than {BUSY:.0f} s")
    note = (
        f"median {1e3 * statistics.median(taken):.0f} ms of {len(taken)} moves; alone {1e3 * _tail(alone):.0f} ms, "
        f"median {1e3 * statistics.median(alone):.0f} ms"
    )
    return entry("app: dragging while reasons are computed, 95th percentile", f"{BUSY:.0f} s", _tail(taken), below=0.06,
                 note=note)  # fmt: skip


def _dragged(address: str, seconds: float, pause: float = 0.1, levers: str = "", move: int = 0) -> list[float]:
    """The seconds of each answer to a person who moves a lever, looks for ``pause`` seconds, and moves it further.

    ``levers`` are the person's other levers, and the first move is number ``move``.
    """
    taken: list[float] = []
    until = time.monotonic() + seconds
    with connect(address.replace("http", "ws", 1) + "/drag", compression=None) as socket:
        while time.monotonic() < until:
            move += 1
            query = f"l.troop_level={move % 1600 / 400:.4f}{levers}"
            begun = time.perf_counter()
            socket.send(json.dumps({"turn": move, "shape": "wide", "query": query}))
            answer = json.loads(socket.recv(30))
            taken.append(time.perf_counter() - begun)
            if "html" not in answer:
                raise RuntimeError(answer["message"])
            time.sleep(pause)
    return taken


def _tail(taken: list[float]) -> float:
    """The 95th percentile."""
    return sorted(taken)[int(0.95 * len(taken))]


def _memory(process: int) -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
