"""A case folder from a draft: the text, its sentences, and accepted proposals as model, claims, events and loops."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from wherenow.case.editing.atomic_folder import new_folder
from wherenow.case.editing.case_writer import write_yaml
from wherenow.case.editing.sentences import Article, as_csv, read_article
from wherenow.case.reading.versions import present
from wherenow.draft.building.index_model import (
    Cycle,
    IndexModel,
    SignedLink,
    certain_sign,
    equations,
    index_model,
    key_of,
    loops,
)
from wherenow.draft.drafts import Draft, as_text, save
from wherenow.draft.proposals import ActorProposal, ClaimProposal, EventProposal, LinkProposal
from wherenow.errors import UsageError
from wherenow.files import atomic_write

Tree = dict[str, Any]
AHEAD = 5
"""Years of the run after the text's date."""
BACK = 5
"""Years of the run before it, if no accepted event is earlier."""
FARTHEST = 20
MADE = ("model/argument.yaml", "claims.yaml", "events.yaml", "levers.yaml", "loops.yaml", "actors.yaml", "case.yaml")
IS_INDEX = (
    "A first model of the accepted links: the structure of the argument, with unknown strengths. "
    "What holds in every draw follows from the structure alone; a probability near one half means that it decides "
    "nothing."
)

HOLDS = "Holds for any strengths: every path from cause to effect has this sign."
MIXED = "Depends on unknown strengths: paths or loops of both signs lead from cause to effect."
FAILS = "Fails for any strengths: other accepted links lead from cause to effect with the opposite sign."


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The text's entries in ``case.yaml``."""

    name: str
    title: str
    article: Article


def new_case(folder: Path, text: str, about: About, draft: Draft) -> Draft:
    """Make the folder of a case from a draft atomically; return the draft as stored.

    Raises UsageError if the folder exists and is not empty.
    """
    with new_folder(folder) as beside:
        with (beside / "article.txt").open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        (beside / "sentences.csv").write_text(as_csv(about.article.sentences), encoding="utf-8")
        (beside / "model").mkdir()
        written = {}
        for name, tree in files(draft, about).items():
            write_yaml(tree, beside / name)
            written[name] = _hash(beside / name)
        stored = replace(draft, written=written)
        (beside / "draft.json").write_text(as_text(stored), encoding="utf-8")
    return stored


def update_case(folder: Path, draft: Draft) -> tuple[Draft, list[str]]:
    """Write the files of a case again from its draft; return the draft as stored, and the files left unchanged.

    A file that somebody has edited since it was made stays as it is.
    """
    text = (folder / "article.txt").read_text("utf-8")
    article = read_article(text)
    if article.sha256 != draft.article:
        raise UsageError(f"{folder / 'article.txt'} has changed since it was drafted", "draft it again")
    about = About(name=case_name(folder), title=title_of(text), article=article)
    edited: list[str] = []
    written = dict(draft.written)
    contents = files(draft, about)
    for name in MADE:
        path = folder / name
        if path.exists() and _hash(path) != written.get(name):
            edited.append(name)
        elif name in contents:
            with atomic_write(path) as beside:
                write_yaml(contents[name], beside)
                written[name] = _hash(beside)
        else:
            path.unlink(missing_ok=True)
            written.pop(name, None)
    stored = replace(draft, written=written)
    save(stored, folder)
    return stored, edited


def title_of(text: str) -> str:
    """Return the first line of a text."""
    return " ".join(next((line for line in text.splitlines() if line.strip()), "").split())[:200]


def case_name(folder: Path) -> str:
    """Return the name of a case in ``folder``."""
    return re.sub(r"[^\w.-]+", "-", folder.resolve().name).strip("-.") or "case"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# -- the content of each file


def arrows(draft: Draft) -> list[SignedLink]:
    """List the accepted links that the text does not deny."""
    signs = {"+": 1, "-": -1}
    return [
        SignedLink(cause=x.cause, effect=x.effect, sign=signs[x.sign], evidence=(x.sentence,), delayed=x.delayed)
        for x in draft.accepted(LinkProposal)
        if not x.negated
    ]


def files(draft: Draft, about: About) -> dict[str, Tree | list[Any]]:
    """Return the content of each file by its name, without empty ones."""
    model = index_model(arrows(draft))
    cycles = loops(model)
    claims = _claims(draft, model)
    outputs = sorted(model.names, key=lambda n: (-sum(n in (a.cause, a.effect) for a in model.arrows), n))[:4]
    forecasts = [n for n, c in claims.items() if c["kind"] == "forecast" and "model" in c][:5]
    contents: dict[str, Tree | list[Any]] = {
        "case.yaml": _settings(draft, about, outputs, forecasts, _certain(claims)),
        "model/argument.yaml": equations(model, _sentences_of(model)) if model.names else _nothing_yet(),
        "claims.yaml": claims,
        "events.yaml": _events(draft, model),
        "levers.yaml": _levers(model, draft.as_of),
        "loops.yaml": {f"loop-{n}": _loop(model, cycle) for n, cycle in enumerate(cycles, start=1)},
        "actors.yaml": _actors(draft),
    }
    return {name: tree for name, tree in contents.items() if tree}


