"""A wrong unit is reported where it is declared, once, whatever equations it spoils."""

import pytest

from wherenow.errors import Text
from wherenow.language.parser import parse
from wherenow.model.checking.equation_units import check_units
from wherenow.model.model_types import Equation, Kind, ModelSpec, TimeSpec, Variable

UNITS = {"stock": "kg", "fill": "kg/year", "drain": "kg/year", "share": "1/year", "scale": "1", "twice": "kg/year"}


def model(**changed: str) -> ModelSpec:
    def variable(line: int, name: str, kind: Kind, formula: str, initial: str = "") -> Variable:
        text = Text(formula, "m.yaml", line)
        equation = Equation(expression=parse(text), initial=parse(Text(initial)) if initial else None, text=text)
        place = Text(name, "m.yaml", line)
        return Variable(name=name, kind=kind, equations=(equation,), unit={**UNITS, **changed}[name], text=place)

    variables = [
        variable(1, "stock", Kind.STOCK, "fill - drain", "0"),
        variable(2, "fill", Kind.FLOW, "twice * scale"),
        variable(3, "drain", Kind.FLOW, "stock * share"),
        variable(4, "share", Kind.PARAMETER, "0.1"),
        variable(5, "scale", Kind.PARAMETER, "2"),
        variable(6, "twice", Kind.AUXILIARY, "drain * 2"),
    ]
    return ModelSpec(
        name="m", time=TimeSpec(start=0, stop=1, step=1, save=1, unit="year"), variables={v.name: v for v in variables}
    )


def test_units_that_agree_say_nothing():
    assert check_units(model()) == ()


@pytest.mark.parametrize(("name", "wrong"), [("share", "1"), ("share", "kg"), ("scale", "year"), ("twice", "kg"),
                                             ("fill", "1"), ("stock", "year"), ("drain", "kg")])  # fmt: skip
def test_one_wrong_unit_is_the_only_thing_reported(name, wrong):
    (told,) = check_units(model(**{name: wrong}))
    needed = {"stock": "kilogram"}.get(name, UNITS[name])  # nothing else here is in kg
    assert told.message == f"the unit of '{name}' is {wrong}, and its equations need {needed}"
    assert told.location is not None
    assert told.location.line == list(UNITS).index(name) + 1
    assert told.first


def test_where_two_units_may_be_wrong_both_are_named():
    changed = model()
    names = {n: v for n, v in changed.variables.items() if n in ("share", "stock", "drain")}
    equation = Equation(expression=parse(Text("0 - drain")), initial=parse(Text("0")), text=Text("0 - drain"))
    names["stock"] = Variable(
        name="stock", kind=Kind.STOCK, equations=(equation,), unit="kg", text=Text("stock", "m.yaml", 1)
    )
    names["free"] = Variable(
        name="free", kind=Kind.AUXILIARY, equations=(Equation(expression=parse(Text("drain * more"))),), unit="kg"
    )
    names["more"] = Variable(
        name="more", kind=Kind.PARAMETER, equations=(Equation(expression=parse(Text("1"))),), unit="1"
    )
    (told,) = check_units(ModelSpec(name="m", time=changed.time, variables=names))
    assert "'free' in kg/year" in told.hint
    assert "'more' in " in told.hint


def test_two_wrong_units_that_no_equation_shares_are_both_reported_where_they_are_declared():
    told = check_units(model(share="kg", scale="year"))
    assert [d.message for d in told] == [
        "the unit of 'share' is kg, and its equations need 1/year",
        "the unit of 'scale' is year, and its equations need 1",
    ]


def test_two_wrong_units_in_one_equation_are_reported_where_they_show():
    told = check_units(model(share="kg", drain="year"))
    assert len(told) > 1
    assert not any(d.first for d in told)
