"""``wherenow ensemble``: summarize millions of draws, on one machine or a cluster."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wherenow.commands.console import exit_on_error, print_json, say, say_unused, working
from wherenow.commands.console_tables import aligned
from wherenow.commands.options import BASIS, CLUSTER, JSON, MODEL, SEED, THREADS

if TYPE_CHECKING:
    from wherenow.ensemble.summary import EnsembleSummary


@exit_on_error
def ensemble(
    case: MODEL,
    draws: Annotated[int, typer.Option(min=1, help="How many draws.")] = 100_000,
    seed: SEED = 0,
    basis: BASIS = "best",
    scenario: Annotated[str, typer.Option(help="One of the case's scenarios.")] = "",
    save: Annotated[
        list[str] | None, typer.Option(help="A variable to summarize; what the outlook shows by default.")
    ] = None,
    cluster: CLUSTER = "",
    kept: Annotated[
        Path | None, typer.Option(help="A folder for finished shards, from which the same call resumes.")
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(help="A Zarr store of every run, instead of a summary; an incomplete one is resumed."),
    ] = None,
    threads: THREADS = None,
    as_json: JSON = False,
) -> None:
    """Summarize an ensemble of any size without storing its runs: the same bits on one core and on a cluster.

    Example: [bold]wherenow ensemble cases/iraq-us --draws 1000000 --cluster local[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.case.scenario import scenario_of
    from wherenow.ensemble.summary import summarize
    from wherenow.inference.posterior import draws_from

    found = open_case(case)
    if basis == "best":
        say_unused(found)
    chosen = scenario_of(found, scenario or None)
    names = tuple(save) if save else tuple(found.outlook.show) or None
    draws_at = partial(draws_from, found, seed, basis)
    with working(threads, cluster) as execution:
        if runs is not None:
            from wherenow.ensemble.stream import stream_runs

            stream_runs(found, draws_at, draws, runs, names, chosen, execution)
            say(f"runs: {runs} ({draws:,} draws)")
            return
        summary = summarize(found, draws_at, draws, names, chosen, kept, execution)
    if as_json:
        print_json(_as_json(summary))
    else:
        typer.echo("\n".join(_lines(summary)))
    say(f"{summary.draws:,} draws, {summary.lost:,} of them not finite; sha256 {summary.hash}")


def _as_json(summary: EnsembleSummary) -> dict[str, Any]:
    from wherenow.ensemble.save import column

    return {
        "draws": summary.draws,
        "lost": summary.lost,
        "hash": summary.hash,
        "times": summary.times.tolist(),
        "series": [
            {
                "name": column(saved),
                "unit": saved.unit,
                "mean": summary.mean[i].tolist(),
                "sd": (summary.variance[i] ** 0.5).tolist(),
                "least": summary.least[i].tolist(),
                "greatest": summary.greatest[i].tolist(),
            }
            for i, saved in enumerate(summary.saved)
        ],
    }


def _lines(summary: EnsembleSummary) -> list[str]:
    """Return one line per series, at the last time: mean, standard deviation, extremes."""
    from wherenow.ensemble.save import column

    rows = [("variable", f"mean at {summary.times[-1]:g}", "s.d.", "least", "greatest", "unit")]
    for i, saved in enumerate(summary.saved):
        ends = (summary.mean[i, -1], summary.variance[i, -1] ** 0.5, summary.least[i, -1], summary.greatest[i, -1])
        rows.append((column(saved), *(f"{end:.6g}" for end in ends), saved.unit))  # type: ignore[arg-type]
    return [*aligned(rows)]
