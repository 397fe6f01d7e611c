"""The prior predictive of data series, against its closed form, and the picture of it."""

import re
from dataclasses import replace

import numpy as np
import pytest

import wherenow
from wherenow.errors import UsageError
from wherenow.outlook.outlook_types import SHARES
from wherenow.outlook.prior_fans import prior_fans
from wherenow.report.prior_chart import note


def test_the_band_is_that_of_the_priors_and_the_errors(line):
    (found,) = prior_fans(line, draws=20_000)
    spread = np.sqrt(2**2 + found.fan.times**2 + 0.5**2)  # of height + slope t + error
    assert np.allclose(found.fan.quantiles[SHARES.index(0.95)], 1.645 * spread, rtol=0.05)
    assert np.allclose(found.fan.quantiles[SHARES.index(0.25)], -0.674 * spread, rtol=0.07)


def test_data_of_these_parameters_lie_inside(line):
    (found,) = prior_fans(line)
    assert (found.outside, found.fan.inside) == ((), 1.0)
    assert note(found) == f"{len(found.fan.data)} of {len(found.fan.data)} figures in the 90% band."


def test_a_figure_that_no_prior_expects_is_named_by_its_date(line):
    series = line.data["readings"]
    moved = replace(series, values=series.values + 100 * (series.times == 3))
    (found,) = prior_fans(replace(line, data={"readings": moved}))
    assert [d.date for d in found.outside] == ["3"]
    assert note(found).endswith("Outside at 3.")


def test_a_series_without_observation_equation_is_drawn_without_a_band(line):
    unobserved = replace(line, observations={})
    (found,) = prior_fans(unobserved)
    assert not found.observed
    assert "no observation equation" in note(found)
    svg = wherenow.plot_data(unobserved).svg
    assert svg.count('class="datum"') == len(found.fan.data)
    assert "nan" not in svg


def test_a_series_of_one_figure_has_a_band_too(line):
    data = line.data["readings"].until(1)
    (found,) = prior_fans(replace(line, data={"readings": data}))
    assert (len(found.fan.data), len(found.fan.times)) == (1, 2)


def test_draws_without_a_finite_value_are_counted(line):
    wild = replace(line.observations["readings"], of=replace(line.observations["readings"].of, content="ln(slope)"))
    (found,) = prior_fans(replace(line, observations={"readings": wild}))
    assert found.undefined == pytest.approx(0.5, abs=0.05)
    assert note(found).startswith(f"{100 * found.undefined:.2g}% of the draws have no finite value")


def test_the_picture_shows_every_series_in_its_unit():
    case = wherenow.open("school-influenza")
    svg = wherenow.plot_data(case, draws=64).svg
    assert len(re.findall(r'class="panel"', svg)) == len(case.case.data)
    assert svg.count(", in boys</text>") == len(case.case.data)


def test_a_case_without_data_says_what_to_do(town):
    with pytest.raises(UsageError, match="wherenow data add"):
        wherenow.plot_data(replace(town, data={}, observations={}))
