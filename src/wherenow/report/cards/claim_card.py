"""A claim as a card: its verdict as the title, the series that its formula reads, and the counterfactual run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.case.case_types import Case
from wherenow.claims.checking.checked_claims import CheckedClaim
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.claims.findings import Finding, Word
from wherenow.ensemble.runs import Ensemble
from wherenow.inference.checking.fit import SeriesFit
from wherenow.report.cards.answered_questions import AnsweredQuestion, about_claim, deciding
from wherenow.report.cards.article import quotes
from wherenow.report.cards.chains import Chain
from wherenow.report.cards.finding_card import Card, bar_of, card, series_shown
from wherenow.report.wording.texts import date, share, texts


def question_of(reading: CheckedClaim, finding: Finding) -> AnsweredQuestion | None:
    """Return the question of a claim: about the model if it has one, else about the data; None without a formula."""
    rule = reading.model or reading.expect or reading.data
    if rule is None:
        return None
    on_data = reading.model is None and reading.expect is None
    return about_claim(reading.claim, rule, finding.note, on_data=on_data)


def outputs_for_claim(case: Case, reading: CheckedClaim, finding: Finding) -> tuple[str, ...]:
    """Return the outputs that runs must save for the card of a claim."""
    asked = question_of(reading, finding)
    if asked is None:
        return ()
    decided = deciding(case, asked)
    read = () if asked.on_data else outputs_of([asked.rule.formula], declared_model(case))
    return tuple(dict.fromkeys((*(decided.outputs if decided else ()), *read)))


def claim_card(
    case: Case,
    reading: CheckedClaim,
    finding: Finding,
    runs: Ensemble | None,
    other: Ensemble | None = None,
    language: str = "en",
    fits: Mapping[str, SeriesFit] | None = None,
    record: str = "",
) -> Card:
    """Make the card of a claim on ``runs``; ``other`` are the runs of its counterfactual, drawn as an outline."""
    asked = question_of(reading, finding)
    shown = None
    if asked is not None and runs is not None:
        shown = series_shown(case, asked, runs, bar_of(case, asked, runs), language)
        if shown is not None and other is not None:
            then = series_shown(case, asked, other, shown.bar, language)
            same = then is not None and len(then.times) == len(shown.times)
            shown = replace(shown, before=then.quantiles) if then is not None and same else shown
    title = claim_title(finding, language)
    if asked is not None:
        return replace(card(case, asked, shown, None, "", language, fits, record), title=title)
    event = finding.event  # a claim without a formula is decided by its event
    return Card(
        id=finding.id,
        says=finding.says,
        title=title,
        chain=Chain((), False),
        quotes=quotes(case, finding.evidence, finding.says, language),
        rule=f"{date(event.date, language)}: {event.what}" if event else texts(language)["claim.norule"],
        record=record,
        note=finding.note,
    )


def claim_title(finding: Finding, language: str = "en") -> str:
    """State a claim and its verdict in one sentence."""
    own, says = texts(language), finding.says.rstrip(".")
    word = finding.word
    part = finding.model or finding.against
    if word is Word.MIXED:
        return own["claim.mixed"].format(says=says)
    if word is Word.UNTESTABLE:
        return own["claim.untestable"].format(says=says)
    key = {Word.HOLDS: "holds", Word.FAILS: "fails"}.get(word, "undecided")
    if part is not None:
        return own[f"claim.{key}.model"].format(says=says, share=share(part.share.share, language))
    if finding.data is not None:
        return own["claim.nodata" if finding.data.word is Word.NO_DATA else f"claim.{key}.data"].format(says=says)
    return own[f"claim.{key}.record"].format(says=says)
