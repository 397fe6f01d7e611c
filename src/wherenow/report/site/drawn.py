"""The causal diagrams of a site: all sectors, and the inside of one."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from wherenow.model.graph import Link
from wherenow.report.diagrams.causal_diagram import DiagramArrow, DiagramBox, inside, ring
from wherenow.report.site.site_contents import FIXED, Contents, SectorEntry, label_of

FROM, TO = "from:", "to:"
"""Prefixes of the name of a sector at the edge of another's diagram."""


def _ends(contents: Contents, link: Link) -> tuple[str, str]:
    variables = contents.case.model.variables
    return variables[link.source].sector, variables[link.target].sector


def _running(contents: Contents) -> list[Link]:
    """Return the links between moving variables: constants and tables count as parts of equations."""
    variables = contents.case.model.variables
    return [link for link in contents.links if not link.initial and variables[link.source].kind not in FIXED]


def overview(contents: Contents) -> Markup:
    """Draw the sectors and the number of links between them."""
    between = Counter(_ends(contents, link) for link in _running(contents))
    arrows = [DiagramArrow(a, b, weight=n) for (a, b), n in sorted(between.items()) if a != b]
    boxes = [DiagramBox(s.name, s.title, "sector", s.about) for s in contents.sectors]
    said = f"{len(boxes)} sectors and {sum(a.weight for a in arrows)} links between them"
    return ring(boxes, arrows, lambda name: contents.files[name], "Sectors", said)


def sector(contents: Contents, shown: SectorEntry) -> Markup:
    """Draw a sector's variables in layers from causes to effects, between the sectors linked to it."""
    moving = [entry["variable"] for entry in shown.variables if entry["variable"].kind not in FIXED]
    boxes = [DiagramBox(v.name, label_of(v), str(v.kind), v.about) for v in moving]
    arrows: dict[tuple[str, str], DiagramArrow] = {}
    sources: dict[str, DiagramBox] = {}
    targets: dict[str, DiagramBox] = {}
    for link in _running(contents):
        before, after = _ends(contents, link)
        ends = [link.source, link.target]
        if shown.name not in (before, after):
            continue
        if before != shown.name:
            ends[0] = FROM + before
            sources.setdefault(before, DiagramBox(FROM + before, contents.title(before), "sector"))
        if after != shown.name:
            ends[1] = TO + after
            targets.setdefault(after, DiagramBox(TO + after, contents.title(after), "sector"))
        arrows[ends[0], ends[1]] = DiagramArrow(ends[0], ends[1])

    def address(name: str) -> str:
        if ">" in name:
            name = name.partition(">")[2]
        outside = name.removeprefix(FROM).removeprefix(TO)
        return contents.files[outside] if outside != name else contents.pointer(name).href

    said = f"{len(boxes)} variables in layers from causes to effects; each box leads to where it is explained"
    return inside(
        boxes, list(arrows.values()), list(sources.values()), list(targets.values()), address, "", shown.title, said
    )
