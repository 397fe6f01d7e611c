"""The Iraq–US case: omitting parts of runs changes no bit of the answers. Slow: for ``make validate``."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.explain.ablation.ablation import links_of, prepare_ablation
from wherenow.explain.ablation.reachability import Reach
from wherenow.explain.ablation.schedule import batched

CASE = Path(__file__).parents[2] / "cases" / "iraq-us"


@pytest.mark.slow
def test_answers_with_shortcuts_are_those_of_whole_runs():
    case = read_case(CASE)
    every = links_of(case)
    chosen = every[:: max(1, len(every) // 24)]
    short = prepare_ablation(case, draw(case, 16, seed=1), chosen)
    steps = short.native.program.time.steps
    whole = replace(
        short,
        branches=tuple(replace(b, first=0, end=steps + 1) for b in short.branches),
        ends=tuple(steps + 1 for _ in short.readings),
        reach=_Everything(short.reach.system),
        base=[],
    )
    sets = [frozenset(), *(frozenset({link}) for link in chosen), frozenset(chosen)]
    for cuts, one, other in zip(sets, short.each(sets), whole.each(sets), strict=True):
        assert np.array_equal(one.holds, other.holds), cuts


@pytest.mark.slow
def test_sets_side_by_side_give_the_answers_of_each_alone():
    case = read_case(CASE)
    every = links_of(case)
    ablation = prepare_ablation(case, draw(case, 16, seed=1), every)
    sets = [frozenset(), *(frozenset({link}) for link in every[::12]), frozenset(every)]
    for cuts, one, other in zip(sets, batched(ablation, sets), ablation.each(sets), strict=True):
        assert np.array_equal(one.holds, other.holds), cuts
        assert np.array_equal(one.finite, other.finite), cuts


class _Everything(Reach):
    """As if every cut reached everything."""

    def changed_by(self, cuts, touched=()):
        return {element.variable.name for element in self.system.elements.values()}
