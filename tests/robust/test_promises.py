"""The tests that docs/reliability.md names exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_each_test_that_the_page_names_is_there() -> None:
    file = ""
    named = re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", PAGE)
    assert len(named) > 30
    for given, test in named:
        file = given or file
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"


def test_each_promise_names_a_test() -> None:
    rows = [line for line in PAGE.split("<!-- end of figures -->")[1].split("\n") if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith(("| promise", "|---"))]
    assert len(promises) > 20
    assert all("the same" in row or "::test_" in row for row in promises)
