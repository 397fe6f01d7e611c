"""Functions of whole vectors and matrices: the same bits from both backends, and what NumPy or algebra says they are.

The values of the arrays are parameters, so that each draw is an example of its own; among them are ties.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.lowering.vector_lowering import VECTORS

LETTERS = ("q", "r", "s", "t")
ELEMENTS = {"d": LETTERS}
DRAWS = 200


def by_element(names, dimension="d"):
    """An equation whose value at the n-th element is the n-th of the names."""
    *first, last = names
    chosen = "".join(f"if {dimension} = {i} then {n} else " for i, n in enumerate(first, start=1))
    return chosen + str(last)


def run(engine, given, equations, over, outputs, dimensions=ELEMENTS):
    """Both backends' values at the first time, ``[output, draw]``, of parameters that differ from draw to draw."""
    program = engine.program(
        {**dict.fromkeys(given, 1.0), **equations}, outputs, over=over, dimensions=dimensions, stop=0.0
    )
    draws = len(next(iter(given.values())))
    used = {n: np.asarray(v, float) for n, v in given.items() if n in program.parameters}
    return engine.agreed(program, default_inputs(program, draws, **used)).values[:, 0, :]


def vector(engine, values, expression, others=None, scalar=False):
    """``expression`` of the vector ``a`` (``values[element, draw]``), by element unless ``scalar``."""
    given = {f"a{i}": v for i, v in enumerate(values)} | {n: v for n, (v, _) in (others or {}).items()}
    equations = {"a": by_element([f"a{i}" for i in range(len(values))]), "y": expression}
    equations |= {n: e for n, (_, e) in (others or {}).items() if e}
    over = {"a": ("d",)} | ({} if scalar else {"y": ("d",)})
    outputs = ["y"] if scalar else [f"y[{e}]" for e in LETTERS]
    return run(engine, given, equations, over, outputs)


