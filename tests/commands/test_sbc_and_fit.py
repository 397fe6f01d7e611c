import json
import shutil

import pytest

from wherenow.case.reader import read_case
from wherenow.execution import Execution
from wherenow.inference.calibrate import Effort, tempered_posterior
from wherenow.inference.posterior import save_posterior


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, town):
    folder = tmp_path_factory.mktemp("fitted") / "line"
    shutil.copytree(town.parent / "line", folder)
    case = read_case(folder)
    save_posterior(
        tempered_posterior(case, 1, Effort(particles=512, moves=10), execution=Execution(threads=1)),
        folder / "posterior.nc",
    )
    return folder


def test_fit_says_how_data_lie_in_bands_and_what_was_learned(wherenow, fitted):
    result = wherenow("fit", fitted, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["fit"][0]["series"] == "readings"
    assert {row["name"]: row["unlearned"] for row in found["learned"]}["unseen"]
    assert "in the 90% band" in wherenow("fit", fitted).stdout


def test_fit_without_a_posterior_is_misuse(wherenow, town):
    result = wherenow("fit", town)
    assert result.exit_code == 2
    assert "wherenow calibrate" in result.stderr


def test_sbc_gives_a_p_value_for_each_parameter(wherenow, fitted):
    result = wherenow("sbc", fitted, "--simulations", 20, "--particles", 64, "--json")
    assert result.exit_code in (0, 1)
    found = json.loads(result.stdout)
    assert {"height_at_start", "slope", "unseen"} <= found["p_values"].keys()
    assert result.exit_code == bool(found["failing"])


def test_sbc_of_a_model_without_data_is_misuse(wherenow, teacup):
    assert wherenow("sbc", teacup).exit_code == 2
