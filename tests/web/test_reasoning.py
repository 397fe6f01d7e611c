"""Loops of the app: those that the case names, or else those that are found."""

from dataclasses import dataclass, replace
from pathlib import Path

from wherenow.case.case_types import Case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import Draws, draw
from wherenow.web.computation.reasoning import leading


@dataclass(frozen=True, eq=False)
class Asked:
    """What is read of an analysis where loops are scored."""

    case: Case
    draws: Draws


def test_found_loops_are_reported_if_the_case_names_none(tmp_path: Path):
    lake = read_case(new_case(tmp_path / "lake"))
    named = leading(Asked(lake, draw(lake, 8)))
    found = leading(Asked(replace(lake, loops={}), draw(lake, 8)))
    assert set(named.loops) == {"B1", "R1"}
    assert found.loops[0] == "L1"
    assert len(found.loops) > len(named.loops)
