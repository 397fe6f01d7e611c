"""A ledger of forecasts: what was said, when, on what grounds, and how it turned out.

One SQLite file. Entries are only ever added, and each holds the SHA-256 of the one before and of its own content, so
that a later change of any of them shows. Adding takes SQLite's write lock, so that two processes can share a ledger.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.types import Case
from wherenow.engine import noise
from wherenow.ensemble.draws import Draws
from wherenow.errors import Diagnostic, InputError, Location, Text, UsageError
from wherenow.outlook.predictions import Probable, outcome, probabilities

FILE = "ledger.sqlite"
REGISTER, RESOLVE = "register", "resolve"
_GENESIS = "0" * 64
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, forecast TEXT NOT NULL, body TEXT NOT NULL,
    previous TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (kind, forecast)
)
"""
_WAIT = 30.0
"""Seconds to wait for another process that is writing."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A forecast in the ledger: its probability when registered, and its outcome (None while open)."""

    id: str
    says: str
    p: float
    low: float
    high: float
    as_of: str
    by: str
    resolve: str
    case_hash: str
    draws_hash: str
    basis: str
    recorded: str
    outcome: bool | None = None
    resolved: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """Of resolved forecasts: mean Brier score, mean negative log probability of what happened, both 0 at best.

    For a forecast of yes or no the continuous ranked probability score is the Brier score. ``calibration`` has, for
    each tenth of probability that was used, how many forecasts, their mean probability, and the share that came true.
    """

    resolved: int
    open: int
    brier: float | None
    log: float | None
    calibration: tuple[tuple[int, float, float], ...]


def register(case: Case, draws: Draws, path: Path, threads: int | None = None) -> tuple[Registered, ...]:
    """Registers every forecast of ``case`` that is not in the ledger yet, all or none; those that were registered now.

    Raises
    ------
    UsageError
        where the case has no forecasts, or the ledger cannot be written.
    InputError
        where the ledger was tampered with, or a formula is wrong.
    """
    if not case.predictions:
        hint = "write in forecasts.yaml what is foretold, which data will decide it, and by when"
        raise UsageError(f"{case.name} registers no forecasts", hint)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    found = probabilities(case, draws, threads=threads)
    with _writing(path) as ledger:
        known = {r.id for r in _read(ledger, path)}
        fresh = []
        for probable in found:
            if probable.prediction.id in known:
                continue
            entry = unresolved(case, draws, probable, now)
            body = {
                **_body(entry),
                "model": _rule(probable.prediction.model) if probable.prediction.model else None,
                "case": case.name,
                "draws": len(draws),
                "version": version("wherenow"),
                "noise": noise.VERSION,
            }
            _add(ledger, REGISTER, entry.id, body)
            fresh.append(entry)
    return tuple(fresh)


def unresolved(case: Case, draws: Draws, probable: Probable, registered: str = "") -> Registered:
    """A forecast as the ledger holds it until it is resolved; ``registered`` is when it was written down, if it was."""
    p = probable.prediction
    known = probable.share.known(f"the forecast '{p.id}'")
    return Registered(p.id, p.says, *known, case.cutoff_date, p.by, _rule(p.resolve),
                      case.hash, draws.hash, draws.basis, registered)  # fmt: skip


def _rule(text: Text) -> str:
    """A formula on one line: what is registered does not depend on where a case file breaks its lines."""
    return " ".join(text.content.split())


