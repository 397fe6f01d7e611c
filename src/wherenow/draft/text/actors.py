"""Named persons, organisations and states that act, speak or are the source of a figure, each with its aliases."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wherenow.draft import words
from wherenow.draft.proposals import ActorProposal
from wherenow.draft.text.grammar import Token, children
from wherenow.draft.text.parsing import Parsed, vocabulary

_BODIES = re.compile(rf"\b(?:{'|'.join(words.group('bodies'))})\b")
_PLACES = re.compile(rf"\b(?:{'|'.join(words.group('places'))})$")
_FIGURES = frozenset({"DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"})
_NOT_ACTORS = _FIGURES | {"LOC", "FAC", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"}
_TITLES = re.compile(
    r"^(?:the |The |President |Prime Minister |Minister |Mr\.? |Mrs\.? |Ms\.? |Dr\.? |Professor |Prof\.? |Sir |"
    r"General |Councillor |Senator |Judge |Chancellor |King |Queen |Governor |Mayor )+"
)


_ADDRESSED = frozenset({"ask", "urge", "tell", "warn", "press", "beg", "implore", "accuse", "sue", "lobby"})
_BY = ("VBN", "according to")
_COLLECTIVE = words.group("collective")


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    sentence: str
    start: int
    acts: bool
    certain: bool


def actors(sentences: list[Parsed]) -> tuple[ActorProposal, ...]:
    """Find the actors of a text, in the order of their first occurrence."""
    result: list[ActorProposal] = []
    acting: set[str] = set()
    common = {t.text.capitalize() for s in sentences for t in s.doc if t.text.islower()}
    short = ((s.doc, t) for s in sentences for t in s.doc[2:-1] if t.text.isupper())
    common |= {t.text for doc, t in short if _defined_in_brackets(doc, t.i, t.i + 1)}
    for name in [n for s in sentences for n in _names(s)]:
        text = _TITLES.sub("", name.text).strip()
        if len(text) < 3 or any(c.isdigit() for c in text) or text in common:
            continue
        if name.acts or name.certain:
            acting.add(text)
        index = next((i for i, a in enumerate(result) if _same(text, (a.name, *a.aliases))), None)
        if index is None:
            where = {"start": name.start, "end": name.start + len(name.text)}
            share = 0.8 if name.certain else 0.6
            result.append(ActorProposal(name=text, aliases=(), first_sentence=name.sentence, confidence=share, **where))
        elif text not in (result[index].name, *result[index].aliases):
            actor = result[index]
            longest = max((actor.name, text), key=len)
            others = tuple(dict.fromkeys(n for n in (actor.name, *actor.aliases, text) if n != longest))
            result[index] = replace(actor, name=longest, aliases=others)
    return tuple(a for a in result if {a.name, *a.aliases} & acting)


def aliases(found: tuple[ActorProposal, ...]) -> dict[str, str]:
    """Map every name and alias to the name of its actor."""
    return {alias: a.name for a in found for alias in (a.name, *a.aliases)}


def _same(text: str, names: tuple[str, ...]) -> bool:
    for name in names:
        if text == name or f" {text} " in f" {name} " or f" {name} " in f" {text} ":
            return True
        initials = "".join(w[0] for w in re.findall(r"[A-Za-z]+", name) if w[0].isupper())
        if text.isupper() and 1 < len(text) <= 6 and text == initials:
            return True
    return False


def _names(sentence: Parsed) -> list[_Name]:
    doc = sentence.doc
    names: list[_Name] = []
    at = 0
    while at < len(doc):
        end = _name_end(sentence, at)
        if end == at:
            at += 1
            continue
        span = doc[at:end]
        known = _known(span)
        after = doc[end] if end < len(doc) else None
        if after is not None and (after.pos_ == "NUM" or after.like_num):
            known = None  # the name is only the label of a number
        if at == 0 and len(span) == 1 and not span[0].ent_type_ and span.text.lower() in vocabulary():
            known = None  # a capital at the start of a sentence does not mark a name
        if after is not None and known is False and after.lower_ in _COLLECTIVE and span.root.pos_ in ("ADJ", "PROPN"):
            text, start = doc[at : end + 1].text, sentence.start + span.start_char
            names.append(_Name(text, sentence.id, start, _acts(after, span), False))
        elif known is not None and not _defined_in_brackets(doc, at, end):
            acts = _acts(span.root, span)
            place = any(t.ent_type_ in ("GPE", "LOC", "FAC") for t in span) and not _BODIES.search(span.text)
            sure = known and not place and (len(span) > 1 or span.text.isupper())
            names.append(_Name(span.text, sentence.id, sentence.start + span.start_char, acts, sure))
            short = _in_brackets(doc, end)
            if short is not None:
                names.append(_Name(short.text, sentence.id, sentence.start + short.idx, False, False))
        at = end
    return names


def _defined_in_brackets(doc: Token, at: int, end: int) -> bool:
    """*Antimicrobial resistance (AMR)*: whether it abbreviates common words."""
    enclosed = at > 1 and end < len(doc) and doc[at - 1].text == "(" and doc[end].text == ")"
    return enclosed and bool(doc[at - 2].text.islower())


def _in_brackets(doc: Token, at: int) -> Token | None:
    """*World Health Organization (WHO)*: return the token in the brackets."""
    if at + 2 < len(doc) and doc[at].text == "(" and doc[at + 2].text == ")" and doc[at + 1].text.isupper():
        return doc[at + 1]
    return None


def _name_end(sentence: Parsed, at: int) -> int:
    """Return the end of the capitalised words from ``at``; an organisation's name may contain *of* and *for*."""
    doc = sentence.doc
    if not _capital(doc[at], at == 0 or doc[at - 1].text in (".", ":", ";", "“", '"')):
        return at
    end = plain = at + 1
    linked = False
    while end < len(doc):
        word = doc[end]
        if _capital(word, False):
            end += 1
        elif word.text == "(" and end + 3 < len(doc) and doc[end + 2].text == ")" and _capital(doc[end + 3], False):
            end += 3
        elif word.text in ("-", "&", "al", "de", "von", "van") and end + 1 < len(doc) and _capital(doc[end + 1], False):
            end += 2
        else:
            step = 2 if end + 1 < len(doc) and doc[end + 1].lower_ == "the" else 1
            if word.lower_ not in ("of", "for", "on") or end + step >= len(doc) or not _capital(doc[end + step], False):
                break
            linked = True
            end += step + 1
            continue
        if not linked:
            plain = end
    return end if _BODIES.search(doc[at:end].text) is not None else plain


