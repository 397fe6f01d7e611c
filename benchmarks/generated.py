"""Models of any size, made by a seed: the same model as XMILE text and as a C program.

Every equation is one of a few forms (arithmetic, exp, log, tanh, a power, a choice) over parameters, stocks and
earlier auxiliaries; every fifth is a stock that its flow pulls towards a moving goal, so that values stay bounded and
no equation is idle.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

STEPS = 320
SAVED = 4
_FORMS = (  # as XMILE, as C; a is an auxiliary, b and c are stocks, p a parameter, k a number: all stay bounded
    ("({a} + {p} * {b}) / (1 + ({c}) ^ 2)", "({a} + {p} * {b}) / (1 + ({c}) * ({c}))"),
    ("{a} * {p} - {b} * {c}", "{a} * {p} - {b} * {c}"),
    ("{p} * ({a} - {b}) + {k} * {c}", "{p} * ({a} - {b}) + {k} * {c}"),
    ("EXP(-({a}) ^ 2 * {p}) + {b} * {k}", "exp(-(({a}) * ({a})) * {p}) + {b} * {k}"),
    ("LN(1 + ({a}) ^ 2) * {p} - {b} * {k}", "log(1 + ({a}) * ({a})) * {p} - {b} * {k}"),
    ("TANH({a} - {b}) + {p} * {c}", "tanh({a} - {b}) + {p} * {c}"),
    ("(0.1 + ABS({a})) ^ {p} - {b} * {k}", "pow(0.1 + fabs({a}), {p}) - {b} * {k}"),
    ("IF {a} > {b} THEN {c} * {p} ELSE {b} - {k}", "({a} > {b}) ? {c} * {p} : {b} - {k}"),
    ("MAX({a}, {b}) - {p} * MIN({c}, {k})", "max({a}, {b}) - {p} * min({c}, {k})"),
    ("{a} * {k} + {b} * {p} + {c}", "{a} * {k} + {b} * {p} + {c}"),
)


@dataclass(frozen=True)
class Generated:
    """``auxiliaries``: (name, XMILE, C) in order; ``stocks``: (name, initial parameter, rate in XMILE and in C)."""

    equations: int
    parameters: tuple[str, ...]
    auxiliaries: tuple[tuple[str, str, str], ...]
    stocks: tuple[tuple[str, str, str, str], ...]
    step: float = 1 / 16

    @property
    def saved(self) -> tuple[str, ...]:
        """Names of the saved series: stocks, evenly spread."""
        return tuple(s[0] for s in self.stocks[:: max(1, len(self.stocks) // SAVED)][:SAVED])

    def xmile(self) -> str:
        """The model as a file that any reader of XMILE takes."""
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" version="1.0">',
            "<header><vendor>wherenow</vendor><product>benchmarks</product><name>generated</name></header>",
            f"<sim_specs><start>0</start><stop>{STEPS * self.step}</stop><dt>{self.step}</dt></sim_specs>",
            "<model><variables>",
        ]
        lines += [
            f'<aux name="{name}"><eqn>{0.5 + 0.01 * (i % 37)}</eqn></aux>' for i, name in enumerate(self.parameters)
        ]
        for name, text, _ in self.auxiliaries:
            lines.append(f'<aux name="{name}"><eqn>{_escaped(text)}</eqn></aux>')
        for name, initial, text, _ in self.stocks:
            lines.append(f'<stock name="{name}"><eqn>{initial}</eqn><inflow>{name}_flow</inflow></stock>')
            lines.append(f'<flow name="{name}_flow"><eqn>{_escaped(text)}</eqn></flow>')
        lines.append("</variables></model></xmile>")
        return "\n".join(lines)

    def c(self, block: int) -> str:
        """A C function ``run(draws, parameters, out)``, arrays ``[parameter][draw]`` and ``[saved][step][draw]``.

        Draws go by blocks that stay in the nearest cache; in a block each step is one loop over draws, vectorised.
        """
        saved = self.saved
        lines = [
            "#include <math.h>",
            "#define max(a, b) ((a) > (b) ? (a) : (b))",
            "#define min(a, b) ((a) < (b) ? (a) : (b))",
            "void run(long draws, const double *restrict parameters, double *restrict out) {",
            f"  double state[{len(self.stocks)}][{block}] __attribute__((aligned(64)));",
            f"  double input[{len(self.parameters)}][{block}] __attribute__((aligned(64)));",
            f"  for (long first = 0; first < draws; first += {block}) {{",
            f"    for (int i = 0; i < {block}; i++) {{",
        ]
        lines += [f"      input[{i}][i] = parameters[{i} * draws + first + i];" for i in range(len(self.parameters))]
        place = {name: i for i, name in enumerate(self.parameters)}
        lines += [f"      state[{i}][i] = input[{place[s[1]]}][i];" for i, s in enumerate(self.stocks)]
        lines += [
            "    }",
            f"    for (long step = 0; step <= {STEPS}; step++) {{",
            "#pragma omp simd",
            f"      for (int i = 0; i < {block}; i++) {{",
        ]
        lines += [f"        const double {name} = input[{i}][i];" for i, name in enumerate(self.parameters)]
        lines += [f"        const double {s[0]} = state[{i}][i];" for i, s in enumerate(self.stocks)]
        lines += [f"        const double {name} = {text};" for name, _, text in self.auxiliaries]
        for i, name in enumerate(saved):
            lines.append(f"        out[({i} * {STEPS + 1}L + step) * draws + first + i] = {name};")
        for i, (name, _, _, text) in enumerate(self.stocks):
            lines.append(f"        state[{i}][i] = {name} + {self.step} * ({text});")
        lines += ["      }", "    }", "  }", "}"]
        return "\n".join(lines) + "\n"


def generate(equations: int, seed: int = 1) -> Generated:
    """A model of that many equations: a fifth stocks with a flow each, three fifths auxiliaries."""
    chosen = random.Random(seed)
    count = equations // 5
    parameters = tuple(f"p{i}" for i in range(max(4, count)))
    stocks = [f"s{i}" for i in range(count)]
    auxiliaries: list[tuple[str, str, str]] = []
    for i in range(equations - 2 * count):
        parts = {k: chosen.choice(stocks) for k in "abc"}
        if auxiliaries:
            parts["a"] = chosen.choice(auxiliaries[-20:])[0]
        parts["p"] = chosen.choice(parameters)
        parts["k"] = f"{chosen.uniform(0.1, 0.9):.3f}"
        xmile, c = _FORMS[i % len(_FORMS)]
        auxiliaries.append((f"a{i}", xmile.format(**parts), c.format(**parts)))
    made: list[tuple[str, str, str, str]] = []
    for i, name in enumerate(stocks):
        # every auxiliary feeds a stock, so that none is idle
        goals = [a[0] for a in auxiliaries[i::count]]
        mean = "(" + " + ".join(goals) + f") * {1 / len(goals):.6f}"
        rate = f"(MAX(-2, MIN(2, {mean})) - {name}) / {chosen.choice(parameters)}"
        made.append((name, parameters[i % len(parameters)], rate, rate.replace("MAX", "max").replace("MIN", "min")))
    return Generated(equations, parameters, tuple(auxiliaries), tuple(made))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
