"""Security of the server: host names, cross-site requests, the token, limits of requests, and what a page may load."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST_ADDRESS = 8192  # maximum length of path and query, in bytes
LARGEST_BODY = 65536  # maximum size of a body, in bytes
SLOWEST_BODY = 10.0  # maximum time between parts of a body, in seconds
COOKIE = "wherenow-token"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}

_INLINE = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
OF_REPORT = {"content-security-policy": _INLINE}
"""Headers of the report, whose own style and script the app's policy would block."""


class Guard:
    """Middleware that rejects requests that are not allowed.

    With ``local``, a request must name this machine as its host, so that another site's page cannot reach the app
    through its own host name (DNS rebinding). With ``token``, it must carry the token: as ``Authorization: Bearer``, or
    once as ``?token=``, which then sets a cookie.
    """

    def __init__(self, app: ASGIApp, token: str = "", local: bool = True) -> None:
        self.app, self.token, self.local = app, token, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not self._may_connect(HTTPConnection(scope)):
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http" and (refusal := self._refusal(HTTPConnection(scope))):
            await refusal(scope, receive, send)
        elif scope["type"] == "http":
            await self.app(scope, _with_timeout(receive), _with_headers(send))
        else:
            await self.app(scope, receive, send)

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """Return the response to a refused request; None if the request is allowed."""
        headers, scope = asked.headers, asked.scope
        if self.local and _host(headers.get("host", "")) not in LOCAL:
            return _refused(421, "this app only answers requests from this machine")
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return _refused(414, "the address is too long")
        if _length(headers) > LARGEST_BODY or "transfer-encoding" in headers:
            return _refused(413, "the request is too large")
        if _is_cross_site(scope["method"], headers):
            return _refused(403, "cross-site requests are not allowed")
        return self._accept_token(scope) if self.token and not self._known(asked) else None

    def _may_connect(self, asked: HTTPConnection) -> bool:
        """Return whether a socket may open: browsers let any site's pages open one, but send their origin."""
        origin, host = asked.headers.get("origin"), asked.headers.get("host", "")
        here = not self.local or _host(host) in LOCAL
        return here and (origin is None or _netloc(origin) == host) and (not self.token or self._known(asked))

    def _known(self, asked: HTTPConnection) -> bool:
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        return (kind.lower() == "bearer" and self._is_token(given)) or self._is_token(asked.cookies.get(COOKIE, ""))

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _accept_token(self, scope: Scope) -> Response:
        """Move a token from the address into a cookie, and redirect to the same address without it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not any(key == "token" and self._is_token(value) for key, value in pairs):
            return _refused(401, "this app needs its token: open the address that `wherenow serve` printed")
        rest = urlencode([pair for pair in pairs if pair[0] != "token"])
        answer = RedirectResponse("/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else ""), 303)
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
        return answer


def _refused(status: int, words: str) -> Response:
    return PlainTextResponse(words, status, HEADERS)


def _length(headers: Mapping[str, str]) -> int:
    """Return the announced length of a request's body; a value that is not a number counts as too long."""
    given = headers.get("content-length") or "0"
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else LARGEST_BODY + 1


def _is_cross_site(method: str, headers: Mapping[str, str]) -> bool:
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
        if whole:  # only the end of the connection can follow, and it may come at any time
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


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
