"""Graphical functions (XMILE 1.0, 3.1.4) as tables."""

from __future__ import annotations

import itertools
import math
import re

from wherenow.errors import Diagnostic
from wherenow.exchange.xmile.reading.xml_reader import Tag
from wherenow.language.syntax import Table

MOST_POINTS = 1_000_000
_KINDS = {
    "continuous": ("linear", "clamp"),
    "extrapolate": ("linear", "extrapolate"),
    "discrete": ("previous", "clamp"),
}


def read_table(tag: Tag, warnings: list[Diagnostic], problems: list[Diagnostic]) -> Table:
    """Read the table of a ``<gf>``. Points are sorted; if two share an x, the last is used."""
    kind = tag.attributes.get("type", "discrete" if tag.find("discrete") is not None else "continuous").strip().lower()
    if kind not in _KINDS:
        warnings.append(tag.warning(f"a graphical function of unknown type '{kind}'", "read as continuous"))
        kind = "continuous"
    between, outside = _KINDS[kind]
    if tag.attributes.get("wherenow:between") == "next":
        between = "next"
    if tag.attributes.get("wherenow:outside") == "extrapolate":
        outside = "extrapolate"
    ys = _points(tag.find("ypts"), problems)
    if not ys:
        problems.append(tag.problem("a graphical function without points", "it needs <ypts>"))
        return Table((0.0,), (math.nan,))
    xpts, xscale = tag.find("xpts"), tag.find("xscale")
    if xpts is not None:
        xs = _points(xpts, problems)
    elif xscale is not None:
        low, high = (_bound(xscale, name, problems) for name in ("min", "max"))
        xs = [low + (high - low) * (i / max(1, len(ys) - 1)) for i in range(len(ys))]
    else:
        problems.append(tag.problem("a graphical function without an x axis", "it needs <xscale> or <xpts>"))
        return Table((0.0,), (math.nan,))
    if len(xs) != len(ys):
        problems.append(tag.problem(f"a graphical function with {len(xs)} x values and {len(ys)} y values"))
        return Table((0.0,), (math.nan,))
    return Table(*_ascending(xs, ys, tag, warnings), between, outside)


def _ascending(
    xs: list[float], ys: list[float], tag: Tag, warnings: list[Diagnostic]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if all(a < b for a, b in itertools.pairwise(xs)):
        return tuple(xs), tuple(ys)
    points = dict(sorted(zip(xs, ys, strict=True), key=lambda point: point[0]))
    why = "the last of them is used" if len(points) < len(xs) else "they are put in order"
    warnings.append(tag.warning("the x values of a graphical function do not ascend", why))
    return tuple(points), tuple(points.values())


def _points(tag: Tag | None, problems: list[Diagnostic]) -> list[float]:
    if tag is None:
        return []
    separator = tag.attributes.get("sep", ",")
    words = tag.value.split(separator) if separator.strip() else tag.value.split()
    if len(words) == 1:
        words = re.split(r"[,;\s]+", tag.value)
    words = [w for w in words if w.strip()][:MOST_POINTS]
    try:
        return [float(w) for w in words]
    except ValueError:
        bad = next(w for w in words if not _is_number(w))
        problems.append(tag.problem(f"'{bad.strip()[:40]}' is not a number"))
        return []


def _bound(tag: Tag, name: str, problems: list[Diagnostic]) -> float:
    written = tag.attributes.get(name, "")
    if not _is_number(written):
        problems.append(tag.problem(f"<xscale> needs a number as its {name}"))
        return 0.0
    return float(written)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
