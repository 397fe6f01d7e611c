"""JSON schemas of all case files, for completion, explanations and error marks in editors."""

from __future__ import annotations

import json
import warnings
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import PydanticJsonSchemaWarning

from wherenow.case.reading import schema
from wherenow.files import write_text

FILES: dict[str, Any] = {
    "case.yaml": schema.CaseForm,
    "events.yaml": list[schema.EventForm],
    "actors.yaml": schema.ActorsForm,
    "claims.yaml": dict[str, schema.ClaimForm],
    "forecasts.yaml": dict[str, schema.PredictionForm],
    "levers.yaml": dict[str, schema.LeverForm],
    "scenarios.yaml": dict[str, schema.ScenarioForm],
    "loops.yaml": dict[str, schema.LoopForm],
    "observations.yaml": dict[str, schema.ObservationForm],
    "display.yaml": schema.DisplayForm,
    "fetch.yaml": dict[str, schema.FetchForm],
    "macros.yaml": dict[str, schema.MacroForm],
    "model/*.yaml": dict[str, schema.VariableForm],
}
"""The form of each file of a case folder."""
DRAFT = "http://json-schema.org/draft-07/schema#"


@cache
def meanings() -> dict[str, dict[str, str]]:
    """Return the meaning of each key by form and key, from ``keys.yaml``."""
    import yaml

    table = files("wherenow.case.editing").joinpath("keys.yaml").read_text("utf-8")
    return dict(yaml.safe_load(table))


def json_schema(file: str) -> dict[str, Any]:
    """Return the JSON schema of a file of :data:`FILES`, with the meaning of each key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # defaults that JSON cannot represent are omitted
        tree = TypeAdapter(FILES[file]).json_schema(ref_template="#/definitions/{model}")
        if file == "model/*.yaml":
            head = TypeAdapter(schema.SectorForm).json_schema()
            tree["properties"] = {"sector": {"description": "What this part of the model is.", **head}}
            _explain(tree["properties"]["sector"], "SectorForm")
    tree["definitions"] = tree.pop("$defs", {})
    for name, form in tree["definitions"].items():
        _explain(form, name)
    if isinstance(FILES[file], type):
        _explain(tree, FILES[file].__name__)
    return {"$schema": DRAFT, "title": f"{file} of a wherenow case", **_loosened(tree)}


def _loosened(part: Any) -> Any:
    """Write alternatives as ``anyOf``: a mapping may match an entry and entries by element, which ``oneOf`` refuses."""
    if isinstance(part, dict):
        return {"anyOf" if key == "oneOf" else key: _loosened(below) for key, below in part.items()}
    return [_loosened(below) for below in part] if isinstance(part, list) else part


def _explain(form: dict[str, Any], name: str) -> None:
    """Add the meaning of each key of a form; pydantic's own titles repeat the keys and are removed."""
    form.pop("title", None)
    for key, value in form.get("properties", {}).items():
        value.pop("title", None)
        if meaning := meanings().get(name, {}).get(key):
            value["description"] = meaning


def write_schemas(folder: Path) -> dict[str, str]:
    """Write every schema into ``folder``; return the schema file by the case files that it describes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for file in FILES:
        name = f"{file.partition('/')[0].removesuffix('.yaml')}.schema.json"
        write_text(folder / name, json.dumps(json_schema(file), indent=1) + "\n")
        written[file] = name
    return written


def editor_setting(folder: Path, written: dict[str, str]) -> str:
    """Return the setting that VS Code's YAML extension needs, as JSON."""
    schemas = {f"./{(folder / name).as_posix()}": f"**/{file}" for file, name in written.items()}
    return json.dumps({"yaml.schemas": schemas}, indent=2)
