"""An MCP server: an assistant asks the model instead of inventing, with the same verbs as the REST API.

Answers are short: a fan is told at whole units of time, an outlook without its fans. They run to what an assistant can
read and cite; `wherenow serve` has the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherenow.errors import WherenowError
from wherenow.inference.posterior import unused_posterior
from wherenow.outlook.types import SHARES, Outlook
from wherenow.web import verbs
from wherenow.web.analysis import Analysis

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = """A written analysis as an executable model: {title}.
The question: {question}
Ask `case` first for what can be asked. Numbers come from an ensemble ({basis}); say so when you cite one, and give the
90% interval with a probability. For a probability about data use `ask`. Pointers such as P2S5 name a paragraph and
sentence of the article. A counterfactual is true of the model, and of the world as far as the model is."""


def make_server(analysis: Analysis) -> MCPServer:
    """The server of an analysis. Its tools are the verbs of :mod:`wherenow.web.verbs`."""
    from mcp.server import MCPServer

    case = analysis.case
    basis = ": ".join(filter(None, (analysis.draws.basis, unused_posterior(case))))
    told = INSTRUCTIONS.format(title=case.title, question=case.question, basis=basis)
    server = MCPServer(f"wherenow: {case.name}", instructions=told)

    @server.tool(name="case")
    def ask_case() -> dict[str, Any]:
        """What the case holds: its question, levers with their ranges, scenarios, variables, events and claims."""
        return verbs.case(analysis)

    @server.tool(name="run")
    def ask_run(
        levers: dict[str, float] | None = None, scenario: str = "", series: list[str] | None = None
    ) -> dict[str, Any]:
        """Run a scenario, with levers on top of it, on every draw.

        Returns quantiles of the series asked for (the case's shown ones by default) and what changes in the forecasts,
        against the case as it is on the same draws.
        """
        return in_words(lambda: _brief_run(verbs.run(analysis, levers or {}, scenario, tuple(series or ()))))

    @server.tool(name="outlook")
    def ask_outlook() -> dict[str, Any]:
        """Where things go: the answer in two sentences, the forecasts, and what each scenario changes in them."""
        return in_words(lambda: brief_outlook(analysis.outlook.result()))

    @server.tool(name="claims")
    def ask_claims(verdict: str = "", kind: str = "", text: str = "") -> dict[str, Any]:
        """The claims of the article with their verdicts, filtered by verdict, kind and words."""
        found = verbs.claims(analysis, verdict, kind, text)
        kept = ("id", "kind", "says", "evidence", "verdict", "words")
        return {"claims": [{key: claim[key] for key in kept} for claim in found]}

    @server.tool(name="claim")
    def ask_claim(claim: str) -> dict[str, Any]:
        """One claim by its id: verdicts on record, data, model and counterfactual; formulas, shares and margins."""
        return in_words(lambda: verbs.claim(analysis, claim))

    @server.tool(name="explain")
    def ask_explain(variable: str) -> dict[str, Any]:
        """A variable by its name: equation, unit, what it rests on, what it reads and what reads it, and its course."""
        return in_words(lambda: _brief_variable(verbs.explain(analysis, variable)))

    @server.tool(name="why")
    def ask_why(variable: str, at: str = "", since: str = "", against: str = "") -> dict[str, Any]:
        """Why a variable is where it is: what its change since a date (a year before, unless `since` says another) or
        against a scenario came through, step by step, with the pointers each step rests on. Dates are like 2020-06.
        """
        return in_words(lambda: verbs.why(analysis, variable, at, since, against))

    @server.tool(name="ask")
    def ask_data(question: str) -> dict[str, Any]:
        """The probability that a condition over data series comes true, as "at(oil_price, 2024-06) > 90".

        Returns the published `p` with its words, beside it what the model and the history alone say, and the track
        record of such probabilities; cite all four. `outcome` is given instead of `p` where data decide already.
        """
        return in_words(lambda: verbs.ask(analysis, question))

    @server.tool(name="predict")
    def predict_data(series: str, at: list[str]) -> dict[str, Any]:
        """Quantiles of a data series at dates like 2024-06, by the pool, the model and the history."""
        return in_words(lambda: verbs.predict(analysis, series, at))

    return server


def brief_outlook(outlook: Outlook) -> dict[str, Any]:
    """An outlook without fans, findings and grounds."""
    whole = outlook.to_dict()
    kept = ("case", "title", "question", "answer", "basis", "cutoff", "forecasts", "counts")
    found: dict[str, Any] = {key: whole[key] for key in kept}
    found["scenarios"] = [
        {"scenario": c["scenario"], "title": c["title"], "forecasts": c["forecasts"]} for c in whole["comparisons"]
    ]
    return found


def in_words(work: Any) -> dict[str, Any]:
    """The work's answer; what was asked wrongly is told in words that an assistant can act on."""
    try:
        found: dict[str, Any] = work()
    except WherenowError as error:
        return {"error": str(error)}
    return found


def _brief_run(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "fans": [_brief_fan(fan) for fan in found["fans"]], "change": _brief_change(found["change"])}


def _brief_change(change: dict[str, Any]) -> dict[str, Any]:
    return {key: change[key] for key in ("title", "about", "forecasts", "series")}


def _brief_variable(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "fans": [_brief_fan(fan) for fan in found.get("fans", ())]}


def _brief_fan(fan: dict[str, Any]) -> dict[str, Any]:
    """A fan at the saved times nearest to whole units of time, and at its end."""
    times = fan["times"]
    chosen = [i for i, t in enumerate(times) if abs(t - round(t)) < 1e-6] or [0]
    chosen = list(dict.fromkeys([*chosen, len(times) - 1]))
    quantiles = {f"{q:g}": [_short(fan["quantiles"][f"{q:g}"][i]) for i in chosen] for q in SHARES}
    return {
        "name": fan["name"],
        "label": fan["label"],
        "unit": fan["unit"],
        "times": [round(times[i], 3) for i in chosen],
        "quantiles": quantiles,
        "data": fan["data"],
    }


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
