"""``wherenow sentences`` and ``coverage``: number an article's sentences, and list those that a case does not use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import count, exit_on_error, print_json, say
from wherenow.commands.options import CASE, JSON
from wherenow.errors import UsageError
from wherenow.files import write_text


@exit_on_error
def sentences(
    article: Annotated[
        Path, typer.Argument(help="The article as plain text; with --write the case.", show_default=False)
    ],
    out: Annotated[Path | None, typer.Option(help="The file to write, sentences.csv of a case.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Update a case to its article.txt: sentences.csv, hash and length.")
    ] = False,
) -> None:
    """List an article's sentences as P2S5, with the entries for case.yaml, and write sentences.csv.

    Example: [bold]wherenow sentences article.txt --out my-case/sentences.csv[/bold]

    After a change to the article: [bold]wherenow sentences --write my-case[/bold]
    """
    if write:
        from wherenow.case.editing.resentence import rewrite_sentences

        if out is not None:
            raise UsageError("--write updates the case itself: leave out --out")
        case = article if article.is_dir() else article.parent
        done = rewrite_sentences(case)
        say(f"wrote {count(len(done.article.sentences), 'sentence')} to {done.sentences}")
        say(f"wrote the article's hash and length to {case}/case.yaml; next: wherenow check {case}")
        return
    from wherenow.case.editing.sentences import as_csv, read_article
    from wherenow.case.located_yaml.problems import Problems
    from wherenow.case.located_yaml.yaml_reader import read_text

    problems = Problems()
    content = read_text(article, problems)
    problems.raise_errors()
    assert content is not None, "a text without errors is read"
    found = read_article(content)
    for sentence in found.sentences:
        typer.echo(f"{sentence.id:7} {' '.join(content[sentence.start : sentence.end].split())}")
    say(f"  sha256: {found.sha256}\n  length: {found.length}")
    if not found.sentences:
        raise UsageError(f"{article} holds no sentence")
    if out is not None:
        write_text(out, as_csv(found.sentences))
        say(f"wrote {count(len(found.sentences), 'sentence')} to {out}")


@exit_on_error
def coverage(case: CASE, as_json: JSON = False) -> None:
    """List the sentences of a case's text that no claim, event, variable or position rests on.

    Example: [bold]wherenow coverage cases/school-influenza[/bold]
    """
    from wherenow.case.checking.coverage import coverage as cover
    from wherenow.case.reader import read_case

    found = cover(read_case(case))
    if as_json:
        print_json([{"sentence": c.sentence.id, "words": c.words, "used_by": list(c.used_by)} for c in found])
        return
    unused = [c for c in found if not c.used_by]
    for one in unused:
        typer.echo(f"{one.sentence.id:7} {one.words}".rstrip())
    say(f"{len(unused)} of {count(len(found), 'sentence')} not used")
