"""SVG, written as escaped markup: just what the charts of the report need."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Places on a drawing: ``(n, 2)``, across and down, in pixels."""


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """``<tag …>children</tag>`` with everything escaped that is not markup already.

    ``class_`` is written ``class``, other underscores become hyphens, attributes that are None are left out, and
    numbers are written with at most one decimal, which is a tenth of a pixel.
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
    """A drawing that scales with its column and tells a screen reader its title and description.

    It is one image, unless ``role`` among the attributes says otherwise: what is inside an image cannot be reached.
    """
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",  # its natural size, where no style sheet says otherwise
        **{"role": "img", "aria_label": f"{title}. {description}", **attributes},
    )


def line(points: Points) -> str:
    """Path data through ``points``, ``(n, 2)``; a point that is no number breaks the line."""
    finite = np.isfinite(points).all(axis=1)
    if finite.all():
        return _stroke(points)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(int)))
    return "".join(_stroke(points[first:stop]) for first, stop in zip(edges[::2], edges[1::2], strict=True))


def band(low: Points, high: Points) -> str:
    """Path data of the area between two lines; points where either is no number are left out."""
    finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    outline = np.concatenate([low[finite], high[finite][::-1]])
    return _stroke(outline) + "Z" if len(outline) else ""


def _stroke(points: Points) -> str:
    """One unbroken line: written at a stroke, because a chart has thousands of points."""
    return ("M" + "L".join(["%.1f %.1f"] * len(points))) % tuple(points.ravel().tolist()) if len(points) else ""


def _value(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return value
