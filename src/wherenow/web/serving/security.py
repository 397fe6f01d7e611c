"""Security of the server: host names, cross-site requests, the token, limits of requests, and what a page may load."""

from __future__ import annotations

import asyncio
import hmac
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST_ADDRESS = 8192  # bytes of path and query
LARGEST_BODY = 65536  # bytes
SLOWEST_BODY = 10.0  # seconds between parts of a body
COOKIE = "wherenow-token"
HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
     b" connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip


class Guard:
    """Middleware that rejects requests that are not allowed.

    With ``local``, a request must name this machine as its host, so that another site's page cannot reach the app
    through its own host name (DNS rebinding). With ``token``, it must carry the token: as ``Authorization: Bearer``, or
    once as ``?token=``, which then sets a cookie.
    """

    def __init__(self, app: ASGIApp, token: str = "", local: bool = True) -> None:
        self.app, self.token, self.local = app, token, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["type"] == "websocket":
            if self._may_connect(headers):
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
        elif self.local and _host(headers.get("host", "")) not in LOCAL:
            await _reply(send, 421, "this app only answers requests from this machine")
        elif len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            await _reply(send, 414, "the address is too long")
        elif _length(headers) > LARGEST_BODY or "transfer-encoding" in headers:
            await _reply(send, 413, "the request is too large")
        elif _is_cross_site(scope["method"], headers):
            await _reply(send, 403, "cross-site requests are not allowed")
        elif self.token and not self._known(headers):
            await self._accept_token(scope, send)
        else:
            await self.app(scope, _with_timeout(receive), _with_headers(send))

    def _may_connect(self, headers: dict[str, str]) -> bool:
        """Return whether a socket may open: browsers let any site's pages open one, but send their origin."""
        origin, host = headers.get("origin"), headers.get("host", "")
        here = not self.local or _host(host) in LOCAL
        return here and (origin is None or _netloc(origin) == host) and (not self.token or self._known(headers))

    def _known(self, headers: dict[str, str]) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_token(given):
            return True
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        return cookie is not None and self._is_token(cookie.value)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    async def _accept_token(self, scope: Scope, send: Send) -> None:
        """Move a token from the address into a cookie, and redirect to the same address without it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not any(key == "token" and self._is_token(value) for key, value in pairs):
            await _reply(send, 401, "this app needs its token: open the address that `wherenow serve` printed")
            return
        rest = urlencode([pair for pair in pairs if pair[0] != "token"])
        place = "/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else "")
        cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        headers = [(b"location", place.encode()), (b"set-cookie", cookie.encode())]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _length(headers: dict[str, str]) -> int:
    """Return the announced length of a request's body; a value that is not a number counts as too long."""
    given = headers.get("content-length") or "0"
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else LARGEST_BODY + 1


def _is_cross_site(method: str, headers: dict[str, str]) -> bool:
    """Return whether another site sends the request: it may link here, but not load resources (Fetch Metadata)."""
    follows_link = (
        method == "GET" and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not follows_link:
        return True
    origin = headers.get("origin")
    return method not in ("GET", "HEAD") and origin is not None and _netloc(origin) != headers.get("host", "")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _with_timeout(receive: Receive) -> Receive:
    """Time out on a body whose next part does not arrive."""
    whole = False

    async def receiving() -> Message:
        nonlocal whole
        if whole:  # the next message is the end of the connection, which may come at any time
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), SLOWEST_BODY)
        except TimeoutError:
            return {"type": "http.disconnect"}
        whole = not message.get("more_body", False)
        return message

    return receiving


def _host(header: str) -> str:
    """Return a host without its port."""
    return header if header.endswith("]") else header.rpartition(":")[0] or header


async def _reply(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in present)]
        await send(message)

    return sending
