"""Whether a scenario changes the past is determined from its runs."""

from wherenow.execution import Execution
from wherenow.outlook.case_outlook import forecast


def test_a_scenario_changes_the_past_where_its_runs_differ_before_the_cut_off(town):
    past = {c.scenario: c.past for c in forecast(town, 16, execution=Execution(threads=1)).comparisons}
    assert past == {"no-drought": True, "no-births": True, "hold": False}
