"""Series from public sources, on a local server that speaks their formats and misbehaves in every way."""

import json
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

pytest.importorskip("httpx")
from wherenow.case.case_types import PublicSeries
from wherenow.case.checking.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.draft.data.http import ATTEMPTS
from wherenow.draft.data.public_series import LARGEST, fetch_series
from wherenow.errors import Text, UsageError

RAIN = {"2010": 900.0, "2011": 400, "2012": None, "2013": 520.5}


def worldbank(figures=RAIN, **head):
    rows = [{"indicator": {"id": "X", "value": "Rain"}, "date": d, "value": v} for d, v in reversed(figures.items())]
    return json.dumps([{"page": 1, "pages": 1, "lastupdated": "2014-02-03", **head}, rows])


def dbnomics(figures=RAIN, **more):
    values = ["NA" if v is None else v for v in figures.values()]
    doc = {
        "period": list(figures),
        "value": values,
        "indexed_at": "2014-02-03T04:05:06Z",
        "series_name": "Rain",
        **more,
    }
    return json.dumps({"series": {"docs": [doc], "num_found": 1}, "errors": None})


def owid(figures=RAIN):
    rows = [f"Iraq,IRQ,{d},{'' if v is None else v}" for d, v in figures.items()]
    return "\n".join(["entity,code,year,rain", "Chad,TCD,2010,7", *rows]) + "\n"


META = json.dumps({"columns": {"rain": {"lastUpdated": "2014-02-03", "citationShort": "Met Office\n(2014)"}}})


