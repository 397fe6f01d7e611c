"""``wherenow coverage``: list the sentences of a case's text that nothing in the case uses."""

from __future__ import annotations

import typer

from wherenow.commands.console import count, exit_on_error, print_json, say
from wherenow.commands.options import CASE, JSON


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
    say(f"{count(len(unused), 'sentence')} of {len(found)} used by nothing")
