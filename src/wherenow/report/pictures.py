"""Self-contained picture files: drawings with the light palette embedded, on white."""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup

from wherenow.report.charts.why_chart import STYLE
from wherenow.report.page import TEMPLATES


def alone(drawn: Markup, rules: str = "") -> str:
    """Return the text of an SVG file in the colours of the light palette.

    ``rules`` are style rules in addition to those of all charts.
    """
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"', drawn)
    assert box is not None, "every drawing has a view box"
    x, y, width, height = box.groups()
    ground = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{_colours()["surface"]}"/>'
    head, _, rest = str(drawn).partition(">")
    named = "" if "xmlns=" in head else ' xmlns="http://www.w3.org/2000/svg"'
    return f"{head}{named}>{ground}<style>{_plain(f'{_style()}{rules}')}</style>{rest}"


def plain(drawn: Markup) -> Markup:
    """Return a picture without its own style.

    The app's content security policy forbids it; its style sheet has the rules.
    """
    return Markup(drawn.replace(STYLE, Markup("")))


@cache
def _colours() -> dict[str, str]:
    """Return the light palette by the names of its custom properties."""
    text = (TEMPLATES / "style.css").read_text("utf-8")
    return dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", text[: text.index("@media")]))


@cache
def _style() -> str:
    """Return the style rules for charts."""
    text = (TEMPLATES / "style.css").read_text("utf-8")
    return text[text.index(".chart {") : text.index("@media (max-width")]


def _plain(rules: str) -> str:
    """Replace custom properties in rules by the light palette."""
    colours = _colours()
    replaced = re.sub(r"var\(--([a-z0-9]+)\)", lambda m: colours.get(m[1], "sans-serif"), rules)
    return replaced.replace("display: block; width: 100%; height: auto; ", "")