def resolve(case: Case, path: Path) -> tuple[Registered, ...]:
    """Resolves the open forecasts that the data of ``case`` decide, by the rule that each was registered with.

    The case may have more data than the one that was registered, whose forecasts are found by id. Raises InputError
    where the ledger was tampered with, UsageError where there is none.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _writing(path, must_exist=True) as ledger:
        done = []
        for entry in _read(ledger, path):
            prediction = case.predictions.get(entry.id)
            if entry.outcome is not None or prediction is None:
                continue
            if _rule(prediction.resolve) != entry.resolve:
                raise UsageError(f"the rule that resolves '{entry.id}' is not the one it was registered with")
            came = outcome(case, prediction)
            if came is None:
                continue
            _add(ledger, RESOLVE, entry.id, {"outcome": came, "resolved": now, "case_hash": case.hash})
            done.append(entry)
    ids = {entry.id for entry in done}
    return tuple(r for r in entries(path) if r.id in ids)


def entries(path: Path) -> tuple[Registered, ...]:
    """Everything in the ledger, in the order registered. Raises UsageError where there is none, InputError where it was
    tampered with or is no ledger."""
    if not path.is_file():
        raise UsageError(f"there is no ledger at {path}", "wherenow ledger register CASE makes one")
    with _opened(path) as ledger:
        return _read(ledger, path)


def score(registered: tuple[Registered, ...]) -> Scores:
    """How the resolved forecasts did."""
    resolved = [r for r in registered if r.outcome is not None]
    if not resolved:
        return Scores(0, len(registered), None, None, ())
    p = np.array([r.p for r in resolved])
    came = np.array([bool(r.outcome) for r in resolved], float)
    sure = np.clip(np.where(came > 0, p, 1 - p), 1e-6, 1.0)
    tenth = np.minimum((p * 10).astype(int), 9)
    curve = tuple((int((tenth == k).sum()), float(p[tenth == k].mean()), float(came[tenth == k].mean()))
                  for k in range(10) if (tenth == k).any())  # fmt: skip
    brier, log = float(np.mean((p - came) ** 2)), float(-np.mean(np.log(sure)))
    return Scores(len(resolved), len(registered) - len(resolved), brier, log, curve)


# -- the file


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as ledger:
            yield ledger
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # its own messages may quote what is no text
        wrong = Diagnostic(f"this is no ledger, or it cannot be used: {error}", Location(str(path), 1, 1))
        raise InputError([wrong]) from error


@contextmanager
def _writing(path: Path, must_exist: bool = False) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it happens, or nothing."""
    if must_exist and not path.is_file():
        raise UsageError(f"there is no ledger at {path}", "wherenow ledger register CASE makes one")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}")
    with _opened(path) as ledger:
        ledger.execute("BEGIN IMMEDIATE")
        try:
            ledger.execute(_SCHEMA)
            yield ledger
            ledger.execute("COMMIT")
        except BaseException:
            ledger.execute("ROLLBACK")
            raise


def _read(ledger: sqlite3.Connection, path: Path) -> tuple[Registered, ...]:
    """The forecasts, the chain of hashes checked on the way."""
    found: dict[str, Registered] = {}
    previous = _GENESIS
    if not ledger.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return ()  # whoever made the file was stopped before the first entry
    rows = ledger.execute("SELECT number, kind, forecast, body, previous, hash FROM entries ORDER BY number")
    for expected, (number, kind, name, body, before, digest) in enumerate(rows, start=1):
        if number != expected or before != previous or digest != _hash(number, kind, name, body, before):
            where = Location(str(path), 1, 1)
            raise InputError(
                [Diagnostic(f"the ledger was tampered with: entry {expected} is not what was written", where)]
            )
        previous = digest
        content = json.loads(body)
        if kind == REGISTER:
            found[name] = Registered(**{f: content[f] for f in Registered.__dataclass_fields__ if f in content})
        else:
            found[name] = Registered(
                **{**_body(found[name]), "outcome": content["outcome"], "resolved": content["resolved"]}
            )
    return tuple(found.values())


def _add(ledger: sqlite3.Connection, kind: str, name: str, content: dict[str, Any]) -> None:
    last = ledger.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, _GENESIS)
    body = json.dumps(content, sort_keys=True, ensure_ascii=False)
    digest = _hash(number, kind, name, body, previous)
    ledger.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (number, kind, name, body, previous, digest))


def _hash(number: int, kind: str, name: str, body: str, previous: str) -> str:
    return hashlib.sha256(json.dumps([number, kind, name, body, previous]).encode()).hexdigest()


def _body(registered: Registered) -> dict[str, Any]:
    return {name: getattr(registered, name) for name in Registered.__dataclass_fields__}
