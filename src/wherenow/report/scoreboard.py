"""The scoreboard: how good the forecasts of the included cases were, the worst misses first.

``python -m wherenow.report.scoreboard docs/scoreboard.md`` writes it from what is stored beside each case: questions at
past origins (``backtest.json``), questions about the years after the cut-off (``later.json``), and the forecasts that
``forecasts.yaml`` registers, resolved by the figures in ``later/``. Nobody edits it, so it stays when it looks bad.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wherenow.case.builtin import included
from wherenow.case.later import with_later
from wherenow.case.problems import Problems
from wherenow.case.reader import read_case
from wherenow.case.types import Case
from wherenow.case.yaml_reader import read_yaml
from wherenow.errors import InputError
from wherenow.files import whole
from wherenow.foresight.ahead import basis
from wherenow.foresight.ask import answers
from wherenow.foresight.scorecard import Scorecard
from wherenow.foresight.store import LATER, stored_trial
from wherenow.outlook.predictions import outcome

LESSONS = "later/lessons.yaml"
"""By forecast: what the model lacked, in a sentence, written once the outcome was known."""
_EVEN = 0.5
_BRIER, _LOG = _EVEN**2, float(-np.log(_EVEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A registered forecast that later figures decided.

    Parameters
    ----------
    case, id, says, as_of : which forecast, and the cut-off on which it stands.
    p, model, history : the published probability, and those of the model and of the record alone.
    came : whether it came true.
    lacked : what the model lacked, where somebody wrote it down.
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


def scored(case: Case) -> tuple[tuple[Scored, ...], int]:
    """The decided forecasts of a case, and how many are open or have no probability."""
    if not case.predictions:
        return (), 0
    later, lessons = with_later(case), _lessons(case)
    given = answers(basis(case), {p.id: p.resolve for p in case.predictions.values()})
    found = []
    for prediction in case.predictions.values():
        answer, came = given[prediction.id], outcome(later, prediction)
        if came is None or answer.p is None:
            continue
        found.append(
            Scored(case=case.name, id=prediction.id, says=prediction.says, as_of=case.cutoff_date, p=answer.p,
                   model=answer.model, history=answer.history, came=came, lacked=lessons.get(prediction.id, ""))
        )  # fmt: skip
    return tuple(found), len(case.predictions) - len(found)


def _lessons(case: Case) -> dict[str, str]:
    path = case.folder / LESSONS
    if not path.is_file():
        return {}
    problems = Problems()
    tree = read_yaml(path, problems)
    if problems.errors:
        raise InputError(problems.errors)
    return {name: str(text.value) for name, text in (tree or {}).items()}


def scoreboard(cases: Sequence[Case]) -> str:
    """The page, as Markdown."""
    decided = [(case, *scored(case)) for case in cases]
    rows = [forecast for _, found, _ in decided for forecast in found]
    return "\n\n".join(
        [
            "# Scoreboard",
            "Written by `make scoreboard` and never by hand. All scores are 0 at best. Answering 50% to every question has a "
            f"Brier score of {_BRIER:.2f} and a log score of {_LOG:.3f}.",
            "## Questions made by rule",
            "Whether a series is above its last value, beyond past quantiles, or goes further than usual, asked at past dates "
            "with what was known then. *After the cut-off* are questions about figures that the case has in `later/`.",
            _questions(cases),
            "How often questions given such a probability came true, over all cases:",
            _tracks([card for case in cases for _, card in _cards(case)]),
            "## Registered forecasts",
            "What each case forecasts in `forecasts.yaml`, as of its cut-off, decided by the figures in `later/`.",
            _summary(decided),
            "The worst misses first:",
            _forecasts(sorted(rows, key=lambda f: -f.brier)),
        ]
    ) + "\n"  # fmt: skip


def _cards(case: Case) -> list[tuple[str, Scorecard]]:
    """The stored scorecards of a case, with what each is about."""
    found = []
    before, after = stored_trial(case), stored_trial(case, LATER)
    if before is not None:
        found.append(("before the cut-off", before.card))
    if after is not None:
        found.append(("after the cut-off", after.card))
    return found


def _questions(cases: Iterable[Case]) -> str:
    rows = [("case", "questions about", "asked", "Brier", "log", "model alone", "history alone", "90% bands hold")]
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
    rows = [("case", "decided", "open", "Brier", "log", "model alone", "history alone")]
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
    rows = [("forecast", "case", "as of", "given", "model", "history", "came true", "Brier", "what the model lacked")]
    for f in found:
        came = "yes" if f.came else "no"
        given = tuple("–" if p is None else f"{p:.0%}" for p in (f.p, f.model, f.history))
        rows.append((f.says, f.case, f.as_of, *given, came, f"{f.brier:.2f}", f.lacked))
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(path: str) -> None:
    """Write the scoreboard of the included cases to ``path``."""
    with whole(Path(path)) as beside:
        beside.write_text(scoreboard([read_case(folder) for folder in included().values()]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
