"""An ensemble of runs, with displays for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wherenow.ensemble.runs import Array, Ensemble, quantiles_over_draws
from wherenow.language.syntax import canonical

if TYPE_CHECKING:
    import pandas

    from wherenow.api.notebooks.picture import Picture
    from wherenow.outlook.outlook_types import Datum, Fan

SHOWN = 12
"""Maximum number of table rows in a notebook."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Runs(Ensemble):
    """Trajectories ``values[variable, time, draw]`` of an ensemble at ``times``.

    ``runs["x"]`` is ``[time, draw]`` of one scalar, in any spelling; :meth:`to_dataset` returns an xarray Dataset by
    ``draw`` and ``time``, with units; :meth:`plot` draws a fan.

    Examples
    --------
    >>> import wherenow
    >>> m = wherenow.open("epidemic.mdl")
    >>> runs = m.sample({"contact rate": "lognormal(8, 0.3)"}, n=100, seed=1)
    >>> runs["infectious"].shape  # time × draw
    (101, 100)
    >>> dict(runs.to_dataset().sizes)
    {'draw': 100, 'time': 101}
    """

    @classmethod
    def of(cls, runs: Ensemble) -> Runs:
        """Return the same ensemble with the methods of this class."""
        return cls(**{name: getattr(runs, name) for name in Ensemble.__slots__})

    def __getitem__(self, name: str) -> Array:
        """Return ``[time, draw]`` of one scalar. Raises UsageError for a name that was not saved."""
        return Ensemble.__getitem__(self, spelled(name))

    def table(self) -> pandas.DataFrame:
        """Tabulate the median and the 90% interval of each scalar at the end of the run, in its unit.

        Examples
        --------
        >>> import wherenow
        >>> runs = wherenow.open("teacup.mdl").sample({"room temperature": "normal(70, 5)"}, n=64, seed=1)
        >>> float(runs.table().loc["teacup_temperature", "median"].round())
        75.0
        """
        import pandas

        rows = [self.quantiles(name, (0.05, 0.5, 0.95))[:, -1] for name in self.names]
        table = pandas.DataFrame(rows, pandas.Index(self.names, name="name"), ["5 %", "median", "95 %"])
        return table.assign(unit=[saved.unit for saved in self.saved])

    def plot(self, name: str, data: pandas.Series | None = None) -> Picture:
        """Draw the fan of one scalar: the median, and the bands with 50% and 90% of the draws.

        Parameters
        ----------
        name
            a scalar that was saved, in any spelling.
        data
            measured values by time, drawn as dots.

        Raises
        ------
        UsageError
            if the scalar was not saved.

        Examples
        --------
        >>> import wherenow
        >>> runs = wherenow.open("teacup.mdl").sample({"room temperature": "normal(70, 5)"}, n=64, seed=1)
        >>> runs.plot("Teacup Temperature")
        Picture(Teacup Temperature, in Degrees Fahrenheit)
        """
        from wherenow.api.notebooks.picture import fan_picture  # the report's charts take a second to load

        return fan_picture(self.fan(name, data), self.time_unit)

    def fan(self, name: str, data: pandas.Series | None = None) -> Fan:
        """Compute the quantiles over draws that :meth:`plot` draws; arguments and errors are the same.

        Returns
        -------
        Fan
            ``quantiles[share, time]`` in the scalar's unit, for the shares 5%, 25%, 50%, 75% and 95%.
        """
        from wherenow.outlook.outlook_types import SHARES, Datum, Fan

        scalar = spelled(name)
        values = self[scalar]
        saved = self.saved[self._row(scalar)]
        points: tuple[Datum, ...] = ()
        if data is not None:
            pairs = zip(data.index, data.to_numpy(), strict=True)
            points = tuple(Datum(f"{t:g}", float(t), float(v), "read") for t, v in pairs if v == v)
        label = (saved.label or saved.variable) + (f" [{', '.join(saved.elements)}]" if saved.elements else "")
        quantiles = quantiles_over_draws(values, SHARES)
        return Fan(
            name=scalar,
            label=label,
            unit=saved.unit,
            times=self.times,
            quantiles=quantiles,
            central=self.at_centre(scalar),
            data=points,
        )

    def _repr_html_(self) -> str:
        table = self.table()
        more = f"<p>and {len(table) - SHOWN} more</p>" if len(table) > SHOWN else ""
        summary = f"{len(self):,} runs, {self.times[0]:g} to {self.times[-1]:g} {self.time_unit}; values at the end"
        return f"<p>{summary}</p>{table.head(SHOWN).to_html()}{more}"


def spelled(name: str) -> str:
    """Return a scalar's canonical name: ``"Stock[North, Coal]"`` becomes ``stock[north,coal]``."""
    variable, bracket, inside = name.partition("[")
    elements = ",".join(canonical(part) for part in inside.removesuffix("]").split(","))
    return f"{canonical(variable)}[{elements}]" if bracket else canonical(variable)
