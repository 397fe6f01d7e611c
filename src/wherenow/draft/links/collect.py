"""Collect the causal links of a text: apply the rules, resolve pronouns, name and sign the variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.links.cleft import by_clefts
from wherenow.draft.links.direction import variable
from wherenow.draft.links.earlier import by_adverbs, by_questions, by_roles, main_clause
from wherenow.draft.links.joined import by_joins
from wherenow.draft.links.mistaken import apart, by_mistaken
from wherenow.draft.links.noun import by_nouns
from wherenow.draft.links.plain import by_plain_words
from wherenow.draft.links.result import by_results
from wherenow.draft.links.stated import Stated
from wherenow.draft.links.verb import by_verbs
from wherenow.draft.proposals import LinkProposal
from wherenow.draft.text.grammar import (
    Phrase,
    Token,
    child,
    children,
    is_person,
    main_verb,
    own_subject,
    phrase,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed

_RULES = (by_clefts, by_verbs, by_mistaken, by_joins, by_nouns, by_results)
"""Rules for single sentences; of duplicates with equal confidence the first is kept."""
_BARE, _NOTHING = words.group("bare"), words.group("nothing")
_SHOWS = frozenset({"suggest", "show", "indicate", "imply", "reveal", "find", "estimate", "confirm", "demonstrate"})
"""Verbs whose subject is evidence, not part of the report."""
_DELAYED = frozenset({"later", "eventually", "gradually", "slowly", "subsequently", "ultimately"})


def stated_links(sentences: list[Parsed]) -> list[Stated]:
    """Find the statements of cause and effect, in the order of the text, with pronouns resolved."""
    collected: list[Stated] = []
    before: Parsed | None = None
    for sentence in sentences:
        earlier = before if before is not None and before.paragraph == sentence.paragraph else None
        plain, read = by_plain_words(sentence)
        stated = [s for rule in _RULES for s in rule(sentence)]
        stated = [s for s in stated if not any(a <= s.trigger.i < b for a, b in read)]
        stated = [s for s in stated if not _says_twice(s, stated) and not _inside_a_correlation(s, stated)]
        stated += [*by_questions(sentence, earlier), *by_roles(sentence, earlier), *plain]
        stated += by_adverbs(sentence, earlier, [*collected, *stated], read)
        stated = [s for one in stated for s in apart(one)]
        collected += _unique(r for s in stated for r in _resolved(s, sentence, earlier))
        before = sentence
    return collected


def links(stated: list[Stated]) -> tuple[LinkProposal, ...]:
    """Turn statements into proposals, with neutral variables if both sides have a direction."""
    return tuple(_link(one) for one in stated)


def _link(one: Stated) -> LinkProposal:
    cause, effect = one.variables or (variable(one.cause), variable(one.effect))
    if effect.follows:
        effect = replace(effect, way=cause.way, follows=False)
    sign = one.sign
    if cause.known and effect.known:  # "fewer buses raise fares": between buses and fares, the sign is negative
        sign *= cause.way * effect.way
        names, ways = (cause.name, effect.name), (cause.way, effect.way)
    else:
        names, ways = (one.cause.text, one.effect.text), (1, 1)
    sentence = one.effect.sentence if one.effect.sentence.doc is one.trigger.doc else one.cause.sentence
    return LinkProposal(
        cause=_short(names[0]),
        effect=_short(names[1]),
        sign="+" if sign > 0 else "-",
        negated=one.negated,
        hedged=one.hedged,
        sentence=sentence.id,
        confidence=one.confidence,
        form=one.form,
        cause_way=ways[0],
        effect_way=ways[1],
        delayed=any(t.lower_ in _DELAYED for t in one.trigger.doc),
        cause_start=one.cause.start,
        cause_end=one.cause.end,
        effect_start=one.effect.start,
        effect_end=one.effect.end,
    )


def _short(name: str, most: int = 8) -> str:
    return " ".join(" ".join(name.split()).split(" ")[:most]).strip(" ,;:")


def _resolved(one: Stated, sentence: Parsed, earlier: Parsed | None) -> Iterator[Stated]:
    """Resolve the pronouns of a statement; return nothing if one has no antecedent."""
    for cause in _antecedents(one.cause, sentence, earlier, one.trigger):
        for effect in _antecedents(one.effect, sentence, earlier, one.trigger):
            if cause.start < effect.end and effect.start < cause.end:
                continue
            if cause is not one.cause and not cause.clause and is_person(cause.head):
                continue  # the pronoun means a person, who acts
            form = one.form if cause.sentence is effect.sentence else "cross-sentence"
            yield replace(one, cause=cause, effect=effect, form=form)


def _antecedents(side: Phrase, sentence: Parsed, earlier: Parsed | None, trigger: Token) -> list[Phrase]:
    head = side.head
    if side.first == side.last and head.lower_ in _NOTHING:
        return []
    if side.clause or head.pos_ not in ("PRON", "DET") or head.lower_ not in _BARE or side.first != side.last:
        return [side]
    word = head.lower_
    if word in ("he", "she", "we", "i", "you"):
        return []
    if word == "which":
        governor = next((t for t in head.head.ancestors if t.pos_ in ("VERB", "AUX") and t.i < head.i), None)
        if governor is not None:
            clause = phrase(sentence, governor)
            return [replace(clause, last=max(clause.first, min(clause.last, head.i - 2)))]
    within = _within(sentence, head, word)
    if within is None and head.dep_ not in ("nsubj", "nsubjpass"):
        within = _nearest(sentence, head, word)
    if within is not None:
        return [within]
    if earlier is None:
        return []
    root = list(earlier.doc.sents)[-1].root
    if word in ("this", "that", "which"):
        main = main_clause(earlier)
        return [] if main is None else [main]
    subject = own_subject(root)
    if subject is not None and subject.dep_ in ("csubj",) and child(root, "attr") is not None:
        subject = child(root, "attr")  # as in "what did hurt was the pay freeze"
    objects = children(root, "dobj", "attr")
    if head.dep_ in ("dobj", "pobj") and objects:
        subject = objects[0]
    if subject is not None and is_person(subject):
        return []
    if word in ("these", "those", "both", "they", "them") and subject is not None:
        several = with_conjuncts([subject])
        if subject.tag_ in ("NNS", "NNPS") or len(several) > 1 or word in ("these", "those"):
            return [phrase(earlier, t) for t in several if t.pos_ != "PRON"]
        plurals = [t for t in children(root, "dobj", "attr") if t.tag_ in ("NNS", "NNPS")]
        return [phrase(earlier, t) for t in plurals[:1]] or [phrase(earlier, subject)]
    if subject is not None and subject.pos_ != "PRON":
        return [phrase(earlier, subject)]
    return []


def _within(sentence: Parsed, pronoun: Token, word: str) -> Phrase | None:
    """Find the subject of the nearest clause before ``pronoun`` in its sentence, of the same number."""
    if word not in ("it", "they", "them", "these"):
        return None
    plural = word != "it"
    clause = {t.i for t in main_verb(pronoun).subtree}
    for token in reversed(sentence.doc[: pronoun.i]):
        shown = token.head.lemma_ in _SHOWS and main_verb(pronoun) in token.head.children
        if token.head.dep_ == "relcl" or shown or (pronoun.dep_ not in ("nsubj", "nsubjpass") and token.i in clause):
            continue
        if token.dep_ == "csubj" and token.tag_ == "VBG" and not plural:
            return phrase(sentence, token)
        if token.dep_ in ("nsubj", "nsubjpass") and token.pos_ in ("NOUN", "PROPN") and not is_person(token):
            many = token.tag_ in ("NNS", "NNPS") or len(with_conjuncts([token])) > 1
            if many == plural:
                return phrase(sentence, token)
    return None


def _nearest(sentence: Parsed, pronoun: Token, word: str) -> Phrase | None:
    """Find the nearest noun before ``pronoun`` in its sentence, outside its clause, of the same number."""
    if word not in ("it", "them", "these", "those"):
        return None
    clause = {t.i for t in main_verb(pronoun).subtree}
    nouns = (t for t in reversed(sentence.doc[: pronoun.i]) if t.pos_ in ("NOUN", "PROPN") and t.i not in clause)
    return next((phrase(sentence, t) for t in nouns if (t.tag_ in ("NNS", "NNPS")) == (word != "it")), None)


def _unique(found: Iterator[Stated] | list[Stated]) -> list[Stated]:
    """Keep each pair of cause and effect once: the first of the most confident statements."""
    unique: list[Stated] = []
    for one in sorted(found, key=lambda s: -s.confidence):
        if not any(_same(one.cause, k.cause) and _same(one.effect, k.effect) for k in unique):
            unique.append(one)
    return sorted(unique, key=lambda s: (s.trigger.i, s.cause.start, s.effect.start))


def _says_twice(one: Stated, here: list[Stated]) -> bool:
    """Return whether a clause given as a reason (*since it leads to …*) states the intended link itself."""
    subject = own_subject(one.cause.head)
    reason = one.trigger.lower_ in ("since", "because", "as") and one.cause.clause
    bare = subject is not None and subject.lower_ in _BARE and one.cause.start >= one.effect.start
    return reason and bare and any(s.trigger == one.cause.head for s in here)


def _inside_a_correlation(one: Stated, here: list[Stated]) -> bool:
    """Return whether a statement is inside one side of *the more … the more*, which states the link."""
    wholes = [s for s in here if s.trigger.lower_ == "the" and s is not one]
    return any(p.first <= one.trigger.i <= p.last for s in wholes for p in (s.cause, s.effect))


def _same(one: Phrase, other: Phrase) -> bool:
    return one.sentence is other.sentence and one.start < other.end and other.start < one.end
