"""How it works: the causal map, the description of a variable or link, and cutting a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from wherenow.case.case_types import Case
from wherenow.case.dates import asked_moment
from wherenow.ensemble.simulate import system_of
from wherenow.errors import UsageError
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, walk
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.graph import Link
from wherenow.model.model_types import Kind
from wherenow.report.cards.chains import sign_of
from wherenow.report.cards.loop_findings import lead, loop_findings
from wherenow.report.charts.why_chart import parts_chart
from wherenow.report.diagrams.strengths import strengths
from wherenow.report.pictures import plain
from wherenow.report.wording.labels import labels, moving, sector_title
from wherenow.report.wording.texts import texts
from wherenow.report.wording.times import TimeFormatter
from wherenow.web.app_view import AppView, known_name
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.reasoning import cut, describe, explanation, leading, links_of, places

LARGE = 60
"""Maximum number of variables of a sector on a map; a larger sector is divided into parts."""


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """A link as a reader sees it: ``sign`` is ``+`` or ``−``, '' if unknown at the cut-off.

    ``strength`` is its share of the effects on its target, from 0 to 1; ``delay`` is true if it acts with a delay.
    """

    source: str
    target: str
    sign: str
    strength: float
    delay: bool


def context(analysis: Analysis, view: AppView, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the map, and the selected ``variable`` or ``link``.

    Raises UsageError for an unknown sector, variable or link.
    """
    case = analysis.case
    link = _link(case, asked.get("link", ""))
    variable = asked.get("variable", "") or (link.target if link else "")
    if variable:
        known_name(variable, case.model.variables, "variable")
    sectors = sectors_of(case)
    opened = asked.get("open", "")
    if opened:
        known_name(opened, sectors, "sector")

    def address(name: str) -> str:
        return "/how?" + urlencode([*view.pairs(), ("link" if ">" in name else "variable", name)])

    clock = TimeFormatter(case.model.time.unit, view.language)
    since = _since(case, asked)
    made = cut(analysis, link.source, link.target, since) if link and asked.get("cut") else None
    return {
        "sectors": sectors,
        "members": {name: [v for v in moving(case) if case.model.variables[v].sector == name] for name in sectors},
        "open": opened,
        "into": _into(case),
        "link": link,
        "claimed_link": link and next((n for n in _into(case).get(link.target, ()) if n.source == link.source), None),
        "described": describe(case, variable) if variable else None,
        "reasoned": _reasoned(analysis, variable, asked) if variable and asked.get("why") else None,
        "places": lambda pointers: places(analysis, pointers, view.language),
        "findings": loops_found(analysis, view) if asked.get("loops") and case.loops else None,
        "address": address,
        "cut": made,
        "when": clock.month(since),
        "asked_since": asked.get("cut", ""),
        "moment": clock.moment(case.cutoff if case.cutoff is not None else case.model.time.stop),
    }


