"""Sets of cuts that break a claim, in models where they are known."""

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.explain.ablation.ablation import prepare_ablation
from wherenow.explain.ablation.cut_sets import CutSets, _duration, _growing, breaking_sets

RISES = 'auxiliary: "(time - 2000) * strength"'
STRENGTH = 'parameter: { prior: "uniform(0.5, 1.5)" }'


def broken(planted, equations, model):
    case = planted({"strength": STRENGTH, **equations}, {"model": model})
    return breaking_sets(prepare_ablation(case, draw(case, 32, seed=1), threads=1), "it", seconds=60)


def test_a_link_that_breaks_a_claim_alone_is_necessary(planted):
    found = broken(planted, {"x": RISES, "y": 'auxiliary: "x"'}, "at(y, 2009) > 2")
    assert found.sets == (frozenset({("x", "y")}),)


def test_two_sufficient_causes_break_the_claim_only_together(planted):
    found = broken(planted, {"x": RISES, "z": RISES, "y": 'auxiliary: "max(x, z)"'}, "at(y, 2009) > 2")
    assert found.sets == (frozenset({("x", "y"), ("z", "y")}),)


def test_three_sufficient_causes_break_the_claim_only_together(planted):
    found = broken(
        planted, {"x": RISES, "z": RISES, "w": RISES, "y": 'auxiliary: "max(x, max(z, w))"'}, "at(y, 2009) > 2"
    )
    assert found.sets == (frozenset({("x", "y"), ("z", "y"), ("w", "y")}),)


def test_a_set_that_contains_a_breaking_set_is_not_reported(planted):
    found = broken(planted, {"x": RISES, "z": RISES, "y": 'auxiliary: "x * z"'}, "at(y, 2009) > 2")
    assert set(found.sets) == {frozenset({("x", "y")}), frozenset({("z", "y")})}


def test_a_search_that_ran_out_of_time_says_so(planted):
    case = planted(
        {"strength": STRENGTH, "x": RISES, "z": RISES, "y": 'auxiliary: "max(x, z)"'}, {"model": "at(y, 2009) > 2"}
    )
    ablation = prepare_ablation(case, draw(case, 32, seed=1), threads=1)
    assert not breaking_sets(ablation, "it", seconds=0).whole_search


def test_a_missing_claim_is_refused(planted):
    case = planted({"strength": STRENGTH, "x": RISES, "y": 'auxiliary: "x"'}, {"model": "at(y, 2009) > 2"})
    with pytest.raises(KeyError):
        breaking_sets(prepare_ablation(case, draw(case, 8, seed=1), threads=1), "nothing")


def said(*sets, size=3, whole=True, share=0.97):
    links = [frozenset((name, "y") for name in one) for one in sets]
    return CutSets(
        claim="it",
        share=share,
        sets=tuple(links),
        left=(0.02,) * len(links),
        size=size,
        whole_search=whole,
        tried=1_200,
        among=3_400,
        within=50,
        seconds_left=90.0,
    ).words


def test_links_that_break_a_claim_alone_come_first():
    assert said("u", "x", "zw") == (
        "Without cuts it holds in 97% of draws, with a cut in the share beside it.",
        "Each of these alone breaks it: u → y (2%); x → y (2%).",
        "Two cuts together break it: w → y with z → y (2%).",
        "Every set of up to 3 of the links that can matter to it was tried.",
    )


def test_a_lone_link_is_reported_as_one():
    assert said("x")[1] == "One cut breaks it: x → y (2%)."


def test_three_at_once_are_reported():
    assert said("xzw")[1] == "Three cuts together break it: w → y with x → y with z → y (2%)."


