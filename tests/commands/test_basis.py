"""Every table says what its draws come from, and why a posterior beside the case is not used."""

import json

import h5py
import pytest
from typer.testing import CliRunner

from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.inference.posterior import draws_of, unused_posterior
from wherenow.web.assistants.model_server import make_server
from wherenow.web.computation.case_analysis import Analysis


@pytest.fixture
def lake(tmp_path):
    return new_case(tmp_path / "lake")


def run(*words):
    return CliRunner().invoke(app, [*map(str, words), "--draws", "32"])


def stale(lake, file="posterior.nc", case_hash="of another state"):
    """A posterior whose record names another state of the case."""
    with h5py.File(lake / file, "w") as written:
        written.attrs["wherenow"] = json.dumps({"format": 2, "case_hash": case_hash})


def with_two_structures(lake):
    """The case with another equation of one variable."""
    lines = (lake / "model" / "lake.yaml").read_text("utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("evaporation:"))
    lines.insert(at + 1, "  variants: { leaky: { equation: 0.5 * evaporation_rate * water } }")
    (lake / "model" / "lake.yaml").write_text("\n".join(lines), "utf-8")
    return read_case(lake)


@pytest.mark.parametrize("command", ["claims", "levers"])
def test_a_table_states_its_basis(lake, command):
    assert "32 draws, prior only\n" in run(command, lake).stderr


UNUSED = "posterior.nc was fitted to another state of the case and is not used; wherenow calibrate"
COMMANDS = [
    ("claims", "--draws", "32"),
    ("levers", "--draws", "32"),
    ("explain", "water", "--draws", "32"),
    ("why", "--draws", "32"),
    ("outlook", "--draws", "32"),
    ("ensemble", "--draws", "32"),
    ("sensitivity", "--basis", "best", "--base", "16"),
    ("ask", "at(lake_volume, 2019-07) > 60"),
    ("predict", "--series", "lake_volume", "--at", "2019-07"),
    ("ledger", "register"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(command[:2]) for command in COMMANDS])
def test_a_posterior_of_another_state_is_named_wherever_it_would_have_been_used(lake, command, monkeypatch):
    monkeypatch.chdir(lake.parent)  # where the outlook's report goes
    stale(lake)
    monkeypatch.setattr("wherenow.inference.posterior.posterior_of", lambda case, variant="": None)
    monkeypatch.setattr("wherenow.foresight.ingredients.structures.posterior_of", lambda case, variant="": None)
    at = 2 if command[:2] == ("ledger", "register") else 1
    said = CliRunner().invoke(app, [*command[:at], str(lake), *command[at:]])
    assert said.exit_code == 0, said.output
    assert UNUSED in said.stderr


def test_an_assistant_hears_of_it(lake, monkeypatch):
    stale(lake)
    monkeypatch.setattr("wherenow.inference.posterior.posterior_of", lambda case, variant="": None)
    case = read_case(lake)
    assert UNUSED in make_server(Analysis(case, draws_of(case, 16))).instructions


def test_the_posterior_of_a_variant_is_named_too(lake, monkeypatch):
    case = with_two_structures(lake)
    stale(lake, "posterior-leaky.nc")
    monkeypatch.setattr("wherenow.inference.posterior.posterior_of", lambda case, variant="": None)
    assert unused_posterior(case).startswith("posterior-leaky.nc was fitted to another state of the case")


def test_a_posterior_with_other_parameters_is_named(lake, monkeypatch):
    case = read_case(lake)
    stale(lake, case_hash=case.hash)
    monkeypatch.setattr("wherenow.inference.posterior.posterior_of", lambda case, variant="": None)
    assert "by a version of wherenow that inferred other parameters" in unused_posterior(case)


def test_check_warns_of_it(lake):
    stale(lake)
    result = CliRunner().invoke(app, ["check", str(lake)])
    assert "posterior.nc:1:1: warning: posterior.nc was fitted to another state of the case" in result.output


def test_priors_that_are_asked_for_are_no_reason_to_name_it(lake):
    stale(lake)
    result = CliRunner().invoke(app, ["claims", str(lake), "--draws", "32", "--basis", "prior only"])
    assert "posterior.nc" not in result.stderr


def test_an_outlook_says_in_its_first_lines_what_history_lacks_and_how_to_install_it(lake, monkeypatch):
    monkeypatch.chdir(lake.parent)
    monkeypatch.setattr("wherenow.foresight.ingredients.history.find_spec", lambda _: None)
    said = run("outlook", lake).stdout.splitlines()
    assert said[2] == "Forecasts from history lack ETS and ARIMA, which pip install 'wherenow[inference]' adds."
