"""Find links across clauses and sentences: *as a result*, *the consequence was*, a question and its answer."""

from __future__ import annotations

from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.links.direction import variable
from wherenow.draft.links.joined import connectives_in
from wherenow.draft.links.stated import Stated
from wherenow.draft.text.grammar import Phrase, Token, child, children, main_verb, negated, phrase
from wherenow.draft.text.parsing import Parsed

_ALONE = words.group("alone")


def by_adverbs(
    sentence: Parsed, earlier: Parsed | None, here: list[Stated], read: list[tuple[int, int]]
) -> list[Stated]:
    """*As a result, Y*: the preceding clause is the cause, unless this clause states its own."""
    statements: list[Stated] = []
    doc = sentence.doc
    for at, count, kind in connectives_in(sentence):
        if kind not in ("adverb", "result") or any(a <= at < b for a, b in read):
            continue
        verb = _clause_verb(doc[at + count - 1] if kind == "result" else doc[at])
        if verb is None or any(main_verb(s.trigger) == verb or s.effect.head == verb for s in here):
            continue
        if doc[at].lower_ == "so" and (
            doc[at + 1].lemma_ in ("do", "be", "have", "as") or not (at == 0 or doc[at - 1].text in (",", ";", "and"))
        ):
            continue
        cause = _clause_before(sentence, verb, at, kind)
        if cause is None and earlier is not None and at <= 2:
            cause = main_clause(earlier)
        if cause is not None:
            named = _brought_about(cause, here)
            cause, way = named or (cause, 1)
            effect = _after(phrase(sentence, verb), at + count - 1)
            form = "connective" if cause.sentence is sentence else "cross-sentence"
            both = None if named is None else (replace(variable(cause), way=way), variable(effect))
            one = Stated(cause=cause, effect=effect, sign=1, trigger=doc[at], form=form, confidence=0.6, variables=both)
            statements.append(one)
    return statements


def _after(clause: Phrase, at: int) -> Phrase:
    """Return the clause from the word after ``at``, if that is before its verb."""
    first = max(clause.first, at + 1)
    while first < clause.head.i and clause.sentence.doc[first].is_punct:
        first += 1
    return replace(clause, first=first) if at < clause.head.i else clause


def _brought_about(clause: Phrase, here: list[Stated]) -> tuple[Phrase, int] | None:
    """Return the effect in a clause and its direction: *thin earnings hold back orders* lowers the orders."""
    for one in here:
        if one.trigger == clause.head and one.effect.sentence is clause.sentence and variable(one.effect).known:
            return one.effect, one.sign * variable(one.effect).way
    return None


def _clause_verb(token: Token) -> Token | None:
    for one in (token, *token.ancestors):
        if one.pos_ in ("VERB", "AUX") and one.dep_ not in ("aux", "auxpass"):
            return one
    return None


def _clause_before(sentence: Parsed, verb: Token, at: int, kind: str) -> Phrase | None:
    """Return the clause before that of ``verb`` in the same sentence."""
    if kind == "result" and at > 1:  # as in "…, which is why"
        governor = _clause_verb(sentence.doc[at - 2])
        clause = None if governor is None else phrase(sentence, governor)
        return None if clause is None else replace(clause, last=max(clause.first, min(clause.last, at - 2)))
    if verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX") and verb.head.i < verb.i:
        return phrase(sentence, verb.head)
    start = verb.sent.start
    if start > 0 and start <= at:
        last = sentence.doc[start - 1].sent.root
        if last.pos_ in ("VERB", "AUX"):
            return phrase(sentence, last)
    quoted = child(verb, "ccomp")
    return phrase(sentence, quoted) if quoted is not None and quoted.i < verb.i and quoted.i < at else None


def main_clause(sentence: Parsed) -> Phrase | None:
    root = next((s.root for s in reversed(list(sentence.doc.sents)) if s.root.pos_ in ("VERB", "AUX")), None)
    if root is None:
        return None
    last = max(t.i for t in root.subtree if not t.is_punct)  # the next sentence may refer to the whole clause
    clause = phrase(sentence, root)
    return replace(clause, last=max(clause.last, last))


def by_questions(sentence: Parsed, earlier: Parsed | None) -> list[Stated]:
    """*What happens when a school closes? Classes grow.* Link the condition of a question to the next sentence."""
    main = main_clause(sentence)
    if earlier is None or main is None or not earlier.doc.text.rstrip().endswith("?"):
        return []
    if earlier.doc[0].lower_ == "why" and sentence.doc[0].lower_ == "because":
        question = main_clause(earlier)
        return [] if question is None else [_across(main, question, main.head)]
    if earlier.doc[0].lower_ not in ("what", "and", "so"):
        return []
    for mark in earlier.doc:
        if mark.lower_ in ("when", "if") and mark.dep_ in ("mark", "advmod") and mark.head.dep_ == "advcl":
            return [_across(phrase(earlier, mark.head), main, main.head)]
    return []


def by_roles(sentence: Parsed, earlier: Parsed | None) -> list[Stated]:
    """*The result was an exodus*, *the cause was drought*, *the reason is simple: …*, about the preceding sentence."""
    before = None if earlier is None or earlier.doc.text.rstrip().endswith("?") else main_clause(earlier)
    if before is None:
        return []
    statements: list[Stated] = []
    for noun in sentence.doc:
        blamed = child(noun.head, "nsubj") if noun.lemma_ == "blame" and noun.head.dep_ == "ROOT" else None
        if blamed is not None and not children(noun, "prep"):
            statements.append(_across(phrase(sentence, blamed), before, noun))
        role = words.nouns().get(noun.lemma_.lower())
        if role is None or noun.lemma_.lower() not in _ALONE or noun.dep_ != "nsubj" or noun.head.lemma_ != "be":
            continue
        if children(noun, "prep", "relcl", "poss") or negated(noun.head):
            continue
        phrases = [phrase(sentence, t) for t in children(noun.head, "attr", "ccomp") if t.i > noun.head.i]
        after = next((s.root for s in sentence.doc.sents if s.start > noun.head.i), None)
        if not phrases and after is not None and after.pos_ in ("VERB", "AUX"):
            phrases = [phrase(sentence, after)]
        for side in phrases:
            statements.append(_across(before, side, noun) if role[0] == "effect" else _across(side, before, noun))
    return statements


def _across(cause: Phrase, effect: Phrase, trigger: Token) -> Stated:
    return Stated(cause=cause, effect=effect, sign=1, trigger=trigger, form="cross-sentence", confidence=0.6)
