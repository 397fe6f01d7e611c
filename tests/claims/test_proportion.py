import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.claims.evaluation.proportion import Share, interval
from wherenow.errors import UsageError


def test_the_interval_is_jeffreys():
    # Beta(8.5, 3.5) at 5% and 95%: Brown, Cai & DasGupta's formula for 8 of 11
    from scipy.stats import beta

    assert interval(8, 11) == pytest.approx((beta.ppf(0.05, 8.5, 3.5), beta.ppf(0.95, 8.5, 3.5)))


def test_the_interval_reaches_the_end_where_no_draw_or_every_draw_holds():
    assert interval(0, 10)[0] == 0
    assert interval(10, 10)[1] == 1
    assert interval(0, 10)[1] < 0.2


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval_and_the_interval_in_0_to_1(counts):
    share = Share(*counts)
    assert 0 <= share.low <= share.share <= share.high <= 1


def test_more_draws_narrow_the_interval():
    assert interval(500, 1000)[1] - interval(500, 1000)[0] < interval(50, 100)[1] - interval(50, 100)[0]


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_the_opposite_is_the_mirror_image(counts):
    holding, draws = counts
    low, high = interval(holding, draws)
    assert interval(draws - holding, draws) == pytest.approx((1 - high, 1 - low))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20))
def test_with_a_draw_without_a_value_there_is_no_share(holding, failing, undefined):
    share = Share(holding, holding + failing + undefined, undefined)
    assert share.share is share.low is share.high is None
    assert share.words == f"no value in {undefined} of {share.draws} runs"
    with pytest.raises(UsageError, match=f"the forecast 'x': no value in {undefined} of {share.draws} runs"):
        share.known("the forecast 'x'")


def test_a_share_in_words_has_its_interval():
    assert Share(80, 100).words == "80% (73%–86%)"
