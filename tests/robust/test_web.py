"""The app under load and attack, on real connections of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.robust.figures import SHARE, note
from tests.robust.serving import ask, crowd, hear, opened, serving

from wherenow.case.new import TEMPLATE
from wherenow.web.serving import listener, security


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "SLOWEST_HEAD", 0.5)
        patch.setattr(listener, "MOST_CONNECTIONS", 20)
        patch.setattr(security, "SLOWEST_BODY", 0.5)
        with serving() as port:
            yield port


POST = b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET /ledger HTTP/1.1\r\nHost: local"])
def test_a_head_that_does_not_come_to_its_end_loses_its_connection(port: int, sent: bytes) -> None:
    with opened(port, sent) as line:
        assert hear(line) == b""


def test_a_second_head_on_one_connection_is_waited_for_no_longer(port: int) -> None:
    with opened(port, b"GET /static/x/app.css HTTP/1.1\r\nHost: localhost\r\n\r\n") as line:
        assert b"404" in line.recv(4096)
        line.sendall(b"GET /led")
        assert b"200" not in hear(line)


def test_a_body_that_does_not_come_is_given_up(port: int) -> None:
    with opened(port, POST + b"Content-Length: 50\r\n\r\n{") as line:
        assert b" 200 " not in hear(line)
    assert ask(port, "/ledger")[0] == 200


def test_connections_beyond_the_limit_are_asked_to_retry(port: int) -> None:
    held = [opened(port) for _ in range(25)]
    try:
        assert ask(port, "/ledger")[0] == 503
    finally:
        for line in held:
            line.close()
    time.sleep(0.2)
    assert ask(port, "/ledger")[0] == 200


@pytest.mark.parametrize("length", [b"99999999999", b"9" * 40, b"-1", b"1e3", "١٢".encode()])
def test_a_huge_or_senseless_length_is_refused_before_the_body_comes(port: int, length: bytes) -> None:
    with opened(port, POST + b"Content-Length: " + length + b"\r\n\r\n") as line:
        assert re.match(rb"HTTP/1.1 4\d\d", hear(line))


def test_a_body_of_unknown_length_is_refused(port: int) -> None:
    with opened(port, POST + b"Transfer-Encoding: chunked\r\n\r\n") as line:
        assert line.recv(4096).startswith(b"HTTP/1.1 413")


def test_people_who_leave_before_the_answer_take_no_place(port: int) -> None:
    for _ in range(30):
        opened(port, b"GET /take/card/lake-recovers.png HTTP/1.1\r\nHost: localhost\r\n\r\n").close()
    assert ask(port, "/take/card/lake-recovers.csv")[0] == 200


@pytest.mark.parametrize("heads", [
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
])  # fmt: skip
def test_another_site_cannot_make_the_app_work(port: int, heads: dict[str, str]) -> None:
    assert ask(port, "/take/report.html", **heads)[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://127.0.0.1:1"])
def test_another_origin_cannot_post(port: int, origin: str) -> None:
    assert ask(port, "/api/run", "POST", b"{}", Content_Type="application/json", Origin=origin)[0] == 403


def test_a_link_on_another_site_leads_here(port: int) -> None:
    heads = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(port, "/ledger", **heads)[0] == 200


def test_the_apps_own_pages_may_post(port: int) -> None:
    heads = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
    assert ask(port, "/api/run", "POST", b"{}", Content_Type="application/json", **heads)[0] == 200


PATHS = (
    "/../../etc/passwd",
    "/static/..%2f..%2f..%2fetc/passwd",
    "/static/x/%2e%2e/%2e%2e/etc/passwd",
    "/%2fetc%2fpasswd",
    "//etc/passwd",
    "/static/x/app.css%00.html",
    "/..\\..\\etc\\passwd",
    "/file:///etc/passwd",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_address_leads_out_of_the_app(port: int, path: str) -> None:
    status, body = ask(port, path)
    assert status == 404
    assert b"root:" not in body


def test_a_file_that_is_not_text_is_refused_with_a_message(port: int) -> None:
    status, body = ask(port, "/api/run", "POST", b'{"levers": {"rati\xd1: 0.5}}', Content_Type="application/json")
    assert status in (400, 422)
    assert b"error" in body


def test_every_client_of_a_crowd_gets_an_answer_or_is_asked_to_retry(port: int) -> None:
    counts = crowd(port, 16, 2.0)
    assert set(counts) <= {0, 200, 204, 503}
    assert counts[200] > 0
    assert ask(port, "/ledger")[0] == 200


PAUSE = 0.5
"""Seconds that each of the four waits between two deeds, as people do; the crowd before this waits not at all."""


@pytest.mark.slow
def test_the_apps_memory_stays_flat_under_a_crowd() -> None:
    """For an hour: what the process holds after a tenth of the time and at the end."""
    minutes = 60 * SHARE
    running = subprocess.Popen(
        [
            Path(sys.executable).with_name("wherenow"),
            "serve",
            TEMPLATE,
            "--port",
            "0",
            "--draws",
            "64",
            "--threads",
            "1",
        ],
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        assert running.stderr is not None
        address = next(line for line in running.stderr if "http://" in line)
        found = re.search(r":(\d+)/", address)
        assert found is not None, address
        port = int(found[1])
        listening_by(port)
        counts = crowd(port, 4, 6 * minutes, 0, PAUSE)
        time.sleep(1)
        before = resident(running.pid)
        counts += crowd(port, 4, 54 * minutes, 1, PAUSE)
        time.sleep(1)
        after = resident(running.pid)
        assert ask(port, "/ledger")[0] == 200
    finally:
        running.terminate()
        running.wait(10)
    note("soak", minutes=minutes, answers=counts[200], left=counts[0], statuses={str(k): n for k, n in counts.items()},
         before=before, after=after)  # fmt: skip
    assert set(counts) <= {0, 200, 204, 503}
    assert after - before < 64 << 20


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def listening_by(port: int) -> None:
    """Waits until the app answers: its address is printed a moment before."""
    for _ in range(300):
        try:
            ask(port, "/ledger")
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the app never answered")
