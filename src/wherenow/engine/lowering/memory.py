"""Functions with memory: their states and initial values.

Smooths and delays follow the equivalent stock-and-flow structures of XMILE 1.0, 3.5.4 and the Vensim reference manual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from wherenow.engine.lowering.builder import Builder
from wherenow.engine.lowering.pointwise import POINTWISE
from wherenow.errors import InputError
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Call, Expression
from wherenow.model.system import System


class LoweringLike(Protocol):
    b: Builder
    system: System

    def value(self, node: Expression, first: bool) -> int: ...
    def truth(self, node: Expression, first: bool) -> int: ...
    def state(self, label: str, initial: int, change: Callable[[int], int], continuous: bool = True) -> int: ...
    def history(self, value: Callable[[], int]) -> int: ...
    def whole(self, node: Expression, what: str) -> int: ...
    def beforehand(self, position: int) -> float | None: ...
    def wrong(self, message: str) -> InputError: ...


@dataclass(frozen=True, slots=True)
class Memory:
    """The lowering of a call: ``run`` adds its states and returns its value, ``first`` returns its initial value."""

    run: Callable[[LoweringLike, Call], int]
    first: Callable[[LoweringLike, Call], int]


def _given(node: Call, name: str) -> Expression | None:
    """Return the argument with this name in the function table, if the call has it."""
    rows = FUNCTIONS[node.function].arguments
    return next((a for a, row in zip(node.arguments, rows, strict=False) if row.name == name), None)


def _argument(node: Call, name: str) -> Expression:
    argument = _given(node, name)
    assert argument is not None, (node.function, name)
    return argument


def _initial(low: LoweringLike, node: Call) -> int:
    """Return the first value: the argument ``initial``, or the input's."""
    given = _given(node, "initial")
    return low.value(given if given is not None else _argument(node, "input"), first=True)


# -- held values


def _previous(low: LoweringLike, node: Call) -> int:
    change = lambda _: low.value(_argument(node, "input"), first=False)  # noqa: E731
    return low.state("previous", _initial(low, node), change, continuous=False)


def _sample(low: LoweringLike, node: Call) -> int:
    b = low.b
    condition = low.truth(_argument(node, "condition"), first=False)
    current = low.value(_argument(node, "input"), first=False)
    return_value: list[int] = []
    held = low.state("held", _initial(low, node), lambda _: return_value[0], continuous=False)
    return_value.append(b("select", condition, current, held))
    return return_value[0]


def _integral(low: LoweringLike, node: Call) -> int:
    return low.state("integral", _initial(low, node), lambda _: low.value(_argument(node, "rate"), first=False))


# -- smooths: a chain of levels, each adjusting to the one before


def _smooth(order: int | None) -> Callable[[LoweringLike, Call], int]:
    def run(low: LoweringLike, node: Call) -> int:
        b = low.b
        n = order or low.whole(_argument(node, "order"), "the order of a smooth")
        initial = _initial(low, node)

        def share() -> int:
            return b("div", low.value(_argument(node, "averaging_time"), first=False), b.constant(float(n)))

        before: int | None = None
        for _ in range(n):
            source = before
            before = low.state(
                "smooth",
                initial,
                lambda here, source=source: b(  # type: ignore[misc]
                    "div",
                    b("sub", low.value(_argument(node, "input"), False) if source is None else source, here),
                    share(),
                ),
            )
        assert before is not None
        return before

    return run


# -- material delays: a chain of levels, each of which flows into the next


def _stages(low: LoweringLike, order: int, delay_time: Expression) -> int:
    """Return the order of a delay, limited to its duration in steps: a level cannot empty in less than one step.

    Vensim's DELAY N does the same, as its runs show; the delay time is that at parameters' central values.
    """
    lasting = low.beforehand(low.value(delay_time, first=True))
    if lasting is None:
        return order
    return max(1, min(order, int(lasting / low.system.time.step + 1e-9)))


def _delay(order: int | None) -> Callable[[LoweringLike, Call], int]:
    def run(low: LoweringLike, node: Call) -> int:
        b = low.b
        delay_time = _argument(node, "delay_time")
        n = order or _stages(low, low.whole(_argument(node, "order"), "the order of a delay"), delay_time)
        parts = b.constant(float(n))
        stay = b("div", low.value(delay_time, first=False), parts)
        full = b("mul", _initial(low, node), b("div", low.value(delay_time, first=True), parts))
        return _levels(low, node, full, [stay] * n)

    return run


def _levels(low: LoweringLike, node: Call, full: int, stays: list[int]) -> int:
    """Return the outflow of levels that each flow into the next, given the first content and the stay in each."""
    b, out = low.b, None
    for stay in stays:

        def change(here: int, source: int | None = out, stay: int = stay) -> int:
            into = low.value(_argument(node, "input"), first=False) if source is None else source
            return b("sub", into, b("div", here, stay))

        out = b("div", low.state("delay", full, change), stay)
    assert out is not None
    return out


