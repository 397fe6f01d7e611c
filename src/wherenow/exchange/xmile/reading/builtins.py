"""Functions that XMILE files call and the function table lacks, translated to the table.

isee systems' builtins (Stella help, "Builtins") and the names that Vensim models have in XMILE. A function without
counterpart stays a call and is reported as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from wherenow.exchange.vensim.translation.random_numbers import beta_number, gamma_number, negative_binomial_number
from wherenow.language.syntax import Binary, Call, Conditional, Each, Expression, Number, Reference, call
from wherenow.model.rewrite import rewrite

Arguments = tuple[Expression, ...]
Translation = Callable[[Arguments], Expression]


_TIME, _DT, _START, _PI = (call(n) for n in ("time", "dt", "starttime", "pi"))
_ZERO, _ONE = Number(0.0), Number(1.0)


def _wave(function: str) -> Translation:
    def translation(given: Arguments) -> Expression:
        amplitude, period = given
        angle = 2 * _PI * _TIME / period
        return amplitude * call(function, angle)

    return translation


def _counter(given: Arguments) -> Expression:
    """Count from ``start`` by dt up to, but not including, ``end``, and repeat."""
    start, end = given
    return start + (_TIME - _START) % (end - start)


def _history(given: Arguments) -> Expression:
    """Return the value at an earlier time; 0 if that time is in the future."""
    value, at = given
    past = Conditional(at >= _TIME, value, call("delay", value, _TIME - at))
    return Conditional(at > _TIME, _ZERO, past)


def _derivative(given: Arguments) -> Expression:
    """Return the change over the last step, repeated for higher orders."""
    value = given[0]
    order = int(given[1].value) if len(given) > 1 and isinstance(given[1], Number) else 1
    for _ in range(min(max(order, 0), 4)):
        value = (value - call("previous", value, value)) / _DT
    return value


def _root(given: Arguments) -> Expression:
    value, order = given
    return call("sign", value) * call("abs", value) ** (1 / order)


def _montecarlo(given: Arguments) -> Expression:
    """Return 1 with a probability in percent per unit of time, else 0."""
    drawn = call("uniform", _ZERO, Number(100.0), *given[1:2])
    return Conditional(drawn < given[0] * _DT, _ONE, _ZERO)


def _compound(given: Arguments) -> Expression:
    """Return the growth fraction that, compounded each step, makes the given percentage per unit of time."""
    growth = 1 + given[0] / 100
    return (growth**_DT - 1) / _DT


def _npv(given: Arguments) -> Expression:
    """Return the discounted sum of a stream (Vensim reference manual, "NPV"): a macro of the library."""
    stream, rate, *rest = given
    return call("npv", stream, rate, *(rest or [_ZERO]), *([] if len(rest) > 1 else [_ONE]))


def _annuity(given: Arguments) -> tuple[Expression, Expression]:
    """Return the growth of 1 over a number of periods, and the sum of payments of 1 at the end of each."""
    rate, periods = given[:2]
    growth = (1 + rate) ** periods
    payments = Conditional(Binary("=", rate, _ZERO), periods, call("safediv", growth - 1, rate))
    return growth, payments


def _future_value(given: Arguments) -> Expression:
    """Return ``FV(rate, periods, payment, present value)``: payments are negative, as in spreadsheets."""
    growth, payments = _annuity(given)
    present = given[3] if len(given) > 3 else _ZERO
    return 0 - (present * growth + given[2] * payments)


def _present_value(given: Arguments) -> Expression:
    growth, payments = _annuity(given)
    future = given[3] if len(given) > 3 else _ZERO
    return 0 - (future + given[2] * payments) / growth


def _payment(given: Arguments) -> Expression:
    growth, payments = _annuity(given)
    future = given[3] if len(given) > 3 else _ZERO
    return 0 - (given[2] * growth + future) / payments


def _allocation(given: Arguments) -> Expression:
    """Share a supply by priority, with rectangular curves of one width.

    Converters write Vensim's ALLOCATE BY PRIORITY so (simlin, ``mdl/writer.rs``). Stella's form with a type of curve
    is not translated.
    """
    supply, along, *arrays, width = given
    demand, priority = (rewrite(array, partial(_over, along)) for array in arrays)
    return call("allocate_by_priority", demand, priority, call("size", along), width, supply)


def _over(along: Expression, node: Expression) -> Expression:
    """Let an array's range, or the array itself, run with the dimension ``along``."""
    if not isinstance(node, Reference) or node == along:
        return node
    ranges = tuple(along if isinstance(s, Each) else s for s in node.subscripts)
    return replace(node, subscripts=ranges or (along,))


def _drawn(name: str, count: int) -> tuple[int, int, Translation]:
    """Draw from a distribution of the library, with or without a seed, which has no effect here."""
    return count, count + 1, lambda given: call(name, *given[:count])


def _binomial(given: Arguments) -> Expression:
    """Count successes; Stella takes a probability outside 0 to 1 as 1."""
    trials, share = given[:2]
    outside = (share < 0) | (share > 1)
    return call("binomial", trials, Conditional(outside, _ONE, share))


def _chosen(ordered: bool) -> Translation:
    """Count the choices of some of a number of things: ordered, or as sets."""

    def translation(given: Arguments) -> Expression:
        n, r = given
        logs = [call("gamma_ln", x + 1) for x in (n, n - r, r)]
        less = logs[1] if ordered else logs[1] + logs[2]
        return call("round", call("exp", logs[0] - less))

    return translation


def _shifted_poisson(given: Arguments) -> Expression:
    """Translate Vensim's ``RANDOM POISSON(min, max, mean, shift, stretch, seed)``, without truncation."""
    return given[3] + given[4] * call("poisson", given[2], given[5])


