"""Comparison of two models: which equations differ, and how that changes the runs at central values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wherenow.api.inspection.listings import equation_text
from wherenow.case.case_types import Case
from wherenow.ensemble.draws import central
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate
from wherenow.model.model_types import TimeSpec, Variable

if TYPE_CHECKING:
    import pandas

SAME = 1e-9
"""Differences below this share of a variable's range over both runs are rounding."""


@dataclass(frozen=True, slots=True)
class EquationEdit:
    """One difference: ``what`` of ``name`` is ``before`` in one model and ``after`` in the other.

    ``what`` is ``equation``, ``initial value``, ``unit``, ``kind``, ``documentation``, ``clock``, or ``variable`` where
    only one model has it.
    """

    name: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.what == "variable":
            return f"{self.name}: {'added' if not self.before else 'removed'}: {self.before or self.after}"
        return f"{self.name}: {self.what}: {self.before or 'none'} -> {self.after or 'none'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The largest difference between two runs of a scalar, in its unit, at ``time``.

    ``first`` is the time from which the runs differ; ``share`` is the difference as a share of the scalar's range.
    """

    name: str  # name of the scalar
    first: float
    time: float
    before: float  # value in the first run at ``time``
    after: float  # value in the second run at ``time``
    share: float


@dataclass(frozen=True, slots=True)
class ModelDiff:
    """The differences between two models; ``departures`` are sorted by their share of the variable's range."""

    before: str
    after: str
    edits: tuple[EquationEdit, ...]
    departures: tuple[Departure, ...]
    compared: int

    @property
    def same(self) -> bool:
        """Whether nothing differs, in equations or in behaviour."""
        return not self.edits and not self.departures

    def table(self) -> pandas.DataFrame:
        """Tabulate the departures, largest share of the range first.

        Returns
        -------
        DataFrame
            one row per scalar: ``first`` and ``time`` in the model's time unit, ``before`` and ``after`` in the
            scalar's unit, and ``share`` of the scalar's range.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> m.compare(m.cut("susceptible -> infecting")).table().index[0]
        'infectious'
        """
        import pandas

        columns = ["first", "time", "before", "after", "share"]
        rows = [(d.first, d.time, d.before, d.after, d.share) for d in self.departures]
        return pandas.DataFrame(rows, pandas.Index([d.name for d in self.departures], name="name"), columns)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, most: int = 20) -> Iterator[str]:
        """Describe the comparison in words, line by line.

        Parameters
        ----------
        most
            how many departures to describe, the largest first.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> print(*m.compare(m).lines())
        no difference: the equations are the same, and so are 4 series
        """
        if self.same:
            yield f"no difference: the equations are the same, and so are {self.compared} series"
            return
        yield from map(str, self.edits)
        if not self.departures:
            yield f"the behaviour is the same: {self.compared} series compared"
        for d in self.departures[:most]:
            yield (
                f"{d.name}: {d.before:.6g} -> {d.after:.6g} at {d.time:g} ({d.share:.0%} of its range), "
                f"apart from {d.first:g} on"
            )
        if len(self.departures) > most:
            yield f"and {len(self.departures) - most} more series"

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON types; numbers that are not finite become None."""
        from dataclasses import asdict

        found = asdict(self)
        for row in found["departures"]:
            row.update({k: None for k, v in row.items() if isinstance(v, float) and not np.isfinite(v)})
        return found


def compare(before: Case, after: Case) -> ModelDiff:
    """Compare equations as written, and every series that both models have at the times that both save."""
    runs = [simulate(case, central()) for case in (before, after)]
    shared = [name for name in runs[0].names if name in set(runs[1].names)]
    departures = [d for name in shared if (d := _departure(name, *runs)) is not None]
    departures.sort(key=lambda d: -d.share)
    return ModelDiff(before.name, after.name, tuple(_edits(before, after)), tuple(departures), len(shared))


def _edits(before: Case, after: Case) -> Iterator[EquationEdit]:
    clocks = [_clock(case.model.time) for case in (before, after)]
    if clocks[0] != clocks[1]:
        yield EquationEdit("time", "clock", *clocks)
    old, new = before.model.variables, after.model.variables
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            yield from _changed(old[name], new[name])
        else:
            yield EquationEdit(
                name, "variable", *(equation_text(side[name]) if name in side else "" for side in (old, new))
            )


def _changed(old: Variable, new: Variable) -> Iterator[EquationEdit]:
    trees = [[(e.expression, e.subscripts, e.excepted) for e in v.equations] for v in (old, new)]
    firsts = [[e.initial for e in v.equations] for v in (old, new)]
    if trees[0] != trees[1] or firsts[0] != firsts[1]:
        what = "equation" if trees[0] != trees[1] else "initial value"
        yield EquationEdit(old.name, what, *_shown(old, new, what))
    for what, part in (("unit", "unit"), ("kind", "kind"), ("documentation", "about")):
        before, after = (str(getattr(variable, part)) for variable in (old, new))
        if before != after:
            yield EquationEdit(old.name, what, before, after)


def _shown(old: Variable, new: Variable, what: str) -> list[str]:
    if what == "equation":
        return [equation_text(v) for v in (old, new)]
    texts = [" ".join(" ".join(e.initial_text.content.split()) for e in v.equations) for v in (old, new)]
    return texts if texts[0] != texts[1] else [equation_text(v) for v in (old, new)]


def _clock(time: TimeSpec) -> str:
    return f"{time.start:g} to {time.stop:g} by {time.step:g}, saved every {time.save:g}, {time.method}"


def _departure(name: str, before: Ensemble, after: Ensemble) -> Departure | None:
    times, mine, theirs = np.intersect1d(before.times, after.times, return_indices=True)
    if not len(times):
        return None
    a, b = before[name][mine, 0], after[name][theirs, 0]
    ends = np.array([a, b])
    finite = ends[np.isfinite(ends)]
    span = float(np.ptp(finite)) if len(finite) else 0.0
    apart = np.abs(a - b)
    lost = np.isfinite(a) != np.isfinite(b)
    apart = np.where(lost, np.inf, np.nan_to_num(apart))
    off = apart > SAME * max(span, 1e-300)
    if not off.any():
        return None
    at = int(apart.argmax())
    share = float(apart[at] / span) if span else float("inf")
    return Departure(
        name=name,
        first=float(times[int(off.argmax())]),
        time=float(times[at]),
        before=float(a[at]),
        after=float(b[at]),
        share=share,
    )
