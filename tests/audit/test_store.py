"""An audit is stored beside its case; the report and the app show it until the case changes."""

import pytest
from typer.testing import CliRunner

from wherenow.audit.audit_file import stored_audit
from wherenow.case.builtin import included
from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.errors import InputError


@pytest.fixture
def audited(lake):
    assert CliRunner().invoke(app, ["audit", str(lake)]).exit_code == 0
    return lake


def test_it_is_stored_unchanged(audited):
    rows = stored_audit(read_case(audited))
    assert len(rows) == 12
    assert {row.verdict for row in rows} == {"passes"}


def test_a_trial_of_another_state_of_the_case_is_not_used(audited):
    path = audited / "claims.yaml"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    assert stored_audit(read_case(audited)) == ()


def test_check_warns_of_an_audit_of_another_state(audited):
    assert "audit.json" not in CliRunner().invoke(app, ["check", str(audited)]).output
    path = audited / "claims.yaml"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    told = CliRunner().invoke(app, ["check", str(audited)])
    assert "audit.json:1:1: warning: the audit belongs to another state of the case" in told.output.replace("\n", " ")
    assert told.exit_code == 0


@pytest.mark.parametrize("name", sorted(included()))
def test_every_bundled_case_has_an_audit_of_its_present_state(name):
    assert len(stored_audit(read_case(included()[name]))) == 12, f"run: wherenow audit cases/{name}"


def test_an_earlier_name_of_the_verdict_is_still_read(audited):
    path = audited / "audit.json"
    path.write_text(path.read_text("utf-8").replace('"passes"', '"not asked"'), "utf-8")
    assert {row.verdict for row in stored_audit(read_case(audited))} == {"not tested"}


def test_a_file_that_is_not_an_audit_is_refused(lake):
    (lake / "audit.json").write_text("[]")
    with pytest.raises(InputError, match="not an audit by wherenow"):
        stored_audit(read_case(lake))


@pytest.mark.parametrize("done", [True, False])
def test_the_report_shows_it_or_says_how_to_make_it(lake, tmp_path, done):
    if done:
        CliRunner().invoke(app, ["audit", str(lake)])
    out = tmp_path / "report.html"
    CliRunner().invoke(app, ["outlook", str(lake), "--draws", "32", "--out", str(out)])
    page = out.read_text("utf-8")
    assert ("12 of the 12 applicable tests pass." in page) == done
    assert ("has not been audited" in page) != done


def test_the_report_calls_an_audit_of_another_state_of_the_case_stale(audited, tmp_path):
    path = audited / "claims.yaml"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    out = tmp_path / "report.html"
    CliRunner().invoke(app, ["outlook", str(audited), "--draws", "32", "--out", str(out)])
    page = out.read_text("utf-8")
    assert "The stored audit is stale" in page
    assert "has not been audited" not in page
