"""Models of many equations over arrays, made by rule, one kind for each construct that array equations may hold.

``python -m benchmarks.arrays KIND [EQUATIONS ELEMENTS]`` prints the processor seconds from XMILE text to the first
result of one run: in all, then for reading, elaboration, lowering, compilation and the run; last the operations.
With ``apart`` at the end it prints the wall time of a run, and of the same model unfolded element by element.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

from benchmarks.generated import generate
from benchmarks.measure import least
from wherenow.engine.backend import default_inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile
from wherenow.model.elaboration import elaborate as elaboration
from wherenow.model.elaboration.elaborate import elaborate

STEPS = 100
_FORMS = (  # a is an auxiliary, b and c are stocks, p a constant, k a number: all stay bounded
    "({a} + {p} * {b}) / (1 + {c} * {c})",
    "{a} * {k} + {b} * {p} + {c}",
    "MAX({a}, {b}) - {p} * MIN({c}, {k})",
    "IF {a} &gt; {b} THEN {c} * {p} ELSE {b} - {k}",
    "{p} * ({a} - {b}) / (1 + ABS({a})) + {k} * {c}",
)
KINDS: Mapping[str, str] = MappingProxyType({  # what every fifth auxiliary adds
    "plain": "",
    "non-negative stocks": "",
    "noise": " + 0.01 * NORMAL(0, 1)",
    "smooths and delays": " + SMTH1({b}, 3) - DELAY3({c}, 2 + {p}) + 0.1 * DELAY({b}, 2, 1)",
    "one lookup": " + LOOKUP(curve, {b})",
    "a lookup by element": " + curves[d]",
    "sums": " + SUM({bare}[*]) / 100",
    "neighbours": " + {bare}[d - 1]",
    "a number by element": "",
    "computed subscripts": " + {bare}[1 + INT(ABS({c}))]",
    "elements compared": " + (IF d = e3 THEN {b} ELSE 0)",
})  # fmt: skip


def written(kind: str, equations: int, elements: int, seed: int = 1) -> str:
    """Return a model of this kind as XMILE: a tenth of its equations stocks, two tenths flows, one constants."""
    chosen, extra = random.Random(seed), KINDS[kind]
    count = equations // 10
    over = '<dimensions><dim name="d"/></dimensions>'
    names = [f"e{i + 1}" for i in range(elements)]

    def numbers(number: Callable[[int], float]) -> str:
        if kind != "a number by element":
            return f"<eqn>{number(0)}</eqn>"
        return "".join(f'<element subscript="{e}"><eqn>{number(i):.4f}</eqn></element>' for i, e in enumerate(names))

    curve = '<gf><xscale min="0" max="2"/><ypts>0,0.5,0.8,{}</ypts></gf>'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" version="1.0">',
        "<header><vendor>wherenow</vendor><product>benchmarks</product><name>arrays</name></header>",
        f"<sim_specs><start>0</start><stop>{STEPS / 16}</stop><dt>{1 / 16}</dt></sim_specs>",
        f'<dimensions><dim name="d">{"".join(f"<elem name={chr(34)}{e}{chr(34)}/>" for e in names)}</dim></dimensions>',
        "<model><variables>",
    ]
    if kind == "one lookup":
        lines.append(f'<gf name="curve">{curve.format(1).removeprefix("<gf>")}')
    if kind == "a lookup by element":
        by_element = "".join(
            f'<element subscript="{e}"><eqn>s0[d]</eqn>{curve.format(1 + i / elements)}</element>'.replace(
                "[d]", f"[{e}]"
            )
            for i, e in enumerate(names)
        )
        lines.append(f'<aux name="curves">{over}{by_element}</aux>')
    for i in range(count):
        lines.append(f'<aux name="p{i}">{over}{numbers(lambda j, i=i: 0.5 + 0.01 * ((i + j) % 37))}</aux>')  # type: ignore[misc]
    auxiliaries = [f"a{i}" for i in range(equations - 4 * count)]
    for i, name in enumerate(auxiliaries):
        stocks = [f"s{chosen.randrange(count)}" for _ in range(2)]
        parts = {"a": f"{chosen.choice(auxiliaries[max(0, i - 20) : i])}[d]" if i else "s0[d]", "bare": stocks[0]}
        parts |= {"b": f"{stocks[0]}[d]", "c": f"{stocks[1]}[d]", "p": f"p{chosen.randrange(count)}[d]"}
        form = _FORMS[i % len(_FORMS)] + (extra if i % 5 == 0 else "")
        lines.append(
            f'<aux name="{name}">{over}<eqn>{form.format(**parts, k=f"{chosen.uniform(0.1, 0.9):.3f}")}</eqn></aux>'
        )
    for i in range(count):
        goals = [f"{a}[d]" for a in auxiliaries[i::count]]
        limit = "<non_negative/>" if kind == "non-negative stocks" else ""
        flows = f"<inflow>in{i}</inflow><outflow>out{i}</outflow>"
        lines += [
            f'<stock name="s{i}">{over}{numbers(lambda j: 1 + 0.01 * j)}{flows}{limit}</stock>',
            f'<flow name="in{i}">{over}<eqn>MAX(-2, MIN(2, ({" + ".join(goals)}) / {len(goals)}))</eqn></flow>',
            f'<flow name="out{i}">{over}<eqn>s{i}[d] / p{chosen.randrange(count)}[d]</eqn></flow>',
        ]
    return "\n".join([*lines, "</variables></model></xmile>"])


def main() -> None:
    kind, *words = sys.argv[1:]
    text = written(kind, *map(int, words[:2] or (2000, 100)))
    small = generate(5)  # LLVM begins
    Native(lower(elaborate(parse_xmile(small.xmile())[0]), small.saved), threads=1)
    if words[2:] == ["apart"]:
        print(*_runs(text))
        return
    times = [time.process_time()]

    def passed() -> None:
        times.append(time.process_time())

    model = parse_xmile(text)[0]
    passed()
    system = elaborate(model)
    passed()
    program = lower(system)
    passed()
    native = Native(program, width=1, threads=1)
    passed()
    native.run(default_inputs(program))
    passed()
    parts = [b - a for a, b in pairwise(times)]
    print(sum(parts), *parts, len(program.nodes))


def _runs(text: str) -> list[float]:
    """Return the seconds of a run of the model, and of the same with every array unfolded element by element."""
    programs = []
    for many in (elaboration.MANY, sys.maxsize):
        elaboration.MANY = many
        programs.append(lower(elaborate(parse_xmile(text)[0])))
    whole, apart = (Native(program, width=1, threads=1) for program in programs)
    inputs = default_inputs(programs[0])
    arrays = [native.allocate(inputs) for native in (whole, apart)]
    return least(lambda: whole.run(inputs, out=arrays[0]), lambda: apart.run(inputs, out=arrays[1]))


if __name__ == "__main__":
    main()
