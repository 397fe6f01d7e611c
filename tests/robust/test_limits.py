"""Limits: input that is too deep, large, slow, compressed or not a regular file is refused with a message."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.robust.cases import LITTLE, line

from wherenow.case.checking.check import check_case
from wherenow.case.editing.sentences import read_article
from wherenow.case.new import new_case
from wherenow.claims.formulas.formula import parse_formula
from wherenow.ensemble.draws import read_draws
from wherenow.errors import InputError, UsageError
from wherenow.exchange import external_data
from wherenow.exchange.external_data import DataFolder
from wherenow.files import atomic_write, inflated
from wherenow.inference.calibrate import calibrate
from wherenow.language.units import units


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return new_case(tmp_path / "lake")


def said(folder: Path) -> str:
    return "\n".join(str(d) for d in check_case(folder))


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system x", "!new x"]
)
def test_a_tag_makes_no_object(lake: Path, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lake.parent)
    (lake / "levers.yaml").write_text(f"a: {tag}\n")
    assert "is not allowed: a case holds plain values only" in said(lake)
    assert not (lake.parent / "pwned").exists()


@pytest.mark.parametrize("name", ["model/more.yaml", "data/more.csv"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(lake: Path, name: str) -> None:
    os.mkfifo(lake / name)
    assert f"{name}:1:1: error: the file" in said(lake)


def test_a_file_of_any_size_is_refused_unread(lake: Path) -> None:
    with (lake / "data" / "more.csv").open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room on the disk
    assert "the file is larger than" in said(lake)


@pytest.mark.parametrize("unit", ["9**9**9", "person^(9^9^9)", "((9**99)**99)**99", "1" * 300, "person^12345"])
def test_a_unit_is_not_expanded_without_limit(unit: str) -> None:
    with pytest.raises(InputError, match="is not a unit"):
        units().parse(unit)
    with pytest.raises(InputError, match="is not a unit definition"):
        units().define(f"hoard = {unit} * person")


@pytest.mark.parametrize("unit", ["__class__ * person", "_registry", "person.__class__"])
def test_a_unit_is_no_attribute_of_python(unit: str) -> None:
    with pytest.raises(InputError, match="unit"):
        units().parse(unit)


@pytest.mark.parametrize("unit", ["nan", "NaN * person", "inf", "1 / infinity"])
@pytest.mark.parametrize("open_words", [False, True])
def test_a_unit_is_never_a_missing_number(unit: str, open_words: bool) -> None:
    with pytest.raises(InputError, match="unit"):
        units().parse(unit, open=open_words)


@pytest.mark.parametrize("wrong", ["hm3 = 9**9**9 * meter", "hm3 meter", "hm3 = [volume] * 2", "hm3 = " + "a" * 300])
def test_a_wrong_definition_of_a_unit_is_reported_with_its_line(lake: Path, wrong: str) -> None:
    settings = lake / "case.yaml"
    lines = settings.read_text("utf-8").split("\n")
    at = lines.index("  - hm3 = 1e6 * meter ** 3")
    lines[at] = f'  - "{wrong}"'
    settings.write_text("\n".join(lines), "utf-8")
    assert f"case.yaml:{at + 1}:6: error: '{wrong[:60]}" in said(lake)


@pytest.mark.parametrize("formula", ["1" + "+1" * 1900 + " > 0", "not " * 900 + "x > 0", "-" * 3000 + "1 > 0"])
def test_a_formula_that_is_too_deep_is_reported(formula: str) -> None:
    with pytest.raises(InputError, match="nested"):
        parse_formula(formula)


@pytest.mark.parametrize(
    "article", ["." * 400_000, ". " * 200_000, "A. " * 150_000, ".\"' " * 100_000, "?" + " " * 400_000]
)
def test_an_article_is_cut_in_time_that_grows_with_its_length(article: str) -> None:
    begun = time.process_time()
    read_article(article)
    assert time.process_time() - begun < 20  # a quadratic reader takes hours


def test_a_packed_state_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    np.savez_compressed(path, words=np.array("{}"), chains=np.zeros(10_000_000), log_likelihood=np.zeros(1))
    with pytest.raises(InputError, match="it is compressed"):
        calibrate(line(), 1, LITTLE, state_file=path, resume=True)


def test_packed_draws_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "draws.npz"
    np.savez_compressed(path, names=np.array(["x"]), values=np.zeros((1, 10_000_000)))
    with pytest.raises(InputError, match="it is compressed"):
        read_draws(path)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_data, "MOST_UNPACKED", 5_000_000)
    with (
        zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/a.xml", "w") as part,
    ):
        part.write(bytes(6_000_000))
    assert inflated(tmp_path / "bomb.xlsx", 100)
    with pytest.raises(ValueError, match="unpacks to more than"):
        DataFolder(tmp_path).sheet("bomb.xlsx", "a")


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    "</sheetData></worksheet>"
)
SPACE = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{SPACE}/package/2006/content-types"/>',
    "xl/workbook.xml": f'<workbook xmlns="{SPACE}/spreadsheetml/2006/main" xmlns:r="{SPACE}/officeDocument/2006/'
    'relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{SPACE}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{SPACE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": SHEET,
}


def test_two_cells_in_far_corners_do_not_make_a_table_of_all_between(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, text in PARTS.items():
            packed.writestr(name, text)
    (tmp_path / "wide.xlsx").write_bytes(held.getvalue())
    with pytest.raises(ValueError, match=r"cells in its sheet|cannot be read"):
        DataFolder(tmp_path).sheet("wide.xlsx", "a")


def test_content_reaches_the_disk_before_its_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("sync"), sync(file)))
    monkeypatch.setattr(Path, "replace", lambda *places: (steps.append("replace"), replace(*places))[1])
    with atomic_write(tmp_path / "a") as beside:
        beside.write_text("x")
    assert steps == ["sync", "replace"]


def test_files_of_a_killed_process_are_removed_after_an_hour(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.txt.77-0123abcd.part", tmp_path / ".a.txt.78-0123abcd.part"
    for part in (old, young):
        part.write_text("half")
    os.utime(old, (0, 0))
    with atomic_write(tmp_path / "a.txt") as beside:
        beside.write_text("x")
    assert sorted(p.name for p in tmp_path.iterdir()) == [young.name, "a.txt"]


def test_a_failure_between_two_entries_leaves_neither_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.robust.cases import forecasting

    from wherenow.foresight import ledger

    add, added = ledger._add, []

    def failing(*given: Any) -> None:
        if added:
            raise RuntimeError
        add(*given)
        added.append(given)

    monkeypatch.setattr(ledger, "_add", failing)
    with pytest.raises(RuntimeError):
        ledger.register(forecasting(), tmp_path / "ledger.sqlite", threads=1)
    assert len(added) == 1
    assert ledger.entries(tmp_path / "ledger.sqlite") == ()


@pytest.mark.parametrize("year", [1971, 2999])
def test_a_clock_that_was_set_changes_no_result(year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from tests.robust.cases import forecasting

    from wherenow.foresight import ledger

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(year, 1, 1, tzinfo=UTC)

    case = forecasting()
    ledger.register(case, tmp_path / "right.sqlite", threads=1)
    ledger.register(case, tmp_path / "wrong.sqlite", threads=1)
    monkeypatch.setattr(ledger, "datetime", Wrong)
    ledger.resolve(case, tmp_path / "wrong.sqlite")
    monkeypatch.undo()
    ledger.resolve(case, tmp_path / "right.sqlite")
    right, wrong = (ledger.entries(tmp_path / f"{name}.sqlite") for name in ("right", "wrong"))
    assert [(e.id, e.p, e.outcome) for e in right] == [(e.id, e.p, e.outcome) for e in wrong]


def test_a_name_that_no_file_can_have_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"), atomic_write(tmp_path / ("é" * 300)) as beside:
        beside.write_text("x")
