"""Opening model files: what the user sees, and which engine runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import CORPUS, xmile
from typer.testing import CliRunner

from wherenow.case.model_files.opening import open_case
from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate

FLAWED = xmile('<aux name="a"><eqn>1</eqn></aux>', head='<isee:payoff xmlns:isee="http://iseesystems.com/XMILE"/>')


@pytest.fixture
def flawed(tmp_path: Path) -> Path:
    path = tmp_path / "model.xmile"
    path.write_text(FLAWED, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["run", "check"])
def test_warnings_of_the_import_are_reported(command: str, flawed: Path) -> None:
    told = CliRunner().invoke(app, [command, str(flawed)])
    assert told.exit_code == 0
    assert "model.xmile:1:" in told.stderr
    assert "<isee:payoff> is ignored" in told.stderr


def test_converting_tells_what_the_import_did_not_take(flawed: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["convert", str(flawed), str(tmp_path / "case")])
    assert "<isee:payoff> is ignored" in told.stderr


def test_a_run_without_a_file_prints_where_each_variable_ends(flawed: Path) -> None:
    told = CliRunner().invoke(app, ["run", str(flawed), "--draws", "3"])
    assert told.stdout.splitlines()[1].split() == ["a", "1", "1", "1"]
    assert "3 runs, native engine" in told.stderr


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
@pytest.mark.parametrize("model", ["samples/teacup/teacup.mdl", "tests/delays/test_delays.mdl"])
def test_ten_thousand_draws_of_a_model_run_on_the_native_engine(model: str) -> None:
    case = open_case(CORPUS / model)
    runs = simulate(case, draw(case, 10_000, 0), threads=1)
    assert (len(runs), runs.record.engine) == (10_000, "native")
    assert (runs.values[:, -1, 0] == runs.values[:, -1, -1]).all()
