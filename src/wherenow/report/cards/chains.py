"""The reason behind a finding as a chain of links: those named in the article, or else the strongest ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wherenow.case.case_types import Case
from wherenow.model.model_types import Kind
from wherenow.report.diagrams.strengths import strengths
from wherenow.report.wording.labels import labels

LONGEST = 4
"""Maximum number of links in a chain."""
WEAKEST = 0.05
"""Minimum share of the effects on its target for a link in a chain."""
OUTSIDE = 0.25
"""The weight of an input relative to computed causes: a past event has a spread but nothing more to explain."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One link of a chain. ``sign`` is ``+`` if the source raises the target, ``−`` if it lowers it, '' if unknown."""

    source: str  # name of the source
    target: str  # name of the target
    from_label: str  # display name of the source
    to_label: str  # display name of the target
    sign: str
    share: float  # share of all effects on the target


@dataclass(frozen=True, slots=True)
class Chain:
    """Links from cause to effect.

    ``named`` is true if the article names them; ``loop`` is the title of a feedback loop of the case that contains one
    of them, or ''.
    """

    links: tuple[ChainLink, ...]
    named: bool
    loop: str = ""


def chain(case: Case, target: str, mechanism: Iterable[Pair] = ()) -> Chain:
    """Return the links that lead to ``target``: those of ``mechanism`` if a claim names some, else the strongest."""
    strong = strengths(case, case.cutoff if case.cutoff is not None else case.model.time.stop)
    named = tuple(mechanism)
    pairs = named or _strongest(case, target, strong)
    label = labels(case)
    links = []
    for a, b in pairs:
        share = strong.get((a, b), 0.0)
        sign = sign_of(share)
        links.append(ChainLink(source=a, target=b, from_label=label(a), to_label=label(b), sign=sign, share=abs(share)))
    return Chain(tuple(links), bool(named), _loop(case, pairs))


def _strongest(case: Case, target: str, strong: Mapping[Pair, float]) -> tuple[Pair, ...]:
    """Follow the strongest link back from ``target`` until there is no moving cause or the path closes."""
    into: dict[str, list[tuple[float, str]]] = {}
    for (source, to), share in strong.items():
        if source != to and abs(share) >= WEAKEST and _moves(case, source):
            outside = OUTSIDE if source in case.inputs else 1.0
            into.setdefault(to, []).append((abs(share) * outside, source))
    links: list[Pair] = []
    seen, here = {target}, target
    while len(links) < LONGEST and into.get(here):
        fresh = [pair for pair in into[here] if pair[1] not in seen]
        if not fresh:
            break
        _, source = max(fresh)
        links.append((source, here))
        seen.add(source)
        here = source
    return tuple(reversed(links))


def _moves(case: Case, name: str) -> bool:
    """Return whether a variable can be shown as a cause: neither a constant nor noise."""
    variable = case.model.variables[name]
    return variable.kind not in (Kind.PARAMETER, Kind.LOOKUP) and not name.endswith("noise")


def sign_of(share: float) -> str:
    """Return the sign of a link's strength as a character; '' if it has none."""
    return "+" if share > 0 else "−" if share < 0 else ""


def _loop(case: Case, pairs: Iterable[Pair]) -> str:
    """Return the loop of the case that contains most of ``pairs``; '' if none contains any."""
    wanted = set(pairs)
    best, title = 0, ""
    for loop in case.loops.values():
        own = set(zip(loop.through, (*loop.through[1:], loop.through[0]), strict=True))
        if len(own & wanted) > best:
            best, title = len(own & wanted), loop.title
    return title
