"""Every table says what its draws come from, and why a posterior beside the case is not used."""

import json

import h5py
import pytest
from typer.testing import CliRunner

from wherenow.case.new import new_case
from wherenow.cli import app


@pytest.fixture
def lake(tmp_path):
    return new_case(tmp_path / "lake")


def run(*words):
    return CliRunner().invoke(app, [*map(str, words), "--draws", "32"])


def stale(lake):
    """A posterior whose record names another state of the case."""
    with h5py.File(lake / "posterior.nc", "w") as file:
        file.attrs["wherenow"] = json.dumps({"format": 2, "case_hash": "of another state"})


@pytest.mark.parametrize("command", ["claims", "levers"])
def test_a_table_states_its_basis(lake, command):
    assert "32 draws, prior only\n" in run(command, lake).stderr


@pytest.mark.parametrize("command", [("claims",), ("levers",), ("explain", "water")])
def test_a_posterior_of_another_state_is_named_wherever_it_would_have_been_used(lake, command, monkeypatch):
    stale(lake)
    monkeypatch.setattr("wherenow.inference.posterior.posterior_of", lambda case: None)
    name, *rest = command
    said = run(name, lake, *rest).stderr
    assert "posterior.nc was fitted to another state of the case and is not used; wherenow calibrate" in said


def test_check_warns_of_it(lake):
    stale(lake)
    result = CliRunner().invoke(app, ["check", str(lake)])
    assert "posterior.nc:1:1: warning: posterior.nc was fitted to another state of the case" in result.output


def test_priors_that_are_asked_for_are_no_reason_to_name_it(lake):
    stale(lake)
    result = CliRunner().invoke(app, ["claims", str(lake), "--draws", "32", "--basis", "prior only"])
    assert "posterior.nc" not in result.stderr
