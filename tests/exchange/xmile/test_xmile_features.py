"""Features of XMILE and of Stella, one small model each, against values worked out by hand.

The community's test models that are here call some of these and not others; nothing in this file is taken from one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import Expected, compare, xmile


def aux(name: str, equation: str, over: str = "") -> str:
    dimensions = "".join(f'<dim name="{d}"/>' for d in over.split())
    held = f"<dimensions>{dimensions}</dimensions>" if dimensions else ""
    return f'<aux name="{name}">{held}<eqn>{equation}</eqn></aux>'


def elements(name: str, over: str, values: dict[str, str]) -> str:
    held = "".join(f'<element subscript="{e}"><eqn>{v}</eqn></element>' for e, v in values.items())
    return aux(name, "", over).replace("<eqn></eqn>", held)


DIMENSIONS = (
    '<dimensions><dim name="A"><elem name="a1"/><elem name="a2"/><elem name="a3"/></dim>'
    '<dim name="S"><elem name="a2"/><elem name="a3"/></dim><dim name="N" size="3"/></dimensions>'
)
OWN = (
    '<macro name="ACC"><parm>in</parm><parm>first</parm><eqn>ACC</eqn><variables><stock name="ACC">'
    '<eqn>first</eqn><inflow>f</inflow></stock><flow name="f"><eqn>in</eqn></flow></variables></macro>'
)
STAGED = elements("x", "A", {"a1": "1", "a2": "2", "a3": "TIME"})
CURVE = '<aux name="c"><eqn>1</eqn><gf><xscale min="0" max="4"/><ypts>3,7,9,5,1</ypts></gf></aux>'
BELT = (
    '<stock name="belt"><eqn>6</eqn><inflow>i</inflow><outflow>o</outflow><conveyor><len>3</len></conveyor></stock>'
    '<flow name="i"><eqn>STEP(9, 1)</eqn></flow><flow name="o"/>'
)
XMILE: dict[str, tuple[str, Expected]] = {
    "names with an apostrophe": (
        aux("worker's pay", "3") + aux("workers' pay", "4")
        + aux("x", "worker's_pay * workers'_PAY + \"Worker's pay\""),
        {"x": 15},
    ),
    "names with quotes": (
        aux("a &quot;b&quot; c", "3") + aux("x", r"&quot;A \&quot;b\&quot; c&quot; * 2"), {r'a_\"b\"_c': 3, "x": 6},
    ),
    "comments inside comments": (aux("x", "1 {one {two} three} + 2"), {"x": 3}),
    "numbers of an array, listed": (
        aux("x", "0.1, -2 , 3e1; ", "A") + aux("y", "1, 2;\n3, 4; 5,6 ;", "A S") + aux("z", "y[a3, a2] + x[a2]"),
        {"x[a1]": 0.1, "x[a3]": 30, "y[a2,a3]": 4, "z": 3},
    ),
    "all elements of a dimension by its name": (
        aux("x", "1, 2, 4", "A") + aux("y", "SUM(x[A.*]) * SUM(x[ A.* ])"),
        {"y": 49},
    ),
    "an equation with its left side": (
        aux("x", "x = TIME * 2") + '<stock name="y"><eqn>\n y = DELAY_N(x, 2, 0, 1)</eqn></stock>',
        {"y": [0, 0, 1, 2.5, 4.25]},
    ),
    "graphical functions as containers": (
        CURVE + aux("x", "MAX(c) + MIN(c) * 10 + SUM(c) * 100 + SIZE(c)") + aux("y", "c[3] + c[9]")
        + aux("z", "c[TIME]")
        + aux("m", "MAX(c, 20)"),
        {"x": 2524, "y": 9, "z": [0, 3, 7, 9, 5], "m": 20},
    ),
    "areas under graphical functions": (
        CURVE + aux("x", "LOOKUPAREA(c)") + aux("y", "LOOKUPAREA(c, 1, 3)") + aux("z", "LOOKUPMEAN(c, 2)")
        + aux("w", "LOOKUPAREA(c, 9)"),
        {"x": 23, "y": 15, "z": 6.5, "w": 23},
    ),
    "conveyors as containers": (
        BELT + aux("n", "SIZE(belt)") + aux("f", "belt[1]") + aux("l", "belt[3]") + aux("m", "MAX(belt)")
        + aux("t", "SUM(belt)"),
        {"n": 3, "f": [2, 2, 2, 0, 9], "l": [2, 0, 9, 9, 9], "m": [2, 2, 9, 9, 9], "t": [6, 4, 11, 18, 27]},
    ),
    "interpolation between elements": (
        STAGED + aux("y", "INTERPOLATE(x, 0.25)") + aux("z", "INTERPOLATE(x, TIME)")
        + aux("w", "1, 2; 3, 4; 5, 7;", "A S")
        + aux("v", "INTERPOLATE(w, 0.5, 0.5)") + aux("u", "INTERPOLATE(w[a3, *], 2)"),
        {"y": 1.5, "z": [1, 1, 2, 3, 4], "v": 3.5, "u": 7},
    ),
    "ranges that end at a variable": (
        aux("x", "N * 10", "N") + aux("k", "TIME") + aux("y", "SUM(x[1:k])") + aux("z", "MAX(x[k:3])")
        + aux("w", "MEAN(x[2:k])") + aux("many", "SIZE(x[1:k])"),
        {"y": [0, 10, 30, 60, 60], "z": [30, 30, 30, 30, 0], "w": [0, 0, 20, 25, 25], "many": [0, 1, 2, 3, 3]},
    ),
    "a stock fed by an array of flows": (
        STAGED.replace("aux", "flow") + '<stock name="s"><eqn>5</eqn><inflow>x</inflow></stock>'
        '<stock name="d"><dimensions><dim name="A"/></dimensions><eqn>0</eqn><inflow>x</inflow></stock>',
        {"s": [5, 8, 12, 17, 23], "d[a3]": [0, 0, 1, 3, 6]},
    ),
    "sums beside the left side's own element": (
        aux("x", "1, 2, 3; 4, 5, 6; 7, 8, 9;", "A N") + aux("y", "SUM(x[A, *])", "A") + aux("z", "SUM(x[*, N])", "N"),
        {"y[a2]": 15, "z[3]": 18},
    ),
    "arrays over one dimension twice": (
        aux("x", "1, 2, 3; 4, 5, 6; 7, 8, 9;", "A A") + aux("y", "2 * x + SUM(x)", "A A") + aux("z", "x[A, A]", "A A")
        + aux("w", "x[a1, A]", "A"),
        {"y[a1,a2]": 49, "z[a3,a1]": 7, "w[a3]": 3},
    ),
    "transposes and inner products": (
        aux("x", "1, 2, 3; 4, 5, 6; 7, 8, 9;", "A A") + aux("t", "x' + 1", "A A") + aux("p", "x *.* x'", "A A")
        + aux("v", "1, 2, 3", "A") + aux("s", "v *.* v") + aux("m", "x *.* v", "A") + aux("g", "1,2;3,4;5,6", "A S")
        + aux("h", "g'", "S A"),
        {"t[a1,a3]": 8, "p[a1,a2]": 32, "s": 14, "m[a2]": 32, "h[a3,a2]": 4},
    ),
    "the greatest of arrays and numbers": (
        STAGED + aux("x2", "MAX(x, 2.5)", "A") + aux("y", "MAX(x, 2.5)") + aux("z", "MIN(x, x2, 0)"),
        {"x2[a1]": 2.5, "y": [2.5, 2.5, 2.5, 3, 4], "z": 0},
    ),
    "money over time": (
        aux("x", "NPV(10, 0.1)") + aux("f", "FV(0.1, 2, 100, 1000)") + aux("p", "PMT(0.1, 2, 1000)")
        + aux("v", "PV(0, 2, 100)"),
        {"x": [10, 10 + 10 / 1.1, 10 + 10 / 1.1 + 10 / 1.21, 34.86851990984222, 41.69865446349293], "f": -1420,
         "p": -12100 / 21, "v": -200},
    ),
    "combinations": (
        aux("x", "COMBINATIONS(52, 5)") + aux("y", "PERMUTATIONS(5, 3)") + aux("z", "FACTORIAL(TIME)"),
        {"x": 2598960, "y": 60, "z": [1, 1, 2, 6, 24]},
    ),
    "ramps from the start": (aux("x", "RAMP(2)"), {"x": [0, 2, 4, 6, 8]}),
    "probabilities": (
        aux("x", "NORMALCDF(-1, 1)") + aux("y", "NORMALCDF(8, 12, 10, 2)") + aux("z", "INVNORM(0.975, 10, 2)"),
        {"x": 0.6826894921370859, "y": 0.6826894921370859, "z": 13.919927969080108},
    ),
    "running extremes": (
        aux("x", "RUNMAX((TIME - 1)^2)") + aux("y", "RUNMIN(3 - TIME MOD 3)")
        + STAGED.replace('"x"', '"v"') + aux("z", "RUNMAX(5 - v)", "A"),
        {"x": [1, 1, 1, 4, 9], "y": [3, 2, 1, 1, 1], "z[a1]": 4, "z[a3]": 5},
    ),
    "names of Stella 9": (
        STAGED.replace('"x"', '"v"') + aux("x", "LOGN(EXP(2))") + aux("y", "ARRAYSUM(v[*]) + ARRAYMEAN(v)"),
        {"x": 2, "y": [4, 5 + 1 / 3, 6 + 2 / 3, 8, 9 + 1 / 3]},
    ),
    "the value before": (aux("x", "IF TIME MOD 2 = 0 THEN TIME ELSE PREVIOUS(SELF, -1)"), {"x": [0, 0, 2, 2, 4]}),
    "pulses of a volume": (aux("x", "PULSE(10, 1, 2)"), {"x": [0, 10, 0, 10, 0]}),
    "delays": (
        aux("i", "STEP(8, 1)") + aux("x", "DELAY(i, 2, 5)") + aux("y", "DELAY1(i, 2)") + aux("z", "SMTH1(i, 2, 4)"),
        {"x": [5, 5, 0, 8, 8], "y": [0, 0, 4, 6, 7], "z": [4, 2, 5, 6.5, 7.25]},
    ),
    "division that is safe": (aux("x", "SAFEDIV(1, 0)") + aux("y", "SAFEDIV(1, 0, 7)"), {"x": 0, "y": 7}),
    "subranges": (
        STAGED + aux("y", "x[S] * 2", "S") + aux("z", "SUM(x[*:S])") + aux("w", "SUM(y[*])"),
        {"y[a3]": [0, 2, 4, 6, 8], "z": [2, 3, 4, 5, 6], "w": [4, 6, 8, 10, 12]},
    ),
    "elements by number": (
        aux("x", "N * 10", "N") + aux("y", "x[2] + SUM(x[1:2])") + aux("k", "3") + aux("z", "x[k]"),
        {"y": 50, "z": 30},
    ),
    "more dimensions on the left": (
        STAGED + aux("y", "x[A]", "A N") + aux("z", "y[A, N]", "N A") + aux("t", "SUM(y[a2, *])"),
        {"y[a2,1]": 2, "z[3,a2]": 2, "t": 6},
    ),
    "a macro with a stock under its own name": (aux("x", "ACC(TIME, 3)"), {"x": [3, 3, 4, 6, 9]}),
    "an initial equation": (
        '<aux name="a"><eqn>b + 1</eqn><init_eqn>10</init_eqn></aux><flow name="one"><eqn>1</eqn></flow>'
        '<stock name="b"><eqn>a</eqn><inflow>one</inflow></stock>',
        {"b": [10, 11, 12, 13, 14]},
    ),
    "names that differ in case": (aux("My Var", "3") + aux("x", "MY_VAR + Max(1, my_var)"), {"x": 6}),
    "graphical functions of arrays": (
        '<aux name="t"><dimensions><dim name="S"/></dimensions>'
        '<element subscript="a2"><gf><xscale min="0" max="4"/><ypts>0,4</ypts></gf></element>'
        '<element subscript="a3"><gf><xscale min="0" max="4"/><ypts>0,8</ypts></gf></element></aux>'
        + aux("x", "LOOKUP(t[S], TIME)", "S"),
        {"x[a2]": [0, 1, 2, 3, 4], "x[a3]": [0, 2, 4, 6, 8]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("feature", XMILE)
def test_an_xmile_model_says(feature: str, tmp_path: Path) -> None:
    variables, expected = XMILE[feature]
    path = tmp_path / "model.xmile"
    path.write_text(xmile(variables, DIMENSIONS + OWN), encoding="utf-8")
    compare(path, expected)


def test_words_of_vensim_in_its_own_exports_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    variables = aux("y z", "y z = TIME_STEP * 2") + aux("x", "IF THEN ELSE(TIME &gt; 1 :AND: TIME &lt; 4, 5, 6)")
    path.write_text(xmile(variables, "<header><vendor>Ventana Systems, Inc.</vendor></header>"), encoding="utf-8")
    compare(path, {"y_z": 2, "x": [6, 6, 5, 5, 6]})


def test_negations_and_the_missing_value_of_vensim_are_read_in_its_own_exports(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    variables = (
        aux("x", "IF THEN ELSE(:NOT: TIME + 1 &gt; 2 :AND: :NOT: (TIME = 1), 5, 6)")
        + aux("y", "IF THEN ELSE(:NOT::NOT: TIME = 2 :OR: :not: TIME &lt; 4, :NA:, -1)")
        + aux("z", "IF THEN ELSE((:NOT: TIME) + 1 &gt; 1, 7, 8)")
    )
    path.write_text(xmile(variables, "<header><vendor>Ventana Systems, Inc.</vendor></header>"), encoding="utf-8")
    na = -(2.0**109)
    compare(path, {"x": [5, 6, 6, 6, 6], "y": [-1, -1, na, -1, na], "z": [7, 8, 8, 8, 8]})
