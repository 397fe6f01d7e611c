"""Features of Vensim's language, one small model each, against values worked out by hand.

The community's test models that are here call some of these and not others; nothing in this file is taken from one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.xmile.files import Expected, compare, run_file

from wherenow.errors import InputError
from wherenow.exchange.vensim.reading.vensim_reader import parse_vensim
from wherenow.language.syntax import Reference

ENDS = "INITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = TIME STEP ~~|\n"
ACCUMULATING = ":MACRO: ACC(in, first)\nACC = INTEG(in, first) ~~|\n:END OF MACRO:\n"
VENSIM: dict[str, tuple[str, Expected]] = {
    "stocks that begin in a chain": (
        "a = INTEG(1, 5)\nb = INTEG(a, a * 2)\nc = INTEG(-c / 2, INITIAL(b) + 1)",
        {"b": [10, 15, 21, 28, 36], "c": [11, 5.5, 2.75, 1.375, 0.6875]},
    ),
    "a fixed delay whose time is a variable": (
        "k = 2\nx = DELAY FIXED(Time * 2, k, k)\ny = DELAY FIXED(Time, IF THEN ELSE(Time < 2, 1, 3), 9)",
        {"x": [2, 2, 0, 2, 4], "y": [9, 0, 1, 2, 3]},
    ),
    "an equation beside a list of causes that differs from it": (
        "x  = A FUNCTION OF( b) ~~|\nx= b + 1\ny[A] = A FUNCTION OF( ) ~~|\ny[A]= 2\nA: a1, a2\nb = 3\n"
        "z= 5\nz  = A FUNCTION OF( b) ~~|",
        {"x": 4, "y[a2]": 2, "z": 5},
    ),
    "data made of other data": ('u:INTERPOLATE::= "T-F" / n\n"T-F" = 4\nn = 2', {"u": 2}),
    "a value held from the start, also where a run is resumed": ("x = REINITIAL(Time + 5)", {"x": 5}),
    "sampling": (
        "x = SAMPLE IF TRUE(MODULO(Time, 2) = 0, Time, -1)\ny = SAMPLE IF TRUE(Time > 2, Time, -1)",
        {"x": [0, 0, 2, 2, 4], "y": [-1, -1, -1, 3, 4]},
    ),
    "a lookup in the equation, with bounds": (
        "x = WITH LOOKUP(Time, ([(0,0)-(10,10),(0,0),(1,1)],(0,0),(2,4),(4,5)))",
        {"x": [0, 2, 4, 4.5, 5]},
    ),
    "lookups without bounds, unsorted, and as columns": (
        "t((2,4),(0,0),(4,5))\nu(0,2,4,0,4,5)\nx = t(Time)\ny = u(Time)\nz = LOOKUP INVERT(t, 2)\n"
        "e = TABXL(t, Time + 3)",
        {"x": [0, 2, 4, 4.5, 5], "y": [0, 2, 4, 4.5, 5], "z": 1, "e": [4.5, 5, 5.5, 6, 6.5]},
    ),
    "lookups named like functions": ("max table((0,0),(4,8))\nx = max table(Time)", {"x": [0, 2, 4, 6, 8]}),
    "a macro with a stock, of arrays and of itself": (
        "A: a1, a2\ny[A] = ACC(A, A * 10)\nz = ACC(ACC(1, 0), 1)",
        {"y[a2]": [20, 22, 24, 26, 28], "z": [1, 1, 2, 4, 7]},
    ),
    "names that differ in case and underscores": (
        "My Var = 3\nx = my_VAR + MY var + mAx(my var, 1)\nDIM: One, Two\na[dim] = 1, 2\ny = sum(A[Dim!])",
        {"x": 9, "y": 3},
    ),
    "names with other letters and in quotes": (
        'π = 4\nça va = 3\n"a ~ b|c" = 2\nx = π + ça va + "A ~ b|c"',
        {"x": 9},
    ),
    "names with quotes in quotes": (
        '"a \\"b\\" c" = 3\n"\\"q\\""[A] = 4\nA: a1\ny = "A \\"b\\"  c" * 2 + "\\"Q\\""[a1]',
        {r'a_\"b\"_c': 3, "y": 10},
    ),
    "names of constants elsewhere": ("nan = 3\ninf = 2\nx = nan * inf", {"x": 6}),
    "names of clock functions here": ("dt = 0.5\ntime x = 2\nx = dt * TIME STEP + time x", {"x": 2.5}),
    "lookups with signs in their names": (
        '"share (2) of a lookup"((0,0),(4,8))\nmax((0,0),(4,4))\nx = "share (2) of a lookup" (Time) + max(Time)',
        {"x": [0, 3, 6, 9, 12]},
    ),
    "an array with equations for two blocks": (
        "A: a1, a2\nB: b1, b2\nC <-> A\nD <-> B\nx[A, C] = A\nx[B, D] = 10 * D\ny = SUM(x[A!, C!]) + x[b1, b2]",
        {"y": 26, "x[b1,b2]": 20},
    ),
    "names of texts": ("s :IS: 'a ~ text, (of words)'\nx = 3", {"x": 3}),
    "exceptions": (
        "A: a1, a2, a3\nB: b1, b2\nx[A, B] :EXCEPT: [a1, B], [a2, b2] = 5\nx[a1, B] = 1\nx[a2, b2] = 2",
        {"x[a1,b2]": 1, "x[a2,b1]": 5, "x[a2,b2]": 2, "x[a3,b2]": 5},
    ),
    "an array only part of which is defined": ("A: a1, a2, a3\nx[a1] = 1\nx[a3] = 2\ny = x[a3] + x[a1]", {"y": 3}),
    "one subscript twice": ("A: a1, a2\nx[A, A] = A\ny[A] = x[A, A] * 2", {"y[a2]": 4}),
    "more dimensions on the left": (
        "A: a1, a2\nB: b1, b2\nx[A] = 1, 2\ny[A, B] = x[A]\nz[B, A] = y[A, B]",
        {"y[a2,b1]": 2, "z[b1,a2]": 2},
    ),
    "copies of ranges": ("A: a1, a2\nB <-> A\nx[A] = 1, 2\ny[A, B] = x[A] + 10 * x[B]", {"y[a2,a1]": 12}),
    "mappings": (
        "A: a1, a2, a3 -> B, (C: c3, c2, c1)\nB: b1, b2, b3\nC: c1, c2, c3\nx[A] = 1, 2, 3\ny[B] = x[A]\nz[C] = x[A]",
        {"y[b2]": 2, "z[c1]": 3},
    ),
    "mappings to groups": (
        "A: a1, a2, a3, a4\nL: a1, a2\nR: a3, a4\nB: b1, b2 -> (A: L, R)\nx[B] = 1, 2\ny[A] = x[B]",
        {"y[a2]": 1, "y[a3]": 2},
    ),
    "ranges in sequence, and their sums": (
        "S: (s1-s12)\nT: s2, (s4-s6)\nx[S] = S\ny = SUM(x[T!])\nz = ELMCOUNT(T)",
        {"y": 17, "z": 4},
    ),
    "an aging chain by shifted ranges": (
        "A: (y1-y3)\nP: (y1-y2) -> N\nN: (y2-y3)\ns[y1] = INTEG(-s[y1], 5)\ns[N] = INTEG(s[P] - s[N], 0)",
        {"s[y2]": [0, 5, 0, 0, 0], "s[y3]": [0, 0, 5, 0, 0]},
    ),
    "what is chosen of a vector": (
        "A: a1, a2, a3\nx[A] = 10, 30, 20\ns[A] = 1, 0, 1\nt = VECTOR SELECT(s[A!], x[A!], 0, 0, 0)\n"
        "o[A] = VECTOR SORT ORDER(x[A], 1)\nr[A] = VECTOR RANK(x[A], 1)\ne[A] = VECTOR ELM MAP(x[a1], A - 1)",
        {"t": 30, "o[a2]": 2, "r[a2]": 3, "e[a3]": 20},
    ),
    "delays of arrays": (
        "A: a1, a2\nk[A] = 2, 4\nx[A] = DELAY1(STEP(8, 1), k[A])\ny[A] = DELAY FIXED(STEP(8, 1), k[A], 0)",
        {"x[a1]": [0, 0, 4, 6, 7], "x[a2]": [0, 0, 2, 3.5, 4.625], "y[a1]": [0, 0, 0, 8, 8]},
    ),
    "ramps and steps of arrays": (
        "A: a1, a2\nk[A] = 1, 2\nx[A] = RAMP(2, k[A], 3)\ny[A] = STEP(1, k[A])\nz[A] = PULSE TRAIN(k[A], 1, 2, 10)",
        {"x[a1]": [0, 0, 2, 4, 4], "y[a2]": [0, 0, 1, 1, 1], "z[a2]": [0, 0, 1, 0, 1]},
    ),
    "whole numbers and fractions": ("x = 7 / 2\ny = 1 / 3 * 3\nz = -7 / 2\nw = 2 ^ -1", {"x": 3.5, "y": 1, "w": 0.5}),
    "games": ("x = GAME(Time * 2)", {"x": [0, 2, 4, 6, 8]}),
    "comments inside comments, and lines continued up to the end": (
        "{outer {inner ~ |} outer} a = 1 + {one {two} three} 2\nb = a\\\n * 2\\\t ",
        {"a": 3, "b": 6},
    ),
    "a lookup whose bracket stands on the next line": (
        "x = WITH LOOKUP\\\n\t (Time, ([(0,0)-(4,4)],(0,0),(4,8)))", {"x": [0, 2, 4, 6, 8]},
    ),
    "a subscript of the left side beside one that runs": (
        "A: a1, a2\nP: A\nx[A, P] = 1, 2; 3, 4;\nr[A] = SUM(x[A, A!])\nc[A] = SUM(x[A!, A])\np[A] = PROD(x[A, A!])\n"
        "m[A] = VMAX(x[A!, A])\nw[A] = SUM(x[A, P!])\nt = SUM(x[A!, P!])",
        {"r[a2]": 7, "c[a2]": 6, "p[a1]": 2, "m[a1]": 3, "w[a2]": 7, "t": 10},
    ),
    "ranges compared by the names of their elements": (
        "A: a1, a2, a3\nB: a3, a1, a2\nx[A, B] = IF THEN ELSE(A = B, 1, 0)\ny[A] = IF THEN ELSE(A <> a3, 5, 6)\n"
        "n = SUM(x[A!, B!])",
        {"x[a1,a1]": 1, "x[a1,a3]": 0, "n": 3, "y[a1]": 5, "y[a3]": 6},
    ),
    "a range that runs, as a number": (
        "A: a1, a2, a3\nB: a2, a3\nx[A] = 10, 20, 30\ny = SUM(A! * x[A!]) + SUM(A!)\n"
        "z[B] = SUM(IF THEN ELSE(A! <> B, x[A!], 0))\nw = VMAX(IF THEN ELSE(A! = a2, x[A!] + Time, 0))",
        {"y": 146, "z[a2]": 40, "z[a3]": 30, "w": [20, 21, 22, 23, 24]},
    ),
    "lookups as arguments of macros": (
        ":MACRO: TWICE(t, x)\nTWICE = 2 * t(x) + LOOKUP INVERT(t, x)\n:END OF MACRO:\nA: a1, a2\nl((0,0),(4,2))\n"
        "m[a1]((0,0),(4,4))\nm[a2]((0,0),(4,8))\nx = TWICE(l, Time)\ny[A] = TWICE(m[A], Time)",
        {"x": [0, 3, 6, 7, 8], "y[a1]": [0, 3, 6, 9, 12], "y[a2]": [0, 4.5, 9, 13.5, 18]},
    ),
    "values raised to their selection": (
        "A: a1, a2, a3\nx[A] = -2, 0.5, 9\ns[A] = 1, 2, 0\ny = VECTOR SELECT(s[A!], x[A!], 0, 5, 0)", {"y": -0.5},
    ),
    "a mapping to a range that names an element twice": (
        "P: p1, p2, p3 -> (F: f1, f2, f1)\nF: f1, f2, f3\nx[F] = 1, 2, 3\ny[P] = x[F]",
        {"y[p1]": 1, "y[p2]": 2, "y[p3]": 1},
    ),
    "fixed demands beyond what there is": (
        "P: pt, pp, pw, pe\nW: w1, w2\nf[W, pt] = 0\nf[W, pp] = 1, 2\nf[W, pw] = 1\nf[W, pe] = 0\nq[W] = 200, 50\n"
        "g[W] = ALLOCATE AVAILABLE(q[W], f[W, pt], 100)\ne[W] = ALLOCATE AVAILABLE(q[W], f[W, pt], 300)",
        {"g[w1]": 80, "g[w2]": 20, "e[w1]": 200, "e[w2]": 50},
    ),
    "a supply that the first priority uses up": (
        "W: w1, w2\nq[W] = 30, 70\np[W] = 5, 2\ng[W] = ALLOCATE BY PRIORITY(q[W], p[W], 2, 1, 30)",
        {"g[w1]": 30, "g[w2]": 0},
    ),
    "a market called with the first elements of its ranges": (
        "P: pt, pp, pw, pe\nB: b1, b2\nS: s1, s2\nd[B] = 10\nc[S] = 5, 8\nf[B, pt] = 1\nf[B, pp] = 1, 3\nf[B, pw] = 1\n"
        "f[B, pe] = 0\ng[S, pt] = 1\ng[S, pp] = 1, 2\ng[S, pw] = 1\ng[S, pe] = 0\n"
        "r = FIND MARKET PRICE(d[b1], f[b1, pt], c[s1], g[s1, pt])\n"
        "n = SUM(b[B!]) - SUM(s[S!])\nb[B] = DEMAND AT PRICE(d[B], f[B, pt], r)\n"
        "s[S] = SUPPLY AT PRICE(c[S], g[S, pt], r)",
        {"r": 2.125, "n": 0},
    ),
    "the inverse of a matrix over one range twice": (
        "A: a1, a2\nR: A\nC: A\nm[a1, C] = 2, 1\nm[a2, C] = 1, 3\ni[R, C] = INVERT MATRIX(m[A, A], 2)",
        {"i[a1,a1]": 0.6, "i[a1,a2]": -0.2, "i[a2,a2]": 0.4},
    ),
    "integrals that are held": (
        "x = SINTEG(-1, 2.5, 0, :NA:, :NA:, :NA:, :NA:)\ny = SINTEG(1, 1, :NA:, 4, :NA:, 3, 0.5)\n"
        "A: a1, a2\nz[A] = SINTEG(A, A, :NA:, 3, :NA:, :NA:, :NA:)",
        {"x": [2.5, 1.5, 0.5, 0, 0], "y": [1, 2, 3, 4, 4], "z[a2]": [2, 3, 3, 3, 3]},
    ),
    "a vector as a lookup": (
        "A: a1, a2, a3\nv[A] = 1, 3, 2\nx = VECTOR LOOKUP(v[a1], Time, 0, 4, 0)\n"
        "y = VECTOR LOOKUP(v[a1], Time, 0, 4, 1)\n"
        "b = VECTOR LOOKUP(v[a1], Time, 0, 4, 2)\nf = VECTOR LOOKUP(v[a1], Time, 0, 4, 4)\n"
        "e = VECTOR LOOKUP(v[A], 2 * Time - 2, 0, 4, 3)\nz = VECTOR LOOKUP(v[a1], 2 * Time - 2, 0, 4, 7)",
        {
            "x": [1, 2, 3, 2.5, 2], "y": [0, 1.5, 4, 6.75, 9], "b": [1, 1, 3, 3, 2], "f": [1, 3, 3, 2, 2],
            "e": [-1, 1, 3, 2, 1], "z": [0, 0, 4, 9, 12],
        },
    ),
    "material that takes less time, and more": (
        "d = IF THEN ELSE(Time < 1, 2, IF THEN ELSE(Time < 2, 1, 2))\nx = DELAY MATERIAL(Time + 1, d, 7, -1)",
        {"x": [7, 7, 3, -1, 3]},
    ),
    "depreciation in equal parts": (
        "x = DEPRECIATE STRAIGHTLINE(PULSE(1, 1) * 90, 3, 1, 0)\n"
        "y = DEPRECIATE STRAIGHTLINE(PULSE(1, 1) * 90, 1, 1, 0)",
        {"x": [0, 30, 30, 30, 0], "y": [0, 90, 0, 0, 0]},
    ),
    "macros named like functions here": (
        ":MACRO: INIT(x)\nINIT = INITIAL(x)\n:END OF MACRO:\n"
        ":MACRO: PREVIOUS(x)\nPREVIOUS = DELAY FIXED(x, TIME STEP, 7)\n"
        ":END OF MACRO:\ny = INIT(Time + 3) + INITIAL(Time + 1)\nz = PREVIOUS(Time)",
        {"y": 4, "z": [7, 0, 1, 2, 3]},
    ),
    "a delay of the second order whose time changes": (
        "t = 2 + STEP(2, 2)\nx = DELAY N(8, t, 0, 2)\ny = DELAY N(8, t, 0, 1)",
        {"x": [0, 0, 8, 2, 4], "y": [0, 4, 6, 3.5, 4.625]},
    ),
}  # fmt: skip


def vensim_file(equations: str) -> str:
    """A file of these equations, one per line, but for those that go on, and for the marks of macros."""
    lines = (
        line if line.endswith((":", "\\")) or line.startswith(":MACRO") else f"{line} ~~|"
        for line in equations.split("\n")
    )
    macros = ACCUMULATING if "ACC(" in equations else ""
    return macros + "\n".join(lines) + "\n" + ENDS


@pytest.mark.parametrize("feature", VENSIM)
def test_a_vensim_model_says(feature: str, tmp_path: Path) -> None:
    equations, expected = VENSIM[feature]
    path = tmp_path / "model.mdl"
    path.write_text(vensim_file(equations), encoding="utf-8")
    compare(path, expected)


@pytest.mark.parametrize(
    ("last", "expected"),
    [("B3", "abcd"), ("B2", "ab"), ("A4", "ace"), ("", "abxcdef"), ("A", "ace"), ("2", "abx"), ("B4", "abcdef")],
)
def test_names_of_a_range_are_read_across_and_then_down_with_blanks_passed_over(
    last: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "names.csv").write_text("what,is,this\na,b,x\nc,d,\ne,f,\n", encoding="utf-8")
    path = tmp_path / "model.mdl"
    equations = f"D: GET DIRECT SUBSCRIPT('names.csv', ',', 'A2', '{last}', 'n') ~~|\nx[D] = D ~~|\n"
    path.write_text(equations + ENDS, encoding="utf-8")
    assert [f"x[n{e}]" for e in expected] == [n for n in run_file(path) if n.startswith("x[")]


def test_elements_are_in_the_order_of_their_range_whatever_the_order_of_their_equations(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"A: a1, a2, a3 ~~|\nrest: a2, a3 ~~|\nx[rest] = 2 ~~|\nx[a1] = 1 ~~|\n{ENDS}", "utf-8")
    assert [name for name in run_file(path) if name.startswith("x")] == ["x[a1]", "x[a2]", "x[a3]"]


def test_an_equation_that_breaks_off_is_said_to_end_too_early(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"x = 3 + ~~|\n{ENDS}", "utf-8")
    with pytest.raises(InputError, match=r"m\.mdl:1:\d+: error: the equation ends too early"):
        run_file(path)


@pytest.mark.parametrize(
    ("separator", "cell", "expected"),
    [(";", "1,5", 1.5), (",", '"1,234,567.5"', 1234567.5), ("\t", " -1,234 ", -1234), (",", "2e3", 2000)],
)
def test_a_number_in_a_table_is_read_as_its_separator_suggests(
    separator: str, cell: str, expected: float, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(f"name{separator}value\na{separator}{cell}\n", encoding="utf-8")
    path = tmp_path / "model.mdl"
    path.write_text(f"x = GET DIRECT CONSTANTS('t.csv', '{separator}', 'B2') ~~|\n{ENDS}", encoding="utf-8")
    compare(path, {"x": expected})


@pytest.mark.parametrize(("separator", "cell"), [("\t", "1,5"), ("\t", "12,34,567"), (",", "nan"), (",", "1_000")])
def test_a_cell_that_is_no_plain_number_is_refused(separator: str, cell: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"name{separator}value\na{separator}{cell}\n", encoding="utf-8")
    path = tmp_path / "model.mdl"
    path.write_text(f"x = GET DIRECT CONSTANTS('t.csv', '{separator}', 'B2') ~~|\n{ENDS}", encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.mdl:1:5: error: cell B2 has no number"):
        run_file(path)


def test_allocation_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    curves = ("P: pt, pp, pw, pe", "A: a1, a2", "f[A, pt] = 13", "f[A, pp] = 1, 2", "f[A, pw] = 1", "f[A, pe] = 0")
    call = ("q[A] = 7", "x[A] = ALLOCATE AVAILABLE(q[A], f[A, pt], 5)")
    path.write_text("".join(f"{entry} ~~|\n" for entry in (*curves, *call)) + ENDS, "utf-8")
    with pytest.raises(
        InputError, match=r"model\.mdl:8:33: error: curves of type 13 are not supported \(Vensim rounds"
    ):
        run_file(path)


def test_an_undefined_cell_among_data_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "model.csv").write_text("time,d\n0,1\n2,NaN\n4,5\n", encoding="utf-8")
    path = tmp_path / "model.mdl"
    path.write_text(f"d ~~|\nx = d ~~|\n{ENDS}", encoding="utf-8")
    compare(path, {"x": [1, 2, 3, 4, 5]})


RAW_DATA = "time,a,b[one],b[two]\n0,1,10,\n2,2,,\n3,,30,300\n"
ABSENT = -(2.0**109)


@pytest.mark.parametrize(
    ("filled", "expected"),
    [
        ("a + b[one], 5", [11, ABSENT, 7, 35, ABSENT]),
        ("k * a / b[one], :NA:", [0.2, ABSENT, ABSENT, ABSENT, ABSENT]),
        ("SUM(b[E!]), 7", [17, ABSENT, ABSENT, 330, ABSENT]),
        ("a, 7", [1, ABSENT, 2, ABSENT, ABSENT]),
    ],
)
def test_a_number_replaces_missing_data_unless_all_are_missing(
    filled: str, expected: list[float], tmp_path: Path
) -> None:
    (tmp_path / "model.csv").write_text(RAW_DATA, encoding="utf-8")
    path = tmp_path / "model.mdl"
    equations = f"E: one, two ~~|\na:RAW: ~~|\nb[E]:RAW: ~~|\nk = 2 ~~|\nx := X IF MISSING({filled}) ~~|\n"
    path.write_text(equations + ENDS, encoding="utf-8")
    compare(path, {"x": expected})


def test_data_computed_of_raw_data_are_missing_where_one_of_these_is(tmp_path: Path) -> None:
    (tmp_path / "model.csv").write_text(RAW_DATA, encoding="utf-8")
    path = tmp_path / "model.mdl"
    equations = "E: one, two ~~|\na:RAW: ~~|\nb[E]:RAW: ~~|\nx := a / b[one] ~~|\ny := 2 * x + 1 ~~|\nz = 2 * a ~~|\n"
    path.write_text(equations + ENDS, encoding="utf-8")
    missing = [ABSENT] * 4
    compare(path, {"x": [0.1, *missing], "y": [1.2, *missing], "z": [2, 2 * ABSENT, 4, 2 * ABSENT, 2 * ABSENT]})


def test_marks_of_a_tool_after_the_last_entry_are_ignored_with_a_warning() -> None:
    found = parse_vensim(f"x = 1 ~~|\n{ENDS}<[SHAPES]>\n<[SHAPE]>\n\\\\\\---/// Sketch\n", "m.mdl")
    assert [str(w) for w in found.warnings] == ["m.mdl:6:1: warning: this text after the last entry is ignored"]


@pytest.mark.parametrize("entry", ["y = 2", "E: one, two", "t((0,0),(1,1))"])
def test_an_entry_without_its_bar_at_the_end_is_an_error(entry: str) -> None:
    with pytest.raises(InputError, match=r"m\.mdl:6:1: error: the entry is not closed"):
        parse_vensim(f"x = 1 ~~|\n{ENDS}{entry}\n\\\\\\---/// Sketch\n", "m.mdl")


def test_a_rate_that_begins_with_a_plus_is_its_flows() -> None:
    found = parse_vensim(f"s = INTEG(+into - out, 3) ~~|\ninto = 1 + Time ~~|\nout = Time ~~|\n{ENDS}", "m.mdl")
    stock = found.model.variables["s"]
    assert (stock.inflows, stock.outflows) == (("into",), ("out",))
    assert stock.equations[0].expression == Reference("into") - Reference("out")
