"""An MCP server, through which an assistant asks the model instead of inventing answers.

It has the same operations as the REST API. Answers are short enough to read and cite: a fan has only whole units of
time, and an outlook has no fans. `wherenow serve` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wherenow.errors import WherenowError
from wherenow.inference.posterior import unused_posterior
from wherenow.outlook.outlook_types import SHARES, Outlook
from wherenow.web.computation import analysis_operations
from wherenow.web.computation.case_analysis import Analysis

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = """A written analysis as an executable model: {title}.
The question: {question}
Call `case` first to see what can be asked. Numbers come from an ensemble ({basis}); say so when you cite one, and give
the 90% interval with a probability. For a probability about data use `ask`. Pointers such as P2S5 name a paragraph and
sentence of the article. A counterfactual holds in the model, and in the world only as far as the model is right."""


def make_server(analysis: Analysis) -> MCPServer:
    """Make the server of an analysis: its tools are those of :mod:`wherenow.web.computation.analysis_operations`."""
    from mcp.server import MCPServer

    case = analysis.case
    basis = ": ".join(filter(None, (analysis.draws.basis, unused_posterior(case))))
    instructions = INSTRUCTIONS.format(title=case.title, question=case.question, basis=basis)
    server = MCPServer(f"wherenow: {case.name}", instructions=instructions)

    @server.tool(name="case")
    def ask_case() -> dict[str, Any]:
        """List the contents of the case: question, levers with ranges, scenarios, variables, events and claims."""
        return analysis_operations.case(analysis)

    @server.tool(name="run")
    def ask_run(
        levers: dict[str, float] | None = None, scenario: str = "", series: list[str] | None = None
    ) -> dict[str, Any]:
        """Run a scenario, with levers on top of it, on every draw.

        Returns quantiles of the requested series (by default those that the case shows) and the changes in the
        forecasts from the baseline, on the same draws.
        """

        def brief() -> dict[str, Any]:
            ran = analysis_operations.run(analysis, levers or {}, scenario, tuple(series or ()))
            change = {key: ran["change"][key] for key in ("title", "about", "forecasts", "series")}
            return {**_with_brief_fans(ran), "change": change}

        return in_words(brief)

    @server.tool(name="outlook")
    def ask_outlook() -> dict[str, Any]:
        """Return the outlook: the answer in two sentences, the forecasts, and the effect of each scenario on them."""
        return in_words(lambda: brief_outlook(analysis.outlook.result()))

    @server.tool(name="claims")
    def ask_claims(verdict: str = "", kind: str = "", text: str = "") -> dict[str, Any]:
        """List the claims of the article with their verdicts, filtered by verdict, kind and words."""
        found = analysis_operations.claims(analysis, verdict, kind, text)
        kept = ("id", "kind", "says", "evidence", "verdict", "words")
        return {"claims": [{key: claim[key] for key in kept} for claim in found]}

    @server.tool(name="claim")
    def ask_claim(claim: str) -> dict[str, Any]:
        """Return a claim by id: verdicts on record, data, model and counterfactual; formulas, shares and margins."""
        return in_words(lambda: analysis_operations.claim(analysis, claim))

    @server.tool(name="explain")
    def ask_explain(variable: str) -> dict[str, Any]:
        """Describe a variable by its name: equation, unit, evidence, inputs, dependents, and its course over time."""
        return in_words(lambda: _with_brief_fans(analysis_operations.explain(analysis, variable)))

    @server.tool(name="why")
    def ask_why(variable: str, at: str = "", since: str = "", against: str = "") -> dict[str, Any]:
        """Explain a variable's value step by step.

        The answer gives the causes of its change since a date (by default a year earlier) or of its difference from a
        scenario, with evidence pointers for each step. Dates are like 2020-06.
        """
        return in_words(lambda: analysis_operations.why(analysis, variable, at, since, against))

    @server.tool(name="ask")
    def ask_data(question: str) -> dict[str, Any]:
        """Return the probability that a condition on data series comes true, such as "at(oil_price, 2024-06) > 90".

        Returns the published `p` with its words, the probabilities by the model alone and by history alone, and the
        track record of such probabilities; cite all four. If data already decide the question, `outcome` replaces `p`.
        """
        return in_words(lambda: analysis_operations.ask(analysis, question))

    @server.tool(name="predict")
    def predict_data(series: str, at: list[str]) -> dict[str, Any]:
        """Forecast quantiles of a data series at dates like 2024-06, by the pool, the model and the history."""
        return in_words(lambda: analysis_operations.predict(analysis, series, at))

    return server


def brief_outlook(outlook: Outlook) -> dict[str, Any]:
    """Return an outlook without fans, findings and grounds."""
    whole = outlook.to_dict()
    keys = ("case", "title", "question", "answer", "basis", "cutoff", "forecasts", "counts")
    scenarios = [{key: c[key] for key in ("scenario", "title", "forecasts")} for c in whole["comparisons"]]
    return {**{key: whole[key] for key in keys}, "scenarios": scenarios}


def in_words(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the result of ``work``, or raise a usage error as a message that an assistant can act on."""
    try:
        return work()
    except WherenowError as error:
        return {"error": str(error)}


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
