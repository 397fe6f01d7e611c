"""Functions of the points of a lookup or of data, as separate lookups.

``LOOKUP AREA`` and ``LOOKUP SLOPE`` (Vensim help, "Lookups") and ``GET DATA MIN`` and its like ("Data Functions")
depend on the points alone. Their values are computed once, here, as separate lookups beside the original, with the same
subscripts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from wherenow.language.syntax import MISSING, Table
from wherenow.model.model_types import Equation, Kind, TimeSpec, Variable

Points = tuple[tuple[float, ...], tuple[float, ...]]
Limit = float | str
"""A time: a number, or ``starttime`` or ``stoptime``."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A lookup to make from the points of the one named ``of``; ``limits`` are the times between which points count."""

    of: str
    way: str
    limits: tuple[Limit, Limit] | None = None


def with_derived(
    variables: Mapping[str, Variable], sources: Mapping[str, Variable], derived: Mapping[str, Derived], time: TimeSpec
) -> dict[str, Variable]:
    """Add the ``derived`` lookups, by their names, to ``variables``; ``sources`` have the points."""
    made = {name: _made(name, sources[d.of], d, time) for name, d in derived.items() if d.of in sources}
    return {**variables, **made}


def _made(name: str, source: Variable, derived: Derived, time: TimeSpec) -> Variable:
    label = f"{source.label} {derived.way}".strip()
    equations = tuple(_of(e, derived, time) for e in source.equations)
    return replace(source, name=name, kind=Kind.LOOKUP, equations=equations, unit="", label=label, about="", range=None)


def _of(equation: Equation, derived: Derived, time: TimeSpec) -> Equation:
    table = equation.expression
    if not isinstance(table, Table):
        return equation
    if derived.limits is not None:
        start, end = (_time(limit, time) for limit in derived.limits)
        inside = [y for x, y in zip(table.xs, table.ys, strict=True) if start <= x <= end]
        made: Points = ((0.0,), (_EXTREMES[derived.way](inside) if inside else MISSING,))
    else:
        made = _WAYS[derived.way](table.xs, table.ys)
    made_of = Table(*made, span=table.span) if derived.way == "line" else Table(*made, "previous", span=table.span)
    return replace(equation, expression=made_of)


def _time(limit: Limit, time: TimeSpec) -> float:
    return limit if isinstance(limit, float) else time.start if limit == "starttime" else time.stop


def _before(xs: tuple[float, ...], ys: tuple[float, ...]) -> Points:
    """Return at each point from the second on the value of the one before."""
    return (xs[1:], ys[:-1]) if len(xs) > 1 else (xs, ys)


def _area(xs: tuple[float, ...], ys: tuple[float, ...]) -> Points:
    """Return the area from the first point to each."""
    points = zip(xs, ys, strict=True)
    strips = ((b - a) * (left + right) / 2 for (a, left), (b, right) in itertools.pairwise(points))
    return xs, tuple(itertools.accumulate(strips, initial=0.0))


def _slopes(mode: int) -> Callable[[tuple[float, ...], tuple[float, ...]], Points]:
    """Return the slope of each segment, at each point (the mean of both sides), and outside.

    The outside counts as a side of the first and the last point, unless it is :NA:.
    """

    def make(xs: tuple[float, ...], ys: tuple[float, ...]) -> Points:
        points = zip(xs, ys, strict=True)
        inner = [(right - left) / (b - a) for (a, left), (b, right) in itertools.pairwise(points)] or [0.0]
        beyond = {0: (0.0, 0.0), 1: (inner[0], inner[-1]), -1: (MISSING, MISSING)}[mode]
        ends = (inner[0], inner[-1]) if mode < 0 else beyond
        sides = [ends[0], *(inner if len(xs) > 1 else []), ends[1]]
        return tuple(zip(*_steps(xs, sides, beyond), strict=True))  # type: ignore[return-value]

    return make


def _steps(xs: tuple[float, ...], sides: list[float], beyond: tuple[float, float]) -> Iterator[tuple[float, float]]:
    yield math.nextafter(xs[0], -math.inf), beyond[0]
    for place, (x, (before, after)) in enumerate(zip(xs, itertools.pairwise(sides), strict=True), start=1):
        yield x, (before + after) / 2
        yield math.nextafter(x, math.inf), after if place < len(xs) else beyond[1]


_WAYS: Mapping[str, Callable[[tuple[float, ...], tuple[float, ...]], Points]] = MappingProxyType({
    "line": lambda xs, ys: (xs, ys),  # interpolated linearly, even if the data variable is not
    "before": _before,
    "points": lambda xs, _: (xs, xs),
    "area": _area,
    "slope": _slopes(0),
    "slope beyond": _slopes(1),
    "slope within": _slopes(-1),
    "first time": lambda xs, _: ((0.0,), (xs[0] if xs else MISSING,)),
    "last time": lambda xs, _: ((0.0,), (xs[-1] if xs else MISSING,)),
})  # fmt: skip
_EXTREMES: Mapping[str, Callable[[list[float]], float]] = MappingProxyType({"least": min, "greatest": max})
