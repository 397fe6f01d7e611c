"""Tables that become data of a case."""

import pytest
from typer.testing import CliRunner

from wherenow.case.checking.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.draft.data.data_tables import read_table, suggest
from wherenow.errors import UsageError


def table(tmp_path, content, name="rates.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_columns_and_units_are_suggested_from_heads_and_figures(tmp_path):
    found = read_table(table(tmp_path, "Year;Port;Freight (euro);Share percent\n2019;A;1,200;40%\n2020;A;1,100;41%\n"))
    at, columns = suggest(found)
    assert found.heads[at] == "Year"
    assert [(c.series, c.unit) for c in columns] == [("freight", "euro"), ("share_percent", "%")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\n", "has no table"),
        ("when,x\nlong ago,1\nyesterday,2\n", "no column holds dates"),
        ("year,x\n2019,much\n2020,more\n", "no column holds figures"),
        (b"\xff\xfe\x00", "is not UTF-8"),
    ],
)
def test_an_invalid_table_gets_a_message(tmp_path, content, says):
    with pytest.raises(UsageError, match=says):
        suggest(read_table(table(tmp_path, content)))


def test_a_fake_spreadsheet_gets_a_message(tmp_path):
    with pytest.raises(UsageError, match="cannot be read as a spreadsheet"):
        read_table(table(tmp_path, "no spreadsheet", "a.xlsx"))


def test_the_command_writes_the_long_form_that_the_case_reads(tmp_path):
    lake = new_case(tmp_path / "lake")
    path = table(tmp_path, "date,Rain [hm3]\n2010-5,12\n2011-05,\n2012-05,14.5\n")
    words = ["data", "add", str(lake), str(path), "--source", "a gauge", "--licence", "CC0"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert [str(d) for d in check_case(lake) if d.severity == "error"] == []
    rain = read_case(lake).data["rain"]
    assert (rain.dates, list(rain.values), rain.unit) == (("2010-05", "2012-05"), [12, 14.5], "hm3")
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "exists already" in again.output


def test_data_without_a_source_are_refused(tmp_path):
    lake = new_case(tmp_path / "lake")
    path = table(tmp_path, "date,Rain [hm3]\n2010,12\n2011,13\n")
    done = CliRunner().invoke(app, ["data", "add", str(lake), str(path)])
    assert done.exit_code == 2
    assert "source and a licence" in done.output
    assert not (lake / "data" / "rates.csv").exists()
