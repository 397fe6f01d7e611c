"""An MCP server, through which an assistant asks the model instead of inventing answers.

It has the same operations as the REST API. Answers are short enough to read and cite: a fan has only whole units of
time, and an outlook has no fans. `wherenow serve` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from wherenow.errors import WherenowError
from wherenow.inference.posterior import unused_posterior
from wherenow.outlook.outlook_types import SHARES, Outlook
from wherenow.web.computation import analysis_operations as operations
from wherenow.web.computation.case_analysis import Analysis

if TYPE_CHECKING:
    from mcp.server import MCPServer

P = ParamSpec("P")
INSTRUCTIONS = """A written analysis as an executable model: {title}.
The question: {question}
Call `case` first to see what can be asked. Numbers come from an ensemble ({basis}); say so when you cite one, and give
the 90% interval with a probability. For a probability about data use `ask`. Pointers such as P2S5 name a paragraph and
sentence of the article. A counterfactual holds in the model, and in the world only as far as the model is right."""


BRIEF = (operations.case, operations.claim, operations.why, operations.ask, operations.predict)
"""Operations whose answers are short as they are; their docstrings tell an assistant what they are for."""


def make_server(analysis: Analysis) -> MCPServer:
    """Make the server of an analysis: its tools are those of :mod:`wherenow.web.computation.analysis_operations`."""
    from mcp.server import MCPServer

    case = analysis.case
    basis = ": ".join(filter(None, (analysis.draws.basis, unused_posterior(case))))
    instructions = INSTRUCTIONS.format(title=case.title, question=case.question, basis=basis)
    server = MCPServer(f"wherenow: {case.name}", instructions=instructions)
    for work in BRIEF:
        server.tool(name=work.__name__, description=work.__doc__)(in_words(partial(work, analysis)))

    @server.tool(name="run")
    @in_words
    def run(
        levers: dict[str, float] | None = None, scenario: str = "", series: list[str] | None = None
    ) -> dict[str, Any]:
        """Run a scenario, with levers on top of it, on every draw.

        Returns quantiles of the requested series (by default those that the case shows) and the changes in the
        forecasts from the baseline, on the same draws.
        """
        ran = operations.run(analysis, levers or {}, scenario, tuple(series or ()))
        change = {key: ran["change"][key] for key in ("title", "about", "forecasts", "series")}
        return {**_with_brief_fans(ran), "change": change}

    @server.tool(name="outlook")
    @in_words
    def outlook() -> dict[str, Any]:
        """Return the outlook: the answer in two sentences, the forecasts, and the effect of each scenario on them."""
        return brief_outlook(analysis.outlook.result())

    @server.tool(name="claims")
    @in_words
    def claims(verdict: str = "", kind: str = "", text: str = "") -> dict[str, Any]:
        """List the claims of the article with their verdicts, filtered by verdict, kind and words."""
        shown = ("id", "kind", "says", "evidence", "verdict", "words")
        chosen = operations.claims(analysis, verdict, kind, text)
        return {"claims": [{key: claim[key] for key in shown} for claim in chosen]}

    @server.tool(name="explain")
    @in_words
    def explain(variable: str) -> dict[str, Any]:
        """Describe a variable by its name: equation, unit, evidence, inputs, dependents, and its course over time."""
        return _with_brief_fans(operations.explain(analysis, variable))

    return server


def brief_outlook(outlook: Outlook) -> dict[str, Any]:
    """Return an outlook without fans, findings and grounds."""
    whole = outlook.to_dict()
    keys = ("case", "title", "question", "answer", "basis", "cutoff", "forecasts", "counts")
    scenarios = [{key: c[key] for key in ("scenario", "title", "forecasts")} for c in whole["comparisons"]]
    return {**{key: whole[key] for key in keys}, "scenarios": scenarios}


def in_words(work: Callable[P, dict[str, Any]]) -> Callable[P, dict[str, Any]]:
    """Return ``work`` with its usage errors as messages that an assistant can act on."""

    @wraps(work)
    def answer(*args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        try:
            return work(*args, **kwargs)
        except WherenowError as error:
            return {"error": str(error)}

    return answer


def _with_brief_fans(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "fans": [_brief_fan(fan) for fan in answer.get("fans", ())]}


def _brief_fan(fan: dict[str, Any]) -> dict[str, Any]:
    """Return a fan at the saved times nearest to whole units of time, and at its end."""
    times = fan["times"]
    chosen = [i for i, t in enumerate(times) if abs(t - round(t)) < 1e-6] or [0]
    chosen = list(dict.fromkeys([*chosen, len(times) - 1]))
    quantiles = {f"{q:g}": [_short(fan["quantiles"][f"{q:g}"][i]) for i in chosen] for q in SHARES}
    same = {key: fan[key] for key in ("name", "label", "unit", "data")}
    return {**same, "times": [round(times[i], 3) for i in chosen], "quantiles": quantiles}


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
