"""Robustness on signals whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.robustness import Robustness, quantity, robustness
from wherenow.claims.evaluation.signals import Declared, Signal, Signals
from wherenow.claims.formulas.formula import parse_formula

MONTHS = 2010 + np.arange(121) / 12


def signals(time_unit="year", events=None, against=None, **series) -> Signals:
    """Each series: (times, values) or (times, values, unit); the unit is person where none is given."""
    runs = {"": series} | ({"against": against} if against else {})
    units = {run: {n: (*s, "person")[2] for n, s in named.items()} for run, named in runs.items()}
    samples = {run: {n: _signal(*s[:2]) for n, s in named.items()} for run, named in runs.items()}
    return Signals(Declared(time_unit, units, events or {}), samples)


def _signal(times, values) -> Signal:
    values = np.asarray(values, float)
    return Signal(np.asarray(times, float), values if values.ndim == 2 else values[:, None])


def evaluate(text: str, given: Signals) -> Robustness:
    return robustness(check_formula(parse_formula(text), given.declared), given)


def number(text: str, given: Signals) -> float:
    """The value of a quantity without time, read off the robustness of ``text > 0``."""
    return float(evaluate(f"{text} > 0", given).values[0])


def yearly(first: int, values) -> tuple:
    """Yearly figures dated at mid-year."""
    return first + 0.5 + np.arange(len(values)), values, "person/year"


RAMP = signals(x=(MONTHS, 12 * (MONTHS - 2010)))  # 0 at 2010, one more each month


# comparisons


def test_a_comparison_is_its_difference_in_its_own_unit():
    found = evaluate("at(x, 2011-01) > 10", RAMP)
    assert found.values[0] == pytest.approx(2)
    assert found.unit == "person"
    assert found.holds[0]


def test_each_draw_has_a_robustness_of_its_own():
    given = signals(x=(MONTHS, np.ones((121, 1)) * [1.0, 2.0, 3.0]))
    found = evaluate("at(x, 2015) >= 2", given)
    assert found.values.tolist() == [-1, 0, 1]
    assert found.holds.tolist() == [False, True, True]


@pytest.mark.parametrize(("text", "robust", "holds"), [
    ("at(x, 2015) > 3", 0, False), ("at(x, 2015) >= 3", 0, True), ("at(x, 2015) < 3", 0, False),
    ("at(x, 2015) <= 3", 0, True), ("at(x, 2015) = 3", 0, True), ("at(x, 2015) <> 3", 0, False),
    ("at(x, 2015) = 5", -2, False), ("at(x, 2015) <> 5", 2, True), ("not at(x, 2015) >= 3", 0, False),
])  # fmt: skip
def test_robustness_zero_leaves_the_verdict_to_exact_truth(text, robust, holds):
    found = evaluate(text, signals(x=(MONTHS, np.full(121, 3.0))))
    assert found.values[0] == robust
    assert found.holds[0] == holds


def test_dates_are_compared_in_the_unit_of_time():
    found = evaluate('event("mosul") > 2014-06', signals(events={"mosul": 2014.5}, x=(MONTHS, MONTHS)))
    assert found.values[0] == pytest.approx(1 / 12)
    assert found.unit == "year"


# logic


def test_and_is_the_lesser_or_the_greater_and_not_the_opposite():
    given = signals(x=(MONTHS, np.full(121, 3.0)))
    a, b = "at(x, 2015) > 1", "at(x, 2015) > 4"
    assert evaluate(f"{a} and {b}", given).values[0] == -1
    assert evaluate(f"{a} or {b}", given).values[0] == 2
    assert evaluate(f"not ({a})", given).values[0] == -2
    assert evaluate(f"{a} implies {b}", given).values[0] == -1


@st.composite
def conditions(draw, depth=3):
    """Conditions on x, y (person) and d (USD), changing with time."""
    if depth == 0 or draw(st.booleans()):
        name = draw(st.sampled_from(["x", "y"]))
        sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
        return f"{name} {sign} {draw(st.integers(-3, 3))}".replace(" -", " 0 - ")
    kind = draw(st.sampled_from(["not", "and", "or", "implies"]))
    if kind == "not":
        return f"not ({draw(conditions(depth=depth - 1))})"
    return f"({draw(conditions(depth=depth - 1))}) {kind} ({draw(conditions(depth=depth - 1))})"


@st.composite
def samples(draw):
    values = st.integers(-20, 20).map(lambda v: v / 4)
    return [np.array(draw(st.lists(values, min_size=12, max_size=12))) for _ in range(2)]


def over_a_year(x, y, **more) -> Signals:
    return signals(x=(2014 + np.arange(12) / 12, x), y=(2014 + np.arange(12) / 12, y), **more)


@given(conditions(), samples())
def test_not_always_is_eventually_not(condition, values):
    given = over_a_year(*values)
    a = evaluate(f"not always[2014, 2014]({condition})", given)
    b = evaluate(f"eventually[2014, 2014](not ({condition}))", given)
    assert a == b or (a.values[0] == b.values[0] and a.holds[0] == b.holds[0])


@given(conditions(), conditions(), samples())
def test_de_morgan_holds_for_and_and_or(p, q, values):
    given = over_a_year(*values)
    a = evaluate(f"always[2014, 2014](not (({p}) and ({q})))", given)
    b = evaluate(f"always[2014, 2014](not ({p}) or not ({q}))", given)
    assert (a.values[0], a.holds[0]) == (b.values[0], b.holds[0])


@given(conditions(), samples(), st.sampled_from(["always", "eventually"]))
def test_the_sign_of_robustness_is_the_truth(condition, values, operator):
    found = evaluate(f"{operator}[2014, 2014]({condition})", over_a_year(*values))
    if found.values[0] != 0:
        assert found.holds[0] == (found.values[0] > 0)


@given(conditions(), samples())
def test_truth_is_what_python_says_at_each_sample(condition, values):
    python = condition
    while " implies " in python:  # p implies q is (not p) or q; innermost first, where no bracket stands between
        python = python.replace(" implies ", " <= ", 1)  # False <= q, True <= q: implication of truth values
    truth = [eval(python, {"x": x, "y": y}) for x, y in zip(*values, strict=True)]
    assert evaluate(f"always[2014, 2014]({condition})", over_a_year(*values)).holds[0] == all(truth)


@given(samples(), st.floats(0, 5), st.integers(-3, 3))
def test_raising_a_signal_never_lowers_a_condition_that_asks_for_more(values, lift, threshold):
    text = f"eventually[2014, 2014](x > 0 + {threshold} and y > 0) or always[2014, 2014](x >= y)".replace("+ -", "- ")
    low, high = over_a_year(*values), over_a_year(values[0] + lift, values[1])
    assert evaluate(text, high).values[0] >= evaluate(text, low).values[0] - 1e-12


def test_until_needs_the_first_to_hold_up_to_the_moment_of_the_second():
    times = 2014 + np.arange(12) / 12
    given = signals(
        x=(times, [3, 2, 1, -1, 5, 5, 5, 5, 5, 5, 5, 5]), y=(times, [-9, -9, 4, -9, 9, 9, 9, 9, 9, 9, 9, 9])
    )
    assert evaluate("x > 0 until[2014, 2014] y > 0", given).values[0] == 1
    late = evaluate("x > 0 until[2014-04, 2014-12] y > 0", given)  # x is below zero in April
    assert late.values[0] == -1
    assert not late.holds[0]


# units that differ


def test_a_conjunction_of_different_units_is_relative_and_has_no_unit():
    given = signals(x=(MONTHS, np.full(121, 3.0)), money=(MONTHS, np.full(121, 900.0), "USD"))
    found = evaluate("at(x, 2015) > 1 and at(money, 2015) > 300", given)
    assert found.unit is None
    assert found.values[0] == pytest.approx(min(2 / 4, 600 / 1200))


def test_a_relative_distance_of_dates_is_measured_against_a_year():
    given = signals(x=(MONTHS, np.full(121, 3.0)), events={"vote": 2015.0})
    found = evaluate('at(x, 2015) > 1 and event("vote") > 2014', given)
    assert found.values[0] == pytest.approx(min(2 / 4, 1 / 2))


@given(samples(), st.integers(-3, 3))
def test_relative_robustness_keeps_the_sign(values, threshold):
    given = over_a_year(*values, d=(2014 + np.arange(12) / 12, values[1], "USD"))
    threshold_text = f"{threshold}" if threshold >= 0 else f"(0 - {-threshold})"
    found = evaluate(f"always[2014, 2014](x > {threshold_text} or d > 1)", given)
    assert abs(found.values[0]) <= 1
    if found.values[0] != 0:
        assert found.holds[0] == (found.values[0] > 0)
    assert found.holds[0] == bool(np.all((values[0] > threshold) | (values[1] > 1)))


# windows and dates


def test_a_window_of_years_is_whole_years():
    given = signals(x=(MONTHS, np.floor(MONTHS + 1e-9)))
    assert number("mean(x, 2013, 2015)", given) == pytest.approx(2014)
    assert number("max(x, 2013, 2015)", given) == 2015  # nothing of 2016-01-01


def test_a_window_of_months_is_whole_months():
    assert number("mean(x, 2010-02, 2010-04)", RAMP) == pytest.approx(2)
    assert number("min(x, 2010-02, 2010-02)", RAMP) == pytest.approx(1)


def test_a_window_that_ends_at_an_instant_includes_it():
    given = signals(x=RAMP_SERIES, events={"e": 2010 + 3 / 12})
    assert number('max(x, 2010, event("e"))', given) == pytest.approx(3)
    assert number("max(x, 2010, 2010-04-01)", given) == pytest.approx(3)


RAMP_SERIES = (MONTHS, 12 * (MONTHS - 2010))


def test_at_a_year_is_the_mean_of_the_year_and_at_a_day_the_value_on_it():
    assert number("at(x, 2010)", RAMP) == pytest.approx(np.mean(np.arange(12)))
    assert number("at(x, 2010-01-16)", RAMP) == pytest.approx(15 / 31)


def test_at_a_month_without_a_sample_is_the_value_at_its_middle():
    given = signals(x=([2013.5, 2014.5], [0, 24]))
    assert number("at(x, 2014-01)", given) == pytest.approx(12 + 1)


def test_yearly_figures_answer_for_their_year():
    given = signals(deaths=yearly(2010, [4, 3, 5, 9, 20]))
    assert number("at(deaths, 2013)", given) == 9
    assert number("mean(deaths, 2012, 2014)", given) == pytest.approx(34 / 3)


def test_each_draw_may_have_a_window_of_its_own():
    given = signals(x=(MONTHS, (MONTHS - 2010)[:, None] * [1.0, 2.0]))
    found = evaluate("mean(x, first(x > 2), 2019) > 0", given)
    start = [np.flatnonzero((MONTHS - 2010) * k > 2)[0] for k in (1, 2)]
    expected = [((MONTHS - 2010) * k)[s:120].mean() for k, s in zip((1, 2), start, strict=True)]
    assert found.values == pytest.approx(expected)


@pytest.mark.parametrize("text", [
    "mean(deaths, 2013, 2016)", "mean(deaths, 2006, 2012)", "at(deaths, 2016)", "at(deaths, 2009)",
    "growth(deaths, 2009, 2013)", "max(deaths, 2011-01, 2011-03)", "trend(deaths, 2013, 2013)",
])  # fmt: skip
def test_outside_the_data_there_is_no_number(text):
    found = evaluate(f"{text} > 0", signals(deaths=yearly(2010, [4, 3, 5, 9, 20])))
    assert np.isnan(found.values[0])
    assert not found.holds[0]


def test_a_window_may_run_over_the_ends_by_one_and_a_half_usual_intervals():
    given = signals(deaths=yearly(2010, [4, 3, 5, 9, 20]))  # last at 2014.5
    assert not evaluate("mean(deaths, 2013, 2016) > 0", given).defined[0]
    assert evaluate("mean(deaths, 2013, 2015) > 0", given).defined[0]


def test_undefined_spreads_to_the_whole_formula():
    given = signals(deaths=yearly(2010, [4, 3, 5, 9, 20]))
    assert not evaluate("at(deaths, 2012) > 0 or at(deaths, 2020) > 0", given).defined[0]


# operators


def test_sum_is_the_total_of_a_rate():
    found = evaluate("sum(deaths, 2012, 2014) > 0", signals(deaths=yearly(2010, [4, 3, 5, 9, 20])))
    assert found.values[0] == pytest.approx(34)
    assert found.unit == "person"
    monthly = signals(deaths=(MONTHS, np.full(121, 12.0), "person/year"))
    assert number("sum(deaths, 2012, 2014)", monthly) == pytest.approx(36)


def test_growth_is_the_ratio_less_one():
    given = signals(x=(MONTHS, 2.0 ** (MONTHS - 2010)))
    assert number("growth(x, 2011-01, 2014-01)", given) == pytest.approx(7)
    assert not evaluate("growth(x, 2011, 2012) > 0", signals(x=(MONTHS, MONTHS * 0))).defined[0]


def test_trend_is_the_slope_a_year():
    found = evaluate("trend(x, 2012, 2014) > 0", RAMP)
    assert found.values[0] == pytest.approx(12)
    assert found.unit == "person/year"


@given(st.floats(-5, 5), st.floats(-50, 50), st.lists(st.floats(-3, 3), min_size=36, max_size=36))
def test_trend_is_that_of_least_squares(slope, level, noise):
    times = 2012 + np.arange(36) / 12
    values = level + slope * (times - 2012) + np.array(noise)
    expected = np.polyfit(times - 2012, values, 1)[0]
    assert number("trend(x, 2012, 2014)", signals(x=(times, values))) == pytest.approx(expected, abs=1e-9)


def test_doubling_time_is_that_of_the_exponential():
    given = signals(x=(MONTHS, 5 * 2.0 ** ((MONTHS - 2010) / 1.7)))
    found = evaluate("doubling_time(x, 2011, 2014) < 2", given)
    assert found.values[0] == pytest.approx(0.3)
    assert found.unit == "year"


def test_what_falls_never_doubles():
    found = evaluate("doubling_time(x, 2011, 2014) < 2", signals(x=(MONTHS, np.exp(2010 - MONTHS))))
    assert found.values[0] == -np.inf
    assert not found.holds[0]


def test_doubling_time_of_what_reaches_zero_is_undefined():
    assert not evaluate("doubling_time(x, 2010, 2014) < 2", RAMP).defined[0]


def test_an_exponential_is_fitted_better_by_an_exponential_and_a_line_by_a_line():
    exponential = signals(x=(MONTHS, np.exp(MONTHS - 2010)))
    line = signals(x=(MONTHS, 1 + MONTHS - 2010))
    text = "fit_exponential(x, 2011, 2014) > fit_linear(x, 2011, 2014)"
    assert evaluate(text, exponential).holds[0]
    assert not evaluate(text, line).holds[0]
    assert number("fit_exponential(x, 2011, 2014)", exponential) == pytest.approx(1)
    assert number("fit_linear(x, 2011, 2014)", line) == pytest.approx(1)


def test_volatility_is_the_standard_deviation_of_monthly_changes():
    changes = np.tile([1.0, -2.0, 0.5, 3.0], 30)
    values = np.concatenate([[0.0], np.cumsum(changes)])
    within = np.diff(values[24:60])  # 2012-01 to 2014-12
    given = signals(x=(MONTHS, values))
    assert number("volatility(x, 2012, 2014)", given) == pytest.approx(np.std(within, ddof=1))


def test_volatility_does_not_depend_on_how_often_a_run_is_saved():
    half_months = 2010 + np.arange(241) / 24
    wave = lambda t: np.sin(2 * np.pi * (t - 2010))  # noqa: E731
    coarse, fine = signals(x=(MONTHS, wave(MONTHS))), signals(x=(half_months, wave(half_months)))
    text = "volatility(x, 2012, 2014)"
    assert number(text, fine) == pytest.approx(number(text, coarse), rel=0.01)


def test_a_straight_line_has_no_volatility():
    assert evaluate("volatility(x, 2012, 2014) < 1", RAMP).values[0] == pytest.approx(1)


def test_yearly_data_have_no_monthly_volatility():
    given = signals(deaths=yearly(2010, [4, 3, 5, 9, 20]))
    assert not evaluate("volatility(deaths, 2010, 2014) > 0", given).defined[0]


def test_the_date_of_the_greatest_and_least():
    given = signals(x=(MONTHS, -((MONTHS - 2014.25) ** 2)))
    assert number("date_of_max(x, 2012, 2016) - 2014", given) == pytest.approx(0.25)
    assert number("date_of_min(x, 2012, 2014) - 2012", given) == pytest.approx(0)


def test_first_is_the_date_of_crossing_between_samples():
    found = evaluate("first(x > 14.5) < 2012", RAMP)
    assert found.values[0] == pytest.approx(2012 - (2010 + 14.5 / 12))


def test_a_condition_that_never_holds_comes_after_every_date():
    found = evaluate("first(x > 1000) < 2019", RAMP)
    assert found.values[0] == -np.inf
    assert evaluate("first(x > 1000) > 2019", RAMP).holds[0]


def test_first_in_a_window_begins_at_the_window():
    assert number("first[2012, 2014](x > 1) - 2012", RAMP) == pytest.approx(0)


def test_signals_are_added_sample_by_sample():
    given = signals(x=RAMP_SERIES, y=(MONTHS, 2 * RAMP_SERIES[1]))
    assert number("mean(y - x, 2012, 2014)", given) == pytest.approx(number("mean(x, 2012, 2014)", given))


def test_series_of_different_dates_meet_on_straight_lines_where_both_reach():
    given = signals(x=([2010, 2012, 2014], [0, 2, 4]), y=([2011, 2013, 2015], [1, 1, 1]))
    found = quantity(check_formula(parse_formula("x - y"), given.declared, signal=True), given)
    assert found.times is not None
    assert found.times.tolist() == [2011, 2012, 2013, 2014]
    assert found.values[:, 0].tolist() == [0, 1, 2, 3]


def test_an_array_is_read_by_element_or_summed():
    given = signals(**{"d[a]": (MONTHS, MONTHS * 0 + 1), "d[b]": (MONTHS, MONTHS * 0 + 5)})
    assert number("at(d[b], 2015)", given) == 5
    assert number("at(sum_over(d), 2015)", given) == 6
    assert number("at(mean_over(d), 2015)", given) == 3
    assert number("at(max_over(d), 2015) - at(min_over(d), 2015)", given) == 4


def test_a_star_stands_for_every_element_of_one_dimension():
    rows = {f"d[{a},{b}]": (MONTHS, MONTHS * 0 + v) for a, b, v in [("a", "x", 1), ("a", "y", 2), ("b", "x", 4)]}
    assert number("at(sum_over(d[*, x]), 2015)", signals(**rows)) == 5


def test_a_counterfactual_is_read_from_the_same_draw():
    given = signals(x=(MONTHS, np.ones((121, 1)) * [3.0, 4.0]), against={"x": (MONTHS, np.ones((121, 1)) * [1.0, 5.0])})
    assert evaluate("at(x, 2014-06) > at(x@against, 2014-06)", given).values.tolist() == [2, -1]


def test_division_by_zero_is_undefined():
    given = signals(x=RAMP_SERIES, zero=(MONTHS, MONTHS * 0))
    assert not evaluate("at(x / zero, 2015) > 0", given).defined[0]


def test_a_draw_that_is_not_a_number_leaves_the_others_alone():
    values = np.ones((121, 1)) * [1.0, np.nan, 3.0]
    found = evaluate("mean(x, 2012, 2014) > 2", signals(x=(MONTHS, values)))
    assert found.defined.tolist() == [True, False, True]
    assert found.holds.tolist() == [False, False, True]


def test_where_time_is_not_in_years_dates_are_plain_numbers():
    given = signals(time_unit="minute", x=(np.arange(31.0), np.arange(31.0)))
    assert number("mean(x, 10, 20)", given) == 15
    assert number("at(x, 10.5)", given) == 10.5
