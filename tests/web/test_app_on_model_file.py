"""``wherenow serve model.mdl``: the app opens a model file as it is."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from wherenow.commands.serving.serve_command import serve

MODEL = """{UTF-8}
cup = INTEG(-loss, 180) ~~|
loss = (cup - room) / 10 ~~|
room = 70 ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app that the command serves."""
    kept: list[Any] = []

    def keep(app: Any) -> SimpleNamespace:
        kept.append(app)
        return SimpleNamespace(run=lambda sockets: [s.close() for s in sockets])

    monkeypatch.setattr("wherenow.web.serving.listener.server", keep)
    (tmp_path / "cup.mdl").write_text(MODEL, encoding="utf-8")
    serve(tmp_path / "cup.mdl", draws=4, port=0)
    return kept[0]


def test_the_app_runs_a_model_file_and_shows_all_its_pages(app: Any) -> None:
    with TestClient(app, base_url="http://localhost") as client:
        (fan,) = (f for f in client.post("/api/run", json={}).json()["fans"] if f["name"] == "cup")
        assert fan["central"] == pytest.approx([180, 169, 159.1, 150.19, 142.171])
        pages = set(re.findall(r'href="(/[^"#]*)"', client.get("/").text))
        assert len(pages) > 5
        assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
