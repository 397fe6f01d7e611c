"""The causal links of a text: what the rules find in each sentence, joined across sentences, named and signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft.direction import variable
from wherenow.draft.grammar import (
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
from wherenow.draft.join_links import by_joins, connectives_in
from wherenow.draft.noun_links import by_nouns
from wherenow.draft.parsing import Parsed
from wherenow.draft.plain import by_plain_words
from wherenow.draft.proposals import Link
from wherenow.draft.stated import Stated
from wherenow.draft.verb_links import by_mistaken, by_verbs

_BARE = frozenset(
    {"this", "that", "these", "those", "it", "they", "them", "which", "both", "he", "she", "we", "i", "you"}
)
_NOTHING = frozenset(
    {
        *("what", "whatever", "who", "whoever", "whichever", "nobody", "somebody", "everybody", "everyone", "someone"),
        *("nothing", "something", "everything", "anything", "anyone", "one", "others", "another", "each", "none"),
    }
)
"""Pronouns that stand for no quantity."""
_DELAYED = frozenset({"later", "eventually", "gradually", "slowly", "subsequently", "ultimately"})


def stated_links(sentences: list[Parsed]) -> list[Stated]:
    """Every statement of cause and effect, in the order of the text; pronouns replaced by what they stand for."""
    found: list[Stated] = []
    before: Parsed | None = None
    for sentence in sentences:
        earlier = before if before is not None and before.paragraph == sentence.paragraph else None
        plain, read = by_plain_words(sentence)
        here = [*by_verbs(sentence), *by_mistaken(sentence), *by_joins(sentence), *by_nouns(sentence)]
        here = [s for s in here if not any(a <= s.trigger.i < b for a, b in read)]
        here = [s for s in here if not _says_twice(s, here) and not _inside_a_correlation(s, here)]
        here += _answered(sentence, earlier)
        here += plain
        here += _by_adverbs(sentence, earlier, [*found, *here], read)
        found += _unique(r for s in here for r in _resolved(s, sentence, earlier))
        before = sentence
    return found


def links(stated: list[Stated]) -> tuple[Link, ...]:
    """The statements as proposals, with neutral variables where both sides say which way they go."""
    return tuple(_link(one) for one in stated)


def _link(one: Stated) -> Link:
    cause, effect = one.variables or (variable(one.cause), variable(one.effect))
    if effect.follows:
        effect = replace(effect, way=cause.way, follows=False)
    sign = one.sign
    if cause.known and effect.known:
        sign *= cause.way * effect.way
        names, ways = (cause.name, effect.name), (cause.way, effect.way)
    else:
        names, ways = (one.cause.text, one.effect.text), (1, 1)
    sentence = one.trigger.doc
    return Link(
        cause=_short(names[0]),
        effect=_short(names[1]),
        sign="+" if sign > 0 else "-",
        negated=one.negated,
        hedged=one.hedged,
        sentence=_sentence_of(one).id,
        cause_start=one.cause.start,
        cause_end=one.cause.end,
        effect_start=one.effect.start,
        effect_end=one.effect.end,
        confidence=one.confidence,
        form=one.form,
        cause_way=ways[0],
        effect_way=ways[1],
        delayed=any(t.lower_ in _DELAYED for t in sentence),
    )


def _sentence_of(one: Stated) -> Parsed:
    return one.effect.sentence if one.effect.sentence.doc is one.trigger.doc else one.cause.sentence


def _short(name: str, most: int = 8) -> str:
    return " ".join(" ".join(name.split()).split(" ")[:most]).strip(" ,;:")


def _by_adverbs(
    sentence: Parsed, earlier: Parsed | None, here: list[Stated], read: list[tuple[int, int]]
) -> list[Stated]:
    """*As a result, Y*: what was said before is the cause, unless the clause states its own."""
    found: list[Stated] = []
    doc = sentence.doc
    for at, count, kind in connectives_in(sentence):
        if kind not in ("adverb", "result") or any(a <= at < b for a, b in read):
            continue
        verb = _clause_verb(doc[at + count - 1] if kind == "result" else doc[at])
        if verb is None or any(main_verb(s.trigger) == verb or s.effect.head == verb for s in here):
            continue
        if doc[at].lower_ == "so" and (
            doc[at + 1].lemma_ in ("do", "be", "have") or not (at == 0 or doc[at - 1].text in (",", ";", "and"))
        ):
            continue
        cause = _clause_before(sentence, verb, at) or (_main(earlier) if earlier is not None and at <= 2 else None)
        if cause is not None:
            named = _brought_about(cause, here)
            cause, way = named or (cause, 1)
            effect = phrase(sentence, verb)
            form = "connective" if cause.sentence is sentence else "cross-sentence"
            found.append(
                Stated(
                    cause=cause,
                    effect=effect,
                    sign=1,
                    trigger=doc[at],
                    form=form,
                    confidence=0.6,
                    variables=None if named is None else (replace(variable(cause), way=way), variable(effect)),
                )
            )
    return found


def _brought_about(clause: Phrase, here: list[Stated]) -> tuple[Phrase, int] | None:
    """What a clause says is brought about, and which way: *thin earnings hold back orders* lowers the orders."""
    for one in here:
        if one.trigger == clause.head and one.effect.sentence is clause.sentence and variable(one.effect).known:
            return one.effect, one.sign * variable(one.effect).way
    return None


def _clause_verb(token: Token) -> Token | None:
    for one in (token, *token.ancestors):
        if one.pos_ in ("VERB", "AUX") and one.dep_ not in ("aux", "auxpass"):
            return one
    return None


def _clause_before(sentence: Parsed, verb: Token, at: int) -> Phrase | None:
    """The clause that stands before the one of ``verb`` in the same sentence."""
    if verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX") and verb.head.i < verb.i:
        return phrase(sentence, verb.head)
    start = verb.sent.start
    if start > 0 and start <= at:
        last = sentence.doc[start - 1].sent.root
        if last.pos_ in ("VERB", "AUX"):
            return phrase(sentence, last)
    said = child(verb, "ccomp")
    return phrase(sentence, said) if said is not None and said.i < verb.i and said.i < at else None


def _main(sentence: Parsed) -> Phrase | None:
    root = next((s.root for s in reversed(list(sentence.doc.sents)) if s.root.pos_ in ("VERB", "AUX")), None)
    return None if root is None else phrase(sentence, root)


def _resolved(one: Stated, sentence: Parsed, earlier: Parsed | None) -> Iterator[Stated]:
    """The statement with pronouns replaced; none where a pronoun stands for nothing that can be found."""
    for cause in _antecedents(one.cause, sentence, earlier, one.trigger):
        for effect in _antecedents(one.effect, sentence, earlier, one.trigger):
            if cause.start < effect.end and effect.start < cause.end:
                continue
            if cause is not one.cause and not cause.clause and is_person(cause.head):
                continue  # a pronoun for somebody, who acts
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
            whole = phrase(sentence, governor)
            return [replace(whole, last=max(whole.first, min(whole.last, head.i - 2)))]
    within = _within(sentence, head, word) if head.dep_ in ("nsubj", "nsubjpass") else _nearest(sentence, head, word)
    if within is not None:
        return [within]
    if earlier is None:
        return []
    root = next((s.root for s in reversed(list(earlier.doc.sents))), None)
    if root is None:
        return []
    if word in ("this", "that", "which"):
        main = _main(earlier)
        return [] if main is None else [main]
    subject = own_subject(root)
    if subject is not None and subject.dep_ in ("csubj",) and child(root, "attr") is not None:
        subject = child(root, "attr")  # "what did hurt was the pay freeze"
    objects = children(root, "dobj", "attr")
    if head.dep_ in ("dobj", "pobj") and objects:
        subject = objects[0]
    if subject is not None and is_person(subject):
        return []
    if word in ("these", "those", "both", "they", "them") and subject is not None:
        several = with_conjuncts([subject])
        if subject.tag_ in ("NNS", "NNPS") or len(several) > 1 or word in ("these", "those"):
            return [phrase(earlier, t) for t in several if t.pos_ != "PRON"]
        held = [t for t in children(root, "dobj", "attr") if t.tag_ in ("NNS", "NNPS")]
        return [phrase(earlier, t) for t in held[:1]] or [phrase(earlier, subject)]
    if subject is not None and subject.pos_ != "PRON":
        return [phrase(earlier, subject)]
    return []


def _within(sentence: Parsed, pronoun: Token, word: str) -> Phrase | None:
    """The subject of the nearest clause before ``pronoun`` in its sentence, of the same number."""
    if word not in ("it", "they", "them", "these"):
        return None
    plural = word != "it"
    for token in reversed(sentence.doc[: pronoun.i]):
        if token.dep_ in ("nsubj", "nsubjpass") and token.pos_ in ("NOUN", "PROPN"):
            many = token.tag_ in ("NNS", "NNPS") or len(with_conjuncts([token])) > 1
            if many == plural:
                return phrase(sentence, token)
    return None


def _nearest(sentence: Parsed, pronoun: Token, word: str) -> Phrase | None:
    """The nearest noun before ``pronoun`` in its sentence that is none of its own clause, of the same number."""
    if word not in ("it", "them", "these", "those"):
        return None
    own = {t.i for t in main_verb(pronoun).subtree}
    for token in reversed(sentence.doc[: pronoun.i]):
        if token.pos_ in ("NOUN", "PROPN") and token.i not in own and (token.tag_ in ("NNS", "NNPS")) == (word != "it"):
            return phrase(sentence, token)
    return None


def _unique(found: Iterator[Stated] | list[Stated]) -> list[Stated]:
    """Each pair of cause and effect once: the statement with the most confidence, and of these the first."""
    kept: list[Stated] = []
    for one in sorted(found, key=lambda s: -s.confidence):
        if not any(_same(one.cause, k.cause) and _same(one.effect, k.effect) for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda s: (s.trigger.i, s.cause.start, s.effect.start))


def _says_twice(one: Stated, here: list[Stated]) -> bool:
    """Whether a clause given as a reason states a link of its own (*since it leads to …*), which is the one meant."""
    if one.trigger.lower_ not in ("since", "because", "as") or not one.cause.clause:
        return False
    subject = own_subject(one.cause.head)
    bare = subject is not None and subject.lower_ in _BARE
    return bare and any(s.trigger == one.cause.head for s in here)


def _inside_a_correlation(one: Stated, here: list[Stated]) -> bool:
    """Whether a statement lies in one side of *the more … the more*, which says it all."""
    wholes = [s for s in here if s.trigger.lower_ == "the" and s is not one]
    return any(p.first <= one.trigger.i <= p.last for s in wholes for p in (s.cause, s.effect))


def _answered(sentence: Parsed, earlier: Parsed | None) -> list[Stated]:
    """*What happens when a school closes? Classes grow.* The condition of a question, and the sentence after it."""
    if (
        earlier is None
        or not earlier.doc.text.rstrip().endswith("?")
        or earlier.doc[0].lower_ not in ("what", "and", "so")
    ):
        return []
    effect = _main(sentence)
    for mark in earlier.doc:
        asked = mark.lower_ in ("when", "if") and mark.dep_ in ("mark", "advmod") and mark.head.dep_ == "advcl"
        if asked and effect is not None:
            return [
                Stated(
                    cause=phrase(earlier, mark.head),
                    effect=effect,
                    sign=1,
                    trigger=effect.head,
                    form="cross-sentence",
                    confidence=0.6,
                )
            ]
    return []


def _same(one: Phrase, other: Phrase) -> bool:
    return one.sentence is other.sentence and one.start < other.end and other.start < one.end
