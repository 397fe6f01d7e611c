"""A drawing as a file that stands alone: with the light palette in it, on paper."""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup

from wherenow.report.charts.why import STYLE
from wherenow.report.page import TEMPLATES


def alone(drawn: Markup, rules: str = "") -> str:
    """The text of an SVG file. Its colours are those of the light palette, whatever the screen shows.

    ``rules`` are style rules beside those that every chart has.
    """
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"', drawn)
    assert box is not None, "every drawing has a view box"
    x, y, width, height = box.groups()
    ground = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{_colours()["surface"]}"/>'
    head, _, rest = str(drawn).partition(">")
    named = "" if "xmlns=" in head else ' xmlns="http://www.w3.org/2000/svg"'
    return f"{head}{named}>{ground}<style>{_plain(f'{_style()}{rules}')}</style>{rest}"


def plain(drawn: Markup) -> Markup:
    """A picture without a style of its own, which pages of the app may not bring; their style sheet has it."""
    return Markup(drawn.replace(STYLE, Markup("")))


@cache
def _colours() -> dict[str, str]:
    """The light palette by the names of its custom properties."""
    text = (TEMPLATES / "style.css").read_text("utf-8")
    return dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", text[: text.index("@media")]))


@cache
def _style() -> str:
    """The rules for charts."""
    text = (TEMPLATES / "style.css").read_text("utf-8")
    return text[text.index(".chart {") : text.index("@media (max-width")]


def _plain(rules: str) -> str:
    """Rules with the light palette in place of custom properties."""
    colours = _colours()
    found = re.sub(r"var\(--([a-z0-9]+)\)", lambda m: colours.get(m[1], "sans-serif"), rules)
    return found.replace("display: block; width: 100%; height: auto; ", "")
