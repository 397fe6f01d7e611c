"""How it works: the causal diagram, a sector opened, a variable or link chosen, and a link cut."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from wherenow.case.types import Case
from wherenow.errors import UsageError, did_you_mean
from wherenow.model.graph import Link
from wherenow.model.types import Kind
from wherenow.report.charts.fan import SMALL, fan_chart
from wherenow.report.charts.why import loops_chart, parts_chart
from wherenow.report.diagram import Arrow, Box, inside, ring
from wherenow.report.numbers import human_name
from wherenow.web.analysis import Analysis
from wherenow.web.cutting import Cut, cut
from wherenow.web.equations import describe, links_of
from wherenow.web.pictures import plain
from wherenow.web.reasoning import leading, places, told
from wherenow.web.strengths import strengths
from wherenow.web.view import View

FROM, TO = "from:", "to:"
"""Before the name of a sector that stands at the edge of another's diagram."""


def context(analysis: Analysis, view: View, asked: Mapping[str, str]) -> dict[str, Any]:
    """The sectors, and what ``open``, ``variable`` or ``link`` chooses among them.

    Raises UsageError for a sector, variable or link that is not there.
    """
    case = analysis.case
    link = _link(case, asked.get("link", ""))
    variable = asked.get("variable", "") or (link.target if link else "")
    if variable and variable not in case.model.variables:
        raise UsageError(f"there is no variable {variable[:80]!r}", did_you_mean(variable, case.model.variables))
    sectors = _sectors(case)
    opened = asked.get("open", "") or (case.model.variables[variable].sector if variable else "")
    if opened and opened not in sectors:
        raise UsageError(f"there is no sector {opened[:80]!r}", did_you_mean(opened, sectors))

    at, since = (number(asked, key) for key in ("at", "cut"))
    at = at if at is not None else case.cutoff or case.model.time.stop

    def address(name: str) -> str:
        name = name.removeprefix(FROM).removeprefix(TO)
        key = "link" if ">" in name else "open" if name in sectors and name not in case.model.variables else "variable"
        kept = {"open": opened} if key == "link" and opened else {}
        kept |= {"at": asked["at"]} if asked.get("at") else {}
        return "/how?" + urlencode([*view.pairs(), *{**kept, key: name}.items()])

    return {
        "sectors": sectors,
        "overview": _overview(case, sectors, address),
        "open": opened,
        "diagram": _opened(case, sectors, opened, address, asked.get("link") or variable, at) if opened else None,
        "links": [n for n in _running(case) if opened in _ends(case, n)] if opened else [],
        "link": link,
        "described": describe(case, variable) if variable else None,
        "reasoned": _reasoned(analysis, variable, asked) if variable and asked.get("why") else None,
        "places": lambda pointers: places(analysis, pointers),
        "loops": plain(loops_chart(leading(analysis))) if asked.get("loops") and case.loops else None,
        "source": describe(case, link.source) if link else None,
        "address": address,
        "at": at,
        "cut": _cut(analysis, link, since) if link and since is not None else None,
        "since": since if since is not None else case.cutoff or case.model.time.start,
    }


