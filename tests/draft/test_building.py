"""Building blocks in an existing case."""

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.draft.building.blocks import BLOCKS, add_block
from wherenow.ensemble.simulate import simulate
from wherenow.errors import UsageError
from wherenow.inference.posterior import draws_of


@pytest.fixture
def lake(tmp_path):
    return new_case(tmp_path / "lake")


@pytest.mark.parametrize("block", BLOCKS)
def test_each_block_leaves_a_case_without_errors_that_runs(lake, block):
    add_block(lake, block, "berths", "household")
    assert [str(d) for d in check_case(lake) if d.severity == "error"] == []
    case = read_case(lake)
    names = tuple(n for n in case.model.variables if n.startswith("berths"))
    runs = simulate(case, draws_of(case, 4, 0, "prior only"), None, names[:1])
    assert runs.values.size


def test_a_flow_goes_into_the_stock_that_is_named(lake):
    add_block(lake, "flow", "rainmaking", "hm3", into="water")
    assert "rainmaking" in read_case(lake).model.variables["water"].inflows


@pytest.mark.parametrize(
    ("block", "name", "more", "says"),
    [
        ("stok", "a", {}, "did you mean 'stock'"),
        ("stock", "Two Words", {}, "cannot name"),
        ("stock", "../evil", {}, "cannot name"),
        ("stock", "water", {}, "already"),
        ("flow", "a", {"into": "watr"}, "did you mean 'water'"),
        ("stock", "a", {"into": "water"}, "only a flow"),
        ("flow", "a", {"unit": "gallons_of_air", "into": "water"}, "would have an error"),
    ],
)
def test_invalid_edits_are_reported_and_leave_the_case_unchanged(lake, block, name, more, says):
    before = {p: p.read_bytes() for p in lake.rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match=says):
        add_block(lake, block, name, **more)
    assert {p: p.read_bytes() for p in lake.rglob("*") if p.is_file()} == before