@pytest.fixture(scope="module")
def a():
    """Four elements in many draws, small whole numbers in half of them so that many are equal."""
    rng = np.random.default_rng(3)
    values = rng.normal(0, 5, (4, DRAWS))
    values[:, ::2] = rng.integers(-2, 3, (4, DRAWS // 2))
    return values


@pytest.mark.parametrize("direction", [1, -1, 0])
def test_sort_order_is_a_stable_sort_up_or_down(engine, a, direction):
    got = vector(engine, a, f"vector_sort_order(a[d], {direction})")
    order = np.argsort(a if direction > 0 else -a, axis=0, kind="stable")
    assert np.array_equal(got, order)


@pytest.mark.parametrize("direction", [1, -1])
def test_rank_is_the_place_of_an_element_in_the_sort_order(engine, a, direction):
    got = vector(engine, a, f"vector_rank(a[d], {direction})")
    order = np.argsort(direction * a, axis=0, kind="stable")
    assert np.array_equal(np.take_along_axis(got, order, axis=0), np.repeat([[1], [2], [3], [4]], DRAWS, axis=1))


def test_a_direction_may_differ_from_draw_to_draw(engine, a):
    way = np.where(np.arange(DRAWS) % 3 == 0, 1.0, -1.0)
    got = vector(engine, a, "vector_sort_order(a[d], way)", {"way": (way, "")})
    assert np.array_equal(got, np.argsort(way * a, axis=0, kind="stable"))


def test_a_vector_reordered_by_its_own_order_ascends(engine, a):
    equations = {"a": by_element(["a0", "a1", "a2", "a3"]), "o": "vector_sort_order(a[d], 1)"}
    equations["y"] = "vector_reorder(a[d], o[d])"
    given = {f"a{i}": v for i, v in enumerate(a)}
    got = run(engine, given, equations, dict.fromkeys("aoy", ("d",)), [f"y[{e}]" for e in LETTERS])
    assert np.array_equal(got, np.sort(a, axis=0))


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_rank_of_an_array_names_the_element_in_that_place(engine, a, place):
    got = vector(engine, a, f"rank(a[*], {place})", scalar=True)[0]
    assert np.array_equal(got, np.argsort(a, axis=0, kind="stable")[place - 1] + 1)


def test_the_element_map_counts_on_from_the_element_given_and_is_missing_beyond_the_last(engine, a):
    shift = np.arange(DRAWS) % 6 - 1.0
    got = vector(engine, a, "vector_elm_map(a[r], shift)", {"shift": (shift, "")}, scalar=True)[0]
    place = (1 + shift).astype(int)
    inside = (place >= 0) & (place < 4)
    assert np.array_equal(got[inside], a[place[inside], np.flatnonzero(inside)])
    assert set(got[~inside]) == {-(2.0**109)}


def test_an_element_at_a_computed_place_is_the_nearest_whole_one_and_missing_outside(engine, a):
    place = np.random.default_rng(9).uniform(-1.4, 4.4, DRAWS)
    given = {f"a{i}": v for i, v in enumerate(a)} | {"place": place}
    got = run(engine, given, {"y": "vector_element(place, a0, a1, a2, a3)"}, {}, ["y"])[0]
    whole = np.rint(place).astype(int)
    inside = (whole >= 0) & (whole < 4)
    assert np.array_equal(got[inside], a[whole[inside], np.flatnonzero(inside)])
    assert set(got[~inside]) == {-(2.0**109)}


def test_an_element_that_two_computed_subscripts_name_is_the_one_at_both_and_zero_outside(engine, a):
    row, column = np.random.default_rng(10).integers(0, 4, (2, DRAWS)).astype(float)
    given = {f"a{i}": v for i, v in enumerate(a)} | {"row": row, "column": column}
    got = run(engine, given, {"y": "element_at(2, row, 2, column, 2, a0, a1, a2, a3)"}, {}, ["y"])[0]
    inside = (row >= 1) & (row <= 2) & (column >= 1) & (column <= 2)
    place = (2 * (row - 1) + column - 1).astype(int)
    assert np.array_equal(got[inside], a[place[inside], np.flatnonzero(inside)])
    assert not got[~inside].any()


# -- selection: the action over the elements whose selection is not 0

ACTIONS = {
    0: lambda s, v: (s * v).sum(), 1: lambda s, v: (s * v).prod(), 2: lambda s, v: (s * v).min(),
    3: lambda s, v: (s * v).max(), 4: lambda s, v: (s * v).mean(), 5: lambda s, v: (v**s).prod(),
    6: lambda s, v: v.sum(), 7: lambda s, v: v.prod(), 8: lambda s, v: v.min(), 9: lambda s, v: v.max(),
    10: lambda s, v: v.mean(),
}  # fmt: skip
SELECTIONS = np.random.default_rng(7).choice([0.0, 0.0, 1.0, 2.0], (4, DRAWS))


def selected(engine, a, action, others=None):
    others = {f"s{i}": (v, "") for i, v in enumerate(SELECTIONS)} | (others or {})
    given = {f"a{i}": v for i, v in enumerate(a)} | {n: v for n, (v, _) in others.items()}
    equations = {"a": by_element(["a0", "a1", "a2", "a3"]), "s": by_element(["s0", "s1", "s2", "s3"])}
    equations["y"] = f"vector_select(s[*], a[*], -99, {action}, 0)"
    return run(engine, given, equations, {"a": ("d",), "s": ("d",)}, ["y"])[0]


def selection_by_numpy(a, actions):
    found = []
    for draw in range(DRAWS):
        chosen = SELECTIONS[:, draw] != 0
        action = ACTIONS[actions[draw]]
        found.append(action(SELECTIONS[chosen, draw], a[chosen, draw]) if chosen.any() else -99.0)
    return np.array(found)


@pytest.mark.parametrize("action", ACTIONS)
def test_select_does_its_numerical_action_over_what_is_selected(engine, a, action):
    np.testing.assert_allclose(selected(engine, a, action), selection_by_numpy(a, [action] * DRAWS), rtol=1e-12)


def test_an_action_known_only_at_run_time_is_the_same(engine, a):
    actions = np.arange(DRAWS) % 11
    got = selected(engine, a, "act", {"act": (actions, "")})
    np.testing.assert_allclose(got, selection_by_numpy(a, actions), rtol=1e-12)


# -- curves: the share of a quantity that is wanted at a price

LAPLACE = 0.5 * math.exp(-0.5)
CURVES = [  # type, priority, width, extra; price; share wanted there
    (0, 5.0, 1.0, 0.0, 99.0, 1.0),
    (1, 2.0, 2.0, 0.0, 1.5, 0.75),
    (1, 2.0, 2.0, 0.0, 3.5, 0.0),
    (2, 2.0, 2.0, 0.0, 1.5, 1 - 0.125),
    (2, 2.0, 2.0, 0.0, 2.75, 2 * 0.125**2),
    (4, 2.0, 1.0, 0.0, 1.5, 1 - LAPLACE),
    (4, 2.0, 1.0, 0.0, 2.5, LAPLACE),
    (5, 2.0, 1.0, 1.5, 8.0, 4.0**-1.5),
    (5, 2.0, 1.0, 1.5, 1.0, 1.0),
]
PROFILE = {"profile": ("ptype", "ppriority", "pwidth", "pextra")}


def at_price(engine, function, curve, price, quantity=10.0):
    kind, priority, width, extra = curve
    equations = {"p": by_element([kind, priority, width, extra], "profile"), "y": f"{function}(k, p[ptype], price)"}
    given = {"k": [quantity], "price": [price]}
    return run(engine, given, equations, {"p": ("profile",)}, ["y"], PROFILE)[0, 0]


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_wants_the_part_of_its_distribution_above_the_price(engine, curve):
    *shape, price, share = curve
    assert at_price(engine, "demand_at_price", shape, price) == pytest.approx(10 * share, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 1.0, 2.5])
def test_a_normal_curve_is_the_normal_distribution_to_five_digits(engine, z):
    true = 0.5 * math.erfc(z / math.sqrt(2))
    assert at_price(engine, "demand_at_price", (3, 4.0, 2.0, 0.0), 4 + 2 * z) == pytest.approx(10 * true, abs=1.2e-4)


@pytest.mark.parametrize("curve", CURVES)
def test_supply_is_the_remainder_of_potential_demand(engine, curve):
    *shape, price, share = curve
    assert at_price(engine, "supply_at_price", shape, price) == pytest.approx(10 * (1 - share), rel=1e-14, abs=1e-13)


# -- allocation


def allocated(engine, requests, kind, priorities, width, supply, extra=0.0):
    """What four ask of one supply are given, ``[element, draw]``; every argument one number, or one a draw."""
    shape = np.broadcast(supply, *requests, *priorities, width).shape or (1,)
    given = {"supply": supply, "w": width}
    given |= {f"a{i}": v for i, v in enumerate(requests)} | {f"p{i}": v for i, v in enumerate(priorities)}
    given = {n: np.broadcast_to(np.asarray(v, float), shape) for n, v in given.items()}
    equations = {
        "a": by_element(["a0", "a1", "a2", "a3"]), "first": by_element(["p0", "p1", "p2", "p3"]),
        "p": f"if profile = 1 then {kind} else if profile = 2 then first[d] else if profile = 3 then w else {extra}",
        "y": "allocate_available(a[d], p[d, ptype], supply)",
    }  # fmt: skip
    over = {"a": ("d",), "first": ("d",), "p": ("d", "profile"), "y": ("d",)}
    return run(engine, given, equations, over, [f"y[{e}]" for e in LETTERS], {**ELEMENTS, **PROFILE})


def test_a_market_is_one_operation_however_many_meet_in_it():
    builder = Builder()
    curves = [builder("parameter", index=i) for i in range(5 * 30)]
    for place in range(30):
        VECTORS["allocate_available"](builder, builder.constant(place), builder("parameter", index=150), *curves)
    operations = [builder.node(i).operation for i in range(builder("time"))]
    assert operations.count("clearing") == 1
    assert len(operations) < 1000


def test_a_far_higher_priority_is_served_first(engine):
    got = allocated(engine, (10, 10, 10, 10), 1, (4, 3, 2, 1), 0.5, 25.0)
    np.testing.assert_allclose(got[:, 0], [10, 10, 5, 0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_equals_share_in_proportion_to_what_they_ask(engine, kind):
    got = allocated(engine, (2, 4, 6, 8), kind, (1, 1, 1, 1), 1.0, 10.0)
    np.testing.assert_allclose(got[:, 0], [1, 2, 3, 4], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "width", "share"), [(1, 2.0, 0.75), (2, 2.0, 0.875), (3, 1.0, 0.6914625), (4, 1.0, 1 - LAPLACE)]
)
def test_neighbours_overlap_as_their_curves_do(engine, kind, width, share):
    # two ask, at priorities 2 and 1: half of what they ask is there, so the price is 1.5 by symmetry
    got = allocated(engine, (10, 10, 0, 0), kind, (2, 1, 0, 0), width, 10.0)
    np.testing.assert_allclose(got[:, 0], [10 * share, 10 * (1 - share), 0, 0], atol=2e-4)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_the_supply_is_allocated_and_nobody_gets_more_than_requested(engine, kind):
    rng = np.random.default_rng(kind)
    requests, priorities = rng.uniform(0, 10, (4, DRAWS)), rng.uniform(0, 5, (4, DRAWS))
    width, supply = rng.uniform(0.5, 3, DRAWS), rng.uniform(-1, 45, DRAWS)
    got = allocated(engine, requests, kind, priorities, width, supply)
    assert (got >= 0).all()
    assert (got <= requests).all()
    there = np.minimum(np.maximum(supply, 0), requests.sum(axis=0))
    np.testing.assert_allclose(got.sum(axis=0), there, rtol=1e-3, atol=1e-9)


def test_by_priority_is_the_same_with_rectangles_of_one_width(engine):
    given = {"supply": [10.0], "w": [2.0]}
    equations = {
        "a": by_element([10, 10, 0, 0]), "first": by_element([2, 1, 0, 0]),
        "y": "allocate_by_priority(a[d], first[d], 4, w, supply)",
    }  # fmt: skip
    over = {"a": ("d",), "first": ("d",), "y": ("d",)}
    got = run(engine, given, equations, over, [f"y[{e}]" for e in LETTERS])
    np.testing.assert_allclose(got[:, 0], [7.5, 2.5, 0, 0], rtol=1e-6)


def test_a_market_clears_where_the_curves_of_demand_and_supply_meet(engine):
    # rectangles of width 4 about 3 and 1: 10 (1/2 - (p - 3)/4) = q (1/2 + (p - 1)/4), q = 10 and 15; of q = 30 only so
    # much is sold that all of the demand is met
    offered, true = np.array([10.0, 15.0, 30.0]), np.array([2.0, 1.4, 1 / 3])
    equations = {
        "a": "if d = 1 then 10 else 0", "b": "if d = 1 then offered else 0",
        "pa": "if profile = 1 then 1 else if profile = 2 then 3 else if profile = 3 then 4 else 0",
        "pb": "if profile = 1 then 1 else if profile = 2 then 1 else if profile = 3 then 4 else 0",
        "price": "find_market_price(a[d], pa[d, ptype], b[d], pb[d, ptype])",
        "wanted": "demand_at_price(a[q], pa[q, ptype], price)", "sold": "supply_at_price(b[q], pb[q, ptype], price)",
    }  # fmt: skip
    over = {"a": ("d",), "b": ("d",), "pa": ("d", "profile"), "pb": ("d", "profile")}
    outputs = ["price", "wanted", "sold"]
    price, wanted, sold = run(engine, {"offered": offered}, equations, over, outputs, {**ELEMENTS, **PROFILE})
    np.testing.assert_allclose(price, true, rtol=1e-6)
    np.testing.assert_allclose(wanted, sold, rtol=1e-5)


# -- matrices

SQUARE = {"down": ("d1", "d2", "d3"), "across": ("c1", "c2", "c3")}


def inverse(engine, matrices, size=""):
    """The inverses that the model finds of ``matrices[row, column, draw]``."""
    given = {f"m{i}{j}": matrices[i, j] for i in range(3) for j in range(3)}
    rows = [f"({by_element([f'm{i}{j}' for j in range(3)], 'across')})" for i in range(3)]
    equations = {"m": by_element(rows, "down"), "y": f"invert_matrix(m[down, across]{size})"}
    over = {"m": ("down", "across"), "y": ("down", "across")}
    outputs = [f"y[{r},{c}]" for r in SQUARE["down"] for c in SQUARE["across"]]
    return run(engine, given, equations, over, outputs, SQUARE).reshape(3, 3, -1)


def test_the_inverse_is_that_of_numpy(engine):
    matrices = np.random.default_rng(5).normal(0, 1, (3, 3, DRAWS))
    got = inverse(engine, matrices)
    true = np.moveaxis(np.linalg.inv(np.moveaxis(matrices, 2, 0)), 0, 2)
    size = np.abs(true).max(axis=(0, 1)) * np.linalg.cond(np.moveaxis(matrices, 2, 0))
    assert (np.abs(got - true).max(axis=(0, 1)) < 1e-14 * size).all()


def test_a_pivot_of_zero_is_exchanged_for_another(engine):
    exchange = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [4.0, 0.0, 0.0]])[:, :, None]
    assert np.array_equal(inverse(engine, exchange)[:, :, 0], [[0, 0, 0.25], [1, 0, 0], [0, 0.5, 0]])


def test_a_singular_matrix_is_reported_as_not_finite(engine):
    program = engine.program({"k": 2.0, "m": "k", "y": "invert_matrix(m[d, e])"}, ["y[q,u]"],
                             over={"m": ("d", "e"), "y": ("d", "e")},
                             dimensions={"d": ("q", "r"), "e": ("u", "v")}, stop=0.0)  # fmt: skip
    assert engine.agreed(program, default_inputs(program)).nonfinite_draws == (0,)


def test_a_size_inverts_the_upper_left_part_alone(engine):
    matrices = np.array([[2.0, 0.0, 7.0], [0.0, 4.0, 7.0], [7.0, 7.0, 7.0]])[:, :, None]
    assert np.array_equal(inverse(engine, matrices, ", 2")[:, :, 0], [[0.5, 0, 0], [0, 0.25, 0], [0, 0, 0]])
