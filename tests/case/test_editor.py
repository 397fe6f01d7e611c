"""The schemas for editors: one for each file of a case, which every case of ours meets, with each key explained."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from wherenow.case.editing.editor import FILES, json_schema, meanings, write_schemas
from wherenow.case.reading import schema
from wherenow.cli import app

FORMS = {n: c for n, c in vars(schema).items() if isinstance(c, type) and issubclass(c, schema.Form) and n != "Form"}


def keys_of(form: type[schema.Form]) -> list[str]:
    return [info.alias or name for name, info in form.model_fields.items()]


@pytest.mark.parametrize("name", FORMS)
def test_every_key_of_every_form_is_explained_and_no_other(name):
    assert list(meanings()[name]) == keys_of(FORMS[name])


@pytest.mark.parametrize("file", FILES)
def test_a_schema_explains_its_keys_and_refuses_others(file):
    found = json_schema(file)
    forms = [f for f in (found, *found["definitions"].values()) if f.get("additionalProperties") is False]
    assert forms
    assert all("description" in value for form in forms for value in form["properties"].values())


@pytest.fixture(scope="module")
def validate():
    jsonschema = pytest.importorskip("jsonschema")
    return lambda value, file: jsonschema.Draft7Validator(json_schema(file)).validate(value)


@pytest.mark.parametrize("file", [*(f for f in FILES if "*" not in f), "model/lake.yaml", "model/town.yaml"])
def test_the_case_of_a_lake_meets_the_schemas(lake, validate, file):
    path = lake / file
    if path.is_file():
        validate(plain(YAML(typ="safe").load(path)), "model/*.yaml" if file.startswith("model/") else file)


def test_a_misspelt_key_does_not(lake, validate):
    jsonschema = pytest.importorskip("jsonschema")
    case = plain(YAML(typ="safe").load(lake / "case.yaml"))
    with pytest.raises(jsonschema.ValidationError):
        validate({**case, "quesiton": "?"}, "case.yaml")


def test_the_command_writes_all_and_prints_the_setting(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["check", "--schema", "schemas"])
    assert ran.exit_code == 0
    setting = json.loads(ran.stdout)["yaml.schemas"]
    assert sorted(setting.values()) == sorted(f"**/{file}" for file in FILES)
    assert all(Path(path).is_file() for path in setting)


def test_nothing_to_check_is_a_misuse():
    assert CliRunner().invoke(app, ["check"]).exit_code == 2


def test_schemas_are_written_once_more_as_they_were(tmp_path):
    written = write_schemas(tmp_path)
    before = [(tmp_path / name).read_bytes() for name in written.values()]
    write_schemas(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in written.values()] == before


def test_a_watch_checks_again_when_a_file_is_saved(lake, monkeypatch):
    from wherenow.commands.authoring import check_command

    def save_and_stop(_):
        path = lake / "levers.yaml"
        if "one" in path.read_text("utf-8"):
            raise KeyboardInterrupt
        path.write_text(path.read_text("utf-8").replace("default: 1", "default: one"), "utf-8")

    monkeypatch.setattr(check_command.time, "sleep", save_and_stop)
    output = CliRunner().invoke(app, ["check", str(lake), "--watch"]).output
    assert output.index("0 errors, 0 warnings") < output.index("1 error, 0 warnings")


def plain(value):
    """Dates as the text that they are to wherenow."""
    if isinstance(value, dict):
        return {str(key): plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [plain(below) for below in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


def test_the_page_shows_the_setting_that_the_command_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "editor.md").read_text("utf-8")
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert shown == json.loads(CliRunner().invoke(app, ["check", "--schema", "schemas"]).stdout)
