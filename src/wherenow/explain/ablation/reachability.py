"""Find the claims whose answer a cut can change, from the structure of the model alone.

A cut of a → b changes only b and what depends on it. It changes nothing if a is made of constants alone, because a then
has the same bits at every step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Table, walk
from wherenow.model.cuts import Pair
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.graph import links
from wherenow.model.model_types import Kind
from wherenow.model.system import Element, System

_MOVING = (FunctionKind.MEMORY, FunctionKind.NOISE, FunctionKind.CLOCK)


@dataclass(frozen=True)
class Reach:
    """Queries on the dependencies of ``system``, by names of variables."""

    system: System
    _known: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _after(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for link in links(self.system):
            found.setdefault(link.source, set()).add(link.target)
        return found

    def following(self, names: Iterable[str]) -> set[str]:
        """Return ``names`` and everything that depends on one of them, including through initial values."""
        return set().union(*(self._following(name) for name in names))

    def _following(self, first: str) -> set[str]:
        if first not in self._known:
            found: set[str] = set()
            waiting = [first]
            while waiting:
                name = waiting.pop()
                if name not in found:
                    found.add(name)
                    waiting.extend(self._after.get(name, ()))
            self._known[first] = found
        return self._known[first]

    def steps_to(self, names: Iterable[str]) -> dict[str, int]:
        """Return the number of links from each variable to the nearest of ``names``, for variables that reach one."""
        before: dict[str, list[str]] = {}
        for source, targets in self._after.items():
            for target in targets:
                before.setdefault(target, []).append(source)
        found = dict.fromkeys(names, 0)
        waiting = deque(found)
        while waiting:
            name = waiting.popleft()
            for source in before.get(name, ()):
                if source not in found:
                    found[source] = found[name] + 1
                    waiting.append(source)
        return found

    @cached_property
    def still(self) -> frozenset[str]:
        """The variables that no run can change without intervention, because they are made of constants alone."""
        elements = self.system.elements
        still: set[str] = {e.name for e in elements.values() if e.kind in (Kind.PARAMETER, Kind.LOOKUP)}
        still |= {e.name for e in elements.values() if e.kind is Kind.SERIES and _flat(e)}
        for name in self.system.order:
            element = elements[name]
            calls = (FUNCTIONS[n.function].kind for n in walk(element.expression) if isinstance(n, Call))
            made = element.kind in (Kind.AUXILIARY, Kind.FLOW) and not any(kind in _MOVING for kind in calls)
            if made and all(source in still for source in mentioned(element.expression)):
                still.add(name)
        moving = {e.variable.name for e in elements.values() if e.name not in still}
        return frozenset(e.variable.name for e in elements.values()) - moving

    def changed_by(self, cuts: Iterable[Pair], touched: Iterable[str] = ()) -> set[str]:
        """Return the variables that can differ under ``cuts``, in a run with interventions on ``touched``."""
        stirred = self.following(touched)
        return self.following(b for a, b in cuts if a not in self.still or a in stirred)


def _flat(series: Element) -> bool:
    return isinstance(series.expression, Table) and len(set(series.expression.ys)) == 1
