"""``wherenow ask``: answer a question about data with a probability and its track record."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wherenow.commands.console import exit_on_error, print_json, progress, say
from wherenow.commands.options import CASE, JSON, SEED, THREADS
from wherenow.result_cache import cached


@exit_on_error
def ask(
    case: CASE,
    question: Annotated[str, typer.Argument(help="A condition over data series.", show_default=False)],
    draws: Annotated[int, typer.Option(min=100, help="Draws of each ingredient.")] = 2000,
    seed: SEED = 0,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Answer a question about data: the pooled probability, the model alone, the history alone, the track record.

    Example: [bold]wherenow ask iraq-us "at(brent_oil_price, 2024-06) > 90"[/bold]
    """

    def answered() -> dict[str, Any]:
        from wherenow.case.reader import read_case
        from wherenow.foresight.ask import ask as answer
        from wherenow.inference.posterior import unused_posterior

        found = read_case(case)
        report("drawing from the model and the record")
        result = answer(found, question, seed=seed, draws=draws, threads=threads)
        return {"answer": result.to_dict(), "unused": unused_posterior(found)}

    with progress() as report:
        result = cached("ask", case, answered, asked=question, draws=draws, seed=seed)
    if result["unused"]:
        say(result["unused"])
    if as_json:
        print_json(result["answer"])
    else:
        _print(result["answer"])


def _print(answer: dict[str, Any]) -> None:
    from wherenow.foresight.verbal_probabilities import percent, without

    if answer["outcome"] is not None:
        typer.echo(f"The data already decide this: it {'came' if answer['outcome'] else 'did not come'} true.")
        return
    if answer["p"] is None:
        say(f"no probability: {answer['undefined']:.0%} of the runs leave this question undefined")
        raise typer.Exit(1)
    typer.echo(f"{percent(answer['p'])}, {answer['words']} (by {answer['until']})")
    model = f"  model alone      {percent(answer['model'])}"
    if answer["weight"]:
        model += f"   {max(answer['weight'].values()):.0%} of the pool; {answer['fit']}"
    typer.echo(model)
    history = f"  history alone    {percent(answer['history'])}"
    typer.echo(history + (f"   {without(answer['lacking'])}" if answer["lacking"] else ""))
    typer.echo(f"  base rate        {percent(answer['base_rate'])}   from {answer['past']:g} stretches of the record")
    track = answer["track"] and answer["track"]["sentence"]
    typer.echo(f"  track record     {track or 'none: run wherenow backtest CASE --questions --store'}")
