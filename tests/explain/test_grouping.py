"""Sets of cuts in groups that share a program."""

from hypothesis import given
from hypothesis import strategies as st

from wherenow.explain.ablation.schedule import CHUNK, grouped

LINK = st.integers(0, 400).map(lambda i: (f"a{i}", f"b{i}"))


@given(st.lists(st.frozensets(LINK, min_size=1, max_size=30), unique=True, max_size=60))
def test_every_set_is_in_one_group_and_few_links_share_few_switches(sets):
    groups = grouped(sets)
    assert sorted(map(sorted, (cuts for group in groups for cuts in group))) == sorted(map(sorted, sets))
    for group in groups:
        small = all(len(cuts) <= CHUNK // 8 for cuts in group)
        assert not small or len(frozenset().union(*group)) <= CHUNK


def test_links_are_spread_evenly_over_groups():
    groups = grouped([frozenset({(f"a{i}", "b")}) for i in range(CHUNK + 4)])
    assert [len(group) for group in groups] == [CHUNK // 2 + 2, CHUNK // 2 + 2]
