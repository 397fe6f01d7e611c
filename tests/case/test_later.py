"""Figures from after the cut-off: read beside the data, checked like them, and in no fit."""

import numpy as np
import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.editing.case_writer import write_case
from wherenow.case.reader import read_case
from wherenow.case.reading.later import data_with_later, with_later
from wherenow.inference.as_of import known_at

HEADER = "series,date,value,unit,source,licence,quality,note\n"


def row(date: str, value: float = 40, unit: str = "hm3", series: str = "lake_volume") -> str:
    return f"{series},{date},{value},{unit},the gauge,MIT,read,\n"


@pytest.fixture
def later(lake):
    """Writes ``later/lake.csv`` into the case of a lake."""

    def written(*rows: str):
        (lake / "later").mkdir(exist_ok=True)
        (lake / "later" / "lake.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
        return lake

    return written


def errors(folder) -> list[str]:
    return [str(d) for d in check_case(folder) if d.severity.name == "ERROR"]


def test_later_figures_are_beside_the_data(later):
    before = read_case(later()).data["lake_volume"]
    case = read_case(later(row("2016-07-01", 41), row("2017-07-01", 42)))
    assert case.later["lake_volume"].values.tolist() == [41, 42]
    assert case.data["lake_volume"].dates == before.dates
    assert "2 later" in repr(case)


def test_a_case_with_its_later_figures_has_one_series_of_both(later):
    case = read_case(later(row("2016-07-01", 41)))
    joined = with_later(case).data["lake_volume"]
    assert len(joined) == len(case.data["lake_volume"]) + 1 == len(joined.source) == len(joined.note)
    assert (np.diff(joined.times) > 0).all()
    assert joined.values[-1] == data_with_later(case)["lake_volume"].values[-1] == 41
    assert with_later(case).later == {}


def test_later_figures_leave_a_case_what_it_was(later, lake):
    before = read_case(lake).hash
    assert read_case(later(row("2016-07-01"))).hash == before


def test_a_copy_has_its_later_figures(later, tmp_path):
    case = read_case(later(row("2016-07-01", 41)))
    assert read_case(write_case(case, tmp_path / "copy")).later["lake_volume"].values.tolist() == [41]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (row("2015-06-01"), "lake.csv:2:13: error: the datum of 2015-06-01 lies no later than the cut-off 2016-01-01 "
         "(put it into data/)"),
        (row("2016-07-01", series="lake_volum"), "no series 'lake_volum' in data/ (did you mean 'lake_volume'?)"),
        (row("2016-07-01", unit="kg"), "the later series 'lake_volume' is in kg, which cannot be converted to hm3"),
        (row("2016-07-01").replace("MIT", ""), "the datum has no licence"),
        (row("2016-07-01") * 2, "has two values for 2016-07-01"),
    ],
)  # fmt: skip
def test_later_figures_are_checked_like_data(later, wrong, message):
    (found,) = errors(later(wrong))
    assert message in found


def test_later_figures_are_converted_to_the_unit_of_their_series(later):
    case = read_case(later(row("2016-07-01", 41e6, unit="m3")))
    assert case.later["lake_volume"].values == pytest.approx([41])


def test_a_datum_after_the_cut_off_in_data_has_its_place_named(lake):
    path = lake / "data" / "lake.csv"
    path.write_text(path.read_text(encoding="utf-8") + row("2016-07-01"), encoding="utf-8")
    (found,) = errors(lake)
    assert "lies after the cut-off 2016-01-01 (put it into later/)" in found


def test_later_figures_need_a_cut_off(later):
    folder = later(row("2016-07-01"))
    settings = folder / "case.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("cutoff: 2016-01-01", ""), encoding="utf-8")
    assert any("later/ holds figures from after the cut-off, and the case has none" in e for e in errors(folder))


def test_knowledge_at_a_time_excludes_later_figures(later):
    assert known_at(read_case(later(row("2016-07-01"))), 2010.0).later == {}
