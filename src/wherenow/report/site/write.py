"""Write the site of a case: static pages with causal diagrams, which need no network and no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from wherenow.case.case_types import Case
from wherenow.case.editing.atomic_folder import new_folder
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, walk
from wherenow.model.graph import Link
from wherenow.model.model_types import Kind
from wherenow.report.diagrams.causal_diagram import DiagramArrow, DiagramBox, inside, ring
from wherenow.report.page import TEMPLATES as REPORT
from wherenow.report.page import environment
from wherenow.report.site.site_contents import FIXED, Contents, SectorEntry, label_of

TEMPLATES = Path(__file__).parent / "templates"
FROM, TO = "from:", "to:"
"""Prefixes of the name of a sector at the edge of another's diagram."""
MARK = "style.css"
"""A folder with this file beside an index is one of our sites, which a newer one may replace."""


def write_site(case: Case, folder: Path | str) -> Path:
    """Write the site of ``case``: an overview, a page per sector, its data, its evidence.

    An earlier site in ``folder`` is replaced completely. Raises UsageError if the folder contains anything else, and
    InputError if the model is not a valid system. The same case gives the same bytes.
    """
    folder = Path(folder)
    pages = dict(_pages(Contents(case)))
    with new_folder(folder, replaces=("index.html", MARK)) as beside:
        for name, text in pages.items():
            (beside / name).write_text(text, encoding="utf-8")
    return folder


def _pages(contents: Contents) -> Iterator[tuple[str, str]]:
    case = contents.case

    def page(template: str, here: str, **context: Any) -> tuple[str, str]:
        made = environment(TEMPLATES, REPORT).get_template(template)
        return here, made.render(context, case=case, contents=contents, here=here)

    yield page("overview.html", "index.html", diagram=overview(contents), functions=_functions(case))
    for shown in contents.sectors:
        yield page("sector.html", shown.file, sector=shown, diagram=sector_diagram(contents, shown))
    yield page("data.html", "data.html")
    yield page("evidence.html", "evidence.html", supported=contents.supported(), assumed=_assumed(contents))
    yield MARK, (REPORT / "style.css").read_text("utf-8") + (TEMPLATES / "site.css").read_text("utf-8")


def _functions(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the functions with memory and with noise that the equations call, by kind."""
    called: dict[str, None] = {}
    for variable in case.model.variables.values():
        for equation in variable.equations:
            called |= {node.function: None for node in walk(equation.expression) if isinstance(node, Call)}
    rows = [FUNCTIONS[name] for name in called if name in FUNCTIONS]
    return {
        kind: tuple(sorted({row.name for row in rows if row.kind is kind}))
        for kind in (FunctionKind.MEMORY, FunctionKind.NOISE)
    }


def _assumed(contents: Contents) -> list[tuple[str, str, str]]:
    """Return the label, address and reason of every mechanism that is an assumption."""
    mechanisms = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY, Kind.LOOKUP)
    assumed = []
    for variable in contents.case.model.variables.values():
        if variable.assumption and variable.kind in mechanisms:
            pointer = contents.pointer(variable.name)
            assumed.append((pointer.label, pointer.href, variable.assumption))
    return assumed


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
    description = f"{len(boxes)} sectors and {sum(a.weight for a in arrows)} links between them"
    return ring(boxes, arrows, lambda name: contents.files[name], "Sectors", description)


def sector_diagram(contents: Contents, shown: SectorEntry) -> Markup:
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

    description = f"{len(boxes)} variables in layers from causes to effects; each box links to its explanation"
    edges = [*sources.values()], [*targets.values()]
    return inside(boxes, [*arrows.values()], *edges, address, shown.title, description)
