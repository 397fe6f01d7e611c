"""Let a program build a case step by step, with the usual operations and checks, inside one folder.

Proposals are checked against the text like a language model's answer. They become part of the case when a person
accepts them, or at once if the author is trusted; the draft records which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wherenow.case.editing.sentences import read_article
from wherenow.draft.building.case_files import About, case_name, new_case, title_of, update_case
from wherenow.draft.drafts import begin, decide, extend, find, load, save
from wherenow.draft.proposals import Proposals
from wherenow.draft.readers.answers import MalformedError, Sifted, sift
from wherenow.draft.text.parsing import LONGEST
from wherenow.errors import UsageError

MOST = 5000
"""Maximum number of proposals in a draft."""


@dataclass(frozen=True, slots=True)
class Author:
    """The author of the case in ``folder``. ``trusted`` says whether its decisions count without a person."""

    folder: Path
    name: str = "assistant"
    trusted: bool = False

    def start(self, text: str, as_of: str) -> dict[str, Any]:
        """Make the case from a text, with nothing accepted. Raises UsageError if the folder has one."""
        if len(text) > LONGEST:
            raise UsageError(f"the text has {len(text):,} characters; at most {LONGEST:,} are read")
        article = read_article(text)
        if not article.sentences:
            raise UsageError("the text has no sentences")
        about = About(name=case_name(self.folder), title=title_of(text), article=article)
        new_case(self.folder, text, about, begin(Proposals(reader=self.name), article.sha256, as_of))
        return self.sentences()

    def sentences(self) -> dict[str, Any]:
        """Return the sentences of the text by name."""
        text = self._text()
        return {s.id: " ".join(text[s.start : s.end].split()) for s in read_article(text).sentences}

    def propose(self, proposals: dict[str, Any]) -> dict[str, Any]:
        """Add proposals that the text supports, in the form of a language model's answer.

        Returns the ids of those added, and counts of those dropped. Raises UsageError if the schema is not followed.
        """
        draft, text = load(self.folder), self._text()
        sifted = Sifted()
        try:
            sift(json.dumps(proposals), text, {s.id: s for s in read_article(text).sentences}, sifted)
        except MalformedError as error:
            raise UsageError(f"these are not proposals: {error}") from None
        supported = sifted.proposals(self.name)
        extended = extend(draft, supported)
        if len(extended.items) > MOST:
            raise UsageError(f"a draft holds at most {MOST} proposals")
        save(extended, self._checked())
        return {"added": [name for name in extended.items if name not in draft.items], "dropped": supported.dropped}

    def proposals(self, status: str = "") -> dict[str, Any]:
        """Return the proposals with one status, or all, by id."""
        items = [i for i in load(self.folder).items.values() if status in ("", i.status)]
        return {i.id: {"kind": i.kind, "status": i.status, "by": i.proposed_by, **_words(i.proposal)} for i in items}

    def decide(self, names: list[str], accept: bool) -> dict[str, Any]:
        """Accept or reject proposals and, if the author is trusted, write the case again.

        An untrusted author may withdraw its own proposals; any other decision needs a person.
        """
        draft = load(self.folder)
        own = all(find(draft, n).proposed_by == self.name and find(draft, n).status == "proposed" for n in names)
        if not self.trusted and (accept or not own):
            raise UsageError("a person decides this", f"wherenow draft review {self.folder.name}")
        by = f"{self.name}, trusted" if self.trusted else self.name
        decided = decide(draft, names, "accepted" if accept else "rejected", by)
        stored, edited = update_case(self._checked(), decided)
        accepted = [i.id for i in stored.items.values() if i.status == "accepted"]
        return {"accepted": accepted, "left as changed by hand": edited}

    def check(self) -> dict[str, Any]:
        """List the errors and warnings of the case."""
        from wherenow.case.checking.check import check_case

        return {"problems": [str(d) for d in check_case(self.folder)]}

    def run(self, draws: int = 200) -> dict[str, Any]:
        """Compute the outlook of the accepted case, and the verdict on each claim."""
        from wherenow.case.reader import read_case
        from wherenow.claims.checking.checked_claims import needed_outputs
        from wherenow.claims.judge import judge
        from wherenow.ensemble.simulate import simulate
        from wherenow.inference.posterior import draws_of

        case = read_case(self.folder)
        runs = simulate(case, draws_of(case, max(1, min(draws, 1000)), 0, "prior only"), None, needed_outputs(case))
        return {f.id: {"says": f.says, "verdict": str(f.word), "note": f.note} for f in judge(case, runs)}

    def _text(self) -> str:
        path = self._checked() / "article.txt"
        if not path.is_file():
            raise UsageError(f"{self.folder} holds no text yet", "start with one")
        return path.read_text("utf-8")

    def _checked(self) -> Path:
        """Check the folder. Raises UsageError if a link in it leads outside."""
        top = self.folder.resolve()
        for path in self.folder.rglob("*"):
            if not path.resolve().is_relative_to(top):
                raise UsageError(f"{path} leads outside {self.folder}", "remove the link")
        return self.folder


def _words(proposal: Any) -> dict[str, Any]:
    """Return the fields of a proposal that a reader understands."""
    keys = ("says", "kind", "cause", "effect", "sign", "negated", "date", "what", "name", "value", "unit", "sentence")
    return {key if key != "kind" else "claim": getattr(proposal, key) for key in keys if hasattr(proposal, key)}
