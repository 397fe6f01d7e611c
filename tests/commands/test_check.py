import json
import subprocess
import sys

import pytest

from wherenow.case.builtin import located


def test_a_sound_case_has_nothing_to_report(wherenow, town):
    result = wherenow("check", town)
    assert "0 errors" in result.output
    assert result.exit_code == 0


def test_an_error_in_a_model_exits_1_with_its_place(wherenow, teacup):
    teacup.write_text(teacup.read_text().replace("- Room Temperature)", "- Rom Temperature)"))
    result = wherenow("check", teacup)
    assert "teacup.mdl:5" in result.output
    assert "did you mean 'room_temperature'" in result.output
    assert result.exit_code == 1


def test_json_gives_each_problem_as_an_object(wherenow, teacup):
    teacup.write_text(teacup.read_text().replace("- Room Temperature)", "- Rom Temperature)"))
    result = wherenow("check", teacup, "--json")
    problems = json.loads(result.stdout)
    assert problems[0]["severity"] == "error"
    assert problems[0]["line"] == 5


def test_nothing_there_is_misuse(wherenow, tmp_path):
    assert wherenow("check", tmp_path / "none").exit_code == 2


@pytest.mark.parametrize("name", ["iraq-us", "school-influenza"])
def test_checking_a_case_imports_no_special_functions_which_takes_a_fifth_of_a_second(name):
    checked = f"from wherenow.case.checking.check import check_case; check_case({str(located(name))!r})"
    ran = subprocess.run([sys.executable, "-c", f"{checked}; import sys; print('scipy.special' in sys.modules)"],
                         check=True, capture_output=True, text=True)  # fmt: skip
    assert ran.stdout == "False\n"
