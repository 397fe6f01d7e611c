"""Apps to test: a small case without a browser, and the Iraq-US case in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web.browsing import opened, served

from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.inference.posterior import draws_of
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app

IRAQ = Path(__file__).parents[2] / "cases" / "iraq-us"


@pytest.fixture(scope="session")
def lake() -> Analysis:
    case = read_case(TEMPLATE)
    return Analysis(case, draw(case, 64))


@pytest.fixture(scope="session")
def client(lake) -> Iterator[TestClient]:
    """The app on the lake, its outlook made."""
    with TestClient(make_app(lake), base_url="http://localhost") as client:
        lake.outlook.result(120)
        yield client


@pytest.fixture(scope="session")
def iraq() -> Iterator[str]:
    """The address of the app on the Iraq-US case, its outlook made."""
    case = read_case(IRAQ)
    with served(Analysis(case, draws_of(case, 128))) as address:
        yield address


@pytest.fixture
def page(chromium) -> Iterator:
    yield from opened(chromium)
