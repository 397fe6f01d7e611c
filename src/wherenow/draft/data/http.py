"""A single HTTP exchange with limits: no redirects, no proxies, and bounded size and time.

httpx is the client (extra ``draft``). RefusedError marks failures that another attempt may cure (:func:`persistently`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
ATTEMPTS = 3


class RefusedError(Exception):
    """A failed attempt that may be repeated; the message gives the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response: ``kind`` is its content type, ``location`` the target of a redirect."""

    status: int
    content: bytes
    kind: str = ""
    location: str = ""


def exchange(
    url: str, *, largest: int, patience: float, body: Any = None, headers: Mapping[str, str] | None = None
) -> Response:
    """GET ``url``, or POST ``body`` to it as JSON; at most ``largest`` bytes within ``patience`` seconds.

    Raises RefusedError if there is no connection, or the response is incomplete, too slow or too large.
    """
    import httpx

    deadline = time.monotonic() + patience
    content = bytearray()
    try:
        with (
            httpx.Client(follow_redirects=False, trust_env=False, timeout=patience) as client,
            client.stream("GET" if body is None else "POST", url, json=body, headers=headers) as response,
        ):
            for part in response.iter_bytes():
                content += part
                if len(content) > largest:
                    raise RefusedError("a response without an end")
                if time.monotonic() > deadline:
                    raise RefusedError("too slow")
    except httpx.TimeoutException:
        raise RefusedError("too slow") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RefusedError(f"no connection: {type(error).__name__}") from None
    kind, location = (response.headers.get(name, "") for name in ("content-type", "location"))
    return Response(status=response.status_code, content=bytes(content), kind=kind.partition(";")[0], location=location)


def persistently(attempt: Callable[[], T], pause: float, *others: type[Exception]) -> T:
    """Call ``attempt`` up to :data:`ATTEMPTS` times, until it raises neither RefusedError nor one of ``others``.

    ``pause`` is the seconds before the second attempt; each further wait is twice as long. Raises the last error.
    """
    retried: tuple[type[Exception], ...] = (RefusedError, *others)
    for number in range(ATTEMPTS - 1):
        try:
            return attempt()
        except retried:
            time.sleep(pause * 2**number)
    return attempt()
