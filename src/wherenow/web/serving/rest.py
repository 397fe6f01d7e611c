"""The REST API: the same operations as the command line and the MCP server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from wherenow.errors import UsageError
from wherenow.web.computation import analysis_operations
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.reasoning import leading
from wherenow.web.serving.work_queue import WorkQueue

LONGEST_WAIT = 120.0  # maximum time that a request waits for the outlook, in seconds


class RunRequest(BaseModel):
    """A request to run a scenario with levers on top of it, and the series to return."""

    levers: dict[str, float] = Field(default_factory=dict, max_length=100)
    scenario: str = Field("", max_length=100)
    series: list[str] = Field(default_factory=list, max_length=analysis_operations.MOST_SERIES)


def api(analysis: Analysis, turns: WorkQueue, aside: WorkQueue) -> APIRouter:
    """Make the API of an analysis, with runs in the queue ``turns`` and longer work in ``aside``."""
    router = APIRouter(prefix="/api", tags=["wherenow"])

    @router.get("/case", summary="Contents of the case: levers, scenarios, variables, events, claims")
    def case() -> dict[str, Any]:
        return analysis_operations.case(analysis)

    @router.post("/run", summary="Run a scenario and levers on every draw: fans of series, and the forecasts")
    async def run(
        asked: RunRequest,
        client: Annotated[str, Header(alias="X-Client", max_length=64)] = "",
        turn: Annotated[int, Header(alias="X-Turn", ge=0)] = 0,
    ) -> dict[str, Any]:
        return await turns.do(
            lambda: analysis_operations.run(analysis, asked.levers, asked.scenario, tuple(asked.series)), client, turn
        )

    @router.get("/outlook", summary="The outlook, as `wherenow outlook --json` prints it; waits until it is ready")
    def outlook() -> dict[str, Any]:
        try:
            return analysis.outlook.result(LONGEST_WAIT).to_dict()
        except TimeoutError:
            raise HTTPException(503, "the outlook is still being computed; see /api/progress") from None

    @router.get("/claims", summary="The claims and their verdicts, filtered")
    def claims(
        verdict: Annotated[str, Query(max_length=40)] = "",
        kind: Annotated[str, Query(max_length=40)] = "",
        text: Annotated[str, Query(max_length=200)] = "",
    ) -> list[dict[str, Any]]:
        return analysis_operations.claims(analysis, verdict, kind, text)

    @router.get("/claims/{claim}", summary="One claim: its parts, formulas, shares and margins")
    def claim(claim: str) -> dict[str, Any]:
        try:
            return analysis_operations.claim(analysis, claim)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None

    @router.get("/explain/{variable}", summary="A variable: equation, unit, evidence, inputs and dependents")
    def explain(variable: str) -> dict[str, Any]:
        try:
            return analysis_operations.explain(analysis, variable)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None

    @router.get("/explain/{variable}/why", summary="Why a variable has its value: a paragraph, its steps, its evidence")
    async def why(
        variable: str,
        at: Annotated[str, Query(max_length=20)] = "",
        since: Annotated[str, Query(max_length=20)] = "",
        against: Annotated[str, Query(max_length=100)] = "",
    ) -> dict[str, Any]:
        return await aside.do(lambda: analysis_operations.why(analysis, variable, at, since, against))

    @router.get("/ask", summary="The probability that a condition over data series comes true, and its track record")
    async def ask(question: Annotated[str, Query(min_length=1, max_length=500)]) -> dict[str, Any]:
        return await aside.do(lambda: analysis_operations.ask(analysis, question))

    @router.get("/predict", summary="Quantiles of a data series at dates, by the pool, the model and the history")
    async def predict(
        series: Annotated[str, Query(max_length=100)],
        at: Annotated[
            list[Annotated[str, Query(max_length=20)]], Query(min_length=1, max_length=analysis_operations.MOST_DATES)
        ],
    ) -> dict[str, Any]:
        return await aside.do(lambda: analysis_operations.predict(analysis, series, at))

    @router.get("/loops", summary="The share of each feedback loop in the behaviour, and when it leads")
    async def loops() -> dict[str, Any]:
        return await aside.do(lambda: leading(analysis).to_dict())

    @router.get(
        "/reasons", summary="Whether claims hold for their reasons: the first request starts it; 202 until ready"
    )
    def reasons(response: Response) -> dict[str, Any]:
        if not analysis.reasons.done():
            response.status_code = 202
            return {"done": False, "doing": analysis.doing_why}
        return analysis.reasons.result().to_dict()

    @router.get("/progress", summary="Progress of the outlook, as server-sent events until it is ready")
    def progress() -> StreamingResponse:
        return StreamingResponse(_progress(analysis), media_type="text/event-stream")

    return router


def _progress(analysis: Analysis) -> Iterator[str]:
    begun = time.monotonic()
    while not analysis.outlook.done() and time.monotonic() - begun < LONGEST_WAIT:
        yield _event(done=False, doing=analysis.doing, seconds=round(time.monotonic() - begun, 1))
        time.sleep(0.5)
    yield _event(done=analysis.outlook.done())


def _event(**fields: object) -> str:
    return f"data: {json.dumps(fields)}\n\n"