def _capital(token: Token, opens: bool) -> bool:
    if not token.text[:1].isupper() or not token.text[0].isalpha():
        return False
    if token.ent_type_ in _FIGURES:
        return False
    if opens:
        return bool(token.pos_ == "PROPN" or token.ent_type_ in ("ORG", "PERSON", "GPE", "NORP")) and not token.is_stop
    return not token.is_stop or token.text.isupper()


def _known(span: Token) -> bool | None:
    """Return True for the name of an organisation or person, False for another name, None for no name."""
    if _BODIES.search(span.text):
        return True
    if _PLACES.search(span.text):
        return None
    labels = {t.ent_type_ for t in span}
    if labels & {"ORG", "PERSON"}:
        return labels != {"PERSON"} or len(span) > 1
    proper = span.root.pos_ == "PROPN" or (span.root.pos_ == "NOUN" and span.text.isupper())
    return False if labels & {"GPE", "NORP"} or (proper and not labels & _NOT_ACTORS) else None


def _acts(root: Token, span: Token) -> bool:
    """Return whether the name acts or speaks, is addressed, or is a source."""
    if root.dep_ in ("compound", "amod", "nmod", "poss") and root.head.i in (span.end - 1, span.end):
        return False
    if root.dep_ == "conj":
        root = next((t for t in root.ancestors if t.dep_ != "conj"), root)
    verb = root.head
    if root.dep_ == "nsubj" and verb.pos_ == "VERB":
        return verb.lemma_ not in words.listed("things-do")
    if root.dep_ in ("dobj", "dative") and verb.lemma_ in _ADDRESSED:
        return True
    if root.dep_ == "pobj" and (verb.head.tag_ if verb.lower_ == "by" else f"{verb.head.lower_} {verb.lower_}") in _BY:
        return True
    described = (*children(root, "appos"), *([root.head] if root.dep_ == "appos" else ()))
    return any(t.lemma_.lower() in words.listed("persons") for t in described)
