"""The scored trial of a case, stored in one file beside it, for reports and for learning weights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.errors import InputError
from wherenow.files import write_text
from wherenow.foresight.pooling.weights import Evidence
from wherenow.foresight.trials.reliability import Reliability, Track
from wherenow.foresight.trials.scorecard import MethodScore, Part, Scorecard
from wherenow.foresight.trials.trial import ScoredDatum, Trial
from wherenow.inference.checking.scores import Score

FILE, LATER = "backtest.json", "later.json"
"""The trial of data up to the cut-off; and that of later figures, from which no weight is learned."""
FORMAT = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stored:
    """A stored trial: its scorecard, the scorecard with wider priors if there is one, and the evidence for weights."""

    card: Scorecard
    blind: Scorecard | None
    data: tuple[ScoredDatum, ...]


def save(case: Case, tried: Trial, card: Scorecard, blind: Scorecard | None, path: Path) -> None:
    """Write a trial to ``path``, atomically. Raises UsageError if it cannot be written."""
    content = {
        "format": FORMAT,
        "case_hash": case.hash,
        "fit_hash": case.fit_hash,
        "card": card.to_dict(),
        "blind": None if blind is None else blind.to_dict(),
        "evidence": _columns(tried.data),
    }
    write_text(path, json.dumps(content, separators=(",", ":")) + "\n")


def stored_trial(case: Case, file: str = FILE) -> Stored | None:
    """Read the trial stored beside ``case`` in ``file``; None if it is missing or belongs to another state of the case.

    Raises InputError if the file is not a stored trial.
    """
    path = case.folder / file
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not case.fits(content) or content.get("format") != FORMAT:
            return None
        blind = content["blind"]
        return Stored(
            card=_read_card(content["card"]),
            blind=None if blind is None else _read_card(blind),
            data=_read_columns(content["evidence"]),
        )
    except (OSError, KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise InputError.of_file(path, f"this is not a stored backtest: {error}") from error


def _read_card(content: Mapping[str, Any]) -> Scorecard:
    curve: dict[str, Any] = {
        k: np.array(v) if isinstance(v, list) else float(v) for k, v in content["reliability"].items()
    }
    triple = {name: (float(v[0]), float(v[1]), float(v[2])) for name, v in content["skills"].items()}
    gains = ("brier_gain", "log_gain")
    return Scorecard(
        origins=tuple(content["origins"]),
        horizons=tuple(map(float, content["horizons"])),
        questions=int(content["questions"]),
        data=int(content["data"]),
        methods=tuple(MethodScore(**m | {gain: tuple(m[gain]) for gain in gains}) for m in content["methods"]),
        parts=tuple(Part(**p) for p in content["parts"]),
        skills=triple,
        series={name: (float(v[0]), float(v[1])) for name, v in content["series"].items()},
        coverage={name: float(v) for name, v in content["coverage"].items()},
        pits=tuple(map(float, content["pits"])),
        reliability=Reliability(**curve),
        tracks=tuple(Track(**t) for t in content["tracks"]),
    )


_SCORES = tuple(f.name for f in fields(Score))


def _columns(data: Sequence[ScoredDatum]) -> dict[str, Any]:
    """Return evidence as columns; of the scores, only the pool's are stored, for its recalibration."""
    names = list(dict.fromkeys(n for d in data for n in d.evidence.densities))
    return {
        **{key: [getattr(d.evidence, key) for d in data] for key in ("series", "horizon", "origin", "time")},
        "densities": {n: [_short(d.evidence.densities.get(n)) for d in data] for n in names},
        "pool": {s: [_short(getattr(d.scores["pool"], s)) for d in data] for s in _SCORES},
        "rank": [_short(d.rank) for d in data],
    }


def _short(value: float | None) -> float | bool | None:
    return value if value is None or isinstance(value, bool) else round(float(value), 4)


def _read_columns(content: Mapping[str, Any]) -> tuple[ScoredDatum, ...]:
    data = []
    for i, series in enumerate(content["series"]):
        densities = {n: float(v[i]) for n, v in content["densities"].items() if v[i] is not None}
        when = {name: float(content[name][i]) for name in ("origin", "time")}
        evidence = Evidence(series=str(series), horizon=int(content["horizon"][i]), densities=densities, **when)
        pool = Score(**{s: content["pool"][s][i] for s in _SCORES})
        data.append(ScoredDatum(evidence=evidence, scores={"pool": pool}, rank=float(content["rank"][i])))
    return tuple(data)