def _batched(low: LoweringLike, node: Call) -> int:
    """Lower DELAY N: all levels empty with the current delay time, except the last, which uses the previous step's.

    Vensim's own runs show this (docs/conformance.md); with a constant delay time it is an ordinary delay.
    """
    b = low.b
    delay_time = _argument(node, "delay_time")
    n = _stages(low, low.whole(_argument(node, "order"), "the order of a delay"), delay_time)
    parts, first = b.constant(float(n)), low.value(delay_time, first=True)
    if first == low.value(delay_time, first=False):  # the delay time is constant: a number or a parameter
        return _delay(n)(low, node)
    index = low.history(lambda: low.value(delay_time, first=False))
    full = b("mul", _initial(low, node), b("div", first, parts))
    now = b("div", low.value(delay_time, first=False), parts)
    before = b("div", b("past", b.constant(1.0), first, index=index), parts)
    return _levels(low, node, full, [now] * (n - 1) + [before])


def _past(low: LoweringLike, node: Call, first_time: bool) -> int:
    """Lower the value a delay time ago, rounded to the nearest step (half up), and at least one step."""
    b = low.b
    step = b.constant(low.system.time.step)
    steps = b("div", low.value(_argument(node, "delay_time"), first=first_time), step)
    lag = b("max", b("floor", b("add", steps, b.constant(0.5))), b.constant(1.0))
    index = low.history(lambda: low.value(_argument(node, "input"), first=False))
    return b("past", lag, _initial(low, node), index=index)


MOST_MATERIAL = 500
"""Maximum number of steps with a material delay whose time varies: each step reads all earlier ones."""


def _material(low: LoweringLike, node: Call) -> int:
    """Lower the outflow at this step: the inputs whose delay time ends now, and the initial value until then."""
    b, spec = low.b, low.system.time
    if spec.steps > MOST_MATERIAL:
        raise low.wrong(f"DELAY MATERIAL with a delay time that varies runs for {MOST_MATERIAL} steps at most")

    def lag(first: bool) -> int:
        steps = b("div", low.value(_argument(node, "delay_time"), first), b.constant(spec.step))
        return b("max", b("floor", b("add", steps, b.constant(0.5))), b.constant(1.0))

    zero, lags = b.constant(0.0), low.history(lambda: lag(first=False))
    inputs = low.history(lambda: low.value(_argument(node, "input"), first=False))
    arrived = b("lt", b("step"), lag(first=True))
    total = b("select", arrived, _initial(low, node), zero)
    for k in range(1, spec.steps + 1):  # an input of k steps ago arrives now if its delay was k steps then
        ago = b.constant(float(k))
        arrives = b("eq", b("past", ago, zero, index=lags), ago)
        total = b("add", total, b("select", arrives, b("past", ago, zero, index=inputs), zero))
        arrived = b("or", arrived, arrives)
    return b("select", arrived, total, low.value(_argument(node, "missing"), first=False))


# -- trend and forecast: against a first-order smooth of the input


def _average(low: LoweringLike, node: Call) -> tuple[int, int, int]:
    """Return the input, its averaging time, and its smooth, initialised so that the first trend is `initial`."""
    b = low.b
    value, over = (low.value(_argument(node, n), first=False) for n in ("input", "averaging_time"))
    first, over_first = (low.value(_argument(node, n), first=True) for n in ("input", "averaging_time"))
    first_trend = _given(node, "initial")
    trend = low.value(first_trend, first=True) if first_trend is not None else b.constant(0.0)
    initial = b("div", first, b("add", b.constant(1.0), b("mul", trend, over_first)))
    return value, over, low.state("average", initial, lambda here: b("div", b("sub", value, here), over))


def _trend(low: LoweringLike, node: Call) -> int:
    value, over, average = _average(low, node)
    return POINTWISE["zidz"](low.b, low.b("sub", value, average), low.b("mul", over, average))


def _trend_first(low: LoweringLike, node: Call) -> int:
    given = _given(node, "initial")
    return low.value(given, first=True) if given is not None else low.b.constant(0.0)


def _ahead(low: LoweringLike, node: Call, value: int, trend: int, first: bool) -> int:
    b = low.b
    carried = b("mul", trend, low.value(_argument(node, "horizon"), first))
    return b("mul", value, b("add", b.constant(1.0), carried))


def _forecast(low: LoweringLike, node: Call) -> int:
    return _ahead(low, node, low.value(_argument(node, "input"), False), _trend(low, node), first=False)


def _forecast_first(low: LoweringLike, node: Call) -> int:
    return _ahead(low, node, low.value(_argument(node, "input"), True), _trend_first(low, node), first=True)


MEMORY: Mapping[str, Memory] = MappingProxyType({
    "init": Memory(*(lambda low, node: low.value(_argument(node, "value"), first=True),) * 2),
    "active_initial": Memory(lambda low, node: low.value(_argument(node, "value"), first=False), _initial),
    "previous": Memory(_previous, _initial),
    "sample_if_true": Memory(_sample, _initial),
    "integ": Memory(_integral, _initial),
    "smth1": Memory(_smooth(1), _initial), "smth3": Memory(_smooth(3), _initial), "smthn": Memory(_smooth(None), _initial),
    "delay1": Memory(_delay(1), _initial), "delay3": Memory(_delay(3), _initial), "delayn": Memory(_delay(None), _initial),
    "delayn_batched": Memory(_batched, _initial),
    "delay": Memory(lambda low, node: _past(low, node, first_time=False), _initial),
    "delay_fixed": Memory(lambda low, node: _past(low, node, first_time=True), _initial),
    "delay_material": Memory(_material, _initial),
    "trend": Memory(_trend, _trend_first),
    "forcst": Memory(_forecast, _forecast_first),
})  # fmt: skip
