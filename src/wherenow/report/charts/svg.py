"""SVG elements as escaped markup, for the charts of the report."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

XMLNS = "http://www.w3.org/2000/svg"
Points = NDArray[np.float64]
"""Places on a drawing: ``(n, 2)``, across and down, in pixels."""


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """Write ``<tag …>children</tag>``, escaping everything that is not markup already.

    ``class_`` becomes ``class``, other underscores become hyphens, attributes that are None are left out, and numbers
    have at most one decimal, a tenth of a pixel.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{''.join(escape(c) for c in children)}</{tag}>")


def drawing(
    width: float, height: float, title: str, description: str, *children: object, class_: str, **attributes: object
) -> Markup:
    """Make a drawing that scales with its column and has a title and description for screen readers.

    Its role is ``img`` unless the attributes give another: screen readers cannot enter an image.
    """
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",  # natural size, unless a style sheet overrides it
        **{"role": "img", "aria_label": f"{title}. {description}", **attributes},
    )


def line(points: Points) -> str:
    """Return path data through ``points``, ``(n, 2)``; NaN breaks the line."""
    finite = np.isfinite(points).all(axis=1)
    if finite.all():
        return _stroke(points)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(int)))
    return "".join(_stroke(points[first:stop]) for first, stop in zip(edges[::2], edges[1::2], strict=True))


def band(low: Points, high: Points) -> str:
    """Return path data of the area between two lines, without points where either is NaN."""
    finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    outline = np.concatenate([low[finite], high[finite][::-1]])
    return _stroke(outline) + "Z" if len(outline) else ""


def _stroke(points: Points) -> str:
    """Format one unbroken line in a single operation, because a chart has thousands of points."""
    return ("M" + "L".join(["%.1f %.1f"] * len(points))) % tuple(points.ravel().tolist()) if len(points) else ""


def _value(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return value
