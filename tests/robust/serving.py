"""The app on a small case, listening on this machine, and what people and attackers do to it."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app
from wherenow.web.serving.listener import server

PAGES = (
    "/",
    "/argument",
    "/history",
    "/how",
    "/trust",
    "/ledger",
    "/api/case",
    "/api/claims",
    "/take/card/lake-recovers.csv",
)
WAIT = 30.0


@contextmanager
def serving(token: str = "") -> Iterator[int]:
    """The port of an app on the lake of the template."""
    case = read_case(TEMPLATE)
    analysis = Analysis(case, draw(case, 16), 1)
    running = server(make_app(analysis, token), port=0)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
        assert thread.is_alive(), "the app did not start"
    analysis.outlook.result(120)
    try:
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(10)


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **heads: str) -> tuple[int, bytes]:
    """The status and body of an answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    try:
        line.request(method, path, body, {k.replace("_", "-"): v for k, v in heads.items()})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def opened(port: int, sent: bytes = b"") -> socket.socket:
    """A connection on which only this was sent."""
    made = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
    made.sendall(sent)
    return made


def hear(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    heard = b""
    try:
        while part := line.recv(65536):
            heard += part
    except ConnectionResetError:
        pass
    return heard


def crowd(port: int, people: int, seconds: float, seed: int = 0, pause: float = 0.0) -> Counter[int]:
    """Statuses of the answers to people who ask, move levers, and often leave before the answer; between two of their
    deeds they wait ``pause`` seconds in the mean."""
    until = time.monotonic() + seconds
    counts: Counter[int] = Counter()
    guard = threading.Lock()
    broken: list[Exception] = []

    def person(number: int) -> None:
        luck = random.Random(f"{seed} {number}")
        turn = 0
        while time.monotonic() < until:
            turn += 1
            time.sleep(luck.expovariate(1 / pause) if pause else 0)
            try:
                came = _deed(port, luck, number, turn)
            except Exception as error:
                broken.append(error)
                return
            with guard:
                counts[came] += 1

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 2 * WAIT)
        assert not thread.is_alive(), "an answer never came"
    assert not broken, broken
    return counts


def _deed(port: int, luck: random.Random, number: int, turn: int) -> int:
    match luck.randrange(5):
        case 0:
            return ask(port, luck.choice(PAGES))[0]
        case 1:
            asked = json.dumps({"levers": {"rationing": round(luck.uniform(0.5, 1), 3)}}).encode()
            return ask(port, "/api/run", "POST", asked, Content_Type="application/json")[0]
        case 2:
            path = f"/?l.rationing={luck.uniform(0.5, 1):.3f}"
            return ask(port, path, X_Client=str(number), X_Turn=str(turn), X_Part="live")[0]
        case 3:
            return _dragged(port, luck)
        case _:
            line = opened(
                port,
                b"GET /take/card/lake-recovers.svg?l.rationing=0.5 HTTP/1.1\r\nHost: localhost\r\n\r\n"[
                    : luck.randint(1, 99)
                ],
            )
            line.close()
            return 0


def _dragged(port: int, luck: random.Random) -> int:
    """A lever dragged through a few positions; often it is left without a farewell before the last answer."""
    try:
        with connect(f"ws://127.0.0.1:{port}/drag", open_timeout=WAIT, close_timeout=1, compression=None) as line:
            positions = luck.randint(1, 6)
            for turn in range(positions):
                query = f"l.rationing={luck.uniform(0.5, 1):.3f}"
                line.send(json.dumps({"turn": turn, "shape": "1", "query": query}))
                time.sleep(luck.uniform(0.0, 0.05))
            if luck.random() < 0.5:
                line.socket.close()
                return 0
            while json.loads(line.recv(WAIT))["turn"] < positions - 1:
                pass
    except (ConnectionClosed, InvalidHandshake, OSError):
        return 503  # told to come again
    return 200
