"""``wherenow docs``: write a site about a case or a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import count, exit_on_error, say
from wherenow.commands.options import MODEL


@exit_on_error
def docs(
    case: MODEL,
    out: Annotated[Path, typer.Option(help="The folder of the site; an earlier site in it is replaced.")] = Path(
        "site"
    ),
) -> None:
    """Write the site of a case or model: an overview, then one page per sector with diagram, equations, units and data.

    Example: [bold]wherenow docs cases/iraq-us --out site[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.report.site import write_site

    write_site(open_case(case), out)
    say(f"made {out}: {count(len(list(out.glob('*.html'))), 'page')}; open {out / 'index.html'}")
