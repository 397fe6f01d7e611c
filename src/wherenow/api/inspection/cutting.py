"""Models with links cut permanently."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from wherenow.api.names import find
from wherenow.case.case_types import Case
from wherenow.errors import UsageError
from wherenow.model.cuts import Pair, without_links
from wherenow.model.model_types import ModelSpec


def cut_links(case: Case, links: Iterable[str], since: float | None, neutral: Mapping[str, float]) -> Case:
    """Return ``case`` with the links cut, under a new hash."""
    pairs = [link(case.model, text) for text in links]
    if not pairs:
        raise UsageError("no link is named", "write cut('a -> b')")
    values = {find(case.model, name).variable.name: value for name, value in neutral.items()}
    said = f"{case.hash}\ncut {pairs} since {since} neutral {sorted(values.items())}"
    model = without_links(case.model, pairs, since, values)
    return replace(case, model=model, hash=hashlib.sha256(said.encode()).hexdigest())


def link(model: ModelSpec, text: str) -> Pair:
    """Find the link written as ``"a -> b"``. Raises UsageError if the model has no such link."""
    source, arrow, target = text.replace("→", "->").partition("->")
    if not arrow:
        raise UsageError(f"'{text}' is not a link", "write 'a -> b'")
    return find(model, source).variable.name, find(model, target).variable.name
