"""The report that ``wherenow.report`` writes."""

from __future__ import annotations

import wherenow


def test_the_report_of_a_case_has_its_finding_cards(tmp_path):
    case = wherenow.open("school-influenza")
    page = wherenow.report(case, tmp_path / "outlook.html", draws=64).read_text("utf-8")
    assert 'class="finding"' in page
