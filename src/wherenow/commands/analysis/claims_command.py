"""``wherenow claims``: a verdict on every claim of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherenow.commands.console import Stages, basis_of, exit_on_error, print_json, progress, say
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import BASIS, CASE, DRAWS, ENGINE, JSON, PROFILE, SEED, THREADS
from wherenow.errors import UsageError
from wherenow.result_cache import cached

if TYPE_CHECKING:
    from wherenow.claims.findings import Finding

_COLOURS = {"holds": "green", "fails": "red", "mixed": "yellow"}


@exit_on_error
def claims(
    case: CASE,
    draws: DRAWS = 1000,
    seed: SEED = 0,
    basis: BASIS = "best",
    as_json: JSON = False,
    engine: ENGINE = "native",
    threads: THREADS = None,
    profile: PROFILE = False,
) -> None:
    """Test every claim of a case: on data, on the ensemble, and against its counterfactual.

    Example: [bold]wherenow claims cases/iraq-us --json[/bold]
    """
    stages = Stages()

    def judged() -> dict[str, Any]:
        from wherenow.case.reader import read_case
        from wherenow.claims.checking.checked_claims import needed_outputs
        from wherenow.claims.judge import judge
        from wherenow.ensemble.simulate import simulate
        from wherenow.inference.posterior import draws_of

        stages.end("import")
        found = read_case(case)
        stages.end("read the case")
        if not found.claims:
            raise UsageError(f"{found.name} makes no claims", "write some in claims.yaml")
        members = draws_of(found, draws, seed, basis)
        stages.end("draw")
        report(f"running {draws} draws and the counterfactuals")
        runs = simulate(found, members, None, needed_outputs(found), threads, engine)
        stages.end("run", runs.record.seconds)
        findings = judge(found, runs)
        stages.end("judge, counterfactuals included")
        return {
            "json": [finding.to_dict() for finding in findings],
            "rows": [_row(finding) for finding in findings],
            "basis": basis_of(found, members, basis),
            "about": "" if found.data else found.about,
        }

    with progress() as report:
        found = cached("claims", case, judged, draws=draws, seed=seed, basis=basis, engine=engine)
    if profile:
        stages.print()
    if as_json:
        print_json(found["json"])
    else:
        _print(found["rows"])
        if found["about"]:
            say(found["about"])
    say(found["basis"])


def _print(rows: list[list[str]]) -> None:
    """Print one row per claim: its verdict, and the finding on each part."""
    from rich.text import Text

    coloured = ((*cells, Text(word, _COLOURS.get(word, "dim"))) for *cells, word in rows)
    show_rows(("claim", "kind, evidence", "data", "model", "against", "verdict"), coloured)


def _row(finding: Finding) -> list[str]:
    kind = f"{finding.kind} {', '.join(finding.evidence)}".rstrip()
    on_data = finding.data or finding.event
    shares = ("–" if part is None else part.share.words for part in (finding.model, finding.against))
    return [finding.id, kind, str(on_data.word) if on_data else "–", *shares, str(finding.word)]
