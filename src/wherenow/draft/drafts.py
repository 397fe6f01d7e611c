"""A draft under review, stored in ``draft.json``: each proposal, and the decisions about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from wherenow.draft.building.index_model import key_of
from wherenow.draft.proposals import ITEMS, LinkProposal, Proposal, Proposals, item_from_tree
from wherenow.errors import UsageError, did_you_mean
from wherenow.files import write_text

FILE = "draft.json"
FORM = 1
P = TypeVar("P", bound=Proposal)
Status = Literal["proposed", "accepted", "rejected"]
PREFIX = {"claims": "C", "links": "L", "events": "E", "actors": "A", "quantities": "Q"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftItem:
    """A proposal and its history. ``merged`` is the id of the item that it repeats."""

    id: str  # unique name in the draft
    kind: str  # ``claims``, ``links``, ``events``, ``actors`` or ``quantities``
    proposal: Proposal  # as the reader made it, or as edited
    proposed_by: str  # name and version of the reader
    status: Status = "proposed"  # ``proposed``, ``accepted`` or ``rejected``
    decided_by: str = ""  # person who decided
    decided_at: str = ""  # date and time of the decision
    edited: bool = False  # whether a person changed the proposal
    merged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All items of a case by id; ``written`` has hashes of the files made from them."""

    article: str
    items: dict[str, DraftItem]
    as_of: str
    written: dict[str, str] = field(default_factory=dict)

    def accepted(self, form: type[P]) -> list[P]:
        """List the accepted proposals of a form, in the order of the text."""
        return [i.proposal for i in self.items.values() if i.status == "accepted" and isinstance(i.proposal, form)]


def begin(proposals: Proposals, article: str, as_of: str) -> Draft:
    """Make a draft without decisions. ``article`` is the SHA-256 of the text."""
    return extend(Draft(article=article, items={}, as_of=as_of), proposals)


def extend(draft: Draft, proposals: Proposals) -> Draft:
    """Add proposals to the draft, each under a new id; links of claims refer to the ids of items."""
    items = dict(draft.items)
    for kind in ITEMS:
        count = sum(i.kind == kind for i in items.values())
        for number, proposal in enumerate(getattr(proposals, kind), start=count + 1):
            name = f"{PREFIX[kind]}{number}"
            items[name] = DraftItem(id=name, kind=kind, proposal=proposal, proposed_by=proposals.reader)
    return replace(draft, items=items)


def find(draft: Draft, name: str) -> DraftItem:
    """Return the item of that id. Raises UsageError for an unknown id."""
    if name not in draft.items:
        raise UsageError(f"there is no proposal {name!r}", did_you_mean(name, draft.items))
    return draft.items[name]


def now() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def decide(
    draft: Draft, names: Iterable[str], status: Status, by: str, at: Callable[[], str] = now, merged: str = ""
) -> Draft:
    """Accept, reject or reset these items, and record by whom and when."""
    decision: dict[str, Any] = {"status": status, "decided_by": by, "decided_at": at(), "merged": merged}
    return replace(draft, items=draft.items | {name: replace(find(draft, name), **decision) for name in names})


def edit(draft: Draft, name: str, changes: dict[str, Any], by: str, at: Callable[[], str] = now) -> Draft:
    """Change fields of one proposal and accept the item.

    Raises
    ------
    UsageError
        if a person may not change a field, or its value has the wrong type.
    """
    item = find(draft, name)
    for key, value in changes.items():
        allowed = EDITABLE[item.kind]
        if key not in allowed:
            raise UsageError(f"{key!r} of {name} cannot be changed", did_you_mean(key, allowed) or ", ".join(allowed))
        if allowed[key] is not None and value not in allowed[key]:  # type: ignore[operator]
            raise UsageError(f"{value!r} is not a valid {key}", f"one of {', '.join(map(str, allowed[key] or ()))}")
        if allowed[key] is None and (not isinstance(value, str) or not value.strip()):
            raise UsageError(f"the {key} of {name} needs words")
    cleaned = {k: v.strip() if isinstance(v, str) else v for k, v in changes.items()}
    proposal = item_from_tree(item.kind, asdict(item.proposal) | cleaned)
    edited = replace(draft, items=draft.items | {name: replace(item, proposal=proposal, edited=True)})
    return decide(edited, [name], "accepted", by, at)


