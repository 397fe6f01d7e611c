"""Loops that matter, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from wherenow.api.notebooks.picture import Picture
from wherenow.explain.loops.loop_shares import NamedLoops

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Loops(NamedLoops):
    """Feedback loops and their ``shares[loop, period, draw]`` of the behaviour; periods begin at ``times``.

    A share lies between -1 (the loop causes all of the behaviour, and is balancing) and 1 (reinforcing).
    """

    @classmethod
    def of(cls, loops: NamedLoops) -> Loops:
        """Return the same loops with the methods of this class."""
        return cls(**{field.name: getattr(loops, field.name) for field in fields(NamedLoops)})

    def __repr__(self) -> str:
        return f"Loops({len(self.loops)} over {self.shares.shape[2]} draws)\n{self.table()}"

    def table(self) -> pandas.DataFrame:
        """Tabulate each loop: its title, its polarity, its mean share, and when it leads.

        Examples
        --------
        >>> import wherenow
        >>> wherenow.open("epidemic.mdl").loops().table()["polarity"].tolist()
        ['-', '+', '-']
        """
        import pandas

        size = np.abs(self.shares).mean(axis=(1, 2))
        turn = self.shares.mean(axis=(1, 2))
        leads: dict[str, list[str]] = {name: [] for name in self.loops}
        for one in self.leading():
            leads[one.loop].append(f"{one.first:.4g} to {one.last:.4g}")
        rows = [
            (title, "+" if turn[i] > 0 else "-" if turn[i] < 0 else "", float(size[i]), ", ".join(leads[name]))
            for i, (name, title) in enumerate(zip(self.loops, self.titles, strict=True))
        ]
        return pandas.DataFrame(rows, pandas.Index(self.loops, name="loop"), ["title", "polarity", "share", "leads"])

    def plot(self) -> Picture:
        """Draw each loop's share of the behaviour over time.

        Examples
        --------
        >>> import wherenow
        >>> wherenow.open("teacup.mdl").loops().plot()
        Picture(Which loop leads when)
        """
        from wherenow.report.charts.why_chart import loops_chart

        return Picture("Which loop leads when", str(loops_chart(self)))

    def _repr_html_(self) -> str:
        return self.table().to_html(float_format="{:.0%}".format)
