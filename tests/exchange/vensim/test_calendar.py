"""Calendar measures of GET TIME VALUE, against Python's calendar and the 360 days that Vensim's help gives a year."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.exchange.vensim.test_functions import source
from tests.exchange.xmile.files import run_file

from wherenow.case.model_files.convert import convert
from wherenow.errors import InputError

YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND = range(8)
MEASURES = ("own", "year", "quarter", "month", "day", "weekday", "days", "hour", "minute", "second")


def dated(base: str, unit: int) -> str:
    """An empty sketch and the settings of a file in which Time is 0 on this date."""
    year, month, day = base.split("-")
    return (
        "\\\\\\---/// Sketch information - do not modify anything except names\n///---\\\\\\\n:L<%^E!@\n"
        f"36:YYYY-MM-DD\n37:{year}\n38:{month}\n39:{day}\n40:{unit}\n"
    )


def written(folder: Path, equations: str, settings: str, stop: float = 6, step: float = 1) -> Path:
    path = folder / "model.mdl"
    path.write_text(source(equations, stop, step) + settings, encoding="utf-8")
    return path


def measures(folder: Path, which: tuple[int, ...], settings: str, stop: float, step: float = 1) -> list[list[float]]:
    """The measures of the present time, a list each, over the run."""
    equations = "\n".join(f"{MEASURES[m]} = GET TIME VALUE(0, 0, {m})" for m in which)
    values = run_file(written(folder, equations, settings, stop, step))
    return [values[MEASURES[m]].tolist() for m in which]


def test_dates_in_days_are_those_of_the_calendar(tmp_path: Path) -> None:
    found = measures(tmp_path, (1, 2, 3, 4, 5), dated("1899-12-20", DAY), stop=100_000, step=97)
    days = [datetime(1899, 12, 20) + timedelta(days=97 * k) for k in range(len(found[0]))]
    assert found == [
        [d.year for d in days], [(d.month + 2) // 3 for d in days], [d.month for d in days], [d.day for d in days],
        [d.isoweekday() % 7 for d in days],
    ]  # fmt: skip


def test_the_29th_of_february_comes_in_leap_years_only(tmp_path: Path) -> None:
    for base, days in (("2000-02-28", [28, 29, 1]), ("1900-02-28", [28, 1, 2]), ("2024-02-28", [28, 29, 1])):
        assert measures(tmp_path, (4,), dated(base, DAY), stop=2) == [days]


def test_days_are_counted_from_the_first_of_january_of_the_year_0(tmp_path: Path) -> None:
    (found,) = measures(tmp_path, (6,), dated("1-1-1", WEEK), stop=2)
    assert found == [366, 373, 380]  # the year 0 is a leap year


def test_the_time_of_day_is_that_since_midnight_of_the_base_date(tmp_path: Path) -> None:
    hours = measures(tmp_path, (4, 7, 8), dated("2020-12-31", HOUR), stop=25, step=0.25)
    moments = [datetime(2020, 12, 31) + timedelta(hours=k / 4) for k in range(101)]
    assert hours == [[m.day for m in moments], [m.hour for m in moments], [m.minute for m in moments]]
    (seconds,) = measures(tmp_path, (9,), dated("2020-12-31", SECOND), stop=61, step=0.5)
    assert seconds == pytest.approx([k / 2 % 60 for k in range(123)], abs=1e-4)


def test_a_minute_that_does_not_come_out_even_is_still_the_minute(tmp_path: Path) -> None:
    (found,) = measures(tmp_path, (8,), dated("2020-12-31", HOUR), stop=1, step=0.1)
    assert found == [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 0]


@pytest.mark.parametrize(
    ("unit", "step", "expected"),
    [
        (YEAR, 0.25, [[2001] * 4, [1, 2, 3, 4], [2, 5, 8, 11], [11] * 4]),
        (QUARTER, 1, [[2001] * 4, [1, 2, 3, 4], [2, 5, 8, 11], [11] * 4]),
        (MONTH, 0.5, [[2001] * 4, [1] * 4, [2, 2, 3, 3], [11, 26, 11, 26]]),
    ],
)
def test_in_longer_units_a_year_has_360_days(unit: int, step: float, expected: list[list[int]], tmp_path: Path) -> None:
    assert measures(tmp_path, (1, 2, 3, 4), dated("2001-2-11", unit), stop=3 * step, step=step) == expected


def test_the_offset_and_the_start_of_the_run_are_in_units_of_time(tmp_path: Path) -> None:
    equations = "a = GET TIME VALUE(0, 11, 1)\nb = GET TIME VALUE(1, -1, 3)\nc = GET TIME VALUE(1, Time, 3)"
    values = run_file(written(tmp_path, equations, dated("2000-1-1", MONTH), stop=2))
    assert [values[n].tolist() for n in "abc"] == [[2000, 2001, 2001], [12, 12, 12], [1, 2, 3]]


@pytest.mark.parametrize(
    ("call", "unit", "message"),
    [
        ("GET TIME VALUE(0, 0, 5)", MONTH, "at most a week"),
        ("GET TIME VALUE(0, 0, 10)", DAY, "measure 10 is not supported"),
        ("GET TIME VALUE(0, 0, 1.5)", DAY, "measure 1.5 is not supported"),
        ("GET TIME VALUE(2, 0, 1)", DAY, "the computer's clock is not read"),
        ("GET TIME VALUE(0, 0, 1)", 8, "needs a base date, and the file has none"),
    ],
)  # fmt: skip
def test_undocumented_behaviour_is_refused_at_its_place(call: str, unit: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"model\.mdl:1:\d+: error: .*{message}"):
        run_file(written(tmp_path, f"x = {call}", dated("2000-1-1", unit)))


@pytest.mark.parametrize("settings", ["", dated("2001-2-29", DAY)])
def test_without_a_date_that_exists_there_is_no_calendar(settings: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a base date"):
        run_file(written(tmp_path, "x = GET TIME VALUE(0, 0, 1)", settings))


@pytest.mark.parametrize("suffix", [".mdl", ".xmile"])
def test_dates_are_the_same_after_being_written_and_read_back(suffix: str, tmp_path: Path) -> None:
    equations = "\n".join(f"{MEASURES[m]} = GET TIME VALUE(0, Time, {m})" for m in range(10))
    model = written(tmp_path, equations, dated("1999-12-1", DAY), stop=50, step=1.25)
    convert(model, tmp_path / "case")
    convert(tmp_path / "case", tmp_path / f"again{suffix}")
    first, second = run_file(model), run_file(tmp_path / f"again{suffix}")
    assert {n: v.tobytes() for n, v in first.items()} == {n: second[n].tobytes() for n in first}
