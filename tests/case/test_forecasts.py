"""Forecasts that data decide need no formula on the model, and open an outlook like claims."""

from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case


def edited(lake, file: str, old: str, new: str):
    path = lake / file
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_a_forecast_needs_only_what_decides_it(lake):
    edited(lake, "forecasts.yaml", "  model: at(water, 2019-07) >= 60\n", "")
    prediction = read_case(lake).predictions["lake-above-60"]
    assert prediction.model is None
    assert prediction.resolve.content == "at(lake_volume, 2019-07) >= 60"
    assert check_case(lake) == ()


def test_an_outlook_may_name_forecasts_beside_claims(lake):
    edited(lake, "case.yaml", "[lake-recovers]", "[lake-recovers, lake-above-60]")
    assert check_case(lake) == ()
    assert read_case(lake).outlook.forecasts == ("lake-recovers", "lake-above-60")


def test_a_claim_may_have_an_observable_proxy(lake):
    edited(
        lake,
        "claims.yaml",
        "model: at(water, 2020-01) > 60",
        "model: at(water, 2020-01) > 60\n  resolve: at(lake_volume, 2019-07) > 60",
    )
    claim = read_case(lake).claims["lake-recovers"]
    assert claim.resolve.content == "at(lake_volume, 2019-07) > 60"
    assert check_case(lake) == ()
