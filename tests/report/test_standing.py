from dataclasses import replace

import numpy as np
import pytest

from wherenow.foresight.trials.reliability import Reliability, Track
from wherenow.foresight.trials.scorecard import Scorecard
from wherenow.inference.checking.fit import SeriesFit
from wherenow.inference.checking.identifiability import Learned
from wherenow.inference.checking.leave_one_out import LeaveOneOut
from wherenow.inference.checking.power_scaling import PriorShift
from wherenow.outlook.learning import Influence, Learning, Margins
from wherenow.report.charts.learned import learned_bars, pit_histogram, skill_bars
from wherenow.report.page import render

GIVEN_OTHERS = LeaveOneOut((0.02, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99), 0)
ONE = {"lake-fills": 0.5}
TAUGHT = (
    Learned("inflow", 0.4, (1.0, 2.0, 3.0), (2.2, 2.4, 2.6)),
    Learned("loss", 0.97, (0.0, 0.5, 1.0), (0.0, 0.5, 1.0)),
)
TRACKS = tuple(
    Track(low=k / 10, high=(k + 1) / 10, questions=12 + k, came=k + 1, least=k, most=k + 4) for k in range(10)
)
LEARNING = Learning(
    margins=(Margins("lake-fills", "The lake fills", "meter", np.random.default_rng(0).normal(1, 1, 200)),),
    influences=(Influence("loss", {"lake-fills": -0.61}), Influence("inflow", {"lake-fills": 0.4})),
    shifts=(
        PriorShift(
            name="loss", lower={"lake-fills": 0.71}, higher={"lake-fills": 0.93}, narrower=ONE, wider=ONE,
            error={"lake-fills": 0.01},
        ),
    ),
    fits=(
        SeriesFit(series="gauge", data=12, in_half=0.5, in_ninety=0.92, bias=0.2, discrepancy=0.1, p=0.4, error=0.8,
                  likely=(9, 12), all_inside=0.3, leave_one_out=GIVEN_OTHERS),
        SeriesFit(series="depth", data=8, in_half=0.1, in_ninety=0.3, bias=0.0, discrepancy=None, p=0.01),
    ),
    taught=TAUGHT,
    record={},
    backtest=Scorecard(
        origins=("2010-01-01", "2013-01-01"), horizons=(1.0, 2.0), questions=120, data=30, methods=(), parts=(),
        skills={"random walk": (0.15, 0.01, 0.28), "drift": (0.3, 0.1, 1)}, series={"gauge": (0.5, 0.6)},
        coverage={"pool": 0.89}, pits=(0.1, 0.4, 0.95), tracks=TRACKS,
        reliability=Reliability(
            said=np.array([0.2, 0.8]), curve=np.array([0.2, 0.8]), low=np.array([0.1, 0.6]), high=np.array([0.4, 0.9]),
            brier=0.2, log=0.6, miscalibration=0.01, discrimination=0.05, uncertainty=0.24, miscalibration_high=0.02,
        ),
    ),
)  # fmt: skip


@pytest.fixture
def shown(outlook):
    return render(replace(outlook, learning=LEARNING))


def test_an_outlook_without_it_says_nothing_of_it(outlook):
    assert "What the answer depends on" not in render(outlook)


def test_data_predicted_from_the_others_are_reported_with_what_was_expected(shown):
    assert "10 / 12" in shown
    assert "a correct model would have 9 to 12" in shown


def test_only_one_coverage_of_the_data_is_given(shown):
    assert "92%" not in shown


def test_what_lies_further_off_than_the_model_allows_is_named(shown):
    assert "Further off than the model expects: Depth." in " ".join(shown.split())


def test_important_parameters_that_data_left_open_are_named(shown):
    said = " ".join(shown.split())
    assert "1 / 2" in said
    assert "The answer depends on some of these: Loss." in said


def test_the_most_influential_are_named_with_their_reason(shown):
    assert "Assumption: Nobody measured it" in shown
    assert "−0.61" in shown


def test_probabilities_under_other_priors_and_bars_are_shown(shown):
    assert "71% to 93%" in shown
    assert "Share of draws by margin" in shown


def test_the_backtest_is_reported_in_words_with_the_hardest_method(shown):
    assert "the best rival method (random walk)" in shown
    assert "15% smaller" in shown


def test_a_change_within_chance_is_reported_as_such(outlook):
    card = replace(LEARNING.backtest, skills={"random walk": (-0.1, -0.3, 0.1)})
    page = render(replace(outlook, learning=replace(LEARNING, backtest=card)))
    assert "10% larger" in page
    assert "could be chance" in page


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (learned_bars(TAUGHT), "Inflow: before 2, after 2.4"),
        (skill_bars({"drift": (-0.2, -0.5, 0.1)}), "drift -20% (-50% to +10%)"),
        (pit_histogram((0.05, 0.95)), "From low to high: 50%"),
    ],
)
def test_charts_say_in_words_what_they_draw(drawn, words):
    assert words in drawn


def test_json_of_it_is_plain():
    import json

    assert json.loads(json.dumps(LEARNING.to_dict(), allow_nan=False))["learned"][1]["unlearned"]


@pytest.mark.parametrize("width", [1366, 360])
def test_it_is_accessible_and_fits_a_phone(chromium, outlook, tmp_path, width):
    from axe_playwright_python.sync_playwright import Axe

    path = tmp_path / "outlook.html"
    path.write_text(render(replace(outlook, learning=LEARNING)), encoding="utf-8")
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
