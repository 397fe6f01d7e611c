"""A warning names error models that predict impossible values, and what to write instead."""

from dataclasses import replace

import numpy as np
import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.checking.support import Possible, check_support, mass_outside, possible_range
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.observation import ErrorModel, Observation
from wherenow.case.reader import read_case
from wherenow.errors import Text


@pytest.fixture
def seen(lake):
    """The case of a lake with its household use in another unit, at other values, with another error."""
    case = read_case(lake)

    def made(error: ErrorModel, unit: str, values: list[float], of: str = "1 * use_per_household"):
        data = case.data["household_use"]
        assert len(values) == len(data)
        series = replace(data, values=np.array(values, float), unit=unit)
        observation = replace(case.observations["household_use"], error=error, of=Text(of))
        return replace(case, data={"household_use": series}, observations={"household_use": observation})

    return made


def warnings(case) -> list[str]:
    problems = Problems()
    check_support(case, problems)
    return [str(d) for d in problems.in_order()]


NORMAL = ErrorModel("normal", (1.0,))


@pytest.mark.parametrize(
    ("unit", "values", "message"),
    [
        (
            "attack/year",
            [0, 1, 5, 9],
            "below 0 at the data's own values, where no value can be: no datum in attack/year",
        ),
        ("TWh/year", [0.5, 1, 5, 9], "write counts(log-sd, span) for counts, else lognormal(log-sd))"),
        ("TWh/year", [0, 1, 5, 9], "else lognormal(log-sd, offset))"),
        ("1", [0.5, 0.9, 0.9, 0.8], "write logitnormal(sd), with the sd on the logit scale"),
        ("percent", [50, 99, 99, 99], "write logitnormal(sd, 0, 100)"),
    ],
)
def test_an_error_model_that_predicts_impossible_data_is_reported(seen, unit, values, message):
    (found,) = warnings(seen(NORMAL, unit, values))
    assert message in found


@pytest.mark.parametrize(
    ("error", "unit", "values"),
    [
        (NORMAL, "attack/year", [5, 6, 7, 9]),
        (NORMAL, "1", [-0.5, 0.2, 0.3, 0.4]),
        (NORMAL, "USD/year", [0, 1, 1, 2]),
        (NORMAL, "degree", [0, 1, 1, 2]),
        (ErrorModel("lognormal", (0.5, 10.0)), "attack/year", [0, 1, 5, 9]),
        (ErrorModel("counts", (0.5, 1.0)), "attack/year", [0, 1, 5, 9]),
        (ErrorModel("negbinomial", (5.0,)), "attack/year", [0, 1, 5, 9]),
        (ErrorModel("logitnormal", (0.5,)), "1", [0.1, 0.99, 0.99, 0.8]),
    ],
)
def test_a_variable_within_its_range_or_without_one_is_not_reported(seen, error, unit, values):
    assert warnings(seen(error, unit, values)) == []


def test_the_range_of_the_observed_variable_counts_first(seen):
    case = seen(NORMAL, "1", [0.5, 0.6, 0.9, 0.8], of="use_per_household")
    variable = replace(case.model.variables["use_per_household"], range=(-20.0, 20.0))
    model = replace(case.model, variables={**case.model.variables, "use_per_household": variable})
    assert possible_range(replace(case, model=model), case.observations["household_use"]).high == 20.0
    assert warnings(replace(case, model=model)) == []


def test_an_observation_with_a_range_of_its_own_predicts_nothing_beyond_it(seen):
    case = seen(NORMAL, "attack/year", [0, 1, 5, 9])
    held = replace(case.observations["household_use"], range=(0.0, 400.0))
    assert warnings(replace(case, observations={"household_use": held})) == []


def test_the_mass_outside_is_the_share_of_draws_outside(line):
    rng, data = np.random.default_rng(0), line.data["readings"]
    made: dict[str, tuple[Observation, np.ndarray]] = {}
    for name, arguments, drawn in (
        ("normal", (2.0,), lambda v: v + 2 * rng.standard_normal(400_000)),
        ("student", (4.0, 1.0), lambda v: v + rng.standard_t(4, 400_000)),
        ("lognormal", (0.7,), lambda v: v * np.exp(0.7 * rng.standard_normal(400_000))),
        ("logitnormal", (0.9, -1.0, 12.0), lambda v: 13 / (1 + (12 - v) / (v + 1) * np.exp(
            0.9 * rng.standard_normal(400_000))) - 1),
    ):  # fmt: skip
        seen = replace(line.observations["readings"], error=ErrorModel(name, arguments))
        made[name] = seen, np.concatenate([drawn(v) for v in data.values])
    for seen, draws in made.values():
        below, above = mass_outside(seen, data, Possible(1.0, 6.0, ""))
        assert below == pytest.approx((draws < 1).mean(), abs=2e-3)
        assert above == pytest.approx((draws > 6).mean(), abs=2e-3)


def test_check_reports_it_at_the_series(lake):
    path = lake / "observations.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("lognormal(0.1)", "normal(60)"), encoding="utf-8")
    (found,) = (d for d in check_case(lake) if "predicts" in d.message)
    assert str(found).startswith(f"{path}:1:1: warning: the error normal(60) of 'lake_volume' puts ")
