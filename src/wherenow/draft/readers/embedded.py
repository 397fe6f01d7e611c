"""The embedded reader: offline, deterministic, built on spaCy and on small tables of English."""

from __future__ import annotations

from collections.abc import Callable

from wherenow.draft.links.collect import links, stated_links
from wherenow.draft.proposals import Proposals
from wherenow.draft.text.actors import actors, aliases
from wherenow.draft.text.assertions import claims
from wherenow.draft.text.parsing import body, parse
from wherenow.draft.text.quantities import quantities
from wherenow.draft.text.text_dates import events

NAME = "embedded 1"
"""The reader and the version of its rules, as a case records it."""


def read(text: str, progress: Callable[[int, int], None] = lambda done, of: None) -> Proposals:
    """Read ``text`` and return every proposal of the embedded reader.

    ``progress`` is called with the number of sentences parsed, and their total.
    """
    sentences = list(body(parse(text, progress)))
    stated = stated_links(sentences)
    people = actors(sentences)
    happened = events(sentences, aliases(people))
    return Proposals(
        reader=NAME,
        claims=claims(sentences, stated, happened),
        links=links(stated),
        events=happened,
        actors=people,
        quantities=quantities(sentences),
    )
