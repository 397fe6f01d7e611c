"""Shared parts of commands: messages, progress, the time of stages, and errors as exit statuses."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import typer

from wherenow.api.extras import EXTRAS as EXTRAS
from wherenow.api.extras import install_hint
from wherenow.api.extras import needed as needed
from wherenow.errors import Diagnostic, InputError, Severity, UsageError, WherenowError
from wherenow.execution import Execution

if TYPE_CHECKING:
    from wherenow.case.case_types import Case
    from wherenow.ensemble.draws import Draws


P = ParamSpec("P")

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def exit_on_error(command: Callable[P, None]) -> Callable[P, None]:
    """Turn our errors into messages and exit statuses (2 misuse, 1 a failed check); other errors are bugs and show."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except InputError as error:
            print_diagnostics(error.diagnostics)
            raise typer.Exit(MISUSED) from None
        except UsageError as error:
            say(f"wherenow: {error}")
            raise typer.Exit(MISUSED) from None
        except WherenowError as error:
            say(f"wherenow: {error}")
            raise typer.Exit(FAILED) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):  # the reader closed the pipe, as `| head` does
                sys.stderr.close()
                raise typer.Exit(0) from None
            say(f"wherenow: {error.filename or 'file'}: {error.strerror or error}")
            raise typer.Exit(FAILED) from None
        except ModuleNotFoundError as error:
            if (hint := install_hint(error.name or "")) is None:
                raise
            say(f"wherenow: this needs {error.name}, which is not installed; {hint}")
            raise typer.Exit(MISUSED) from None
        except KeyboardInterrupt:
            say("wherenow: stopped; no file was left half-written")
            raise typer.Exit(INTERRUPTED) from None

    return run


def drawn(case: Case, draws: int, seed: int, basis: str) -> Draws:
    """Return draws for a command, and say on standard error where they come from."""
    from wherenow.inference.posterior import draws_of

    members = draws_of(case, draws, seed, basis)
    say(basis_of(case, members, basis))
    return members


def basis_of(case: Case, members: Draws, basis: str) -> str:
    """Say in a sentence where draws come from, and why a posterior beside the case is not used."""
    from wherenow.inference.posterior import unused_posterior

    unused = unused_posterior(case) if basis == "best" else ""
    return f"{count(len(members), 'draw')}, {members.basis}{unused and f': {unused}'}"


def say_unused(case: Case) -> None:
    """Say on standard error if a posterior beside the case is not used."""
    from wherenow.inference.posterior import unused_posterior

    if unused := unused_posterior(case):
        say(unused)


def say(message: str) -> None:
    """Print to standard error, so that standard output stays free for results."""
    typer.echo(message, err=True)


def print_json(value: object) -> None:
    """Print one JSON document on standard output; a NaN is not valid JSON and raises ValueError."""
    # if standard output cannot encode every character, JSON can escape those that it lacks
    plain = not (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    typer.echo(json.dumps(value, indent=1, ensure_ascii=plain, allow_nan=False))


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print each diagnostic: place, what is wrong, what was probably meant, and the line itself."""
    for diagnostic in diagnostics:
        colour = typer.colors.RED if diagnostic.severity is Severity.ERROR else typer.colors.YELLOW
        typer.secho(str(diagnostic), fg=colour, err=True)
        if diagnostic.excerpt:
            typer.secho(f"    {diagnostic.excerpt[:200]}", dim=True, err=True)


def count(n: int, what: str) -> str:
    """Return a count with its noun: ``count(2, "error")`` is ``"2 errors"``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def pair_of(text: str, option: str, what: str, hint: str = "") -> tuple[str, str]:
    """Split the ``NAME=...`` of an option. Raises UsageError for a text without a name or an equals sign."""
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip():
        raise UsageError(f"{option} takes NAME={what}, not '{text}'", hint)
    return name.strip(), value.strip()


def numbers_of(given: Iterable[str], option: str, hint: str = "") -> dict[str, float]:
    """Parse the ``NAME=VALUE`` pairs of an option, by name as written."""
    numbers = {}
    for text in given:
        name, value = pair_of(text, option, "VALUE with a number", hint)
        try:
            numbers[name] = float(value)
        except ValueError:
            raise UsageError(f"{option} takes NAME=VALUE with a number, not '{text}'", hint) from None
    return numbers


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show progress on standard error if it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the case") as status:
        yield lambda what: status.update(what)


@contextmanager
def working(threads: int | None, cluster: str = "") -> Iterator[Execution]:
    """Show progress while work is executed with these options."""
    with progress() as report:
        yield Execution(threads=threads, cluster=cluster, progress=report)


class Stages:
    """The stages of a command in order. A call of :meth:`end` ends one and names it; the next begins there."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float]] = []
        self._begun = self._last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """The seconds since the command began."""
        return time.perf_counter() - self._begun

    def end(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """Record the time since the previous stage. ``parts`` are the seconds of its parts."""
        now = time.perf_counter()
        self._rows.append((stage, now - self._last))
        self._rows += [(f"  {part}", seconds) for part, seconds in (parts or {}).items()]
        self._last = now

    def print(self) -> None:
        """Print on standard error one row per stage, with its share of the whole."""
        if not self._rows:
            self.end("read the cached result, since nothing changed")
        total = self.seconds
        for stage, seconds in [*self._rows, ("in all", total)]:
            say(f"{seconds:8.3f} s {seconds / total:5.0%}  {stage}")
