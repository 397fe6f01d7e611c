from dataclasses import replace

from wherenow.outlook.answer import answer
from wherenow.report import render


def test_the_scenario_that_changes_most_is_named_with_what_it_changes(outlook):
    _, second = answer(outlook.forecasts, (), outlook.comparisons)
    assert second.startswith("Among 5 scenarios, “Drought” changes the most")


def test_a_scenario_that_changes_the_past_is_no_answer_to_what_would_change_things_now(outlook):
    comparisons = tuple(replace(c, past=c.scenario == "drought") for c in outlook.comparisons)
    _, second = answer(outlook.forecasts, (), comparisons)
    assert second.startswith("Among 4 scenarios")
    assert "Drought" not in second


def test_where_all_scenarios_change_the_past_the_one_that_changes_most_is_named(outlook):
    comparisons = tuple(replace(c, past=True) for c in outlook.comparisons)
    assert "“Drought”" in answer(outlook.forecasts, (), comparisons)[1]


def test_the_report_says_above_its_cards_what_history_lacks_and_how_to_install_it(outlook):
    lacking = tuple(replace(f, answer=replace(f.answer, lacking=("ETS", "ARIMA"))) for f in outlook.forecasts)
    whole, part = (render(o) for o in (outlook, replace(outlook, forecasts=lacking)))
    line = 'lack ETS and ARIMA, which <code dir="ltr">pip install &#39;wherenow[inference]&#39;</code> adds.'
    assert line not in whole
    assert part.index(line) < part.index("Each probability pools")
