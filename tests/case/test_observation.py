"""Error models as a case states them."""

import pytest

from wherenow.case.observation import ErrorModel, parse_discrepancy, parse_error
from wherenow.errors import InputError, Text


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("normal(0.5)", ErrorModel("normal", (0.5,))),
        (" lognormal( 0.2 , 10 ) ", ErrorModel("lognormal", (0.2, 10.0))),
        ("student(4, 20)", ErrorModel("student", (4.0, 20.0))),
        ("negbinomial(20)", ErrorModel("negbinomial", (20.0,))),
    ],
)
def test_an_error_model_is_a_name_and_positive_numbers(written, found):
    assert parse_error(Text(written)) == found


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("normal", "is not an error model"),
        ("norm(1)", "there is no error model 'norm'"),
        ("normal(-1)", "takes positive numbers"),
        ("normal(0)", "takes positive numbers"),
        ("normal(1, 2)", "takes positive numbers"),
        ("normal(nan)", "takes positive numbers"),
        ("normal(x)", "takes numbers"),
    ],
)
def test_an_invalid_value_is_reported(written, message):
    with pytest.raises(InputError, match=message):
        parse_error(Text(written))


def test_a_discrepancy_s_size_is_never_negative():
    assert parse_discrepancy(Text("normal(0, 1)")).low == 0.0


def test_the_bounds_of_logit_errors_may_be_negative_but_must_ascend():
    assert parse_error(Text("logitnormal(0.2, -10, 10)")) == ErrorModel("logitnormal", (0.2, -10.0, 10.0))
    with pytest.raises(InputError, match="an sd and two ascending bounds"):
        parse_error(Text("logitnormal(0.2, 1, 0)"))


def test_the_span_of_counts_is_a_duration_in_the_model_s_unit():
    assert parse_error(Text("counts(0.3, 2 months)"), "year") == ErrorModel("counts", (0.3, 2 / 12))
    with pytest.raises(InputError, match="is not a duration"):
        parse_error(Text("counts(0.3, soon)"), "year")