class Source:
    """A server that gives its answers in turn, the last one again and again, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                source.asked.append(self.path)
                answer = source.answers.pop(0) if len(source.answers) > 1 else source.answers[0]
                with suppress(BrokenPipeError, ConnectionResetError):
                    if callable(answer):
                        answer(self)
                    else:
                        plainly(answer, self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def plainly(body, handler, status=200, kind="application/json", length=None, **headers):
    content = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def says(*arguments, **options):
    return partial(plainly, *arguments, **options)


def slowly(handler):
    plainly(b"[", handler, length=1000)
    threading.Event().wait(3)


@pytest.fixture
def source():
    made = []

    def make(*answers):
        made.append(Source(*answers))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def series(provider, code, **more):
    return PublicSeries(provider=provider, code=code, unit="hm3", text=Text(code), **more)


def fetched(one, provider="worldbank", code="IRQ/AG.LND.PRCP.MM", **more):
    return fetch_series(series(provider, code, **more), one.url, patience=1, pause=0)


@pytest.mark.parametrize(
    ("provider", "code", "answers", "path"),
    [
        ("worldbank", "IRQ/X.Y", [worldbank()], "/v2/country/IRQ/indicator/X.Y?format=json&per_page=20000"),
        ("dbnomics", "WB/WDI/A-X", [dbnomics()], "/v22/series/WB/WDI/A-X?observations=1"),
        ("owid", "rain", [owid(), META], "/grapher/rain.csv?csvType=full&useColumnShortNames=true"),
    ],
)
def test_each_source_is_read_in_its_own_form(source, provider, code, answers, path):
    one = source(*answers)
    found = fetched(one, provider, code, entity="Iraq" if provider == "owid" else "", licence="CC0")
    assert found.figures == {"2010-07-01": 900, "2011-07-01": 400, "2013-07-01": 520.5}
    assert (found.vintage, found.licence) == ("2014-02-03", "CC0")
    assert "\n" not in found.source
    assert one.asked[0] == path


@pytest.mark.parametrize(
    ("period", "dated"),
    [
        ("2010-Q1", ("2010-01-01", "2010-02-15", "2010-03-31")),
        ("2010M12", ("2010-12-01", "2010-12-16", "2010-12-31")),
        ("2010-S2", ("2010-07-01", "2010-10-01", "2010-12-31")),
        ("2010-W01", ("2010-01-04", "2010-01-07", "2010-01-10")),
        ("2010-02-28", ("2010-02-28",) * 3),
    ],
)
def test_a_figure_is_dated_within_its_period(source, period, dated):
    one = source(worldbank({period: 1.0}))
    for point, date in zip(("start", "middle", "end"), dated, strict=True):
        assert list(fetched(one, dated=point).figures) == [date]


BAD = {
    "a failing server": (says("oops", status=500), "status 500"),
    "too many requests": (says("", status=429), "status 429"),
    "a web page": (says("<!doctype html><p>Log in", kind="text/html; charset=utf-8"), "a web page in place of data"),
    "cut off": (says(worldbank()[:80], length=500), "no connection"),
    "slow": (slowly, "too slow"),
    "huge": (says(b" " * (LARGEST + 1)), "a response without an end"),
}


@pytest.mark.parametrize(("answer", "why"), BAD.values(), ids=BAD)
def test_a_temporary_failure_is_retried(source, answer, why):
    assert len(fetched(source(answer, worldbank())).figures) == 3
    one = source(answer)
    with pytest.raises(UsageError, match=f"no usable answer: {why}"):
        fetched(one)
    assert len(one.asked) == ATTEMPTS


WRONG = {
    "no such code": (says("", status=404), "answers 404"),
    "a refusal as the World Bank gives it": (
        json.dumps([{"message": [{"value": "The value is not valid"}]}]),
        "not valid",
    ),
    "a redirect": (says("", status=302, Location="http://203.0.113.1/x"), "no redirect is followed"),
    "half a document": (worldbank()[:-20], "not JSON, or is incomplete"),
    "deep": ("[" * 100_000, "not JSON"),
    "another form": ('{"data": []}', "does not have the form"),
    "a list of nothing": ("[]", "does not have the form"),
    "several pages": (worldbank(pages=2), "more than 20,000"),
    "no figures": (worldbank({"2010": None}), "no figures"),
    "words for a figure": (worldbank({"2010": "many"}), "figure of 2010 is 'many'"),
    "no number": (worldbank().replace("520.5", "NaN"), "figure of 2013 is nan"),
    "an infinite figure": (worldbank().replace("520.5", "1e999"), "figure of 2013 is inf"),
    "a figure twice": (worldbank().replace('"2011"', '"2010"'), "two figures for 2010"),
    "a month of no year": (worldbank({"2010M13": 1.0}), "not a period with a date"),
    "a terminal's command": (worldbank({"2010\x1b[2J": 1.0}), r"'2010\\x1b\[2J' is not a period"),
}


@pytest.mark.parametrize(("answer", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_at_once(source, answer, why):
    one = source(answer)
    with pytest.raises(UsageError, match=why):
        fetched(one)
    assert len(one.asked) == 1


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        (owid()[:-5], "", "ends in the middle of a row"),
        (owid().replace("rain", "rain,snow"), "", "several columns"),
        (owid(), "hail", "no column 'hail'"),
        ("a,b\n1,2\n", "", "does not have the form"),
        ("\n", "", "does not have the form"),
    ],
)
def test_a_chart_that_does_not_fit_is_reported(source, text, column, why):
    with pytest.raises(UsageError, match=why):
        fetched(source(text, META), "owid", "rain", entity="Iraq", column=column)


def test_a_series_that_is_several_is_reported(source):
    with pytest.raises(UsageError, match="names 0 series"):
        fetched(source(json.dumps({"series": {"docs": []}})), "dbnomics", "A/B/C", licence="CC0")


def test_nobody_listens(source):
    with pytest.raises(UsageError, match="no connection"):
        fetch_series(series("worldbank", "IRQ/X"), "http://127.0.0.1:9", patience=1, pause=0)


# -- the command


@pytest.fixture
def lake(tmp_path):
    """A case with the cut-off 2016-01-01 that fetches the rain."""
    folder = new_case(tmp_path / "lake")
    (folder / "fetch.yaml").write_text("rainfall: { worldbank: IRQ/AG.LND.PRCP.MM, unit: hm3 }\n")
    return folder


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr("wherenow.draft.data.http.time.sleep", lambda _: None)


def fetch(lake, one, *more):
    return CliRunner().invoke(app, ["data", "fetch", str(lake), "--url", one.url, *more])


def state(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_changes_are_shown_and_written_only_on_request(lake, source):
    before = state(lake)
    done = fetch(lake, source(worldbank()))
    assert "rainfall: 3 new, 0 changed, 0 gone" in done.output
    assert "2010-07-01  - -> 900 hm3" in done.output
    assert (done.exit_code, state(lake)) == (0, before)
    assert fetch(lake, source(worldbank()), "--yes").exit_code == 0
    rain = read_case(lake).data["rainfall"]
    assert (rain.dates, list(rain.values), rain.unit) == (
        ("2010-07-01", "2011-07-01", "2013-07-01"),
        [900, 400, 520.5],
        "hm3",
    )
    assert rain.note[0].startswith("vintage 2014-02-03; fetched 20")
    assert [str(d) for d in check_case(lake) if d.severity == "error"] == []


def test_a_figure_that_is_the_same_keeps_its_row_and_its_vintage(lake, source):
    fetch(lake, source(worldbank()), "--yes")
    again = fetch(lake, source(worldbank(lastupdated="2015-01-01")), "--yes")
    assert "rainfall: unchanged" in again.output
    assert "wrote" not in again.output
    revised = fetch(lake, source(worldbank({**RAIN, "2011": 410}, lastupdated="2015-01-01")), "--yes")
    assert "2011-07-01  400 hm3 -> 410 hm3" in revised.output
    assert [n[:18] for n in read_case(lake).data["rainfall"].note] == [
        "vintage 2014-02-03",
        "vintage 2015-01-01",
        "vintage 2014-02-03",
    ]


def test_figures_after_the_cut_off_go_into_later_or_are_left_out(lake, source):
    later = worldbank({"2014": 900, "2015": 400, "2016": 520.5}, lastupdated="2017-02-03")
    done = fetch(lake, source(later), "--yes")
    assert "1 figure after the cut-off left out" in done.output
    assert "vintage of 2017-02-03 is later than the cut-off" in done.output
    assert not (lake / "later").exists()
    (lake / "later").mkdir()
    fetch(lake, source(later), "--yes")
    case = read_case(lake)
    assert case.data["rainfall"].dates == ("2014-07-01", "2015-07-01")
    assert case.later["rainfall"].dates == ("2016-07-01",)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (worldbank({"2010": 900.0}), "only 1 of 3 figures"),
        (says("oops", status=500), "no usable answer"),
        ("[", "not JSON"),
    ],
)
def test_a_bad_answer_leaves_the_case_as_it_was(lake, source, answer, why):
    fetch(lake, source(worldbank()), "--yes")
    before = state(lake)
    done = fetch(lake, source(answer), "--yes")
    assert why in done.output
    assert (done.exit_code, state(lake)) == (1, before)


def test_a_unit_that_the_case_cannot_read_leaves_it_as_it_was(lake, source):
    (lake / "fetch.yaml").write_text("lake_volume2: { worldbank: IRQ/X, unit: furlongs_of_beer }\n")
    before = state(lake)
    done = fetch(lake, source(worldbank()), "--yes")
    assert "nothing was written" in done.output
    assert (done.exit_code, state(lake)) == (2, before)


def test_a_series_that_another_file_holds_is_left_alone(lake, source):
    (lake / "fetch.yaml").write_text("lake_volume: { worldbank: IRQ/X, unit: hm3 }\n")
    before = state(lake)
    done = fetch(lake, source(worldbank()), "--yes")
    assert "holds figures of 'lake_volume' already" in done.output
    assert (done.exit_code, state(lake)) == (1, before)


def test_one_bad_source_does_not_keep_the_others_from_being_written(lake, source):
    (lake / "fetch.yaml").write_text("a: { worldbank: IRQ/A, unit: hm3 }\nb: { worldbank: IRQ/B, unit: hm3 }\n")
    done = fetch(lake, source(says("", status=404), worldbank()), "--yes")
    assert done.exit_code == 1
    assert {"b"} <= set(read_case(lake).data)
    assert "a" not in read_case(lake).data


def test_an_unknown_series_is_guessed(lake, source):
    done = fetch(lake, source(worldbank()), "--series", "rainfal")
    assert (done.exit_code, "did you mean 'rainfall'" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{ unit: hm3 }", "needs one source"),
        ("{ worldbank: IRQ/X, owid: rain, unit: hm3 }", "needs one source"),
        ("{ worldbank: ../../etc/passwd, unit: hm3 }", "is not a code of worldbank"),
        ("{ dbnomics: A/B/C, unit: hm3 }", "needs the licence"),
        ("{ owid: rain, unit: hm3 }", "needs the entity"),
        ("{ worldbank: IRQ/X }", "'unit' is missing"),
        ("{ wordbank: IRQ/X, unit: hm3 }", "did you mean 'worldbank'"),
    ],
)
def test_check_reports_what_is_wrong_in_fetch_yaml(lake, entry, why):
    (lake / "fetch.yaml").write_text(f"rainfall: {entry}\n")
    (found,) = [d for d in check_case(lake) if d.severity == "error"]
    assert why in str(found)
    assert "fetch.yaml:1" in str(found)
