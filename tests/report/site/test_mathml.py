"""Equations in mathematical notation."""

from xml.etree import ElementTree

import pytest

from wherenow.errors import Text
from wherenow.language.parser import parse
from wherenow.report.site import mathml


def said(text: str) -> str:
    """The notation of ``y = text`` without its tags: what a reader hears, in order."""
    tree = ElementTree.fromstring(mathml.equation("y", parse(Text(text))))
    return "".join(tree.itertext()).removeprefix("y=")


def tags(text: str) -> list[str]:
    return [node.tag for node in ElementTree.fromstring(mathml.equation("y", parse(Text(text)))).iter()]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a + b * c", "a+b·c"),
        ("(a + b) * c", "(a+b)·c"),
        ("a - (b - c)", "a−(b−c)"),
        ("a - b - c", "a−b−c"),
        ("a * (b / c)", "a·bc"),
        ("-(a + b)", "−(a+b)"),
        ("(a / b) ^ 2", "(ab)2"),
        ("(-a) ^ 2", "(−a)2"),
        ("a <> b and not c", "a≠b and not c"),
        ("net_flow", "net flow"),
        ("max(a, 0)", "max(a,0)"),
        ("x[north]", "xnorth"),
        ("sum(x[*])", "sum(xall)"),
        ("1e-9 * a", "10−9·a"),
        ("2500000000", "2.5·109"),
        ("1200000.5", "1,200,000.5"),
    ],
)
def test_brackets_are_written_only_where_they_are_needed(written, shown):
    assert said(written) == shown


def test_quotients_are_fractions_and_powers_raised():
    assert "mfrac" in tags("a / b")
    assert "msup" in tags("a ^ 2")
    assert "msqrt" in tags("sqrt(a)")


def test_a_chain_of_conditions_is_one_list_of_cases():
    shown = said("if a > 1 then b else if a > 0 then c else d")
    assert shown == "{bif a>1cif a>0dotherwise"
    assert tags("if a > 1 then b else if a > 0 then c else d").count("mtr") == 3


def test_a_stock_is_reported_by_its_rate_and_its_first_value():
    tree = ElementTree.fromstring(mathml.rate("water", parse(Text("rain - use"))))
    assert "".join(tree.itertext()) == "dwaterdt=rain−use"
    tree = ElementTree.fromstring(mathml.first("water", parse(Text("100")), "2000-01"))
    assert "".join(tree.itertext()) == "water(2000-01)=100"


def test_a_long_sum_goes_on_below_with_the_sign_before_each_line():
    terms = [f"a_rather_long_name_{i}" for i in range(9)]
    rows = ElementTree.fromstring(mathml.equation("y", parse(Text(" + ".join(terms))))).findall(".//mtr")
    assert len(rows) > 1
    assert all("".join(row.itertext()).startswith("+") for row in rows[1:])
    assert "".join("".join(row.itertext()) for row in rows) == "y=" + "+".join(t.replace("_", " ") for t in terms)


def test_a_term_after_a_minus_keeps_its_brackets_on_its_own_line():
    long = "b" * 60
    shown = said(f"{'a' * 60} - ({long} - c)")
    assert shown.endswith(f"−({long}−c)")


def test_names_are_escaped():
    assert "<script>" not in mathml.equation("y", parse(Text('"<script>" + 1')))
