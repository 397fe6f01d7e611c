"""A language model as the reader, at an address that implements OpenAI's chat completions.

The text is sent to that address only: no redirect is followed, no proxy is used, and the key comes from the environment
only. :mod:`wherenow.draft.readers.answers` checks the answers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from wherenow.case.editing.sentences import Article, read_article
from wherenow.draft.data.http import RefusedError, exchange, persistently
from wherenow.draft.proposals import Proposals
from wherenow.draft.readers.answers import SCHEMA, MalformedError, Sifted, sift
from wherenow.draft.readers.resuming import StoredAnswers
from wherenow.draft.text.parsing import LONGEST
from wherenow.errors import UsageError

KEYS = ("WHERENOW_API_KEY", "OPENAI_API_KEY")
"""The environment variable with the key."""
PIECE = 4000
"""Characters of text in one question, as far as paragraphs allow."""
LARGEST_ANSWER = 1_000_000
TASK = files("wherenow.draft.readers").joinpath("task.txt").read_text("utf-8").rstrip("\n")
"""What a language model is asked to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The model, its address, and the time limits."""

    model: str
    url: str
    key: str = ""
    patience: float = 60.0
    """Seconds to wait for one answer."""
    pause: float = 1.0
    """Seconds before the second attempt; each further one waits twice as long."""


def address_of(reader: str, url: str) -> Address:
    """Return the address of ``openai:MODEL`` at ``url``, with the key from the environment.

    Raises UsageError if the reader is unknown, no model is named, or the address is invalid.
    """
    kind, _, model = reader.partition(":")
    if kind != "openai" or not model:
        raise UsageError(f"there is no reader {reader!r}", "readers are 'embedded' and 'openai:MODEL'")
    if not url:
        raise UsageError("a language model needs an address to send the text to", "--url http://localhost:8080/v1")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        message = f"{parts.scheme}://{parts.hostname or ''} is not an address"
        raise UsageError(message, "write it as https://host/v1, without a key")
    key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "")
    return Address(model=model, url=url.rstrip("/"), key=key)


def read(
    text: str,
    address: Address,
    progress: Callable[[int, int], None] = lambda done, of: None,
    answers: StoredAnswers | None = None,
) -> Proposals:
    """Read ``text`` with the model at ``address``, and return every proposal that the text supports.

    ``answers`` come from an earlier call; their parts of the text are not sent again, and each new answer is added.

    Raises UsageError if the address refuses the key or the model, or no part of the text was answered.
    """
    if len(text) > LONGEST:
        raise UsageError(f"the text has {len(text):,} characters; at most {LONGEST:,} are read", "cut it into parts")
    article = read_article(text)
    sentences = {s.id: s for s in article.sentences}
    sifted, answers = Sifted(), StoredAnswers() if answers is None else answers
    pieces = list(_pieces(text, article))
    failed: list[str] = []
    for done, piece in enumerate(pieces, start=1):
        reason = _ask_until(address, piece, text, sentences, sifted, answers)
        if reason:
            failed.append(reason)
            sifted.dropped[f"parts of the text without an answer ({reason})"] += 1
        progress(done, len(pieces))
    if len(failed) == len(pieces):
        raise UsageError(f"{urlsplit(address.url).netloc} gave no usable answer: {failed[0]}")
    return sifted.proposals(f"openai:{address.model}")


def _pieces(text: str, article: Article) -> Iterator[str]:
    """Split the numbered sentences into pieces of about :data:`PIECE` characters that end with a paragraph."""
    piece, paragraph = "", ""
    for sentence in article.sentences:
        here = sentence.id.partition("S")[0]
        if piece and here != paragraph and len(piece) > PIECE:
            yield piece
            piece = ""
        paragraph = here
        piece += f"{sentence.id}: {' '.join(text[sentence.start : sentence.end].split())}\n"
    if piece:
        yield piece


def _ask_until(address: Address, piece: str, text: str, sentences: Any, sifted: Sifted, answers: StoredAnswers) -> str:
    """Ask about a piece until the answer is usable or all attempts are used; return the reason for a failure."""
    question = "\n".join((address.model, address.url, TASK, piece))

    def attempt() -> None:
        answer = answers.pop(question) or _ask(address, piece)
        sift(answer, text, sentences, sifted)
        answers.keep(question, answer)

    try:
        persistently(attempt, address.pause, MalformedError)
    except (RefusedError, MalformedError) as error:
        return str(error)
    return ""


def _ask(address: Address, piece: str) -> str:
    """Request one answer. Raises RefusedError if another attempt may succeed, UsageError if none will."""
    headers = {"Authorization": f"Bearer {address.key}"} if address.key else {}
    form = {"type": "json_schema", "json_schema": {"name": "proposals", "strict": True, "schema": SCHEMA}}
    question = {
        "model": address.model,
        "messages": [{"role": "system", "content": TASK}, {"role": "user", "content": piece}],
        "temperature": 0,
        "response_format": form,
    }
    limits: dict[str, Any] = {"largest": LARGEST_ANSWER, "patience": address.patience}
    answer = exchange(f"{address.url}/chat/completions", body=question, headers=headers, **limits)
    if answer.status in (400, 401, 403, 404):
        message = f"{urlsplit(address.url).netloc} answers {answer.status}"
        raise UsageError(message, f"check the model, the address, and the key in {KEYS[0]}")
    if answer.status != 200:
        raise RefusedError(f"status {answer.status}")
    return _content(answer.content)


def _content(content: bytes) -> str:
    """Return the text of an answer's only choice."""
    try:
        choice = json.loads(content)["choices"][0]
        message = dict(choice["message"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise RefusedError("an answer that is not a chat completion") from None
    if message.get("refusal"):
        raise RefusedError("refused")
    if choice.get("finish_reason") == "length":
        raise RefusedError("cut off")
    text = message.get("content")
    if not isinstance(text, str):
        raise RefusedError("an answer without content")
    return text
