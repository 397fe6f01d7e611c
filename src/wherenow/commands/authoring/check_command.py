"""``wherenow check``: report every problem of a case or model at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from wherenow.case.builtin import located
from wherenow.commands.console import FAILED, count, exit_on_error, print_diagnostics, print_json, say
from wherenow.commands.options import JSON
from wherenow.errors import Diagnostic, InputError, Location, Severity, UsageError, in_order
from wherenow.result_cache import cached

if TYPE_CHECKING:
    from wherenow.case.case_types import Case


CLEAR = "\x1b[2J\x1b[H"
POLL = 0.3
"""Seconds between two checks of the files."""


@exit_on_error
def check(
    case: Annotated[
        Path | None,
        typer.Argument(
            help="A case folder, or a model file (.mdl, .xmile, .stmx).",
            show_default=False,
            callback=lambda path: None if path is None else located(path),
        ),
    ] = None,
    as_json: JSON = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file is saved.")] = False,
    schema: Annotated[
        Path | None, typer.Option(help="Write JSON schemas of all case files there, for editors.")
    ] = None,
) -> None:
    """Print every problem of a case or model at once: root causes first, then by file and line.

    Example: [bold]wherenow check cases/iraq-us[/bold], or [bold]wherenow check model.mdl[/bold], units included

    While you write: [bold]wherenow check my-case --watch[/bold]
    """
    if schema is not None:
        _write_schemas(schema)
    if case is None:
        if schema is None:
            raise UsageError("there is nothing to check", "name a case folder or a model file")
        return
    if watch:
        _watch(case)
    records = cached("check", case, lambda: [_record(d) for d in _diagnose(case)])
    if as_json:
        print_json(records)
    else:
        _print(case, [_diagnostic(record) for record in records])
    if any(record["severity"] == str(Severity.ERROR) for record in records):
        raise typer.Exit(FAILED)


def _print(case: Path, diagnostics: Sequence[Diagnostic], more: str = "") -> None:
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    print_diagnostics(diagnostics)
    say(f"{case}: {count(errors, 'error')}, {count(len(diagnostics) - errors, 'warning')}{more}")


def _write_schemas(folder: Path) -> None:
    from wherenow.case.editing.editor import editor_setting, write_schemas

    written = write_schemas(folder)
    say(f"wrote {count(len(written), 'schema')} to {folder}; for VS Code with its YAML extension, in settings.json:")
    typer.echo(editor_setting(folder, written))


def _watch(case: Path) -> NoReturn:
    """Check whenever a file changes, until interrupted."""
    before: object = None
    while True:
        now = _stamps(case)
        if now != before:
            before = now
            if sys.stderr.isatty():
                say(CLEAR)
            _print(case, _diagnose(case), "; Ctrl-C ends it")
        time.sleep(POLL)


def _stamps(case: Path) -> frozenset[tuple[str, int, int]]:
    """Return name, size and time of every file that a check reads."""
    files = [case] if case.is_file() else [p for p in case.rglob("*") if p.suffix in (".yaml", ".csv", ".txt")]
    stats = ((str(path), path.stat()) for path in files if path.is_file())
    return frozenset((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _diagnose(path: Path) -> tuple[Diagnostic, ...]:
    if path.is_dir():
        return _diagnose_case(path)
    if not path.exists():
        raise UsageError(f"there is nothing at {path}")
    from wherenow.exchange.model_files import import_model
    from wherenow.model.checking.equation_units import check_units
    from wherenow.model.checking.model_check import check as check_model

    try:
        model, warnings = import_model(path)
    except InputError as error:
        return error.diagnostics
    return (*warnings, *check_model(model), *check_units(model, literals="open"))


def _diagnose_case(folder: Path) -> tuple[Diagnostic, ...]:
    """Return the problems of a case, including those of its claims' and observations' formulas, each place once."""
    from wherenow.case.checking.check import (
        causes_first,
        check_reading,
        measured,
        unclear_names,
        wrong_variables,
    )
    from wherenow.case.reader import read_folder
    from wherenow.claims.checking.checked_claims import check_claims
    from wherenow.claims.checking.resolvable import never_resolved
    from wherenow.claims.checking.thresholds import check_thresholds

    reading = read_folder(folder)
    found = check_reading(reading)
    if reading.case is None:
        return found
    case, problems = reading.case, reading.problems
    sound = measured(case, wrong_variables(case, problems))
    formulas = (*check_claims(sound), *check_thresholds(sound))
    if not any(Path(d.location.file).parent.name in ("data", "later") for d in problems.errors if d.location):
        formulas = (*formulas, *never_resolved(case))  # an unreadable datum could make a rule seem undecidable
    reported, unclear = {d.location for d in found} | problems.missing_places, unclear_names(case, problems)
    others = [d for d in formulas if d.location not in reported and not unclear(d.excerpt)]
    return in_order((*causes_first(case, found, others, problems), *others, *_unused(case)))


def _unused(case: Case) -> Iterator[Diagnostic]:
    """Warn of each posterior beside the case that no command would use, and of an audit that no page would show."""
    from wherenow.audit import audit_file
    from wherenow.case.variants import with_variant
    from wherenow.inference.fitted import file_of, fitted_elsewhere

    for variant in ("", *case.variants):
        if reason := fitted_elsewhere(with_variant(case, variant) if variant else case, variant):
            where, hint = Location(str(case.folder / file_of(variant)), 1, 1), f"wherenow calibrate {case.folder}"
            yield Diagnostic(f"{reason}, so no result uses it", where, hint=hint, excerpt="", severity=Severity.WARNING)
    try:
        stale = audit_file.is_stale(case)
    except InputError as error:
        yield from error.diagnostics
        return
    if stale:
        where, hint = Location(str(case.folder / audit_file.FILE), 1, 1), f"wherenow audit {case.folder}"
        message = "the audit belongs to another state of the case, so no page shows it"
        yield Diagnostic(message, where, hint=hint, severity=Severity.WARNING)


def _diagnostic(record: dict[str, Any]) -> Diagnostic:
    """Return the diagnostic from which :func:`_record` made a record."""
    file, line, column = record["file"], record["line"], record["column"]
    where = None if file is None else Location(file, line, column)
    return Diagnostic(
        record["message"], where, hint=record["hint"], excerpt=record["excerpt"], severity=Severity(record["severity"])
    )


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    where = diagnostic.location
    place = dict.fromkeys(("file", "line", "column")) if where is None else asdict(where)
    return {
        **place,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "excerpt": diagnostic.excerpt,
    }