def loops_found(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return the findings on the case's loops, starting with the loop that drives the model most."""
    case, scored = analysis.case, leading(analysis)
    clock = TimeFormatter(case.model.time.unit, view.language)
    polarities = {loop.id: loop.polarity for loop in case.loops.values()}
    return {
        "lead": lead(scored, clock, case.cutoff),
        "loops": [*loop_findings(scored, polarities, clock)],
        "times": [clock.moment(float(t)) for t in scored.times],
    }


def map_data(case: Case, language: str = "en") -> dict[str, Any]:
    """Return the map for the browser's graph library: sectors, variables, links and loops, with their labels."""
    label, sectors = labels(case), map_sectors(case)
    variables = [
        {"id": name, "label": label(name), "kind": str(case.model.variables[name].kind), "sector": sector}
        for sector, own in sectors.items()
        for name in own
    ]
    links = [
        {"source": n.source, "target": n.target, "sign": n.sign, "strength": round(n.strength, 3), "delay": n.delay}
        for n in claimed_links(case)
    ]
    keys = ("id", "title", "polarity", "about", "through")
    loops = [{key: getattr(loop, key) for key in keys} for loop in case.loops.values()]
    titles = sectors_of(case)
    named = [
        {"id": name, "label": titles.get(name) or texts(language)["how.part"].format(name=label(_hub(case, own)))}
        for name, own in sectors.items()
    ]
    return {"sectors": named, "variables": variables, "links": links, "loops": loops}


def map_sectors(case: Case) -> dict[str, list[str]]:
    """Return the moving variables of each sector of the map.

    A sector too large to draw at once is split into communities of densely linked variables (Clauset, Newman and Moore
    2004), ``NAME/1`` and so on.
    """
    sectors: dict[str, list[str]] = {}
    for name in moving(case):
        sectors.setdefault(case.model.variables[name].sector, []).append(name)
    large = [name for name, own in sectors.items() if len(own) > LARGE]
    if not large:
        return sectors
    from networkx import Graph
    from networkx.algorithms.community import greedy_modularity_communities

    for sector in large:
        own = sectors.pop(sector)
        graph: Graph[str] = Graph()
        graph.add_nodes_from(own)
        graph.add_edges_from((n.source, n.target) for n in claimed_links(case) if {n.source, n.target} <= graph.nodes)
        parts = [sorted(part, key=own.index) for part in greedy_modularity_communities(graph)]
        several = [part for part in parts if len(part) > 1]
        sectors |= {f"{sector}/{i}": part for i, part in enumerate(several, start=1)}
        if alone := [name for part in parts if len(part) == 1 for name in part]:
            sectors[f"{sector}/{len(several) + 1}"] = alone
    return sectors


def _hub(case: Case, names: Iterable[str]) -> str:
    """Return the stock with the most links among ``names``, or another variable if there is no stock."""
    known = set(names)
    ends = Counter(end for n in claimed_links(case) if {n.source, n.target} <= known for end in (n.source, n.target))
    return max(names, key=lambda name: (case.model.variables[name].kind is Kind.STOCK, ends[name]))


def cut_context(analysis: Analysis, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the effect of cutting ``link=SOURCE>TARGET`` from ``cut`` (a date) or else the cut-off on."""
    case = analysis.case
    link = _link(case, asked.get("link", ""))
    if link is None:
        raise UsageError("name the link to cut: link=source>target")
    since = _since(case, asked)
    clock = TimeFormatter(case.model.time.unit, asked.get("lang", "en"))
    return {"link": link, "cut": cut(analysis, link.source, link.target, since), "when": clock.month(since)}


def table(analysis: Analysis, asked: Mapping[str, str]) -> list[list[Any]]:
    """Return the links as a table to download, limited to the open sector if there is one."""
    case, opened = analysis.case, asked.get("open", "")
    variables = case.model.variables
    rows: list[list[Any]] = [["source", "target", "source_label", "target_label", "sign", "strength", "delayed"]]
    label = labels(case)
    for n in claimed_links(case):
        if not opened or opened in (variables[n.source].sector, variables[n.target].sector):
            named = [n.source, n.target, label(n.source), label(n.target)]
            rows.append([*named, n.sign, f"{n.strength:.3g}", "yes" if n.delay else "no"])
    return rows


@lru_cache(maxsize=8)
def claimed_links(case: Case) -> tuple[LinkClaim, ...]:
    """Return the links between variables that change over time."""
    at = case.cutoff if case.cutoff is not None else case.model.time.stop
    strong, known, late = strengths(case, at), set(moving(case)), _delayed(case)
    shown = []
    for link in links_of(case):
        if link.initial or not {link.source, link.target} <= known or link.source == link.target:
            continue
        share = strong.get((link.source, link.target), 0.0)
        late_link = (link.source, link.target) in late
        shown.append(LinkClaim(link.source, link.target, sign_of(share), abs(share), late_link))
    return tuple(shown)


def _delayed(case: Case) -> set[tuple[str, str]]:
    """Return the delayed links: into a stock, which accumulates, or through a function with memory."""
    delayed: set[tuple[str, str]] = set()
    system = system_of(case, ())
    for element in system.elements.values():
        target = element.variable.name
        calls = (part for part in walk(element.expression) if isinstance(part, Call))
        memory = (call for call in calls if FUNCTIONS[call.function].kind is FunctionKind.MEMORY)
        for part in [element.expression] if element.kind is Kind.STOCK else memory:
            delayed |= {(system.elements[n].variable.name, target) for n in mentioned(part)}
    return delayed


@lru_cache(maxsize=8)
def _into(case: Case) -> Mapping[str, tuple[LinkClaim, ...]]:
    """Return the links into each variable, the strongest first."""
    by_target: dict[str, list[LinkClaim]] = {}
    for link in claimed_links(case):
        by_target.setdefault(link.target, []).append(link)
    return {name: tuple(sorted(own, key=lambda n: -n.strength)) for name, own in by_target.items()}


def sectors_of(case: Case) -> dict[str, str]:
    """Return the titles of sectors that have variables, by name, in the case's order."""
    used = dict.fromkeys(v.sector for v in case.model.variables.values())
    return {name: sector_title(case, name) for name in used}


def _since(case: Case, asked: Mapping[str, str]) -> float:
    """Return when a link is cut. Raises UsageError for an invalid time."""
    text = asked.get("cut", "")
    if text:
        return asked_moment(text, case.model.time.unit)
    return case.cutoff if case.cutoff is not None else case.model.time.start


def _reasoned(analysis: Analysis, variable: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Explain a variable's value, with a picture and the evidence of each step; or say why that is not possible."""
    given = {key: asked.get(key, "")[:80] for key in ("when", "since", "against")}
    result: dict[str, Any] = {**given, "refused": "", "explanation": None, "steps": []}
    try:
        answer = explanation(analysis, asked.get("element", "")[:120] or variable, *given.values())
    except UsageError as error:
        return {**result, "refused": str(error)}
    api = {"at": given["when"], "since": given["since"], "against": given["against"]}
    query = urlencode({key: value for key, value in api.items() if value})
    return {
        **result,
        "explanation": answer,
        "api": f"/api/explain/{answer.variable}/why?{query}",
        "steps": [(s, plain(parts_chart(s.difference, s.label)), places(analysis, s.evidence)) for s in answer.steps],
    }


def _link(case: Case, text: str) -> Link | None:
    if not text:
        return None
    source, _, target = text.partition(">")
    match = next((n for n in links_of(case) if (n.source, n.target) == (source, target)), None)
    if match is None:
        raise UsageError(f"there is no link {text[:160]!r}")
    return match
