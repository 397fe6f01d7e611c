"""Outlooks built by hand, so that the report can be tested without running a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.findings import Finding, Findings, OnData, OnModel, OnRecord, Word
from wherenow.ensemble.runs import RunRecord
from wherenow.foresight.ask import Answer
from wherenow.foresight.trials.reliability import Track
from wherenow.outlook.outlook_types import (
    DataSource,
    Datum,
    Fan,
    Forecast,
    ForecastChange,
    Ground,
    Latent,
    Outlook,
    ScenarioComparison,
    SeriesChange,
)

RECORD = RunRecord(
    case="lake", case_hash="c" * 64, program_hash="d" * 64, scenario="", seed=7, draws=200, first_draw=0,
    draws_hash="e" * 64, design="sobol", basis="prior only", engine="native", threads=None, method="euler", step=0.25,
    version="0.1.0", libraries={"numpy": "2.4"}, platform="Linux", seconds={},
)  # fmt: skip
QUANTILES = {0.05: -1.0, 0.25: 0.0, 0.5: 1.0, 0.75: 2.0, 0.95: 3.0}


def on_model(holding: int = 180, **changes: Any) -> OnModel:
    return replace(
        OnModel(formula="at(level, 2020) > 1", share=Share(holding, 200), robustness=QUANTILES, unit="meter"), **changes
    )


def a_finding(**changes: Any) -> Finding:
    return replace(
        Finding(id="lake-fills", kind="cause", says="The lake fills", evidence=("P1S1",), model=on_model()), **changes
    )


def a_fan(**changes: Any) -> Fan:
    times = np.linspace(2000.0, 2025.0, 101)
    quantiles = np.stack([np.sin(times / 3) + shift for shift in (-1, -0.4, 0, 0.4, 1)])
    return replace(
        Fan(
            name="level",
            label="level_of_the_lake",
            unit="meter",
            times=times,
            quantiles=quantiles,
            central=quantiles[2],
        ),
        **changes,
    )


def a_ground(**changes: Any) -> Ground:
    return replace(
        Ground(
            name="level",
            label="level",
            kind="stock",
            sector="lake",
            about="How high the water stands",
            unit="meter",
            evidence=("P1S1",),
        ),
        **changes,
    )


def a_comparison(name: str, change: float, low: float, high: float) -> ScenarioComparison:
    moved = ForecastChange(
        id="lake-fills", says="The lake fills", base=0.9, p=0.9 + change, change=change, low=low, high=high
    )
    ends = SeriesChange(
        name="level", label="level", unit="meter", time=2025.0, higher=0.1, lower=0.9, median=-0.5, low=-1.0, high=0.1
    )
    return ScenarioComparison(
        scenario=name, title=name.title(), about=f"What if {name}", forecasts=(moved,), series=(ends,), record=RECORD
    )


DATA = (Datum("2010-06-01", 2010 + 5 / 12, 0.5, "read"), Datum("2012-01-01", 2012.0, 0.7, "recalled"))
FINDINGS = (
    a_finding(),
    a_finding(
        id="dam-built", kind="event", says="A dam is built",
        event=OnRecord("dam", "2011-05-02", "Dam built", "checked"),
        data=OnData(Word.HOLDS, "at(level, 2012) > 1", 0.25, "meter"), model=None,
    ),
    a_finding(
        id="dry", kind="state", says="It dries", model=on_model(2),
        against=on_model(195, scenario="rain", title="Rain"),
    ),
    a_finding(id="hope", kind="stance", says="People hope", model=None, note="Nobody asked them."),
)  # fmt: skip


def an_answer(**changes: object) -> Answer:
    """An answer to a question about the lake."""
    track = Track(low=0.9, high=1.0, questions=41, came=38, least=36, most=41)
    known = {
        "question": "at(gauge, 2021) > 1", "p": 0.9, "words": "very likely", "model": 0.95, "history": 0.8,
        "base_rate": 0.7, "undefined": 0.0, "outcome": None, "track": track, "past": 40, "series": ("gauge",),
        "until": "2022-01-01", "fit": "fitted to the data", "weight": {"gauge": 0.4},
    }  # fmt: skip
    return Answer(**{**known, **changes})  # type: ignore[arg-type]


OUTLOOK = Outlook(
    case="lake",
    title="A lake and its town",
    question="Does the lake last?",
    answer=("It probably does.", "Rain would change it."),
    basis="prior only",
    cutoff="2020-01-31",
    forecasts=(Forecast(id="lake-fills", says="The lake fills", answer=an_answer(), by="2021", evidence=("P1S1",)),),
    latent=(
        Latent(id="lake-fills", says="The lake is calm", formula="mood > 0", share=Share(30, 100), basis="prior only"),
    ),
    registered=(),
    fans=(a_fan(series="gauge", data=DATA, inside=0.5), a_fan(name="people", label="people", unit="person")),
    observed=(a_fan(name="at(level)", label="gauge", series="gauge", data=DATA, inside=0.5),),
    findings=Findings(FINDINGS, RECORD),
    comparisons=tuple(
        a_comparison(*c)
        for c in (
            ("drought", -0.5, -0.6, -0.4),
            ("rain", 0.05, 0.02, 0.08),
            ("dam", -0.2, -0.3, -0.1),
            ("fog", 0.01, -0.01, 0.02),
            ("flood", 0.08, 0.06, 0.09),
        )
    ),
    assumptions=(
        a_ground(name="loss", label="loss", evidence=(), assumption="Nobody measured it", prior="uniform(0, 1)"),
    ),
    evidence=(a_ground(),),
    data=(
        DataSource(
            series="gauge",
            unit="meter",
            first="2010-06-01",
            last="2012-01-01",
            data=2,
            recalled=1,
            sources=("Water office",),
            licences=("CC0",),
        ),
    ),
    time_unit="year",
    record=RECORD,
    seconds={"draw": 0.5, "run (base)": 1.25},
)


@pytest.fixture
def outlook() -> Outlook:
    return OUTLOOK


@pytest.fixture(scope="session")
def claims_of_the_article() -> tuple[Finding, ...]:
    """A finding for every claim of the Iraq-US case, with the case's own words and pointers."""
    case = read_case(Path(__file__).parents[2] / "cases" / "iraq-us")
    return tuple(a_finding(id=c.id, kind=c.kind, says=c.says, evidence=c.evidence) for c in case.claims.values())
