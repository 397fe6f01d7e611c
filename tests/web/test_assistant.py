"""The MCP server, as an assistant uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from wherenow.web.assistants.model_server import make_server


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine in a thread of its own: browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def server(lake):
    lake.outlook.result(120)
    return make_server(lake)


def ask(server, tool: str, **arguments: object) -> dict:
    result = alone(server.call_tool(tool, arguments))
    content = getattr(result, "content", result)
    return json.loads(content[0].text)


def test_the_tools_are_the_verbs_of_the_api(server):
    names = {tool.name for tool in alone(server.list_tools())}
    assert names == {"case", "run", "outlook", "claims", "claim", "explain", "why", "ask", "predict"}


def test_every_tool_says_what_it_is_for(server):
    assert all(tool.description for tool in alone(server.list_tools()))


def test_the_outlook_is_reported_in_its_two_sentences(server, lake):
    assert ask(server, "outlook")["answer"] == list(lake.outlook.result().answer)


def test_a_run_is_short_enough_to_be_read(server):
    found = ask(server, "run", levers={"rationing": 0.5})
    assert len(json.dumps(found)) < 20_000
    assert found["fans"][0]["times"][0] == 2000


def test_a_wrong_name_comes_back_as_words(server):
    assert "did you mean 'rationing'" in ask(server, "run", levers={"rationin": 0.5})["error"]


def test_a_claim_and_a_variable_are_reported(server):
    assert ask(server, "claim", claim="lake-recovers")["verdict"]
    assert ask(server, "explain", variable="saving")["unit"] == "1"


def test_a_value_is_explained_in_a_paragraph(server):
    assert ask(server, "why", variable="water", at="2013-01", since="2009-01")["paragraph"]
    assert "not with both" in ask(server, "why", variable="water", since="2009-01", against="no-drought")["error"]


def test_a_question_about_data_is_answered_with_what_model_and_history_say(server):
    found = ask(server, "ask", question="at(lake_volume, 2019) > 60")
    assert all(0 < found[name] < 1 for name in ("p", "model", "history"))


def test_a_series_is_predicted_at_dates(server):
    assert ask(server, "predict", series="lake_volume", at=["2018", "2019"])["dates"] == ["2018", "2019"]


def test_a_question_about_no_series_comes_back_as_words(server):
    assert "lake_volume" in ask(server, "ask", question="at(lake_volum, 2019) > 60")["error"]
    assert "lake_volume" in ask(server, "predict", series="lake_volum", at=["2019"])["error"]
