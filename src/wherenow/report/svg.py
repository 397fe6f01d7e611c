"""SVG, written as escaped markup: just what the charts of the report need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Point = tuple[float, float]


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
        **{"role": "img", "aria_label": f"{title}. {description}", **attributes},
    )


def line(points: Iterable[Point]) -> str:
    """Path data through ``points``; a point that is no number breaks the line."""
    written: list[str] = []
    broken = True
    for x, y in points:
        if math.isnan(x) or math.isnan(y):
            broken = True
            continue
        written.append(f"{'M' if broken else 'L'}{_value(x)} {_value(y)}")
        broken = False
    return "".join(written)


def band(low: Sequence[Point], high: Sequence[Point]) -> str:
    """Path data of the area between two lines; points where either is no number are left out."""
    both = [(a, b) for a, b in zip(low, high, strict=True) if not any(map(math.isnan, (*a, *b)))]
    outline = [a for a, _ in both] + [b for _, b in reversed(both)]
    return line(outline) + "Z" if outline else ""


def _value(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return value
