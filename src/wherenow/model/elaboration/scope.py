"""What is bound at a place in an expression that is unfolded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from wherenow.language.syntax import Expression, IndexRange
from wherenow.model.elaboration.subscripts import Bound

Axis = tuple[str, int]  # reduced dimension, and the position of its use within a reference


class Computed(NamedTuple):
    """A subscript that is known at run time only, and the elements that it may mean."""

    place: Expression
    elements: tuple[str, ...]


def range_axis(limits: IndexRange, dimension: str) -> Axis:
    """Return the axis of a range among the subscripts."""
    return f"{limits.first}:{limits.last}:{dimension}", 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What is bound at a place in an expression: dimensions by the equation, axes by array functions around it.

    Inside a reduction, a plain subscript is the element of the equation, if the equation has that dimension, and only
    ``*`` or ``d!`` varies (:meth:`within`). Along a vector, the current element replaces it (:meth:`along`).
    """

    binding: Mapping[str, Bound]
    axes: Mapping[Axis, str] = field(default_factory=dict)

    @property
    def single(self) -> Mapping[str, str]:
        """The binding of the dimensions that have one element, as all have if a single element is unfolded."""
        return {d: e for d, e in self.binding.items() if isinstance(e, str)}

    def along(self, axes: Mapping[Axis, str]) -> Scope:
        """Return the scope in which the elements of axes take precedence over those of the equation."""
        return Scope({**self.binding, **_named(axes)}, {**self.axes, **axes})

    def within(self, axes: Mapping[Axis, str]) -> Scope:
        """Return the scope in which the elements of the equation take precedence over those of axes."""
        return Scope({**_named(axes), **self.binding}, {**self.axes, **axes})


def _named(axes: Mapping[Axis, str]) -> dict[str, str]:
    return {name: element for (name, use), element in axes.items() if use == 0 and ":" not in name}
