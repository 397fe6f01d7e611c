"""The claim × mechanism table as Markdown: claims under their verdicts."""

from __future__ import annotations

from wherenow.explain.ablation.mechanisms import ARROW, AblationRow, AblationTable
from wherenow.explain.ablation.verdict import ClaimChange, Why


def cuts_markdown(table: AblationTable) -> str:
    """Return the table of a few cuts: every claim that one of them changes, with the share of draws without and with
    each cut.
    """
    moved = [row for row in table if any(_moves(change) for change in row.changes.values())]
    names = [m.name for m in table.mechanisms if any(m.name in row.changes for row in table)]
    lines = [
        f"{_draws(table)} Claims that a cut changes: {len(moved)} of {len(table.rows)}.",
        "",
    ]
    if moved:
        lines += ["| claim | whole | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for row in moved:
        cut = " | ".join(_percent(row.changes[name].cut) if name in row.changes else "–" for name in names)
        lines.append(f"| **{row.claim}**: {row.says} | {_whole(row)} | {cut} |")
    left = [m.name for m in table.mechanisms if m.name not in names]
    lines += ["", f"Left out, since the model diverges without it: {', '.join(left)}."] if left else []
    return "\n".join(lines).strip() + "\n"


def _draws(table: AblationTable) -> str:
    """Return a sentence on the draws of the table."""
    if table.error is not None:
        return (
            f"{table.draws:,} draws ({table.basis}), and each cut on as many of them as its verdicts need. "
            f"Verdicts, and which cuts carry a claim, are those of all draws with a probability of at least "
            f"{1 - table.error:.0%}; shares after a cut are rough (--all gives them on all draws)."
        )
    if table.complete:
        return f"{table.draws} draws ({table.basis})."
    first = f"The first {table.draws} of {table.of:,} draws ({table.basis})"
    return f"{first}: more draws may decide what is undetermined on these."


def _moves(change: ClaimChange) -> bool:
    return change.high < 0 or change.low > 0


def markdown(table: AblationTable) -> str:
    """Return claims by verdict, each with its numbers and its carrying links; then the loops and sectors that
    matter.
    """
    lines = [_draws(table), ""]
    for word in Why:
        rows = [row for row in table if row.answer.word is word]
        if rows:
            lines += [f"### {word[0].upper()}{word[1:]} ({len(rows)})", "", _HEAD, _RULE, *map(_line, rows), ""]
    lines += ["### Loops and sectors", "", "| cut | claims that lose most |", "|---|---|"]
    for mechanism in table.mechanisms:
        if ARROW not in mechanism.name:
            lost = [(row, row.changes[mechanism.name]) for row in table if mechanism.name in row.changes]
            worst = sorted((p for p in lost if p[1].high < 0 and p[1].change <= -0.1), key=lambda p: p[1].change)
            losses = ", ".join(f"{row.claim} ({_percent(c.whole)} → {_percent(c.cut)})" for row, c in worst[:5])
            lines.append(f"| {mechanism.name} | {losses or 'none'} |")
    return "\n".join(lines) + "\n"


_HEAD = "| claim | whole | its reason cut | what carries it, and what is left without |"
NONE = "no single link that was cut"
_RULE = "|---|---|---|---|"


def _line(row: AblationRow) -> str:
    strongest = ", ".join(f"`{name}` {_percent(c.cut)}" for name, c in row.strongest() if c.change <= -0.1)
    reason = _percent(row.reason.cut) if row.reason else "–"
    return f"| **{row.claim}**: {row.says} | {_whole(row)} | {reason} | {strongest or NONE} |"


def _whole(row: AblationRow) -> str:
    return row.whole.words if row.whole.share is None else _percent(row.whole.share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
