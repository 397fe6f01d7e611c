"""The server under the app: how many may be connected, and how long the head of a request may take."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from wherenow.web.dragging import LONGEST_MESSAGE

MOST_CONNECTIONS = 200
"""Further ones are told 503 at once."""
SLOWEST_HEAD = 10.0
"""Seconds in which the head of a request must be here; a client that is slower loses its connection."""


class Leaving:
    """An app whose work for a reader ends when the reader leaves: what waits for its turn gives up its place.

    Requests with a body are left alone: their end of reading is not told from their end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the app's own life."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        head = await receive()
        read = False

        async def received() -> Message:
            nonlocal read
            if not read:
                read = True
                return head
            return await receive()

        async def left() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        answer = asyncio.ensure_future(self._app(scope, received, send))
        leaving = asyncio.ensure_future(left())
        try:
            await asyncio.wait({answer, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                answer.result()
        finally:
            leaving.cancel()
            answer.cancel()


class Impatient(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol with a clock for heads; uvicorn itself waits for ever for the rest of one."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A connection from which nothing has come yet."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """More of a head or body. Bodies are the guard's (:mod:`wherenow.web.guard`)."""
        super().data_received(data)
        self._calm()
        if self.transport.get_protocol() is not self:  # a socket now (:mod:`wherenow.web.dragging`)
            self._stop()
        elif self.cycle is None or self.cycle.response_complete:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(SLOWEST_HEAD, self._give_up)

    def _calm(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._clock = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def server(app: FastAPI, **settings: Any) -> uvicorn.Server:
    """A server for ``app``. ``settings`` are uvicorn's."""
    return uvicorn.Server(
        uvicorn.Config(
            Leaving(app), http=Impatient, log_level="warning", timeout_graceful_shutdown=2,
            limit_concurrency=MOST_CONNECTIONS,
            ws="websockets-sansio", ws_max_size=2 * LONGEST_MESSAGE, ws_per_message_deflate=False, **settings,
        )
    )  # fmt: skip
