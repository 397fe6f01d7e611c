"""Which unknowns an answer leans on, where it is known."""

from __future__ import annotations

from wherenow.web.influence import influences, least


def test_only_what_is_beyond_chance_is_named_the_strongest_first(lake):
    found = influences(lake)
    assert found
    assert all(i.strongest >= least(lake) for i in found)
    assert [i.strongest for i in found] == sorted((i.strongest for i in found), reverse=True)


def test_more_water_from_the_rivers_makes_a_recovery_more_likely_and_more_houses_less(lake):
    by_name = {i.name: i.correlations["lake-recovers"] for i in influences(lake)}
    assert by_name["normal_inflow"] > 0.3
    assert by_name["building_rate"] < -0.3
