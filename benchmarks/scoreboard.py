"""The scoreboard: scores of the included cases' forecasts, the worst misses first.

``python -m benchmarks.scoreboard PAGE LESSONS`` writes it from the results stored beside each case: questions at
past origins (``backtest.json``), questions about the years after the cut-off (``later.json``), and the forecasts that
``forecasts.yaml`` registers, resolved by the figures in ``later/``. It is never edited by hand, so bad scores stay
visible.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from wherenow.case.builtin import included
from wherenow.case.case_types import Case
from wherenow.case.reader import read_case
from wherenow.case.reading.later import with_later
from wherenow.errors import Text
from wherenow.files import atomic_write
from wherenow.foresight.ahead import basis
from wherenow.foresight.ask import Answer, answers
from wherenow.foresight.ledger import FILE as LEDGER
from wherenow.foresight.ledger import Registered, entries
from wherenow.foresight.trials.scorecard import Scorecard
from wherenow.foresight.trials.store import LATER, stored_trial

Lessons = Mapping[tuple[str, str], str]
"""What the model lacked, by case and forecast: a sentence written once the outcome was known."""
_TITLE = """# Scoreboard

`make scoreboard` generates this page. All scores are 0 at best. Answering 50% to everything has a Brier score
of 0.250 and a log score of 0.693.

## Questions made by rule

Each asks, at a past date with the data known then, whether a series will be above its last value, beyond past
quantiles, or move further than usual. *With later figures* includes questions that figures in `later/` decide."""
_REGISTERED = """## Registered forecasts

The forecasts in each case's `forecasts.yaml`, as of its cut-off, decided by the figures in `later/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A registered forecast that later figures decided.

    Parameters
    ----------
    case, id, says, as_of : the forecast and its cut-off.
    p, model, history : the published probability, and those of the model alone and of history alone.
    came : whether it came true.
    lacked : what the model lacked, if recorded.
    """

    case: str
    id: str
    says: str
    as_of: str
    p: float
    model: float | None
    history: float | None
    came: bool
    lacked: str

    @property
    def brier(self) -> float:
        return (self.p - self.came) ** 2


def scored(case: Case, lessons: Lessons = MappingProxyType({})) -> tuple[tuple[Scored, ...], int]:
    """Return the decided forecasts of a case, and the number that are open or have no probability."""
    if not case.predictions:
        return (), 0
    asked = {p.id: p.resolve for p in case.predictions.values()}
    given, decided = _given(case, asked), answers(basis(with_later(case)), asked)
    found = []
    for prediction in case.predictions.values():
        answer, came = given[prediction.id], decided[prediction.id].outcome
        if came is None or answer.p is None:
            continue
        lacked = lessons.get((case.name, prediction.id), "")
        found.append(
            Scored(case=case.name, id=prediction.id, says=prediction.says, as_of=case.cutoff_date, p=answer.p,
                   model=answer.model, history=answer.history, came=came, lacked=lacked)
        )  # fmt: skip
    return tuple(found), len(case.predictions) - len(found)


def _given(case: Case, asked: Mapping[str, Text]) -> Mapping[str, Answer | Registered]:
    """Return the probabilities last registered in the case's ledger, or else those that its forecasts get today."""
    path = case.folder / LEDGER
    frozen = {entry.id: entry for entry in entries(path)} if path.is_file() else {}
    missing = {name: text for name, text in asked.items() if name not in frozen}
    return {**(answers(basis(case), missing) if missing else {}), **frozen}