def _same(name: str, *order: int) -> Translation:
    """Call the table's function ``name`` with the arguments at these positions (by default all)."""
    return lambda given: Call(name, tuple(given[i] for i in order if i < len(given)) if order else given)


_TRANSLATIONS: Mapping[str, tuple[int, int, Translation]] = MappingProxyType({
    # value: the smallest and largest number of arguments, and the translation
    "sinwave": (2, 2, _wave("sin")),
    "coswave": (2, 2, _wave("cos")),
    "counter": (2, 2, _counter),
    "history": (2, 2, _history),
    "derivn": (1, 2, _derivative),
    "rootn": (2, 2, _root),
    "montecarlo": (1, 2, _montecarlo),
    "cgrowth": (1, 1, _compound),
    "npv": (2, 4, _npv),
    "fv": (3, 4, _future_value),
    "pv": (3, 4, _present_value),
    "pmt": (3, 4, _payment),
    "allocate": (5, 5, _allocation),
    "triangular": _drawn("triangular", 3),
    "weibull": _drawn("weibull", 2),
    "pareto": _drawn("pareto", 2),
    "logistic": _drawn("logistic", 2),
    "negbinomial": (2, 3, lambda given: negative_binomial_number(*given[:2])),
    "binomial": (2, 3, _binomial),
    "gamma": (2, 3, lambda given: given[1] * gamma_number(given[0])),
    "beta": (2, 3, lambda given: beta_number(*given[:2])),
    "combinations": (2, 2, _chosen(ordered=False)),
    "permutations": (2, 2, _chosen(ordered=True)),
    "gammaln": (1, 1, _same("gamma_ln")),
    "runmax": (1, 1, _same("runmax")),
    "runmin": (1, 1, _same("runmin")),
    # names in Stella 9
    "logn": (1, 1, _same("ln")),
    "arraysum": (1, 1, _same("sum")),
    "arraymean": (1, 1, _same("mean")),
    "arraystddev": (1, 1, _same("stddev")),
    "safe_div": (2, 3, _same("safediv")),
    "mod": (2, 2, lambda given: given[0] % given[1]),
    "switch": (2, 2, lambda given: Conditional(given[0] > given[1], _ONE, _ZERO)),
    "if_then_else": (3, 3, lambda given: Conditional(given[0], given[1], given[2])),
    "nan": (0, 0, lambda given: Number(float("nan"))),
    "infinity": (0, 0, lambda given: call("inf")),
    "endval": (1, 2, lambda given: given[-1]),
    "pct": (1, 1, _same("percent")),
    "factorial": (1, 1, lambda given: call("round", call("exp", call("gamma_ln", given[0] + 1)))),
    # Vensim's names (reference manual, "Functions")
    "initial": (1, 1, _same("init")),
    "game": (1, 1, lambda given: given[0]),
    "smooth": (2, 2, _same("smth1")),
    "smoothi": (3, 3, _same("smth1")),
    "smooth1": (2, 3, _same("smth1")),
    "smooth3": (2, 2, _same("smth3")),
    "smooth3i": (3, 3, _same("smth3")),
    "smooth_n": (4, 4, _same("smthn", 0, 1, 3, 2)),
    "delay1i": (3, 3, _same("delay1")),
    "delay3i": (3, 3, _same("delay3")),
    "delay_n": (4, 4, _same("delayn_batched", 0, 1, 3, 2)),
    "delay_information": (3, 3, _same("delay")),
    "random_0_1": (0, 0, lambda given: call("uniform", _ZERO, _ONE)),
    "random_uniform": (2, 3, _same("uniform")),
    "random_normal": (5, 5, _same("normal", 2, 3, 4, 0, 1)),
    "random_poisson": (6, 6, _shifted_poisson),
    "elmcount": (1, 1, _same("size")),
})  # fmt: skip


REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "allocate": "only with five arguments: its types of curves were not found documented",
        "irr": "where its search for a rate stops is not published; NPV at a rate of your own is offered",
        "clocktime": "a run with the computer's clock would not repeat",
        **dict.fromkeys(("runcount", "sensiruncount"), "it counts the runs of a session of Stella"),
        **dict.fromkeys(("rework", "lookupxy", "mlpann"), "it was not found documented"),
        **dict.fromkeys(
            ("cycletime", "ctflow", "ctmax", "ctmean", "ctmin", "ctstddev", "throughput", "proctime"),
            "the contents of a conveyor are not tracked by age",
        ),
        **dict.fromkeys(("cap", "capacity", "ostate", "qlen", "qelem"), "queues and ovens run as continuous stocks"),
        **dict.fromkeys(("attrcount", "attrmax", "attrmean", "attrmin", "attrstddev"), "attributes are not kept"),
        "geometric": "the help does not say whether the success counts: write NEGBINOMIAL(1, p), or 1 more",
    }
)
"""Functions that are known but unsupported, with the reason."""


NAMES = frozenset(_TRANSLATIONS)


def translate(node: Call) -> Expression:
    """Translate ``node`` if it is one of these functions with a valid number of arguments."""
    found = _TRANSLATIONS.get(node.function)
    if found is None or not found[0] <= len(node.arguments) <= found[1]:
        return node
    made = found[2](node.arguments)
    return replace(made, span=node.span) if isinstance(made, Binary | Conditional | Call | Number) else made


def is_bare_constant(node: Expression) -> bool:
    """Check whether a plain name is one of these functions called without brackets (``NAN``)."""
    return isinstance(node, Reference) and not node.subscripts and node.name in ("nan", "infinity")
