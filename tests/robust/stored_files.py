"""Broken stored files, command-line arguments, and requests to the app."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

from tests.robust.broken_files import Attempt, told
from tests.robust.cases import LITTLE, forecasting, line
from tests.robust.mutations import mutated

STORED = Path(__file__).with_name("stored")
LINE = Path(__file__).parents[1] / "cases" / "line"


def ledger(folder: Path) -> Attempt:
    """A ledger, spoiled; read, and written to where it can be read."""
    from wherenow.foresight.ledger import entries, resolve, score

    case = forecasting()
    kept, path = (STORED / "ledger-1.sqlite").read_bytes(), folder / "ledger.sqlite"

    def use() -> None:
        score(entries(path))
        resolve(case, path)

    def attempt(luck: random.Random) -> bool:
        for beside in folder.glob("ledger.sqlite*"):
            beside.unlink()
        path.write_bytes(mutated(kept, luck))
        return told(use)

    return attempt


def posterior(folder: Path) -> Attempt:
    """A stored posterior, spoiled: refused, or the same draws to the bit."""
    from wherenow.inference.posterior import read_posterior

    kept, path = (STORED / "posterior-2.nc").read_bytes(), folder / "posterior.nc"
    whole = read_posterior(STORED / "posterior-2.nc")

    def read() -> None:
        found = read_posterior(path)
        same = found.values.tobytes() == whole.values.tobytes() and found.record == whole.record
        assert same, "other draws than were stored, without a word"

    def attempt(luck: random.Random) -> bool:
        path.write_bytes(mutated(kept, luck))
        return told(read)

    return attempt


def state(folder: Path) -> Attempt:
    """The state of a calibration, spoiled; gone on from where it can be."""
    from wherenow.inference.calibrate import calibrate

    case, path = line(), folder / "posterior.state.npz"
    calibrate(case, 1, replace(LITTLE, rounds=1), state_file=path)
    kept = path.read_bytes()

    def attempt(luck: random.Random) -> bool:
        path.write_bytes(mutated(kept, luck))
        return told(lambda: calibrate(case, 1, replace(LITTLE, rounds=1), state_file=path, resume=True))

    return attempt


WORDS = (
    "check",
    "run",
    "claims",
    "outlook",
    "ledger",
    "list",
    "score",
    "register",
    "resolve",
    "explain",
    "sentences",
    "new",
    "bargain",
    "sensitivity",
    "levers",
    "backtest",
    "convert",
    "docs",
    "line",
    "line/case.yaml",
    "nothing",
    ".",
    "",
    "--json",
    "--out",
    "out.csv",
    "out.nc",
    "out.html",
    "--draws",
    "3",
    "0",
    "-1",
    "1e9",
    "--seed",
    "7",
    "--scenario",
    "no-drought",
    "--set",
    "slope=2",
    "slope=nan",
    "=",
    "--save",
    "height",
    "--basis",
    "prior only",
    "posterior",
    "--engine",
    "reference",
    "none",
    "--threads",
    "1",
    "--help",
    "--origin",
    "5",
    "--horizon",
    "nan",
    "--nonsense",
    "-x",
    "--",
    "../x",
    "\u202e",
    "é" * 300,
)
STARTS = (
    ("check", "line"), ("run", "line", "--out", "out.csv", "--engine", "reference"), ("claims", "line", "--draws", "3"),
    ("outlook", "line", "--draws", "3", "--out", "out.html"), ("ledger", "list", "line"), ("explain", "line", "height"),
    ("sentences", "line/case.yaml"), ("new", "a-new-one"), ("bargain", "line"), ("convert", "line", "out.xmile"),
)  # fmt: skip


def arguments(folder: Path) -> Attempt:
    """Words on the command line: a sensible call with some words put in, left out or moved."""
    from typer.testing import CliRunner

    from wherenow.cli import app

    shutil.copytree(LINE, folder / "line")
    runner = CliRunner()

    def attempt(luck: random.Random) -> bool:
        words = [*luck.choice(STARTS)]
        for _ in range(luck.randint(0, 4)):
            at = luck.randrange(len(words) + 1)
            words[at : at + luck.randint(0, 1)] = [luck.choice(WORDS)] if luck.random() < 0.8 else []
        if words[:1] in (["serve"], ["mcp"]):
            return True
        result = runner.invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code in (0, 1, 2), f"exit status {result.exit_code}"
        assert "Traceback" not in result.output
        assert result.exit_code == 0 or result.output.strip(), "failed without a word"
        return result.exit_code == 0

    return attempt


ADDRESSES = (
    "/",
    "/argument?verdict=holds",
    "/history?from=2005&to=2008",
    "/how?variable=water",
    "/trust",
    "/ledger",
    "/?l.rationing=0.5&scenario=no-drought&show=water&from=2004&to=2012&lang=en",
    "/take/card/lake-recovers.svg?l.rationing=0.5",
    "/take/card/lake-recovers.csv?l.rationing=1",
    "/take/claims.csv",
    "/take/report.html",
    "/api/case",
    "/api/claims?verdict=&text=water",
    "/api/claims/lake-recovers",
    "/api/explain/water",
    "/api/ask?question=at(lake_volume,2019)>60",
    "/api/predict?series=lake_volume&at=2019",
    "/static/x/app.css",
    "/argument?cut=a-b&claim=x",
)
HEADS = {
    "X-Client": "a",
    "X-Turn": "3",
    "X-Part": "live",
    "X-Shape": "1",
    "Cookie": "wherenow-token=x",
    "Origin": "null",
    "Content-Type": "application/json",
    "Accept-Language": "ar",
}
BODY = b'{"levers": {"rationing": 0.5}, "scenario": "no-drought", "series": ["water"]}'


def web(folder: Path) -> Attempt:
    """Requests to the app: addresses, headers and bodies, spoiled; no answer says that the app itself failed."""
    from urllib.parse import quote

    from starlette.testclient import TestClient

    from wherenow.case.new import TEMPLATE
    from wherenow.case.reader import read_case
    from wherenow.ensemble.draws import draw
    from wherenow.web.computation.case_analysis import Analysis
    from wherenow.web.server import make_app

    case = read_case(TEMPLATE)
    analysis = Analysis(case, draw(case, 8), 1)
    client = TestClient(make_app(analysis), base_url="http://localhost", raise_server_exceptions=True)
    client.__enter__()
    analysis.outlook.result(120)

    def attempt(luck: random.Random) -> bool:
        raw = mutated(luck.choice(ADDRESSES).encode(), luck, 3)
        address = "/" + quote(raw, safe="/?&=.-_%").lstrip("/")
        heads = {k: _head(mutated(v.encode(), luck, 2) if luck.random() < 0.5 else v.encode())
                 for k, v in HEADS.items() if luck.random() < 0.3}  # fmt: skip
        if luck.random() < 0.2:
            answer = client.post("/api/run", content=mutated(BODY, luck), headers=heads)
        else:
            answer = client.request(luck.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT"]), address, headers=heads)
        assert answer.status_code < 500, f"{answer.status_code} for {address}"
        return answer.status_code < 400

    return attempt


def _head(content: bytes) -> bytes:
    return bytes(c for c in content if c >= 32 and c != 127)[:2000].strip() or b"x"
