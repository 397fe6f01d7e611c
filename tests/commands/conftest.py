from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wherenow.cli import app

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def wherenow(monkeypatch) -> Callable[..., Result]:
    """Runs the command line in this process: ``wherenow("run", path, "--out", file)``."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> Result:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture(scope="session")
def town() -> Path:
    return CASES / "town"


@pytest.fixture
def teacup(tmp_path) -> Path:
    """A cup that cools, as Vensim would write it."""
    path = tmp_path / "teacup.mdl"
    path.write_text(
        "{UTF-8}\n"
        "Teacup Temperature= INTEG (-Heat Loss, 180)\n\t~\tDegrees\n\t~\t\t|\n"
        "Heat Loss= (Teacup Temperature - Room Temperature) / Characteristic Time\n\t~\tDegrees/Minute\n\t~\t\t|\n"
        "Room Temperature= 70\n\t~\tDegrees\n\t~\t\t|\n"
        "Characteristic Time= 10\n\t~\tMinutes\n\t~\t\t|\n"
        "FINAL TIME = 30\n\t~\tMinute\n\t~\t\t|\n"
        "INITIAL TIME = 0\n\t~\tMinute\n\t~\t\t|\n"
        "SAVEPER = 10\n\t~\tMinute\n\t~\t\t|\n"
        "TIME STEP = 0.125\n\t~\tMinute\n\t~\t\t|\n"
    )
    return path
