"""Levers dragged over a socket: the newest position is answered, errors are reported, and silence closes it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app
from wherenow.web.serving import lever_socket
from wherenow.web.serving.lever_socket import answer_drags
from wherenow.web.serving.work_queue import WorkQueue


def alone(work: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine in a thread of its own: browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result(20)


class Peer:
    """A socket as the app sees it; ``says`` are the messages that come, ``hears`` what goes back."""

    def __init__(self, *says: str) -> None:
        self.says, self.hears, self.closed = list(says), [], None

    async def accept(self) -> None:
        pass

    async def receive_text(self) -> str:
        if not self.says:
            await asyncio.Event().wait()
        return self.says.pop(0)

    async def send_text(self, text: str) -> None:
        self.hears.append(json.loads(text))

    async def close(self, code: int) -> None:
        self.closed = code


def position(turn: int, query: str = "") -> str:
    return json.dumps({"turn": turn, "shape": "wide", "query": query})


def test_an_answer_is_what_a_request_for_the_part_gives(client):
    asked = client.get("/?l.rationing=0.5", headers={"X-Part": "live", "X-Shape": "wide"})
    with client.websocket_connect("/drag", headers={"Host": "localhost"}) as socket:
        socket.send_text(position(1, "l.rationing=0.5"))
        said = socket.receive_json()
    assert said == {"turn": 1, "html": asked.text, "address": asked.headers["x-address"]}


def test_an_invalid_request_is_reported_and_the_socket_stays_open(client):
    with client.websocket_connect("/drag", headers={"Host": "localhost"}) as socket:
        socket.send_text(position(1, "l.rationin=0.5"))
        assert "did you mean 'rationing'" in socket.receive_json()["message"]
        socket.send_text(position(2, "l.rationing=0.6"))
        assert socket.receive_json()["turn"] == 2


@pytest.mark.parametrize("text", ["", "[]", '{"turn": "x"}', '{"turn": 1, "shape": "wide", "query": 3}'])
def test_a_message_that_is_not_a_position_closes_the_socket(client, text):
    with client.websocket_connect("/drag", headers={"Host": "localhost"}) as socket:
        socket.send_text(text)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1003


def test_positions_that_came_while_one_was_computed_replace_each_other():
    done: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def answer(pairs: list[tuple[str, str]], shape: str) -> tuple[str, str]:
        done.append(pairs[0][1])
        begun.set()
        go_on.wait(10)
        return "", ""

    class Hasty(Peer):
        """Sends one position, five more while that is computed, and hangs up when the last is answered."""

        async def receive_text(self) -> str:
            if len(self.says) == 5:
                await asyncio.to_thread(begun.wait, 10)
            elif not self.says:
                go_on.set()
                while len(self.hears) < 2:
                    await asyncio.sleep(0.001)
                raise WebSocketDisconnect
            return self.says.pop(0)

    peer = Hasty(*(position(n, f"x={n}") for n in range(6)))
    alone(answer_drags(peer, WorkQueue(1), answer))  # type: ignore[arg-type]
    assert done == ["0", "5"]
    assert [said["turn"] for said in peer.hears] == [0, 5]


def test_a_silent_socket_is_closed(monkeypatch):
    monkeypatch.setattr(lever_socket, "IDLE", 0.01)
    peer = Peer()
    alone(answer_drags(peer, WorkQueue(1), lambda *_: ("", "")))  # type: ignore[arg-type]
    assert peer.closed == 1001


def test_there_are_no_more_sockets_than_the_limit(lake, monkeypatch):
    monkeypatch.setattr(lever_socket, "MOST_SOCKETS", 1)
    own = Analysis(lake.case, lake.draws)  # closed with its app; the lake of the session stays open
    with TestClient(make_app(own), base_url="http://localhost") as client:
        first, second = (client.websocket_connect("/drag", headers={"Host": "localhost"}) for _ in range(2))
        with first, pytest.raises(WebSocketDisconnect), second:
            pass
        with client.websocket_connect("/drag", headers={"Host": "localhost"}) as socket:
            socket.send_text(position(1))
            assert socket.receive_json()["turn"] == 1


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Host": "localhost", "Origin": "http://evil.example"}])
def test_a_page_of_another_site_opens_no_socket(client, headers):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/drag", headers=headers):
        pass


def test_a_socket_needs_the_token(lake):
    guarded = TestClient(make_app(lake, "secret", local=False), base_url="http://example.org")
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/drag"):
        pass
    with guarded.websocket_connect("/drag", headers={"Cookie": "wherenow-token=secret"}) as socket:
        socket.send_text(position(1))
        assert socket.receive_json()["turn"] == 1
