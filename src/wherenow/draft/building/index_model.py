"""A first model from links: every variable is an index, every link an elasticity with its sign and a wide prior.

A variable is 1 at the start. With causes it approaches, with a delay, the product of each cause to the power of its
elasticity; without causes it moves to an unknown level. Strengths, levels and delays have priors, so what holds in
every draw follows from the structure of the argument alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, count, islice
from typing import Any

from wherenow.language.functions import FUNCTIONS

Tree = dict[str, Any]
MOST_LOOPS = 20
LONGEST_PATH = 12
_RESERVED = ("sector", "time", "not", "and", "or", "if", "then", "else")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLink:
    """An accepted link: names as people write them, the sign, its sentences in the text, and whether it is slow."""

    cause: str
    effect: str
    sign: int
    evidence: tuple[str, ...]
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """A loop of variables, by identifier, the last of which leads back to the first."""

    through: tuple[str, ...]
    sign: int


@dataclass(frozen=True, slots=True)
class IndexModel:
    """A model from links. ``names`` maps identifiers to words; ``arrows`` has each pair once."""

    names: Mapping[str, str]
    arrows: tuple[SignedLink, ...]

    def causes_of(self, variable: str) -> list[SignedLink]:
        return [a for a in self.arrows if a.effect == variable]


def index_model(arrows: Iterable[SignedLink]) -> IndexModel:
    """Build the model of some links. Links with the same ends take the first sign, with all evidence."""
    names: dict[str, str] = {}
    merged: dict[tuple[str, str], SignedLink] = {}
    for arrow in arrows:
        cause, effect = _identifier(arrow.cause, names), _identifier(arrow.effect, names)
        if cause == effect:
            continue
        before = merged.get((cause, effect))
        evidence = tuple(dict.fromkeys((*(before.evidence if before else ()), *arrow.evidence)))
        delayed, sign = arrow.delayed or (before is not None and before.delayed), before.sign if before else arrow.sign
        merged[cause, effect] = SignedLink(cause=cause, effect=effect, sign=sign, evidence=evidence, delayed=delayed)
    used = {end for pair in merged for end in pair}
    return IndexModel({i: n for i, n in names.items() if i in used}, tuple(merged.values()))


def key_of(name: str) -> str:
    """Return a key shared by all spellings of a variable: no case, articles, blanks or plural endings."""
    words = [w for w in re.findall(r"[^\W_]+", name.lower()) if w not in ("the", "a", "an", "of")]
    return " ".join(w[:-1] if w.endswith("s") and not w.endswith("ss") and len(w) > 3 else w for w in words)


def ascii_name(words: str, longest: int, otherwise: str) -> str:
    """Return an identifier for some words: ASCII letters, digits and ``_``; ``otherwise`` if they have none."""
    base = re.sub(r"[^a-z0-9]+", "_", words.lower().encode("ascii", "ignore").decode()).strip("_")[:longest].strip("_")
    return f"n_{base}" if base[:1].isdigit() else base or otherwise


def _identifier(name: str, names: dict[str, str]) -> str:
    """Return the identifier of a variable, a new one if no variable has the same key."""
    key = key_of(name)
    for known, words in names.items():
        if key_of(words) == key:
            return known
    base = ascii_name(name, 40, "variable")
    base = f"{base}_level" if base in FUNCTIONS or base in _RESERVED else base
    taken = {f"{known}{end}" for known in names for end in ("", "_change", "_delay", "_adjusting", "_level")}
    candidate = next(c for c in chain([base], (f"{base}_{number}" for number in count(2))) if c not in taken)
    names[candidate] = name
    return candidate


@cache
def _templates() -> dict[str, Tree]:
    import yaml

    return dict(yaml.safe_load(files("wherenow.draft.building").joinpath("index.yaml").read_text("utf-8")))


def _filled(template: Any, **values: Any) -> Any:
    """Replace words in braces; a text that is nothing but such a word becomes its value, which may be a list."""
    if isinstance(template, dict):
        return {key.format(**values): _filled(below, **values) for key, below in template.items()}
    if isinstance(template, list):
        return [_filled(below, **values) for below in template]
    if not isinstance(template, str):
        return template
    alone = values.get(template.strip("{}"))
    return alone if template.startswith("{") and isinstance(alone, list) else template.format(**values)


def equations(model: IndexModel, sentence_of: Mapping[str, tuple[str, ...]]) -> Tree:
    """Write the entries of ``model/argument.yaml``. ``sentence_of`` has the sentences about each variable."""
    tree: Tree = _filled(_templates()["head"])
    for name, words in model.names.items():
        tree |= _entry(name, words, model.causes_of(name), sentence_of.get(name, ()))
    for arrow in model.arrows:
        ends = {"cause": model.names[arrow.cause], "effect": model.names[arrow.effect]}
        tree |= _filled(_templates()["link"], name=strength(arrow), sentences=list(arrow.evidence), **ends)
    tree |= _filled(_templates()["tail"])
    return tree


def strength(arrow: SignedLink) -> str:
    """Return the name of a link's elasticity."""
    return f"effect_of_{arrow.cause}_on_{arrow.effect}"


