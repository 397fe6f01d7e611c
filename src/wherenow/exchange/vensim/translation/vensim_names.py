"""The kinds of a Vensim file's names, which the translation of an equation needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wherenow.exchange.vensim.translation.calendar import Calendar
from wherenow.exchange.vensim.translation.derived_lookups import Derived
from wherenow.exchange.vensim.vensim_syntax import Name
from wherenow.language.syntax import Call


@dataclass(slots=True, kw_only=True)
class Names:
    """The names of one file. ``outputs`` collects the variables that macro calls write into, ``derived`` the lookups to
    make from the points of others.

    Among the ``variables``, ``tables`` can be called with an argument, and ``data`` are those tables that are data;
    ``constants`` stay the same throughout a run, and the points of lookups in ``flat`` have one positive height. A
    macro's ``parameters`` may be tables, whose points are unknown until it is called.
    """

    tables: frozenset[str]
    variables: frozenset[str]
    dimensions: Mapping[str, tuple[str, ...]]  # elements of each dimension, by its name
    macros: Mapping[str, tuple[str, ...]]  # further outputs of each macro, by its name
    data: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    flat: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    calendar: Calendar | None = None  # calendar that date functions use
    step: float | None = None  # value of TIME STEP, if it is a number
    outputs: list[tuple[Name, Call]] = field(default_factory=list)
    derived: dict[str, Derived] = field(default_factory=dict)