def _nothing_yet() -> Tree:
    about = "A placeholder until a link is accepted."
    entry = {"parameter": 1, "unit": "1", "about": about, "assumption": "Nothing yet."}
    return {"sector": {"title": "The argument", "about": "No link has been accepted yet."}, "nothing_yet": entry}


def _sentences_of(model: IndexModel) -> dict[str, tuple[str, ...]]:
    by_name: dict[str, list[str]] = {name: [] for name in model.names}
    for arrow in model.arrows:
        by_name[arrow.cause] += arrow.evidence
        by_name[arrow.effect] += arrow.evidence
    return {name: tuple(dict.fromkeys(sentences)) for name, sentences in by_name.items()}


def span(draft: Draft) -> tuple[str, str]:
    """Return the months in which the run begins and ends."""
    now = date.fromisoformat(draft.as_of)
    years = [int(event.date[:4]) for event in draft.accepted(EventProposal) if event.date <= draft.as_of]
    first = min((y for y in years if y >= now.year - FARTHEST), default=now.year - BACK)
    return f"{min(first, now.year - 1)}-01", f"{now.year + AHEAD}-{now.month:02d}"


def _settings(draft: Draft, about: About, shown: list[str], forecasts: list[str], certain: str) -> Tree:
    first, last = span(draft)
    return {
        "schema": present(),
        "name": about.name,
        "title": about.title,
        "question": about.title if about.title.endswith("?") else f"What follows from: {about.title}?",
        "about": f"{IS_INDEX} {certain}",
        "time": {"start": first, "stop": last, "unit": "year", "step": "1/24", "save": "1/12", "method": "euler"},
        "cutoff": draft.as_of,
        "source": {
            "title": about.title,
            "published": draft.as_of,
            "sha256": about.article.sha256,
            "length": about.article.length,
            "sentences": "sentences.csv",
        },
        "outlook": {"show": shown, "forecasts": forecasts} if forecasts else {"show": shown},
    }


def _identifier(model: IndexModel, words: str) -> str | None:
    return next((name for name, known in model.names.items() if key_of(known) == key_of(words)), None)


def _claims(draft: Draft, model: IndexModel) -> Tree:
    """List the accepted claims, a claim for each accepted link that none of them states, and implied ones."""
    last = span(draft)[1]
    stated: set[tuple[str, str]] = set()
    tree: Tree = {}
    links = [(i.proposal, i.status == "accepted") for i in draft.items.values() if isinstance(i.proposal, LinkProposal)]
    for claim in draft.accepted(ClaimProposal):
        own_links = [link for link, accepted in (links[i] for i in claim.links if i < len(links)) if accepted]
        entry: Tree = {"kind": claim.kind, "says": claim.says, "evidence": [claim.sentence]}
        test = next((t for x in own_links if (t := _test(x, claim.kind, model, draft.as_of, last))), None)
        stated |= {ends for x in own_links if (ends := _ends(x, model))}
        tree[_claim_name(claim.says, tree)] = entry | (test or _untested(claim, own_links != []))
    for link in draft.accepted(LinkProposal):
        if link.negated or _ends(link, model) in stated:
            continue
        test = _test(link, "cause", model, draft.as_of, last)
        if test is not None:
            says = f"{link.cause} {'raises' if link.sign == '+' else 'lowers'} {link.effect}"
            tree[_claim_name(says, tree)] = {"kind": "cause", "says": says, "evidence": [link.sentence], **test}
            stated.add(_ends(link, model) or ("", ""))
    return tree | _outcomes(model, draft.as_of, last, tree)


def _claim_name(says: str, taken: Iterable[str]) -> str:
    words = [w for w in re.findall(r"[a-z0-9]+", says.lower()) if w not in ("the", "a", "an", "of", "to", "and", "in")]
    base = "-".join(words[:5]) or "claim"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _ends(link: LinkProposal, model: IndexModel) -> tuple[str, str] | None:
    cause, effect = _identifier(model, link.cause), _identifier(model, link.effect)
    return (cause, effect) if cause and effect else None


