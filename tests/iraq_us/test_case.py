"""What the case must be: complete, sourced, of limited size, and without knowledge of later events."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wherenow.bargaining.uncertainty import uncertain_lean
from wherenow.case.case_types import Case
from wherenow.case.checking.check import check_case
from wherenow.case.dates import moment
from wherenow.claims.checking.checked_claims import check_claims
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.sources import declared_data, declared_model
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import Severity
from wherenow.language.syntax import Number, walk
from wherenow.model.model_types import Kind
from wherenow.outlook.case_outlook import grounds

CUTOFF = moment("2023-03-17", "year")
DATE = re.compile(r"\b(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?\b")


def test_the_case_checks_without_error(folder: Path, case: Case) -> None:
    assert [str(d) for d in check_case(folder) if d.severity is Severity.ERROR] == []
    assert check_claims(case) == ()


def test_no_datum_and_no_event_lies_after_the_article(case: Case) -> None:
    assert all(series.times[-1] <= CUTOFF for series in case.data.values() if len(series))
    assert all(event.time <= CUTOFF for event in case.events.values())


def test_no_source_of_a_figure_is_younger_than_the_article(folder: Path) -> None:
    """Archives that are kept up to date may be; what was read in them is a figure of before."""
    kept = ("datasets/oil-prices (2026)",)
    for path in sorted((folder / "data").glob("*.csv")):
        for row in csv.DictReader(path.open(newline="")):
            words = row["source"]
            for archive in kept:
                words = words.replace(archive, "")
            years = [int(date[:4]) for date in DATE.findall(words)]
            assert all(year <= 2023 for year in years), f"{path.name}: {row['series']} {row['date']}: {row['source']}"
            assert not re.search(r"(?:April|May|June|July|August|September|October|November|December) 2023", words)


def test_no_text_of_model_events_actors_or_observations_speaks_of_a_later_date(folder: Path) -> None:
    """Scenarios, levers and forecasts look ahead by design, from the article's date to the run's end."""
    for path in [
        *(folder / "model").glob("*.yaml"),
        folder / "events.yaml",
        folder / "actors.yaml",
        folder / "observations.yaml",
    ]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if line.startswith(("us_election_due:", "demand_path:")):
                continue  # the constitution's calendar; demand as it was projected
            words = line.replace("2026-11-24", "")  # when a source was looked up
            late = [d for d in DATE.findall(words) if moment(d, "year") > CUTOFF]
            assert not late, f"{path.name}:{number}: {late}"


def test_no_equation_names_a_date(case: Case) -> None:
    for variable in case.model.variables.values():
        if variable.kind is Kind.SERIES or variable.kind is Kind.PARAMETER:
            continue
        for equation in variable.equations:
            for node in walk(equation.expression):
                assert not (isinstance(node, Number) and 1900 <= node.value <= 2100), variable.name


def test_exogenous_paths_are_held_after_the_record_but_for_calendars(case: Case) -> None:
    """What happens after the article must come out of the model, not out of a table."""
    ahead = {
        v.name
        for v in case.model.variables.values()
        if v.kind is Kind.SERIES and v.name not in case.inputs
        for q in v.equations
        if max(q.expression.xs) > CUTOFF + 1 / 12  # type: ignore[union-attr]
    }
    assert ahead <= {"us_election_due", "demand_path"}


def test_it_is_as_small_as_carries_the_argument(case: Case) -> None:
    kinds = [v.kind for v in case.model.variables.values()]
    assert kinds.count(Kind.STOCK) <= 40
    assert kinds.count(Kind.FLOW) + kinds.count(Kind.AUXILIARY) <= 160


def test_arrays_are_where_the_argument_names_kinds(case: Case) -> None:
    dimensions = {name: set(d.elements) for name, d in case.model.dimensions.items()}
    assert dimensions["legitimacy_kind"] == {"religious", "socio_political", "legal"}
    assert len(dimensions["group"]) == 4
    assert len(dimensions["dialogue_sector"]) == 6
    assert dimensions["role"] == {"combat", "advise"}
    assert dimensions["aid_kind"] == {"military", "economic", "humanitarian"}


def test_every_mechanism_has_evidence_or_a_reason(case: Case) -> None:
    for variable in case.model.variables.values():
        if variable.kind in (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY):
            assert variable.evidence or variable.assumption, variable.name
            assert variable.about, variable.name


def test_assumptions_are_fewer_than_evidenced_mechanisms(case: Case) -> None:
    assumed, evidenced = grounds(case)
    assert 3 * len(assumed) < len(evidenced)


def test_every_parameter_says_why(case: Case) -> None:
    for variable in case.model.variables.values():
        if variable.kind is Kind.PARAMETER:
            assert variable.about.strip(" .") not in ("", "Judgement", "A scale"), variable.name


def test_every_series_of_five_points_has_an_observation_equation(case: Case) -> None:
    long = {name for name, series in case.data.items() if len(series) >= 5}
    assert long <= set(case.observations)


def test_each_claim_of_the_article_has_a_way_to_be_tested_or_says_why_not(case: Case) -> None:
    assert len(case.claims) == 49
    for claim in case.claims.values():
        assert claim.evidence, claim.id
        tested = claim.data is not None or claim.model is not None
        assert tested or claim.note, claim.id
        if claim.data is None or claim.model is None:
            assert claim.note or claim.event or claim.actor, f"{claim.id} does not say what is left out"
        if claim.kind == "cause":
            assert claim.against is not None, claim.id
            assert claim.mechanism, claim.id


def test_every_pointer_lies_within_the_article(case: Case) -> None:
    assert case.source is not None
    known = set(case.source.sentences)
    for pointer in pointers(case):
        assert set(re.split(r"-", pointer)) <= known | {s[:2] for s in known}, pointer


def pointers(case: Case) -> Iterator[str]:
    for variable in case.model.variables.values():
        yield from variable.evidence
    for claim in case.claims.values():
        yield from claim.evidence
    for event in case.events.values():
        yield from event.evidence
    for actor in case.actors.values():
        for position in actor.positions.values():
            yield from position.evidence


def test_the_scenarios_of_the_report_are_there(case: Case) -> None:
    assert {
        "no-withdrawal-2011", "no-war-on-is", "no-january-strike", "full-withdrawal-2023", "no-bank-controls",
        "gas-capture-forward", "no-reciprocation-2022", "without-support", "without-economy-support",
        "without-finance-support", "without-energy-support", "without-military-support",
        "without-anti-corruption-support", "without-climate-support",
    } <= set(case.scenarios)  # fmt: skip


def test_no_lever_has_the_name_of_a_variable_that_it_does_not_move(case: Case) -> None:
    for name, lever in case.levers.items():
        assert name == lever.input or name not in case.model.variables


def test_forecasts_are_the_articles_four_and_at_least_ten_of_ours(case: Case) -> None:
    assert {"trend-continues", "amicable", "predictable", "mutually-rewarding"} <= set(case.predictions)
    assert len(case.predictions) >= 14
    for prediction in case.predictions.values():
        if prediction.model is not None:
            check_formula(parse_formula(prediction.model), declared_model(case))
        check_formula(parse_formula(prediction.resolve), declared_data(case))
        assert CUTOFF < prediction.deadline <= moment("2026-03", "year")


def test_the_lean_that_bargaining_gives_is_the_prior_of_the_model(case: Case) -> None:
    outside = ("iran", "united_states", "gulf_states", "china", "european_union", "islamic_state", "resistance_groups")
    lean = uncertain_lean(case, without=outside, draws=300, seed=1)
    prior = case.priors["bargained_lean"]
    assert lean.mean() == pytest.approx(prior.arguments[0], abs=0.04)
    assert lean.std() == pytest.approx(prior.arguments[1], abs=0.04)
