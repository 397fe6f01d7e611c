"""Access control and limits of requests."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from wherenow.web.server import make_app
from wherenow.web.serving.security import LARGEST_BODY, LONGEST_ADDRESS

TOKEN = "long-and-secret"


@pytest.fixture
def guarded(lake) -> TestClient:
    return TestClient(make_app(lake, TOKEN, local=False), base_url="http://example.org", follow_redirects=False)


def test_a_local_app_answers_to_names_of_this_machine_only(client):
    assert client.get("/ledger", headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/ledger", headers={"Host": "127.0.0.1:8321"}).status_code == 200
    assert client.get("/ledger", headers={"Host": "[::1]:8321"}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/api/case", "/static/x/app.js", "/?token=wrong", "/?token="])
def test_nothing_is_answered_without_the_token(guarded, address):
    answer = guarded.get(address)
    assert answer.status_code == 401
    assert "lake" not in answer.text.lower()


def test_a_token_in_the_address_is_taken_into_a_cookie_and_out_of_the_address(guarded):
    answer = guarded.get(f"/ledger?show=water&token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ledger?show=water")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert guarded.get("/ledger").status_code == 200


def test_a_token_never_leads_to_another_site(guarded):
    place = guarded.get(f"http://example.org//evil.example/?token={TOKEN}").headers["location"]
    assert place == "/evil.example/"


def test_a_program_brings_its_token_in_a_header(guarded):
    assert guarded.get("/api/case", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guarded.get("/api/case", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_long_address_is_refused(client):
    assert client.get("/ledger?x=" + "y" * LONGEST_ADDRESS).status_code == 414


def test_a_large_body_is_refused(client):
    assert client.post("/api/run", content=b"x" * (LARGEST_BODY + 1)).status_code == 413


def test_pages_may_load_nothing_from_elsewhere(client):
    rules = client.get("/ledger").headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules


@pytest.mark.parametrize("path", ["/static/../view.py", "/static/x/..%2f..%2fview.py", "/etc/passwd", "/case.yaml"])
def test_no_address_reaches_the_file_system(client, path):
    assert client.get(path).status_code == 404
