"""The HTTP server under the app, with limits on connections and on the time that a request's head may take."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from wherenow.web.serving.lever_socket import LONGEST_MESSAGE

MOST_CONNECTIONS = 200
"""Maximum number of connections; others get status 503 at once."""
SLOWEST_HEAD = 10.0
"""Seconds within which the head of a request must arrive; a slower client loses its connection."""


class CancelOnLeave:
    """An app that drops queued work when the client disconnects.

    Requests with a body are not watched, because the end of the body cannot be distinguished from a disconnect.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or the app's lifespan events."""
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


class HeadTimeout(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol with a timeout for request heads, for which uvicorn itself waits forever."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Start the timeout of a new connection."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Receive more of a head or body. :mod:`wherenow.web.serving.security` limits bodies."""
        super().data_received(data)
        self._stop_if_busy()
        if self.transport.get_protocol() is not self:  # the connection was upgraded to a WebSocket
            self._stop()
        elif self.cycle is None or self.cycle.response_complete:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout of a closed connection."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(SLOWEST_HEAD, self._give_up)

    def _stop_if_busy(self) -> None:
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
    """Make a server for ``app``. ``settings`` are uvicorn's."""
    settings |= {"http": HeadTimeout, "log_level": "warning", "timeout_graceful_shutdown": 2}
    settings |= {"limit_concurrency": MOST_CONNECTIONS}
    settings |= {"ws": "websockets-sansio", "ws_max_size": 2 * LONGEST_MESSAGE, "ws_per_message_deflate": False}
    return uvicorn.Server(uvicorn.Config(CancelOnLeave(app), **settings))
