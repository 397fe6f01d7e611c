"""Dragging of levers: one socket per person, open while levers move, over which only the newest position is answered.

The browser sends every position. While one is being computed, later ones replace each other, so that positions already
passed are never computed. An answer is the part of the first page that depends on levers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from fastapi import WebSocket, WebSocketDisconnect

from wherenow.errors import WherenowError
from wherenow.web.serving.work_queue import WorkQueue

IDLE = 120.0
"""Seconds without a movement after which a socket is closed; the next movement opens another."""
LONGEST_MESSAGE = 8192  # maximum size in bytes
MOST_SOCKETS = 200
"""Maximum number of sockets; other clients use requests."""

Answer = Callable[[list[tuple[str, str]], str], tuple[str, str]]
"""Maps a query's pairs and a shape of charts to (HTML, address)."""


class LeverSockets:
    """The open sockets of an app."""

    def __init__(self, turns: WorkQueue, answer: Answer) -> None:
        self._turns, self._answer, self._open = turns, answer, 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket from opening to close."""
        if self._open >= MOST_SOCKETS:
            await socket.close(1013)
            return
        self._open += 1
        try:
            await answer_drags(socket, self._turns, self._answer)
        finally:
            self._open -= 1


async def answer_drags(socket: WebSocket, turns: WorkQueue, answer: Answer) -> None:
    """Serve one socket until it closes, times out, or sends something other than a position.

    A message is ``{"turn": 3, "shape": "wide", "query": "l.x=2"}``; an answer has ``turn``, ``html`` and ``address``,
    or ``turn`` and a ``message`` if the query names something that does not exist.
    """
    await socket.accept()
    newest: asyncio.Queue[tuple[int, str, str] | None] = asyncio.Queue(1)
    listening = asyncio.create_task(_listen(socket, newest))
    try:
        while (position := await newest.get()) is not None:
            turn, shape, query = position
            pairs = parse_qsl(query, max_num_fields=200)
            try:
                html, address = await turns.do(lambda pairs=pairs, shape=shape: answer(pairs, shape))  # type: ignore[misc]
                reply = {"turn": turn, "html": html, "address": address}
            except WherenowError as error:
                reply = {"turn": turn, "message": str(error)}
            await socket.send_text(json.dumps(reply, ensure_ascii=False))
        if code := await listening:
            await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        return  # the client left while the answer was being computed
    finally:
        listening.cancel()


async def _listen(socket: WebSocket, newest: asyncio.Queue[tuple[int, str, str] | None]) -> int:
    """Replace a position that is still waiting by the newest one, and put None at the end.

    Returns the code to close the socket with; 0 if the client is gone.
    """
    code = 0
    try:
        while (position := _read(await asyncio.wait_for(socket.receive_text(), IDLE))) is not None:
            _replace(newest, position)
        code = 1003
    except TimeoutError:
        code = 1001
    except (WebSocketDisconnect, KeyError, RuntimeError):
        code = 0
    _replace(newest, None)
    return code


def _replace(newest: asyncio.Queue[tuple[int, str, str] | None], position: tuple[int, str, str] | None) -> None:
    if newest.full():
        newest.get_nowait()
    newest.put_nowait(position)


def _read(text: str) -> tuple[int, str, str] | None:
    """Parse turn, shape and query; None if a message is not a position."""
    try:
        message = json.loads(text)
        turn, shape, query = message["turn"], message["shape"], message["query"]
    except (ValueError, KeyError, TypeError):
        return None
    fits = isinstance(turn, int) and isinstance(shape, str) and isinstance(query, str)
    return (turn, shape[:4], query) if fits and len(query) <= LONGEST_MESSAGE else None