def _entry(name: str, words: str, causes: list[SignedLink], sentences: tuple[str, ...]) -> Tree:
    factors = [f"{a.cause} ^ {strength(a)}" if a.sign > 0 else f"{a.cause} ^ (-{strength(a)})" for a in causes]
    values = {
        "name": name,
        "words": words,
        "asked": " * ".join([*(factors or [f"{name}_level"]), f"max(0.05, 1 + {name}_change)"]),
        "follows": "follows its causes" if causes else "approaches its own level",
        "delay": 2 if any(a.delayed for a in causes) else 0.7,
        "sentences": list(sentences),
        "reasons": list(dict.fromkeys(s for a in causes for s in a.evidence)) or list(sentences),
    }
    tree: Tree = _filled(_templates()["variable"], **values)
    if not causes:
        tree |= _filled(_templates()["without causes"], **values)
    return tree


def loops(model: IndexModel) -> list[Cycle]:
    """List the loops, shortest first, up to :data:`MOST_LOOPS`."""
    import networkx as nx

    graph = _graph(model)
    simple = islice(nx.simple_cycles(graph, length_bound=LONGEST_PATH), 10 * MOST_LOOPS)
    cycles = []
    for nodes in simple:
        at = nodes.index(min(nodes))
        turned = (*nodes[at:], *nodes[:at])
        sign = 1
        for a, b in zip(turned, (*turned[1:], turned[0]), strict=True):
            sign *= graph.edges[a, b]["sign"]
        cycles.append(Cycle(turned, sign))
    return sorted(cycles, key=lambda c: (len(c.through), c.through))[:MOST_LOOPS]


def certain_sign(model: IndexModel, cause: str, effect: str) -> int | None:
    """Return the sign of the effect of a lasting change of ``cause`` on ``effect`` if it is independent of the
    strengths.

    It is if all walks from cause to effect, including those around loops, have one sign; otherwise the result is None.
    The system is then monotone from one to the other (Angeli & Sontag 2003, IEEE Trans. Automatic Control 48, p. 1684).
    """
    import networkx as nx

    graph = _graph(model)
    if cause not in graph or effect not in graph:
        return None
    between = ({cause} | nx.descendants(graph, cause)) & ({effect} | nx.ancestors(graph, effect))
    signs, waiting = {cause: 1}, [cause]
    while waiting:
        node = waiting.pop()
        for following in between & set(graph[node]):
            sign = signs[node] * graph.edges[node, following]["sign"]
            if following not in signs:
                signs[following] = sign
                waiting.append(following)
            elif signs[following] != sign:
                return None
    return signs.get(effect)


def _graph(model: IndexModel) -> Any:
    import networkx as nx

    graph: Any = nx.DiGraph()
    for arrow in model.arrows:
        graph.add_edge(arrow.cause, arrow.effect, sign=arrow.sign)
    return graph
