"""``wherenow draft review``: review proposals beside their sentences, with one key each."""

from __future__ import annotations

import getpass
from pathlib import Path

import typer

from wherenow.commands.console import count, needed, say
from wherenow.draft import drafts
from wherenow.draft.building.case_files import update_case
from wherenow.draft.drafts import Draft, DraftItem, passages
from wherenow.draft.text.marks import in_words
from wherenow.errors import UsageError

KEYS = "[a]ccept  [e]dit  [r]eject  [m]erge  [n]ext  [q]uit"


def review(folder: Path) -> None:
    """Ask about each undecided proposal, and rewrite the case at the end.

    Every decision is stored at once, so that the review can be interrupted and resumed at any time.
    """
    draft = drafts.load(folder)
    text = (folder / "article.txt").read_text("utf-8")
    by = getpass.getuser()
    skipped: set[str] = set()
    try:
        while (item := next((i for i in drafts.undecided(draft) if i.id not in skipped), None)) is not None:
            left = sum(1 for _ in drafts.undecided(draft))
            typer.echo(f"\n{item.id}, {left} left\n{shown(item, text)}")
            key = typer.prompt(KEYS, prompt_suffix=" ").strip().lower()[:1]
            if key == "q":
                break
            try:
                draft = _act(draft, item, key, by, skipped)
                drafts.save(draft, folder)
            except UsageError as error:
                say(f"wherenow: {error}")
        draft = _same_variables(draft)
    except (EOFError, typer.Abort):
        say("")
    stored, left_alone = update_case(folder, draft)
    accepted = sum(i.status == "accepted" for i in stored.items.values())
    say(f"{count(accepted, 'proposal')} accepted; {folder} is rewritten")
    for name in left_alone:
        say(f"{name} was changed by hand and is left as it is")
    say(f"next: wherenow check {folder}, wherenow outlook {folder}")


def review_in_app(folder: Path) -> None:
    """Serve the review on this machine until it is stopped, and open a browser on it."""
    import webbrowser

    needed("fastapi", "uvicorn")
    from wherenow.commands.serving.serve_command import LOOPBACK, bound
    from wherenow.web.reviewing import make_review
    from wherenow.web.serving.listener import server

    drafts.load(folder)
    listening = bound(LOOPBACK[0], 0)
    address = f"http://{LOOPBACK[0]}:{listening.getsockname()[1]}/"
    say(f"review: {address}  (stop with Ctrl-C; every decision is stored at once)")
    webbrowser.open(address)
    server(make_review(folder, getpass.getuser())).run(sockets=[listening])


def _act(draft: Draft, item: DraftItem, key: str, by: str, skipped: set[str]) -> Draft:
    if key == "a":
        return drafts.decide(draft, [item.id], "accepted", by)
    if key == "r":
        return drafts.decide(draft, [item.id], "rejected", by)
    if key == "m":
        return drafts.merge(draft, item.id, typer.prompt("which one does it repeat (such as C3)").strip(), by)
    if key == "e":
        return drafts.edit(draft, item.id, _changes(item), by)
    if key == "n":
        skipped.add(item.id)
        return draft
    raise UsageError(f"{key!r} is not a key", KEYS)


def _changes(item: DraftItem) -> dict[str, object]:
    changes: dict[str, object] = {}
    for key, values in drafts.EDITABLE[item.kind].items():
        now = getattr(item.proposal, key)
        answer = typer.prompt(f"{key}", default=str(now))
        value: object = (
            answer if values is None or isinstance(values[0], str) else answer.lower() in ("true", "yes", "y")
        )
        if value != now:
            changes[key] = value
    return changes


def _same_variables(draft: Draft) -> Draft:
    """Ask about pairs of variables with nearly the same name whether they are one."""
    for one, other in drafts.similar_variables(draft):
        if typer.confirm(f"\nis '{one}' the same variable as '{other}'?", default=False):
            draft = drafts.rename_variable(draft, one, other)
    return draft


def shown(item: DraftItem, text: str) -> str:
    """Show a proposal in words, above its sentence with the words that it rests on in brackets."""
    confidence = f"(confidence {item.proposal.confidence:g})"
    return f"  {item.kind}: {in_words(item)}  {confidence}\n  {_marked(text, passages(item.proposal))}"


def _marked(text: str, spans: list[tuple[int, int]]) -> str:
    first = max(text.rfind("\n", 0, min(a for a, _ in spans)) + 1, min(a for a, _ in spans) - 200)
    last = max(b for _, b in spans)
    end = text.find(". ", last)
    last = min(len(text), end + 1 if 0 <= end < last + 200 else last + 80)
    out, at = [], first
    for start, stop in sorted(spans):
        start = max(start, at)
        out.append(f"{text[at:start]}[{text[start:stop]}]")
        at = max(stop, at)
    return " ".join(("".join(out) + text[at:last]).split())
