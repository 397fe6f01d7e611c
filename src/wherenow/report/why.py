"""The report's section on reasons, and its pictures as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from wherenow.explain.ablation.verdict import Why
from wherenow.explain.narrative import Explanation
from wherenow.explain.reasons import Reasons
from wherenow.files import atomic_write
from wherenow.report.charts.why_chart import cuts_chart, loops_chart, parts_chart


def why_context(why: Reasons) -> dict[str, object]:
    """Return the context of the section's template."""
    return {
        "why": why,
        "cuts_chart": cuts_chart(why.table, why.titles),
        "loops_chart": loops_chart(why.loops) if why.loops else None,
        "others": [row for row in why.table if row.answer.word is Why.OTHER],
        "failing": sum(row.answer.word is Why.FAILS for row in why.table),
        "differences": [(explanation, _first(explanation)) for _, explanation in why.differences],
    }


def pictures(why: Reasons) -> Mapping[str, Markup]:
    """Draw the pictures of the section, by file name."""
    loops = {"loops.svg": loops_chart(why.loops)} if why.loops else {}
    differences = {f"{claim}.svg": _first(explanation) for claim, explanation in why.differences}
    return {"cuts.svg": cuts_chart(why.table, why.titles), **loops, **differences}


def write_pictures(why: Reasons, folder: Path) -> tuple[Path, ...]:
    """Write the pictures into ``folder``, creating it if needed. Raises UsageError if it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in pictures(why).items():
        with atomic_write(folder / name) as beside:
            beside.write_text(picture + "\n", encoding="utf-8")
        paths.append(folder / name)
    return tuple(paths)


def _first(explanation: Explanation) -> Markup:
    step = explanation.steps[0]
    return parts_chart(step.difference, step.label)
