"""Draws docs/images/inside.svg: what becomes of an equation and of a claim.

python docs/images/inside.py
"""

from __future__ import annotations

from html import escape
from pathlib import Path

LANES = (
    ("An equation", (
        ("model/town.yaml", "greatest_saving *", "effect_of_filling(filling)"),
        ("language/parser.py", "a tree of calls", "and references"),
        ("model/elaboration/", "one scalar equation", "in evaluation order"),
        ("engine/lowering/", "operations", "%27 table, %28 mul"),
        ("engine/native.py", "machine code,", "8 draws at a time"),
    )),
    ("A claim", (
        ("claims.yaml", "at(use, 2014-07) <", "0.95 * at(use, 2009-07)"),
        ("claims/formulas/", "a tree, each part", "with its place"),
        ("claims/checking/", "units and dates", "that fit the model"),
        ("claims/judge.py", "true or false", "in each draw"),
        ("claims/findings.py", "a share of draws", "and a verdict"),
    )),
)  # fmt: skip
WIDTH, HEIGHT, GAP, LANE = 176, 86, 26, 140
STYLE = """text { font: 13px system-ui, sans-serif; fill: #1f2933; } .lane { font-weight: 600; }
.where { font: 12px ui-monospace, monospace; fill: #1d4e89; } rect { fill: #f4f7fa; stroke: #52606d; rx: 6; }
path { stroke: #52606d; fill: none; marker-end: url(#head); }"""


def drawing() -> str:
    parts = []
    for row, (title, boxes) in enumerate(LANES):
        top = 34 + row * LANE
        parts.append(f'<text class="lane" x="8" y="{top - 12}">{title}</text>')
        for column, (where, first, second) in enumerate(boxes):
            x = 8 + column * (WIDTH + GAP)
            parts.append(f'<rect x="{x}" y="{top}" width="{WIDTH}" height="{HEIGHT}"/>')
            for line, (kind, words) in enumerate((("where", where), ("", first), ("", second))):
                parts.append(f'<text class="{kind}" x="{x + 10}" y="{top + 24 + 22 * line}">{escape(words)}</text>')
            if column:
                parts.append(f'<path d="M{x - GAP} {top + HEIGHT / 2}H{x - 6}"/>')
    width, height = 16 + 5 * WIDTH + 4 * GAP, 34 + LANE + HEIGHT + 12
    head = '<marker id="head" markerWidth="6" markerHeight="6" refX="5" refY="3" orient="auto"><path d="M0 0L6 3L0 6z" style="fill:#52606d;marker-end:none"/></marker>'
    label = "An equation becomes machine code in five steps; a claim becomes a verdict in five."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"<style>{STYLE}</style><defs>{head}</defs>\n" + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    Path(__file__).with_name("inside.svg").write_text(drawing(), encoding="utf-8")
