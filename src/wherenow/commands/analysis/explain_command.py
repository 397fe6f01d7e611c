"""``wherenow explain``, ``why``, ``breaks`` and ``loops``: what drove a variable, and whether claims hold for their
reasons.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import INTERRUPTED, drawn, exit_on_error, numbers_of, print_json, progress, say, working
from wherenow.commands.options import BASIS, CASE, CLUSTER, DRAWS, JSON, SEED, THREADS
from wherenow.errors import UsageError, did_you_mean
from wherenow.files import write_text

if TYPE_CHECKING:
    from wherenow.case.case_types import Case
    from wherenow.explain.ablation.mechanisms import AblationTable


@exit_on_error
def explain(
    case: CASE,
    variable: Annotated[str, typer.Argument(help="A variable, or an element: x\\[a].", show_default=False)],
    at: Annotated[str, typer.Option(help="The date to explain; the case's cut-off by default.")] = "",
    since: Annotated[str, typer.Option(help="The date to compare with; a year before by default.")] = "",
    against: Annotated[str, typer.Option(help="A scenario to compare with, instead of an earlier date.")] = "",
    draws: DRAWS = 200,
    seed: SEED = 0,
    basis: BASIS = "best",
    as_json: JSON = False,
) -> None:
    """Explain why a variable has its value: through what it changed, by how much, and on what evidence.

    Example: [bold]wherenow explain cases/iraq-us relations --at 2020-06 --since 2019-06[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.explain.narrative import asked_dates
    from wherenow.explain.narrative import explain as explained
    from wherenow.language.syntax import canonical

    with progress() as report:
        found = open_case(case)
        members = drawn(found, draws, seed, basis)
        report("comparing runs")
        answer = explained(found, members, canonical(variable), *asked_dates(found, at, since, against), against)
    if as_json:
        print_json(answer.to_dict())
        return
    sentences = [*(step.sentence for step in answer.steps), *filter(None, [answer.origin])]
    typer.echo("\n".join(sentences) + f"\n\n{answer.diagram}\n")
    for step in answer.steps:
        assumed = f"assumption: {step.assumption}" if step.assumption else "no evidence is given"
        grounds = ", ".join(step.evidence) or assumed
        typer.echo(f"{step.difference.variable}: {grounds}")


@exit_on_error
def why(
    case: CASE,
    out: Annotated[Path | None, typer.Option(help="Also write the table, as Markdown.")] = None,
    draws: DRAWS = 1000,
    seed: SEED = 0,
    basis: BASIS = "best",
    every: Annotated[
        bool,
        typer.Option("--all", help="Evaluate every claim on every draw, for exact shares. Takes a minute or more."),
    ] = False,
    cut: Annotated[
        list[str] | None,
        typer.Option(help="Cut only this: a link 'a -> b', a loop, a sector, or 'every link'. Repeatable."),
    ] = None,
    since: Annotated[str, typer.Option(help="The date of the cuts; the start by default.")] = "",
    neutral: Annotated[
        list[str] | None,
        typer.Option(help="Hold a cut source at this value, not at that of the cut: 'source=0'. Repeatable."),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            min=0, help="Time limit in seconds, after which partial results are printed; all draws by default."
        ),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(help="A folder for pictures: cuts, loops, decomposed counterfactuals.")
    ] = None,
    cluster: CLUSTER = "",
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Test whether each claim holds for the reason it gives: cut every link and evaluate every claim again.

    Example: [bold]wherenow why cases/iraq-us --out why-table.md[/bold]

    Each cut runs on as many draws as its verdicts need; with a probability of 99% they are those of all draws.

    Answers are stored: after an interrupt, or with more draws, the same command continues from there. For a first
    answer within a time limit: [bold]wherenow why cases/iraq-us --within 10[/bold]

    One cut alone takes seconds: [bold]wherenow why cases/iraq-us --cut R1 --since 2011-12[/bold]

    The claims of a .mdl file are its reality checks: [bold]wherenow why model.mdl --draws 1[/bold]
    """
    from wherenow.case.dates import asked_moment
    from wherenow.commands.console_tables import show_markdown
    from wherenow.explain.ablation.mechanisms import Tabulation, mechanism
    from wherenow.explain.ablation.race import ERROR
    from wherenow.explain.reasons import cuts_markdown, page, reasons_of
    from wherenow.report.charts.why_chart import write_pictures

    begun, interrupted = time.monotonic(), False
    with working(threads, cluster) as execution:
        found = _with_claims(case)
        members = drawn(found, draws, seed, basis)
        making = Tabulation(
            found,
            members,
            since=asked_moment(since, found.model.time.unit) if since else None,
            only=[mechanism(found, name) for name in cut] if cut else None,
            neutral=numbers_of(neutral or (), "--neutral", "write source=0"),
            execution=execution,
            keep=True,
            error=None if every or cut or cluster or within is not None else ERROR,
        )
        try:
            making.go(None if within is None else within - (time.monotonic() - begun))
        except KeyboardInterrupt:
            say("answers so far are stored: the same command continues from there")
            if not making.draws:
                raise
            interrupted = True
        table = making.table()
        shown = None if interrupted else figures
        pictures = write_pictures(reasons_of(found, members, table, execution.progress), shown) if shown else ()
    words = cuts_markdown(table) if cut else page(found, table)
    if out is not None and not interrupted:
        write_text(out, words)
        say(f"table: {out}")
    for picture in pictures:
        say(f"picture: {picture}")
    if as_json:
        print_json(table.to_dict())
    elif out is None or interrupted:
        show_markdown(words)
    if not table.complete:
        say(_stands(table, within, time.monotonic() - begun))
    if interrupted:
        raise typer.Exit(INTERRUPTED)


@exit_on_error
def breaks(
    case: CASE,
    claim: Annotated[str, typer.Argument(help="The id of a claim.", show_default=False)],
    seconds: Annotated[float, typer.Option(min=0, help="Time limit of the search, in seconds.")] = 30.0,
    draws: DRAWS = 100,
    seed: SEED = 0,
    basis: BASIS = "best",
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Find the links that a claim cannot do without: the smallest sets of one, two or three whose cut breaks it.

    Example: [bold]wherenow breaks cases/iraq-us wealthy-but-dysfunctional[/bold]
    """
    from wherenow.explain.ablation.ablation import prepare_ablation
    from wherenow.explain.ablation.cut_sets import breaking_sets

    with progress() as report:
        found = _with_claims(case)
        if claim not in found.claims:
            raise UsageError(f"there is no claim '{claim}'", did_you_mean(claim, found.claims))
        members = drawn(found, draws, seed, basis)
        alone = replace(found, claims={claim: found.claims[claim]})  # run the counterfactual of this claim only
        bench = prepare_ablation(alone, members, threads=threads)
        if claim not in {reading.claim.id for reading in bench.readings}:
            raise UsageError(f"the claim '{claim}' has no condition on the model")
        report("cutting")
        sets = breaking_sets(bench, claim, seconds=seconds)
    if as_json:
        print_json(sets.to_dict())
        return
    typer.echo("\n".join(sets.words))


@exit_on_error
def loops(
    case: CASE,
    draws: DRAWS = 50,
    seed: SEED = 0,
    basis: BASIS = "best",
    as_json: JSON = False,
) -> None:
    """Show how much of the behaviour each feedback loop makes, and when it leads.

    The loops are those that the case names; for a case that names none, and for a model file, those that a search
    finds.

    Example: [bold]wherenow loops cases/iraq-us[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.explain.loops.loop_shares import found_loops, named_loops

    with progress() as report:
        found = open_case(case)
        members = drawn(found, draws, seed, basis)
        report("scoring loops")
        scored = named_loops(found, members) if found.loops else found_loops(found, members)
    if as_json:
        print_json(scored.to_dict())
        return
    titles = dict(zip(scored.loops, scored.titles, strict=True))
    leading = scored.leading()
    whens = [f"{one.first:.6g}" + (f" to {one.last:.6g}" if one.last > one.first else "") for one in leading]
    width = max(map(len, whens), default=0)
    for when, one in zip(whens, leading, strict=True):
        says = f"{100 * one.share:.0f}% of what the loops make; it leads in {100 * one.draws:.0f}% of draws"
        typer.echo(f"{when:<{width}}  {one.loop:<4} {titles[one.loop]}: {says}")


def _stands(table: AblationTable, within: float | None, seconds: float) -> str:
    """Say on how many draws an incomplete table is based, and how to get more."""
    from wherenow.explain.ablation.schedule import LEAST

    on = f"this covers the first {table.draws} of {table.of:,} draws"
    over = within is not None and seconds > within and table.draws <= LEAST
    least = f", the minimum, and took {seconds:.0f} s" if over else ""
    return f"{on}{least}; answers are stored: the same command continues, and without --within it finishes"


def _with_claims(path: Path) -> Case:
    """Return a case folder, or a .mdl file with its reality checks. Raises UsageError if it makes no claims."""
    from wherenow.case.model_files.reality_claims import case_with_checks
    from wherenow.case.reader import read_case

    file = path.suffix.lower() == ".mdl" and not path.is_dir()
    found = case_with_checks(path) if file else read_case(path)
    if not found.claims:
        raise UsageError(
            f"{found.name} makes no claims", "a case has claims in claims.yaml, a .mdl file in its reality checks"
        )
    return found
