"""Presentation of a case in its report: cards, the article, labels and titles."""

from __future__ import annotations

from functools import partial

from wherenow.audit.audit_file import is_stale, stored_audit
from wherenow.case.case_types import Case
from wherenow.report.cards.article import unused
from wherenow.report.cards.finding_card import Card
from wherenow.report.page import Presented
from wherenow.report.wording.labels import actors_in_words, in_words, labels


def present(case: Case, cards: tuple[Card, ...], setting: str = "") -> Presented:
    """Gather what a report shows about ``case`` besides its outlook; ``setting`` names the setting of the cards."""
    titles = {name: sector.title for name, sector in case.sectors.items() if sector.title}
    about = "" if case.data else case.about  # a case without data is only a structure, and the report says so
    return Presented(
        cards=cards,
        source=case.source,
        label=labels(case),
        said=partial(in_words, case),
        sectors=titles,
        audit=stored_audit(case),
        stale=is_stale(case),
        setting=setting,
        unused=unused(case),
        events=tuple((e, actors_in_words(case, e.actors)) for e in sorted(case.events.values(), key=lambda e: e.time)),
        about=about,
    )
