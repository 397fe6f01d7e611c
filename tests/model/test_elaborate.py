"""The meaning of a model: names, arrays, order and cycles."""

import pytest

from wherenow.errors import InputError, Text
from wherenow.language.parser import parse
from wherenow.language.syntax import Call, Number, Reference, walk
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Dimension, Equation, Kind, ModelSpec, TimeSpec, Variable


def variable(name, equation, kind=Kind.AUXILIARY, dims=(), subscripts=None, initial=None, **other):
    text = Text(equation, "model.yaml", 1, 1)
    first = parse(Text(initial)) if initial else None
    made = Equation(
        expression=parse(text), subscripts=dims if subscripts is None else subscripts, initial=first, text=text
    )
    return Variable(name=name, kind=kind, equations=(made,), dimensions=dims, **other)


def model(*variables, **dimensions):
    dims = {n: Dimension(n, tuple(e)) for n, e in dimensions.items()}
    return ModelSpec(
        name="test",
        time=TimeSpec(start=0, stop=10, step=1, save=1),
        variables={v.name: v for v in variables},
        dimensions=dims,
    )


def problems(*variables, **dimensions):
    with pytest.raises(InputError) as caught:
        elaborate(model(*variables, **dimensions))
    return [str(d) for d in caught.value.diagnostics]


def test_each_variable_comes_after_what_it_needs_now():
    system = elaborate(model(variable("c", "b + 1"), variable("b", "a + 1"), variable("a", "time")))
    assert system.order == ("a", "b", "c")


def test_a_stock_breaks_a_circle():
    stock = variable("s", "f", Kind.STOCK, initial="1")
    assert elaborate(model(stock, variable("f", "s * 2"))).order == ("f",)


def test_a_smooth_breaks_a_circle_once_it_has_an_initial_value():
    assert set(elaborate(model(variable("x", "smth1(y, 3, 1)"), variable("y", "x + 1"))).order) == {"x", "y"}


def test_a_smooth_without_initial_value_leaves_a_circle_in_the_first_values():
    (told,) = problems(variable("x", "smth1(y, 3)"), variable("y", "x + 1"))
    assert "to find its first value" in told


def test_a_circle_is_shown_as_the_circle():
    (told,) = problems(variable("a", "b"), variable("b", "c"), variable("c", "a"))
    assert "a → b → c → a" in told


def test_an_unknown_name_is_located_and_the_near_one_suggested():
    (told,) = problems(variable("income", "3"), variable("b", "2 * incme"))
    assert told == "model.yaml:1:5: error: unknown name 'incme' (did you mean 'income'?)"


def test_every_unknown_name_is_reported_at_once():
    assert len(problems(variable("a", "x"), variable("b", "y"))) == 2


def test_an_equation_over_a_dimension_becomes_one_element_each():
    system = elaborate(model(variable("x", "2", dims=("d",)), d="ab"))
    assert list(system.elements) == ["x[a]", "x[b]"]


def test_a_reference_without_subscripts_means_the_same_element():
    system = elaborate(model(variable("x", "2", dims=("d",)), variable("y", "x * 3", dims=("d",)), d="ab"))
    assert str(system.elements["y[b]"].expression.left.name) == "x[b]"


def test_a_sum_over_a_star_adds_every_element():
    system = elaborate(model(variable("x", "2", dims=("d",)), variable("t", "sum(x[*])"), d="abc"))
    assert [a.name for a in system.elements["t"].expression.arguments] == ["x[a]", "x[b]", "x[c]"]


def test_a_sum_of_products_over_stars_of_one_dimension_runs_once():
    variables = (variable("x", "2", dims=("d",)), variable("y", "3", dims=("d",)), variable("t", "sum(x[*] * y[*])"))
    assert len(elaborate(model(*variables, d="abc")).elements["t"].expression.arguments) == 3


def test_a_matrix_summed_over_one_star_leaves_the_other_bound():
    variables = (variable("m", "1", dims=("d", "e")), variable("t", "sum(m[d, *])", dims=("d",)))
    system = elaborate(model(*variables, d="ab", e="xyz"))
    assert [a.name for a in system.elements["t[b]"].expression.arguments] == ["m[b,x]", "m[b,y]", "m[b,z]"]


def test_two_stars_of_one_dimension_in_one_reference_are_two_axes():
    variables = (variable("m", "1", dims=("d", "d")), variable("t", "sum(m[*, *])"))
    assert len(elaborate(model(*variables, d="ab")).elements["t"].expression.arguments) == 4


def test_a_dimension_as_a_value_is_the_position():
    system = elaborate(model(variable("x", "d * 10", dims=("d",)), d="ab"))
    assert system.elements["x[b]"].expression.left.value == 2


def test_a_computed_subscript_chooses_by_position():
    system = elaborate(model(variable("x", "2", dims=("d",)), variable("i", "1"), variable("y", "x[i]"), d="ab"))
    expression = system.elements["y"].expression
    assert isinstance(expression, Call)
    assert expression.arguments[1:] == (Reference("i"), Number(2.0), Reference("x[a]"), Reference("x[b]"))


def test_nested_computed_subscripts_grow_by_their_text():
    def size(depth: int) -> int:
        text = "x[" * depth + "i" + "]" * depth
        system = elaborate(model(variable("x", "2", dims=("d",)), variable("i", "1"), variable("y", text), d="abcd"))
        return sum(1 for _ in walk(system.elements["y"].expression))

    assert size(20) - size(10) == size(10) - size(0)


def test_a_narrower_equation_wins_over_a_broader_one():
    broad, narrow = (
        variable("x", e, dims=("d",), subscripts=s).equations[0] for e, s in (("1", ("d",)), ("2", ("b",)))
    )
    both = Variable(name="x", kind=Kind.AUXILIARY, equations=(narrow, broad), dimensions=("d",))
    assert elaborate(model(both, d="ab")).elements["x[b]"].expression.value == 2


def test_wrong_number_of_subscripts_is_reported():
    (told,) = problems(variable("x", "1", dims=("d",)), variable("y", "x[a, a]"), d="ab")
    assert "'x' has 1 dimensions (d), not 2" in told


def test_an_unknown_element_is_reported():
    (told,) = problems(variable("x", "1", dims=("d",)), variable("y", "x[q]"), d="ab")
    assert "'q' is not an element of dimension 'd'" in told


def test_an_unknown_function_is_reported():
    (told,) = problems(variable("x", "sqroot(2)"))
    assert "unknown function 'sqroot'" in told


def test_outflows_of_a_non_negative_stock_take_no_more_than_is_there():
    stock = variable("s", "-f", Kind.STOCK, initial="1", non_negative=True, outflows=("f",))
    system = elaborate(model(stock, variable("f", "5", Kind.FLOW)))
    assert system.elements["f"].expression.function == "min"