def lessons_in(path: Path) -> Lessons:
    """Read what the model lacked from a file with the columns case, forecast and lacked."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["case"], row["forecast"]): row["lacked"] for row in csv.DictReader(file)}


def scoreboard(cases: Sequence[Case], lessons: Lessons = MappingProxyType({})) -> str:
    """Write the page as Markdown."""
    decided = [(case, *scored(case, lessons)) for case in cases]
    rows = [forecast for _, found, _ in decided for forecast in found]
    parts = (
        _TITLE,
        _questions(cases),
        "How often questions given such a probability came true, over all cases:",
        _tracks([card for case in cases for _, card in _cards(case)]),
        _REGISTERED,
        _summary(decided),
        "The worst misses first:",
        _forecasts(sorted(rows, key=lambda f: -f.brier)),
    )
    return "\n\n".join(parts) + "\n"


def _cards(case: Case) -> list[tuple[str, Scorecard]]:
    """Return the stored scorecards of a case, each with its subject."""
    found = []
    before, after = stored_trial(case), stored_trial(case, LATER)
    if before is not None:
        found.append(("before the cut-off", before.card))
    if after is not None:
        found.append(("with later figures", after.card))
    return found


def _questions(cases: Iterable[Case]) -> str:
    rows: list[tuple[str, ...]] = [
        ("case", "questions about", "asked", "Brier", "log", "model alone", "history alone", "90% bands hold")
    ]
    for case in cases:
        for about, card in _cards(case):
            brier = {m.method: m for m in card.methods}
            alone = (f"{brier[m].brier:.3f}" if m in brier else "–" for m in ("model", "history"))
            pool = brier["pool"]
            rows.append(
                (case.name, about, f"{card.questions}", f"{pool.brier:.3f}", f"{pool.log:.3f}", *alone,
                 f"{card.coverage['pool']:.0%}")
            )  # fmt: skip
    return _table(rows)


def _tracks(cards: Sequence[Scorecard]) -> str:
    rows = [("given", "questions", "came true")]
    for tenth in range(10):
        tracks = [card.tracks[tenth] for card in cards]
        asked, came = sum(t.questions for t in tracks), sum(t.came for t in tracks)
        if asked:
            rows.append((f"{10 * tenth}–{10 * tenth + 10}%", f"{asked}", f"{came / asked:.0%}"))
    return _table(rows)


def _summary(decided: Sequence[tuple[Case, tuple[Scored, ...], int]]) -> str:
    rows: list[tuple[str, ...]] = [("case", "decided", "open", "Brier", "log", "model alone", "history alone")]
    everything = tuple(f for _, found, _ in decided for f in found)
    parts = [(case.name, found, waiting) for case, found, waiting in decided]
    for name, found, waiting in [*parts, ("all", everything, sum(w for _, _, w in parts))]:
        rows.append((name, f"{len(found)}", f"{waiting}", *_scores(found)))
    return _table(rows)


def _scores(found: Sequence[Scored]) -> tuple[str, str, str, str]:
    if not found:
        return "–", "–", "–", "–"
    log = -np.mean([np.log(f.p if f.came else 1 - f.p) for f in found])
    alone = (_mean_brier([(getattr(f, of), f.came) for f in found]) for of in ("model", "history"))
    model, history = alone
    return f"{np.mean([f.brier for f in found]):.3f}", f"{log:.3f}", model, history


def _mean_brier(pairs: Sequence[tuple[float | None, bool]]) -> str:
    found = [(p - came) ** 2 for p, came in pairs if p is not None]
    return f"{np.mean(found):.3f}" if found else "–"


def _forecasts(found: Iterable[Scored]) -> str:
    rows: list[tuple[str, ...]] = [
        ("forecast", "case", "as of", "given", "model", "history", "came true", "Brier", "what the model lacked")
    ]
    for f in found:
        came = "yes" if f.came else "no"
        given = tuple("–" if p is None else f"{p:.0%}" for p in (f.p, f.model, f.history))
        rows.append((f.says, f.case, f.as_of, *given, came, f"{f.brier:.2f}", f.lacked))
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(path: str, lessons: str) -> None:
    """Write the scoreboard of the included cases to ``path``."""
    page = scoreboard([read_case(folder) for folder in included().values()], lessons_in(Path(lessons)))
    with atomic_write(Path(path)) as beside:
        beside.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
