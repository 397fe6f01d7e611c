"""The two models that come with wherenow, and one with arrays."""

from __future__ import annotations

from pathlib import Path

import pytest

import wherenow
from wherenow import Model

ARRAYS = """{UTF-8}
region: north, south ~~|
stock[region]= INTEG (inflow[region], start[region]) ~ widget ~|
inflow[region]= rate[region] * stock[region] + outside ~ widget/year ~|
start[region]= 1, 2 ~ widget ~|
rate[region]= 0.1, 0.2 ~ 1/year ~|
outside= 0 ~ widget/year ~|
table((0,0),(10,20)) ~ ~|
looked= table(Time) ~ ~|
INITIAL TIME= 0 ~ year ~|
FINAL TIME= 4 ~ year ~|
TIME STEP= 0.5 ~ year ~|
SAVEPER= 1 ~ year ~|
"""


@pytest.fixture
def teacup() -> Model:
    return wherenow.open("teacup.mdl")


@pytest.fixture
def epidemic() -> Model:
    return wherenow.open("epidemic.mdl")


@pytest.fixture
def arrays(tmp_path: Path) -> Model:
    path = tmp_path / "arrays.mdl"
    path.write_text(ARRAYS, encoding="utf-8")
    return wherenow.open(path)
