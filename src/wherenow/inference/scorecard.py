"""What a backtest came to, kept beside the case so that reports show it without making it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from wherenow.case.types import Case
from wherenow.errors import Diagnostic, InputError, Location
from wherenow.files import whole
from wherenow.inference.backtest import MODEL, Backtest

FILE = "backtest.json"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A backtest in short: skill (value, low, high) against each method, coverage of 90% bands, PIT values, and our
    and the last value's mean CRPS by series.
    """

    origins: tuple[str, ...]
    horizon: float
    forecasts: int
    skills: Mapping[str, tuple[float, float, float]]
    coverage: float
    pits: tuple[float, ...]
    series: Mapping[str, tuple[float, float]]

    @property
    def best(self) -> str:
        """The method that the model beats least."""
        return min(self.skills, key=lambda method: self.skills[method][0])


def scorecard(result: Backtest, origins: tuple[str, ...]) -> Scorecard:
    """The short of ``result``, whose origins are written ``origins``."""
    ours = [s for s in result.scored if s.method == MODEL]
    theirs = {(s.origin, s.series, s.time): s.score.crps for s in result.scored if s.method == "persistence"}
    pairs: dict[str, list[tuple[float, float]]] = {}
    for s in ours:
        if (s.origin, s.series, s.time) in theirs:
            pairs.setdefault(s.series, []).append((s.score.crps, theirs[s.origin, s.series, s.time]))
    means = {
        name: (sum(a for a, _ in rows) / len(rows), sum(b for _, b in rows) / len(rows)) for name, rows in pairs.items()
    }
    skills = {method: result.skill(method) for method in result.methods[1:]}
    pits = tuple(round(s.score.pit, 4) for s in ours)
    return Scorecard(origins, result.horizon, len(ours), skills, result.coverage(), pits, means)


def save_scorecard(card: Scorecard, case: Case, path: Path) -> None:
    """Write to ``path``, which is whole at any moment. Raises UsageError where it cannot be written."""
    with whole(path) as beside:
        beside.write_text(json.dumps({"case_hash": case.hash, **asdict(card)}, indent=1) + "\n", encoding="utf-8")


def scorecard_of(case: Case) -> Scorecard | None:
    """The scorecard stored beside ``case``; None where there is none, or one of another state of the case.

    Raises InputError where the file is something else.
    """
    path = case.folder / FILE
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("case_hash") != case.hash:
            return None
        skills = {name: (float(v[0]), float(v[1]), float(v[2])) for name, v in stored["skills"].items()}
        series = {name: (float(v[0]), float(v[1])) for name, v in stored["series"].items()}
        return Scorecard(tuple(stored["origins"]), float(stored["horizon"]), int(stored["forecasts"]), skills,
                         float(stored["coverage"]), tuple(map(float, stored["pits"])), series)  # fmt: skip
    except (OSError, KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise InputError([Diagnostic(f"this is no scorecard of ours: {error}", Location(str(path), 1, 1))]) from error
