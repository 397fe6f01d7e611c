"""One page for a minister: what we know, what it rests on, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from wherenow.outlook.outlook_types import Outlook
from wherenow.report.cards.exports import Frame
from wherenow.report.onepage import one_page
from wherenow.report.page import TEMPLATES, environment, file_context, largest, strongest
from wherenow.report.wording.labels import labels
from wherenow.report.wording.texts import share, texts
from wherenow.web.app_view import AppView
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.views.trust_page import made_of
from wherenow.web.views.where_page import headline

MOST, FEW = 4, 3
"""Default number of cards on the page, and of reasons of one kind."""


def context(analysis: Analysis, view: AppView, chosen: Sequence[str] = ()) -> dict[str, Any]:
    """Return the page's context, with the cards ``chosen`` by id, or else the first ones."""
    known = [q.id for q in analysis.questions]
    wanted = [name for name in known if name in chosen] or known[:MOST]
    made = made_of(analysis)
    changes = {name: c for name, c in analysis.changes(view).items() if name in wanted}
    return {
        "cards": [card for card in analysis.cards(view) if card.id in wanted],
        "headline": headline(analysis, view, changes),
        "questions": analysis.questions,
        "chosen": wanted,
        "rests": list(_rests(analysis, made, view.language)),
        "waiting": made is None and not analysis.outlook.done(),
        "moves": list(_moves(made, view.language)),
        "provenance": Frame.of(analysis.case, analysis.draws).provenance,
        "asked": urlencode([*view.pairs(), *(("card", name) for name in wanted)]),
    }


def alone(analysis: Analysis, view: AppView, chosen: Sequence[str] = ()) -> str:
    """Render the page as one HTML file."""
    template = environment(TEMPLATES).get_template("brief_alone.html")
    page = file_context(view.language, "crosshair.js")
    return template.render(page, **context(analysis, view, chosen), case=analysis.case)


def drawn(analysis: Analysis, view: AppView, chosen: Sequence[str] = ()) -> str:
    """Draw the page as one SVG file, from which the PDF is made."""
    case = analysis.case
    return one_page(context(analysis, view, chosen), case.title, case.question, view.language)


def _rests(analysis: Analysis, made: Outlook | None, language: str) -> Iterator[str]:
    """Yield the basis of the page, one sentence each."""
    own, case = texts(language), analysis.case
    if case.source:
        credit = ", ".join(p for p in (case.source.title, case.source.author, case.source.publisher) if p)
        yield own["brief.article"].format(article=credit, claims=len(case.claims))
    data = sum(len(s) for s in case.data.values())
    yield own["brief.data"].format(series=len(case.data), data=data)
    if record := analysis.record(language):
        yield f"{record}."
    if made and made.learning and made.learning.influences:
        names = ", ".join(labels(case)(i.name) for i in made.learning.influences[:FEW])
        yield own["brief.unknowns"].format(names=names, assumptions=len(made.assumptions))


def _moves(made: Outlook | None, language: str) -> Iterator[str]:
    """Yield the scenarios that change a forecast most, one sentence each; or else why there is none."""
    own = texts(language)
    most = strongest(made.comparisons, FEW) if made else ()
    if not most:
        yield own["brief.nothing" if made else "app.making"]
    for scenario in most:
        change = largest(scenario)
        base, moved = share(change.base, language), share(change.p, language)
        yield own["brief.move"].format(scenario=scenario.title, says=change.says.rstrip("."), base=base, share=moved)