def _reasoned(analysis: Analysis, variable: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Why a variable is where it is, with a picture and the grounds of each step; or why that cannot be told."""
    given = {key: asked.get(key, "")[:80] for key in ("when", "since", "against")}
    found: dict[str, Any] = {**given, "refused": "", "told": None, "steps": []}
    try:
        answer = told(analysis, asked.get("element", "")[:120] or variable, *given.values())
    except UsageError as error:
        return {**found, "refused": str(error)}
    api = {"at": given["when"], "since": given["since"], "against": given["against"]}
    kept = urlencode({key: value for key, value in api.items() if value})
    return {
        **found,
        "told": answer,
        "api": f"/api/explain/{answer.variable}/why?{kept}",
        "steps": [(s, plain(parts_chart(s.difference, s.label)), places(analysis, s.evidence)) for s in answer.steps],
    }


def drawn(analysis: Analysis, view: View, asked: Mapping[str, str]) -> Markup:
    """The diagram that a view shows: of the sector that is open, else of all."""
    found = context(analysis, view, {key: asked[key] for key in ("open", "variable", "link", "at") if key in asked})
    picture: Markup = found["diagram"] or found["overview"]
    return picture


def table(analysis: Analysis, asked: Mapping[str, str]) -> list[list[Any]]:
    """The links as a table to take away, those of the open sector where one is, with their strength at a time."""
    case = analysis.case
    at = number(asked, "at")
    strong = strengths(case, at if at is not None else case.cutoff or case.model.time.stop)
    opened = asked.get("open", "")
    rows: list[list[Any]] = [["source", "target", "source_sector", "target_sector", "strength"]]
    for link in _running(case):
        ends = _ends(case, link)
        if not opened or opened in ends:
            rows.append([link.source, link.target, *ends, f"{strong.get((link.source, link.target), 0.0):.4g}"])
    return rows


def number(asked: Mapping[str, str], key: str) -> float | None:
    """A number among what is asked; None where it is not there. Raises UsageError where it is none."""
    text = asked.get(key, "")
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is not None and not math.isfinite(value):
        raise UsageError(f"{key!r} takes a number, not {text[:80]!r}")
    return value


def _cut(analysis: Analysis, link: Link, since: float) -> dict[str, Any]:
    found = _kept_cut(analysis, link.source, link.target, since)
    cutoff = analysis.case.cutoff
    drawn = fan_chart(found.after, human_name(found.after.label), (), cutoff, SMALL, found.before)
    return {"found": found, "drawn": drawn}


@lru_cache(maxsize=16)
def _kept_cut(analysis: Analysis, source: str, target: str, since: float) -> Cut:
    return cut(analysis, source, target, since)


def _sectors(case: Case) -> dict[str, str]:
    """Titles of sectors that have variables, by name, in the case's order."""
    used = dict.fromkeys(v.sector for v in case.model.variables.values())
    return {
        name: (case.sectors[name].title if name in case.sectors else "") or human_name(name or "model") for name in used
    }


def _link(case: Case, text: str) -> Link | None:
    if not text:
        return None
    source, _, target = text.partition(">")
    found = next((n for n in links_of(case) if (n.source, n.target) == (source, target)), None)
    if found is None:
        raise UsageError(f"there is no link {text[:160]!r}")
    return found


def _running(case: Case) -> list[Link]:
    """Links between things that move: constants and tables are parts of the equations that they stand in."""
    fixed = {Kind.PARAMETER, Kind.LOOKUP}
    return [n for n in links_of(case) if not n.initial and case.model.variables[n.source].kind not in fixed]


def _ends(case: Case, link: Link) -> tuple[str, str]:
    variables = case.model.variables
    return variables[link.source].sector, variables[link.target].sector


def _overview(case: Case, sectors: Mapping[str, str], address: Any) -> Any:
    between = Counter(_ends(case, link) for link in _running(case))
    arrows = [Arrow(a, b, weight=n) for (a, b), n in sorted(between.items()) if a != b]
    boxes = [
        Box(name, title, "sector", case.sectors[name].about if name in case.sectors else "")
        for name, title in sectors.items()
    ]
    said = (
        f"{len(boxes)} sectors, {sum(between.values())} links, {sum(a.weight for a in arrows)} of them between sectors"
    )
    return ring(boxes, arrows, address, "Sectors", said)


def _opened(case: Case, sectors: Mapping[str, str], opened: str, address: Any, chosen: str, at: float) -> Any:
    variables = case.model.variables
    boxes = [
        Box(v.name, human_name(v.label or v.name), str(v.kind), v.about)
        for v in variables.values()
        if v.sector == opened and v.kind not in (Kind.PARAMETER, Kind.LOOKUP)
    ]
    strong = strengths(case, at)
    arrows: dict[tuple[str, str], Arrow] = {}
    sources: dict[str, Box] = {}
    targets: dict[str, Box] = {}
    for link in _running(case):
        before, after = _ends(case, link)
        if before == after == opened:
            arrows[link.source, link.target] = Arrow(link.source, link.target, strong.get((link.source, link.target)))
        elif after == opened:
            sources.setdefault(before, Box(FROM + before, sectors[before], "sector"))
            arrows[FROM + before, link.target] = Arrow(FROM + before, link.target)
        elif before == opened:
            targets.setdefault(after, Box(TO + after, sectors[after], "sector"))
            arrows[link.source, TO + after] = Arrow(link.source, TO + after)
    title = sectors[opened]
    said = f"{len(boxes)} variables in layers from causes to effects"
    return inside(
        boxes, list(arrows.values()), list(sources.values()), list(targets.values()), address, chosen, title, said
    )
