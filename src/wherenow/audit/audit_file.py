"""An audit stored with a case, for the report and the app."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from wherenow.audit.results import Audit, Verdict
from wherenow.case.case_types import Case
from wherenow.errors import InputError
from wherenow.files import write_text

FILE = "audit.json"


@dataclass(frozen=True, slots=True)
class StoredTest:
    """A test as a row of a table: its name, its verdict, and its findings, or the reason why it was not run."""

    name: str
    asks: str
    verdict: str
    found: tuple[str, ...]


def save_audit(case: Case, audit: Audit) -> None:
    """Write the audit of ``case`` atomically. Raises OSError if the folder cannot be written."""
    content = json.dumps({"case_hash": case.hash, **audit.to_dict()}, indent=1, ensure_ascii=False)
    write_text(case.folder / FILE, content + "\n")


def stored_audit(case: Case) -> tuple[StoredTest, ...]:
    """Read the rows of the stored audit; empty if there is none, or it belongs to another state of the case.

    Raises InputError if the file is something else.
    """
    stored = _read(case)
    return () if stored is None or stored[0] != case.hash else stored[1]


def is_stale(case: Case) -> bool:
    """Check whether the stored audit belongs to another state of the case. Raises InputError if it is not an audit."""
    stored = _read(case)
    return stored is not None and stored[0] != case.hash


def _read(case: Case) -> tuple[str, tuple[StoredTest, ...]] | None:
    """Read the hash of the case that was audited, and the rows; None if there is no file."""
    path = case.folder / FILE
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["case_hash"], tuple(map(_row, content["tests"]))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError.of_file(path, f"this is not an audit by wherenow: {error}") from error


def _row(test: dict[str, Any]) -> StoredTest:
    lines = tuple(str(f["message"]) for f in test["found"]) or ((test["note"],) if test["note"] else ())
    return StoredTest(test["name"], test["asks"], str(Verdict(test["verdict"])), lines)