def _test(link: LinkProposal, kind: str, model: IndexModel, now: str, last: str) -> Tree | None:
    """Write the test of a link: if its cause rises, the effect changes as the text says."""
    ends = _ends(link, model)
    if ends is None or link.negated:
        return None
    cause, effect = ends
    if kind == "forecast":
        side = ">" if link.effect_way > 0 else "<"
        note = "The text's forecast, as a direction: the index has no meaningful level."
        return {"model": f"at({effect}, {last}) {side} at({effect}, {now[:7]})", "threshold": "ours", "note": note}
    up = link.sign == "+"
    certain = certain_sign(model, cause, effect)
    note = MIXED if certain is None else HOLDS if certain == (1 if up else -1) else FAILS
    return {
        "model": f"at({effect}, {last}) > 0",
        "against": {
            "do": {f"{cause}_change": f"from({now[:7]}, 0.5)"},
            "expect": f"at({effect}@against, {last}) {'>' if up else '<'} at({effect}, {last})",
        },
        "mechanism": [f"{cause} -> {effect}_adjusting"],
        "threshold": "ours",
        "note": note,
    }


def _untested(claim: ClaimProposal, linked: bool) -> Tree:
    if claim.kind == "cause":
        note = "The text denies this link, and the model has none." if linked else "No accepted link states it yet."
    elif claim.kind == "forecast":
        note = "Make its variable concrete to test it" + (f"; it is decided {claim.decides}." if claim.decides else ".")
    else:
        note = {
            "state": "A level or trend; it needs data to be tested.",
            "event": "Something that happened; it needs data or an accepted event to be tested.",
            "stance": "What somebody wants or thinks.",
        }[claim.kind]
    return {"note": note}


def _certain(claims: Tree) -> str:
    """Return a sentence that lists the claims that hold for any strengths of the links."""
    certain = [f"“{claim['says']}”" for claim in claims.values() if claim.get("note") == HOLDS]
    if not certain:
        return "No claim holds for all strengths."
    return f"These claims hold for any strengths: {'; '.join(certain)}."


def _outcomes(model: IndexModel, now: str, last: str, taken: Tree) -> Tree:
    """Forecast the variables at the ends of the argument if no forecast of the text can be run."""
    if any(c["kind"] == "forecast" and "model" in c for c in taken.values()):
        return {}
    causing = {a.cause for a in model.arrows}
    ends = [n for n in model.names if n not in causing] or list(model.names)
    weight = {n: sum(a.effect == n for a in model.arrows) for n in model.names}
    tree: Tree = {}
    for name in sorted(ends, key=lambda n: (-weight[n], n))[:3]:
        says = f"{model.names[name]} will be higher in {last[:4]} than now"
        tree[_claim_name(says, (*taken, *tree))] = {
            "kind": "forecast",
            "says": says,
            "model": f"at({name}, {last}) > at({name}, {now[:7]})",
            "threshold": "ours",
            "note": "Added by wherenow to show what the structure implies; the text does not say it.",
        }
    return tree


def _events(draft: Draft, model: IndexModel) -> list[Tree]:
    first = span(draft)[0]
    events: list[Tree] = []
    names: set[str] = set()
    for event in draft.accepted(EventProposal):
        if event.date > draft.as_of:
            continue
        entry: Tree = {
            "id": _claim_name(event.what, names),
            "date": event.date if len(event.date) > 4 else f"{event.date}-01",
            "actors": ", ".join(event.actors),
            "event": event.what,
            "quality": "read",
            "evidence": [event.sentence],
        }
        names.add(str(entry["id"]))
        link = next((x for x in draft.accepted(LinkProposal) if x.sentence == event.sentence and not x.negated), None)
        variable = _identifier(model, link.cause) if link is not None else None
        if link is not None and variable is not None and event.date >= first:
            entry["effects"] = [{"input": f"{variable}_change", "add": 0.5 * link.cause_way, "for": "1 year"}]
            entry["note"] = "Half of the index for a year; the size is ours, since the text gives no figure."
        events.append({k: v for k, v in entry.items() if v})
    return events


def _levers(model: IndexModel, now: str) -> Tree:
    """Make a lever for every variable without a cause, which somebody might control."""
    caused = {a.effect for a in model.arrows}
    return {
        f"move-{name.replace('_', '-')}": {
            "input": f"{name}_change",
            "label": words,
            "about": f"Added to {words} from the text's date on, as a share.",
            "unit": "1",
            "range": [-0.5, 0.5],
            "act": "add",
            "default": 0,
            "from": now,
        }
        for name, words in model.names.items()
        if name not in caused
    }


def _loop(model: IndexModel, cycle: Cycle) -> Tree:
    words = [model.names[name] for name in cycle.through]
    return {
        "title": " → ".join((*words, words[0])),
        "polarity": "reinforcing" if cycle.sign > 0 else "balancing",
        "through": [part for name in cycle.through for part in (f"{name}_adjusting", name)],
    }


def _actors(draft: Draft) -> Tree:
    actors = {
        _claim_name(a.name, ()): {"title": a.name, "about": f"Also {', '.join(a.aliases)}." if a.aliases else ""}
        for a in draft.accepted(ActorProposal)
    }
    return {"actors": actors} if actors else {}
