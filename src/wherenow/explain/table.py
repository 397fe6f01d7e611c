"""The claim × mechanism table for people: Markdown, claims under their verdicts."""

from __future__ import annotations

from wherenow.explain.mechanisms import ARROW, Row, Table
from wherenow.explain.verdict import Why


def markdown(table: Table) -> str:
    """Claims by verdict, each with its numbers and the links that carry it; then the loops and sectors that matter."""
    lines = [f"{table.draws} draws ({table.basis}).", ""]
    for word in Why:
        rows = [row for row in table if row.answer.word is word]
        if rows:
            lines += [f"### {word[0].upper()}{word[1:]} ({len(rows)})", "", _HEAD, _RULE, *map(_line, rows), ""]
    lines += ["### Loops and sectors", "", "| cut | claims that lose most |", "|---|---|"]
    for mechanism in table.mechanisms:
        if ARROW not in mechanism.name:
            lost = [(row, row.changes[mechanism.name]) for row in table if mechanism.name in row.changes]
            worst = sorted((p for p in lost if p[1].high < 0 and p[1].change <= -0.1), key=lambda p: p[1].change)
            told = ", ".join(f"{row.claim} ({_percent(c.whole)} → {_percent(c.cut)})" for row, c in worst[:5])
            lines.append(f"| {mechanism.name} | {told or 'none'} |")
    return "\n".join(lines) + "\n"


_HEAD = "| claim | whole | its reason cut | what carries it, and what is left without |"
NONE = "no single link that was cut"
_RULE = "|---|---|---|---|"


def _line(row: Row) -> str:
    strongest = ", ".join(f"`{name}` {_percent(c.cut)}" for name, c in row.strongest() if c.change <= -0.1)
    reason = _percent(row.reason.cut) if row.reason else "–"
    return f"| **{row.claim}**: {row.says} | {_percent(row.whole.share)} | {reason} | {strongest or NONE} |"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
