"""Write the site of a case: static pages that need no network and no script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wherenow.case.case_types import Case
from wherenow.case.editing.atomic_folder import new_folder
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, walk
from wherenow.model.model_types import Kind
from wherenow.report.page import TEMPLATES as REPORT
from wherenow.report.page import environment
from wherenow.report.site import drawn
from wherenow.report.site.site_contents import Contents

TEMPLATES = Path(__file__).parent / "templates"
MARK = "style.css"
"""A folder with this file beside an index is a site of ours, and may be replaced by a newer one."""


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

    yield page("overview.html", "index.html", diagram=drawn.overview(contents), functions=_functions(case))
    for shown in contents.sectors:
        yield page("sector.html", shown.file, sector=shown, diagram=drawn.sector(contents, shown))
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
    found = []
    for variable in contents.case.model.variables.values():
        if variable.assumption and variable.kind in mechanisms:
            pointer = contents.pointer(variable.name)
            found.append((pointer.label, pointer.href, variable.assumption))
    return found
