"""Files that are not UTF-8: decoded by their own encoding, with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import run_file

from wherenow.case.model_files.opening import open_with_warnings
from wherenow.exchange.encodings import blanked, decode

CHINESE = "{UTF-8}\n人口 = INTEG(增长, 5) ~ 人 ~ 一个地区的人口总数 |\n增长 = 人口 * 0.2 ~~|\n"
GERMAN = "Größe = 4 ~ Stück ~ für die Übersicht über größere Städte |\n"
ENDS = "INITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gbk", "GBK"), ("gb18030", "GBK"), ("utf-16", "UTF-16"),
     ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
)  # fmt: skip
def test_a_chinese_model_has_its_names_in_every_encoding(encoding: str, shown: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_bytes((CHINESE + ENDS).encode(encoding))
    assert "人口" in run_file(path)
    told = [w.message for w in open_with_warnings(path)[1]]
    assert told == ([f"the file is not UTF-8: it is read as {shown}"] if shown else [])


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_western_model_is_not_taken_for_a_chinese_one(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_bytes((GERMAN + ENDS).encode(encoding))
    assert "größe" in run_file(path)
    assert "Windows-1252" in open_with_warnings(path)[1][0].message


def test_an_xmile_file_is_read_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    specs = "<sim_specs><start>0</start><stop>1</stop></sim_specs>"
    content = f'<aux name="Größe"><eqn>1</eqn></aux>{specs}'
    head = '<?xml version="1.0" encoding="iso-8859-1"?><xmile>'
    path.write_bytes(
        f"{head}{specs}<model><variables>{content[: -len(specs)]}</variables></model></xmile>".encode("latin-1")
    )
    assert "größe" in run_file(path)
    assert "ISO-8859-1" in open_with_warnings(path)[1][0].message


def test_lines_of_old_macintoshes_end_too() -> None:
    assert decode(b"a\rb\r\nc\n").text == "a\nb\nc\n"


def test_blanked_text_keeps_every_position() -> None:
    source = 'a {one {two}\n} b \\\n "{no} \\" c" { open'
    assert blanked(source) == "a         " + "  \n  b  \n" + ' "{no} \\" c" { open'
    assert len(blanked(source)) == len(source)