@pytest.mark.parametrize(
    ("size", "how_far"),
    [
        (1, "Time ran out after 1,200 of 3,400 links: there may be others. The rest would take about 2 minutes."),
        (2, "Every single link was tried. Time ran out after 1,200 of 3,400 sets of two, all those of the 50 links "
            "that cost it most: there may be others. The rest would take about 2 minutes."),
        (3, "Every single link and every two were tried. Time ran out after 1,200 of 3,400 sets of three, all those of "
            "the 50 links that cost it most: there may be others. The rest would take about 2 minutes."),
    ],
)  # fmt: skip
def test_where_nothing_breaks_it_the_words_say_so_and_how_far_was_looked(size, how_far):
    assert said(size=size, whole=False)[1:] == ("No set that was tried breaks it.", how_far)


def test_the_first_of_many_sets_are_listed_and_the_others_counted():
    assert said(*"abcdefghijk")[1].endswith("; h → y (2%); and 3 more.")


def test_sets_whose_links_take_most_only_together_come_first(planted):
    # x and z are each enough for y; u loses some draws without v or w, all without both
    causes = {**dict.fromkeys("xzvw", RISES), "y": 'auxiliary: "max(x, z)"', "u": 'auxiliary: "v + w"'}
    found = broken(planted, causes, "at(y, 2009) > 2 and at(u, 2009) > 8.1")
    assert found.sets == (frozenset({("x", "y"), ("z", "y")}), frozenset({("v", "u"), ("w", "u")}))
    assert (found.share, found.left) == (1.0, (0.0, 0.0))


def test_a_claim_that_never_holds_has_no_cut_sets():
    assert said(share=0.0) == ("It holds in no draw: there is nothing to break.",)


def test_links_that_the_claim_names_are_tried_first_then_those_nearest_to_it(planted):
    far = {"strength": STRENGTH, "x": RISES, "a": 'auxiliary: "x"', "b": 'auxiliary: "a"', "y": 'auxiliary: "b"'}
    for named, first in (("[x -> a]", ("x", "a")), ("[]", ("b", "y"))):
        case = planted(far, {"model": "at(y, 2009) > 2", "mechanism": named})
        found = breaking_sets(prepare_ablation(case, draw(case, 8, seed=1), threads=1), "it", seconds=0)
        assert found.sets == (frozenset({first}),)
        assert (found.tried, found.among) == (1, 3)


def test_the_command_tells_the_sets_of_a_claim(planted):
    case = planted({"strength": STRENGTH, "x": RISES, "y": 'auxiliary: "x"'}, {"model": "at(y, 2009) > 2"})
    ran = CliRunner().invoke(app, ["breaks", str(case.folder), "it", "--draws", "16", "--seconds", "60"])
    assert "\nOne cut breaks it: x → y (0%).\n" in ran.output
    assert CliRunner().invoke(app, ["breaks", str(case.folder), "its"]).exit_code == 2


def test_a_link_from_which_nothing_leads_to_the_claim_is_not_counted(planted):
    equations = {"strength": STRENGTH, "x": RISES, "y": 'auxiliary: "x"', "z": RISES, "aside": 'auxiliary: "z"'}
    case = planted(equations, {"model": "at(y, 2009) > 2"})
    found = breaking_sets(prepare_ablation(case, draw(case, 8, seed=1), threads=1), "it", seconds=0)
    whole = breaking_sets(prepare_ablation(case, draw(case, 8, seed=1), threads=1), "it", links=[("x", "y")], seconds=0)
    assert found.among == whole.among == 1


def test_sets_of_the_first_links_come_before_any_that_holds_a_later_one():
    ranked = [(name, "y") for name in "abcd"]
    tried = [frozenset(name for name, _ in one) for one in _growing(ranked, 2)]
    assert tried[:3] == [{"a", "b"}, {"a", "c"}, {"b", "c"}]
    assert len(set(tried)) == len(tried) == 6


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 second"), (61, "2 minutes"), (7_200, "2 hours"), (9e5, "11 days")]
)
def test_how_long_the_rest_would_take_is_reported_in_the_largest_unit_that_fits(seconds, said):
    assert _duration(seconds) == said
