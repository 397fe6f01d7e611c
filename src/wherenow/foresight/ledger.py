"""A ledger of forecasts: what was published, when, on what grounds, and how it turned out.

One SQLite file. The file is append-only, and each entry holds the SHA-256 of the previous one and of its own content,
so that any later change is detected. A forecast may be registered again as the case changes: every registration is
stored and scored. Registering takes SQLite's write lock, so that two processes can share a ledger.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.reading.later import with_later
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import data_signals, declared_data
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import InputError, Text, UsageError
from wherenow.foresight.headline import Headline, headline

FILE = "ledger.sqlite"
REGISTER, RESOLVE = "register", "resolve"
_GENESIS = "0" * 64
_COLUMNS = """(
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, forecast TEXT NOT NULL, body TEXT NOT NULL,
    previous TEXT NOT NULL, hash TEXT NOT NULL
)"""
_SCHEMA = f"CREATE TABLE IF NOT EXISTS entries {_COLUMNS}"
_WAIT = 30.0
"""Seconds to wait for another process that is writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One registration of a forecast.

    Parameters
    ----------
    id, says : the forecast's name and statement.
    p, model, history : the published probability, and those of the model and of history alone (None in old entries,
        whose ``p`` is the share of the model's paths).
    as_of, by : the case's cut-off, and the date by which data decide, as written.
    resolve : the condition on data that decides the forecast.
    case_hash, basis : the state of the case, and how its model was fitted.
    recorded : when it was registered (UTC).
    outcome, resolved : whether it came true, and when that was found; None while it is open.
    """

    id: str
    says: str
    p: float
    as_of: str
    by: str
    resolve: str
    case_hash: str
    basis: str
    recorded: str
    model: float | None = None
    history: float | None = None
    outcome: bool | None = None
    resolved: str = ""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A forecast that is already registered: its latest registration, and the entry that would be registered now."""

    entry: Registered
    now: float | None
    changed: bool

    def __str__(self) -> str:
        moved = "no probability now" if self.now is None else f"{self.now:.0%} now"
        state = "the case has changed since" if self.changed else "the case is the same"
        return f"{self.entry.id}: frozen at {self.entry.p:.0%} on {self.entry.recorded[:10]}; {moved}, {state}"


@dataclass(frozen=True, slots=True)
class Registration:
    """The result of registering: entries added, forecasts already registered, and forecasts without a probability."""

    added: tuple[Registered, ...]
    frozen: tuple[Frozen, ...]
    undefined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """The mean Brier and log scores of resolved registrations, both 0 at best.

    ``calibration`` lists, for each tenth of probability with registrations, their number, their mean probability, and
    the share that came true.
    """

    resolved: int
    open: int
    brier: float | None
    log: float | None
    calibration: tuple[tuple[int, float, float], ...]


def register(
    case: Case,
    path: Path,
    *,
    again: bool = False,
    seed: int = 0,
    threads: int | None = None,
    forecasts: Headline | None = None,
) -> Registration:
    """Register every forecast of ``case`` that is not yet in the ledger, in one transaction.

    Parameters
    ----------
    again : also register those that are already in the ledger, as new entries.
    forecasts : the case's forecasts, if they are already drawn.

    Raises
    ------
    UsageError
        if the case has no forecasts, or the ledger cannot be written.
    InputError
        if the ledger was tampered with, or a formula is wrong.
    """
    if not case.predictions:
        hint = "write in forecasts.yaml what is forecast, which data will decide it, and by when"
        raise UsageError(f"{case.name} registers no forecasts", hint)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    fresh = unregistered(forecasts or headline(case, tuple(case.predictions), seed=seed, threads=threads), now)
    with _writing(path) as ledger:
        latest = {r.id: r for r in _read(ledger, path)}
        added = []
        for entry in fresh.values():
            if again or entry.id not in latest:
                _add(ledger, REGISTER, entry.id, {**asdict(entry), "case": case.name, "version": version("wherenow")})
                added.append(entry)
    earlier = () if again else tuple(latest[name] for name in case.predictions if name in latest)
    now_p = {name: entry.p for name, entry in fresh.items()}
    frozen = tuple(Frozen(entry, now_p.get(entry.id), entry.case_hash != case.hash) for entry in earlier)
    return Registration(tuple(added), frozen, tuple(n for n in case.predictions if n not in fresh))


def unregistered(forecasts: Headline, recorded: str = "") -> dict[str, Registered]:
    """Return the entry that would be registered for each forecast with a probability."""
    registered = {}
    for name, answer in forecasts.answers.items():
        prediction = forecasts.case.predictions[name]
        if answer.p is not None:
            registered[name] = Registered(
                id=name,
                says=prediction.says,
                p=answer.p,
                model=answer.model,
                history=answer.history,
                as_of=forecasts.case.cutoff_date,
                by=prediction.by,
                resolve=one_line(prediction.resolve),
                case_hash=forecasts.case.hash,
                basis=answer.fit,
                recorded=recorded,
            )
    return registered


def one_line(text: Text) -> str:
    """Write a formula on one line, so that an entry does not depend on line breaks in the case file."""
    return " ".join(text.content.split())


def resolve(case: Case, path: Path) -> tuple[Registered, ...]:
    """Resolve the open forecasts that the data of ``case`` and its later figures decide.

    Each is decided by the rule that it was registered with, even if the case has changed. Raises InputError if the
    ledger was tampered with or reads a series that the case no longer has, UsageError if there is no ledger.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    later_case = with_later(case)
    with _writing(path, must_exist=True) as ledger:
        done = set()
        for entry in _read(ledger, path):
            key = entry.id, entry.resolve
            if entry.outcome is not None or key in done or (came := outcome(later_case, Text(entry.resolve))) is None:
                continue
            content = {"outcome": came, "resolved": now, "case_hash": case.hash, "rule": entry.resolve}
            _add(ledger, RESOLVE, entry.id, content)
            done.add(key)
    return tuple(r for r in entries(path) if (r.id, r.resolve) in done)


def outcome(case: Case, rule: Text) -> bool | None:
    """Return whether the data of ``case`` meet a condition; None while they do not reach far enough."""
    checked = check_formula(parse_formula(rule), declared_data(case))
    truth = robustness(checked, data_signals(case))
    return None if np.isnan(truth.values[0]) else bool(truth.holds[0])


def entries(path: Path) -> tuple[Registered, ...]:
    """Return every registration, in order.

    Raises UsageError if there is no ledger, InputError if it was tampered with.
    """
    if not path.is_file():
        raise UsageError(f"there is no ledger at {path}", "create one with: wherenow ledger register CASE")
    with _opened(path) as ledger:
        return _read(ledger, path)


def score(registered: tuple[Registered, ...]) -> Scores:
    """Score the resolved registrations."""
    resolved = [r for r in registered if r.outcome is not None]
    if not resolved:
        return Scores(0, len(registered), None, None, ())
    p = np.array([r.p for r in resolved])
    came = np.array([bool(r.outcome) for r in resolved], float)
    sure = np.clip(np.where(came > 0, p, 1 - p), 1e-6, 1.0)
    tenth = np.minimum((p * 10).astype(int), 9)
    groups = [tenth == k for k in range(10) if (tenth == k).any()]
    curve = tuple((int(rows.sum()), float(p[rows].mean()), float(came[rows].mean())) for rows in groups)
    brier, log = float(np.mean((p - came) ** 2)), float(-np.mean(np.log(sure)))
    return Scores(len(resolved), len(registered) - len(resolved), brier, log, curve)


# -- reading and writing the file


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as ledger:
            yield ledger
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite's messages may quote bytes that are not text
        raise InputError.of_file(path, f"no ledger, or an unusable one: {error}") from error


@contextmanager
def _writing(path: Path, must_exist: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the ledger in one transaction, which is committed whole or rolled back."""
    if must_exist and not path.is_file():
        raise UsageError(f"there is no ledger at {path}", "create one with: wherenow ledger register CASE")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}")
    with _opened(path) as ledger:
        ledger.execute("BEGIN IMMEDIATE")
        try:
            ledger.execute(_SCHEMA)
            _allow_again(ledger)
            yield ledger
            ledger.execute("COMMIT")
        except BaseException:
            ledger.execute("ROLLBACK")
            raise


