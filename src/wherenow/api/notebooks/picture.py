"""Pictures for notebooks: an SVG without dependencies, and an interactive chart where Altair is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherenow.api.extras import needed
from wherenow.errors import UsageError
from wherenow.files import atomic_write
from wherenow.outlook.outlook_types import SHARES, Fan
from wherenow.report.charts.axis import ChartSize
from wherenow.report.charts.fan import fan_chart
from wherenow.report.wording.numbers import human_name

if TYPE_CHECKING:
    import altair

SIZE = ChartSize(640, 320)
RESOLUTION = 2.0
"""Pixels of a PNG file per unit of the drawing."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A drawing with a title: ``svg`` is a complete file; :meth:`altair` returns the interactive version.

    A notebook shows the interactive chart where Altair is installed and JavaScript runs, and the SVG elsewhere.
    """

    title: str
    svg: str
    _chart: Callable[[], Any] | None = None

    def __repr__(self) -> str:
        return f"Picture({self.title})"

    def save(self, path: str | Path) -> Path:
        """Write the drawing to an ``.svg`` file, or to ``.png`` with ``wherenow[web]``.

        Returns
        -------
        Path
            the file that was written.

        Raises
        ------
        UsageError
            for another suffix, or if the folder does not exist.

        Examples
        --------
        >>> import tempfile, wherenow
        >>> wherenow.open("teacup.mdl").diagram().save(tempfile.mkdtemp() + "/teacup.svg").name
        'teacup.svg'
        """
        target = picture_file(path)
        content = self.svg.encode()
        if target.suffix.lower() == ".png":
            import vl_convert

            content = vl_convert.svg_to_png(self.svg, scale=RESOLUTION)
        with atomic_write(target) as beside:
            beside.write_bytes(content)
        return target

    def altair(self) -> altair.Chart | altair.LayerChart:
        """Return the picture as an Altair chart, to change or combine it.

        Raises
        ------
        UsageError
            if Altair is not installed, or the picture is drawn as SVG only.
        """
        if self._chart is None:
            raise UsageError(f"'{self.title}' is drawn as SVG only")
        if find_spec("altair") is None:
            raise UsageError("this needs altair, which is not installed", "pip install altair")
        return self._chart()  # type: ignore[no-any-return]

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, Any]:
        bundle: dict[str, Any] = {"image/svg+xml": self.svg, "text/plain": repr(self)}
        if self._chart is not None and find_spec("altair") is not None:
            import altair

            version = altair.SCHEMA_VERSION.partition(".")[0]  # major version, such as "v6"
            bundle[f"application/vnd.vegalite.{version}+json"] = self.altair().to_dict()
        return bundle


def picture_file(path: str | Path) -> Path:
    """Check the path of a picture before long work. Raises UsageError if no picture can be written there."""
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".svg", ".png"):
        raise UsageError(f"a picture is written as .svg or .png, not '{target.name}'")
    if kind == ".png":
        needed("vl_convert")
    return target


def fan_picture(fan: Fan, time_unit: str) -> Picture:
    """Draw a fan as a picture."""
    from wherenow.report.pictures import alone

    label = human_name(fan.label)
    unit = "" if fan.unit.lower() in ("", "1", "dmnl") else fan.unit
    title = f"{label}, in {unit}" if unit else label
    return Picture(title, alone(fan_chart(fan, title, SIZE, time_unit)), lambda: _fan_chart(fan, title, time_unit))


def _fan_chart(fan: Fan, title: str, time_unit: str) -> Any:
    import altair as alt
    import pandas

    names = ["5 %", "25 %", "median", "75 %", "95 %"]
    assert len(names) == len(SHARES)
    table = pandas.DataFrame(dict(zip(names, fan.quantiles, strict=True))).assign(time=fan.times)
    x = alt.X("time:Q", title=time_unit or "time", scale=alt.Scale(zero=False))
    base = alt.Chart(table).encode(x=x)
    bands = [
        base.mark_area(opacity=0.25, color="#1f5f8b").encode(alt.Y(f"{low}:Q", title=title), alt.Y2(f"{high}:Q"))
        for low, high in (("5 %", "95 %"), ("25 %", "75 %"))
    ]
    hover = [alt.Tooltip(name, format=".4~g") for name in ("time", *names)]
    layers = [*bands, base.mark_line(color="#1f5f8b").encode(alt.Y("median:Q"), tooltip=hover)]
    if fan.data:
        points = pandas.DataFrame([(d.time, d.value) for d in fan.data], columns=["time", "value"])
        dots = alt.Chart(points).mark_circle(color="#222", size=40)
        layers.append(dots.encode(x=x, y="value:Q", tooltip=["time", "value"]))
    return alt.layer(*layers).properties(title=title, width=SIZE.width, height=SIZE.height).interactive()
