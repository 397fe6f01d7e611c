"""Functions with memory against their difference equations and closed forms, in both backends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wherenow.errors import InputError

# a step of height 1 from time 0 into n stages of time constant T / n, by Euler's method: the closed form in steps k is
# that of a negative binomial: 1 - sum over j < n of C(k, j) a^j (1 - a)^(k - j), a = dt n / T


def stages(k, n, share):
    return 1 - sum(math.comb(int(k), j) * share**j * (1 - share) ** (k - j) for j in range(n))


@pytest.mark.parametrize(
    ("call", "order"),
    [("delay1(1, 4, 0)", 1), ("delay3(1, 4, 0)", 3), ("delayn(1, 4, 5, 0)", 5),
     ("smth1(1, 4, 0)", 1), ("smth3(1, 4, 0)", 3), ("smthn(1, 4, 5, 0)", 5)],
)  # fmt: skip
def test_a_step_response_is_that_of_its_stages(engine, call, order):
    k = np.arange(81)
    got = engine.path(call, step=0.125, stop=10.0)
    expected = [stages(i, order, 0.125 * order / 4) for i in k]
    np.testing.assert_allclose(got, expected, atol=1e-13)


@pytest.mark.parametrize("order", [1, 3])
def test_a_delay_hands_on_all_that_went_in(engine, order):
    run = engine.solve(
        {"into": "if time < 2 then 5 else 0", "out": f"delay{order}(into, 3)", "held": ("into - out", "15")},
        step=0.25, stop=100.0,
    )  # fmt: skip
    assert run["held"][0, 0] == 15
    assert abs(run["held"][-1, 0]) < 1e-9


@pytest.mark.parametrize("call", ["delay1(x0, 4)", "delay3(x0, 4)", "smth1(x0, 4)", "smth3(x0, 4)", "delay(x0, 2)"])
def test_without_an_initial_value_it_begins_at_the_baseline(engine, call):
    assert np.allclose(engine.path(call, {"x0": "7"}), 7, rtol=1e-15)


def test_runge_kutta_gives_a_smooth_the_exponential_it_stands_for(engine):
    got = engine.path("smth1(1, 2, 0)", step=0.0625, stop=8.0, method="rk4")
    np.testing.assert_allclose(got, 1 - np.exp(-np.arange(129) / 32), atol=1e-7)


@pytest.mark.parametrize("call", ["delay(input, lag)", "delay_fixed(input, lag, 3)"])
@pytest.mark.parametrize("lag", [1.0, 2.5, 7.0])
def test_a_fixed_delay_repeats_its_input_later(engine, call, lag):
    got = engine.path(call, {"input": "3 + time * time", "lag": lag}, step=0.5)
    t = np.arange(21) * 0.5
    assert np.array_equal(got, np.where(t >= lag, 3 + (t - lag) ** 2, 3))


def test_a_delay_time_that_moves_reads_as_far_back_as_it_now_is(engine):
    got = engine.path("delay(time, lag, -1)", {"lag": "1 + step(2, 5)"})
    assert got.tolist() == [-1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7]


def test_delay_fixed_reads_its_time_once(engine):
    got = engine.path("delay_fixed(time, lag, -1)", {"lag": "1 + step(2, 5)"})
    assert got.tolist() == [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_previous_is_the_value_a_step_ago(engine):
    assert engine.path("previous(time * 10, -5)").tolist() == [-5, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_init_keeps_the_first_value(engine):
    assert engine.path("init(time + 3)", start=2.0, stop=5.0).tolist() == [5, 5, 5, 5]


def test_active_initial_counts_only_where_first_values_are_found(engine):
    run = engine.solve({"x": "active_initial(time + 1, 40)", "s": ("0", "x")}, stop=2.0)
    assert run["x"][:, 0].tolist() == [1, 2, 3]
    assert run["s"][:, 0].tolist() == [40, 40, 40]


def test_sample_if_true_holds_what_it_last_took(engine):
    got = engine.path("sample_if_true(time = 2 or time = 5, time * time, -1)", stop=7.0)
    assert got.tolist() == [-1, -1, 4, 4, 4, 25, 25, 25]


def test_integ_adds_up_a_rate(engine):
    assert engine.path("integ(2, 7)", step=0.5, stop=2.0).tolist() == [7, 8, 9, 10, 11]


def test_trend_finds_the_rate_of_exponential_growth(engine):
    got = engine.path("trend(exp(0.03 * time), 5, 0.03)", step=0.03125, stop=60.0, method="rk4")
    # in steady growth at g the average lags so that (input - average) / (average * time) = g, from the first value on
    np.testing.assert_allclose(got, 0.03, rtol=1e-7)


def test_trend_starts_at_its_initial_value(engine):
    assert engine.path("trend(10, 4, 0.25)")[0] == 0.25


def test_forecast_carries_the_input_along_its_trend(engine):
    got = engine.path("forcst(exp(0.03 * time), 5, 2, 0.03)", step=0.03125, stop=20.0, method="rk4")
    t = np.arange(got.size) * 0.03125
    np.testing.assert_allclose(got, np.exp(0.03 * t) * 1.06, rtol=1e-7)


def test_an_order_that_is_not_a_known_whole_number_is_reported(engine):
    with pytest.raises(InputError, match="whole number"):
        engine.solve({"n": "time", "x": "smthn(1, 4, n, 0)"})


# -- the clock


CLOCK = {
    "time": [0, 1, 2, 3, 4, 5, 6], "dt": [1] * 7, "starttime": [0] * 7, "stoptime": [6] * 7,
    "step(3, 2)": [0, 0, 3, 3, 3, 3, 3],
    "ramp(2, 1)": [0, 0, 2, 4, 6, 8, 10], "ramp(2, 1, 4)": [0, 0, 2, 4, 6, 6, 6],
    "pulse(7, 2)": [0, 0, 7, 0, 0, 0, 0], "pulse(7, 1, 3)": [0, 7, 0, 0, 7, 0, 0],
    "pulse(7, 1, 0)": [0, 7, 0, 0, 0, 0, 0],
    "pulse(7)": [7, 0, 0, 0, 0, 0, 0],
    "pulse_window(2, 3)": [0, 0, 1, 1, 1, 0, 0], "pulse_window(2, 0)": [0, 0, 1, 0, 0, 0, 0],
    "pulse_train(1, 1, 2, 4)": [0, 1, 0, 1, 0, 0, 0],
}  # fmt: skip


@pytest.mark.parametrize("call", CLOCK)
def test_a_function_of_the_clock_has_its_value_at_each_step(engine, call):
    assert engine.path(call, stop=6.0).tolist() == CLOCK[call]


def test_a_pulse_gives_its_whole_magnitude_in_one_step_of_any_length(engine):
    run = engine.solve({"s": ("pulse(7, 2)", "0")}, step=0.125, stop=4.0)
    assert run["s"][16:18, 0].tolist() == [0, 7]


@pytest.mark.parametrize("step", [0.1, 1 / 3, 1 / 24, 0.05])
def test_a_condition_on_time_is_not_missed_by_rounding(engine, step):
    got = engine.path("step(1, 6)", step=step, stop=9.0)
    assert int(got.argmax()) == round(6 / step)


def test_pi_and_inf_are_what_they_say(engine):
    assert engine.path("pi", stop=1.0)[0] == math.pi
    assert engine.path("min(inf, 4)", stop=1.0)[0] == 4


# -- methods


def lotka_volterra(engine, step, method):
    predators = ("0.4 * prey * predators - 0.6 * predators", "1")
    variables = {"prey": ("prey - 0.5 * prey * predators", "2"), "predators": predators}
    return engine.solve(variables, ["prey"], step=step, save=8.0, stop=8.0, method=method)["prey"][-1, 0]


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk4", 4)])
def test_halving_the_step_divides_the_error_by_two_to_the_order(engine, method, order):
    true = lotka_volterra(engine, 1 / 2048, "rk4")
    coarse, fine = (abs(lotka_volterra(engine, step, method) - true) for step in (1 / 64, 1 / 128))
    assert abs(math.log2(coarse / fine) - order) < 0.25


def test_runge_kutta_sees_time_at_its_stages(engine):
    run = engine.solve({"s": ("cos(time)", "0")}, step=0.25, stop=5.0, method="rk4")
    np.testing.assert_allclose(run["s"][:, 0], np.sin(np.arange(21) / 4), atol=1e-5)