EDITABLE: dict[str, dict[str, tuple[object, ...] | None]] = {
    "claims": {"says": None, "kind": ("event", "state", "cause", "stance", "forecast")},
    "links": {"cause": None, "effect": None, "sign": ("+", "-"), "negated": (True, False)},
    "events": {"what": None, "date": None},
    "actors": {"name": None},
    "quantities": {"unit": None},
}
"""The fields that a person may change, with the allowed values if they are few."""


def merge(draft: Draft, name: str, into: str, by: str, at: Callable[[], str] = now) -> Draft:
    """Mark one item as a repetition of another of its kind: the first is rejected, the other accepted."""
    first, second = find(draft, name), find(draft, into)
    if first.kind != second.kind or name == into:
        raise UsageError(f"{name} cannot repeat {into}: they are of different kinds or the same item")
    return decide(decide(draft, [name], "rejected", by, at, merged=into), [into], "accepted", by, at)


def rename_variable(draft: Draft, old: str, new: str) -> Draft:
    """Rename a variable in every link, which can merge two variables."""
    items = {}
    for name, item in draft.items.items():
        if isinstance(item.proposal, LinkProposal) and old in (item.proposal.cause, item.proposal.effect):
            link = item.proposal
            cause, effect = (new if n == old else n for n in (link.cause, link.effect))
            items[name] = replace(item, proposal=replace(link, cause=cause, effect=effect), edited=True)
    return replace(draft, items=draft.items | items)


def similar_variables(draft: Draft) -> list[tuple[str, str]]:
    """List pairs of variables of accepted links where one name contains all words of the other."""
    keys = {end: set(key_of(end).split()) for link in draft.accepted(LinkProposal) for end in (link.cause, link.effect)}
    return [(a, b) for a in keys for b in keys if keys[a] and keys[a] < keys[b]]


def accept_above(draft: Draft, confidence: float, by: str) -> Draft:
    """Accept every undecided proposal of at least this confidence; denied links stay undecided."""
    waiting = (i for i in draft.items.values() if i.status == "proposed" and i.proposal.confidence >= confidence)
    return decide(draft, [i.id for i in waiting if not getattr(i.proposal, "negated", False)], "accepted", by)


def undecided(draft: Draft) -> Iterator[DraftItem]:
    """List the undecided items in the order of the text, links first in each sentence."""
    order = {"links": 0, "claims": 1, "events": 2, "actors": 3, "quantities": 4}
    waiting = (i for i in draft.items.values() if i.status == "proposed")
    yield from sorted(waiting, key=lambda i: (min(start for start, _ in passages(i.proposal)), order[i.kind]))


def passages(proposal: Proposal) -> list[tuple[int, int]]:
    """List the passages of the text behind a proposal."""
    if isinstance(proposal, LinkProposal):
        return [(proposal.cause_start, proposal.cause_end), (proposal.effect_start, proposal.effect_end)]
    return [(proposal.start, proposal.end)]


def save(draft: Draft, folder: Path) -> None:
    """Write ``draft.json`` in a folder atomically."""
    write_text(folder / FILE, as_text(draft))


def as_text(draft: Draft) -> str:
    """Return the content of ``draft.json``."""
    return json.dumps({"form": FORM, **asdict(draft)}, indent=1, ensure_ascii=False) + "\n"


def load(folder: Path) -> Draft:
    """Read the draft of a case. Raises UsageError if the folder has none or the file is damaged."""
    path = folder / FILE
    if not path.is_file():
        raise UsageError(f"{folder} holds no draft", f"wherenow draft ARTICLE --out {folder}")
    try:
        tree = json.loads(path.read_text("utf-8"))
        if tree["form"] != FORM:
            raise UsageError(f"{path} has the form {tree['form']}; this version reads {FORM}")
        items = {
            name: DraftItem(**{**item, "proposal": item_from_tree(item["kind"], item["proposal"])})
            for name, item in tree["items"].items()
        }
        return Draft(article=tree["article"], items=items, as_of=tree["as_of"], written=dict(tree["written"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is damaged ({error!r})", "draft the text again into another folder") from None