def _allow_again(ledger: sqlite3.Connection) -> None:
    """Upgrade a ledger of version 0.1, which accepted each forecast once; its entries do not change."""
    schema = ledger.execute("SELECT sql FROM sqlite_master WHERE name = 'entries'").fetchone()
    if "UNIQUE" in schema[0]:
        ledger.execute("ALTER TABLE entries RENAME TO entries_0")
        ledger.execute(f"CREATE TABLE entries {_COLUMNS}")
        ledger.execute("INSERT INTO entries SELECT number, kind, forecast, body, previous, hash FROM entries_0")
        ledger.execute("DROP TABLE entries_0")


def _read(ledger: sqlite3.Connection, path: Path) -> tuple[Registered, ...]:
    """Return the registrations, after checking the chain of hashes."""
    result: list[Registered] = []
    previous = _GENESIS
    if not ledger.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return ()  # the process that created the file stopped before the first entry
    rows = ledger.execute("SELECT number, kind, forecast, body, previous, hash FROM entries ORDER BY number")
    for expected, (number, kind, name, body, before, digest) in enumerate(rows, start=1):
        if number != expected or before != previous or digest != _hash(number, kind, name, body, before):
            message = f"the ledger was tampered with: entry {expected} is not what was written"
            raise InputError.of_file(path, message)
        previous = digest
        content = json.loads(body)
        if kind == REGISTER:
            result.append(Registered(**{f.name: content[f.name] for f in fields(Registered) if f.name in content}))
        else:
            decided = {"outcome": content["outcome"], "resolved": content["resolved"]}
            rule = content.get("rule")  # an entry of version 0.1 has no rule of its own and resolves every registration
            result = [replace(r, **decided) if r.id == name and rule in (None, r.resolve) else r for r in result]
    return tuple(result)


def _add(ledger: sqlite3.Connection, kind: str, name: str, content: dict[str, Any]) -> None:
    last = ledger.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, _GENESIS)
    body = json.dumps(content, sort_keys=True, ensure_ascii=False)
    digest = _hash(number, kind, name, body, previous)
    ledger.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (number, kind, name, body, previous, digest))


def _hash(number: int, kind: str, name: str, body: str, previous: str) -> str:
    return hashlib.sha256(json.dumps([number, kind, name, body, previous]).encode()).hexdigest()
