"""Find the variable of a phrase and its direction: "fewer buses" is *buses*, down."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.draft import words
from wherenow.draft.text.grammar import Phrase, Token, child, children, negated, own_subject, prepositions
from wherenow.draft.text.parsing import vocabulary

_LESS = words.group("less")
_DROPPED = frozenset(
    {"det", "predet", "preconj", "punct", "cc", "conj", "relcl", "appos", "neg", "advmod", "acl", "case", "dep"}
)
_EDGES = ("ADP", "PUNCT", "DET", "CCONJ")


@dataclass(frozen=True, slots=True)
class DirectedName:
    """A name without direction; ``way`` is 1 or -1. ``known``: false where only the words themselves can name it.

    ``follows``: the phrase says only that it goes the same way as the other side (*follow suit*).
    """

    name: str
    way: int
    known: bool
    follows: bool = False


def variable(words_of: Phrase) -> DirectedName:
    """Return the variable of a noun phrase or clause."""
    doc, first = words_of.sentence.doc, words_of.first
    if doc[first].lower_ == "the" and first < words_of.last and is_comparative(doc[first + 1]):
        return _correlated(words_of)
    if words_of.head.pos_ == "ADJ" and words_of.clause:
        subject = child(words_of.head, "nsubj") or child(words_of.head.head, "dobj")
        quality = _quality(subject, words_of.head) if subject is not None else None
        if quality is not None:
            return quality
    if words_of.clause:
        return _of_clause(words_of.head) or DirectedName(_plain(words_of.text), 1, not _doubtful(words_of))
    return _of_noun(words_of.head, words_of.first)


def _doubtful(words_of: Phrase) -> bool:
    """Return whether a clause of unknown direction may be about a decrease."""
    doc = words_of.sentence.doc
    return any(
        t.dep_ == "neg" or t.lower_ in _LESS or (t.pos_ == "ADV" and t.lower_.startswith(("ir", "un", "in")))
        for t in doc[words_of.first : words_of.last + 1]
    )


def is_comparative(token: Token) -> bool:
    """Return whether a word is a comparative: *fewer*, *slower*."""
    return token.tag_ in ("JJR", "RBR") or token.lower_ in ("more", "less", "fewer")


def _correlated(words_of: Phrase) -> DirectedName:
    """*The more X*, *the slower X gets*, *the less X does*."""
    doc, first, last = words_of.sentence.doc, words_of.first, words_of.last
    comparative = doc[first + 1]
    way = words.directions("adjective").get(comparative.lower_)
    tokens = [t for t in doc[first + 2 : last + 1] if t.dep_ != "expl" and not t.is_punct]
    if any(t.lower_ == "there" for t in tokens):
        tokens = tokens[: next(i for i, t in enumerate(tokens) if t.lower_ == "there")]
    while tokens and (tokens[0].pos_ == "DET" or tokens[0].lower_ == "such"):
        tokens.pop(0)
    while tokens and tokens[-1].lemma_ in ("be", "get", "become", "grow", "still"):
        tokens.pop()
    text = _plain(" ".join(t.text for t in tokens) or comparative.text)
    if way is None:
        return DirectedName(f"{comparative.lemma_.lower()} {text}", 1, True)
    return DirectedName(text, way, True)


def _of_noun(head: Token, first: int = 0) -> DirectedName:
    """Return the variable of a noun; tokens before ``first`` belong to another phrase."""
    way = 1
    dropped: set[int] = set()
    base: dict[int, str] = {}
    for _ in range(4):
        lemma = head.lemma_.lower()
        for modifier in children(head, "amod", "det", "advmod", "nmod", "compound", "nummod"):
            if modifier.i < first:
                dropped.update(t.i for t in modifier.subtree)
                continue
            turn, spelt = _modifier(modifier)
            if turn:
                way *= turn
                if spelt:
                    base[modifier.i] = spelt
                else:
                    dropped.update(t.i for t in modifier.subtree)
        direction = words.directions("noun").get(lemma)
        inner = [t for p in ("of", "in", "for", "from") for t in prepositions(head, p)]
        compound = children(head, "compound", "poss")
        if lemma in words.measures() and prepositions(head, "of"):
            head = prepositions(head, "of")[0]
        elif direction and inner and inner[0].pos_ != "NUM" and not (lemma == "loss" and head.tag_ == "NNS"):
            way *= direction
            head = inner[0]
        elif direction and compound:
            return DirectedName(_name(head, {*dropped, head.i}, base), way * direction, True)
        else:
            break
    return DirectedName(_name(head, dropped, base), way, True)


def _modifier(modifier: Token) -> tuple[int, str]:
    """Return the direction of a modifier (0: none), and the base of a comparative that stays in the name."""
    word, lemma = modifier.lower_, modifier.lemma_.lower()
    if word == "such":
        return 1, ""
    if modifier.dep_ == "det":
        return (-1, "") if word in ("no", "little", "few") else (0, "")
    if modifier.dep_ in ("compound", "nummod", "nmod"):
        return words.directions("adjective").get(word, 0) if modifier.pos_ in ("ADJ", "VERB") else 0, ""
    table = words.directions("adjective")
    if word in table or lemma in table:
        return table.get(word) or table[lemma], ""
    if modifier.tag_ == "VBG" and lemma in words.directions("verb"):
        return words.directions("verb")[lemma], ""
    if modifier.tag_ in ("JJR", "RBR"):
        return 1, lemma
    return _degree(modifier)


def _degree(adjective: Token) -> tuple[int, str]:
    """*More reliable*, *less reliable*, *unreliable*."""
    for item in children(adjective, "advmod"):
        if item.lower_ in ("more", "less"):
            return (1 if item.lower_ == "more" else -1), adjective.lower_
    word = adjective.lower_
    if word.startswith("un") and len(word) > 6 and adjective.pos_ == "ADJ" and word[2:] in vocabulary():
        return -1, word[2:]
    return 0, ""


def _name(head: Token, dropped: set[int], base: dict[int, str]) -> str:
    tokens = [t for t in _inside(head) if t.i not in dropped]
    inner = [i for i, t in enumerate(tokens) if t.pos_ not in _EDGES and t.lower_ not in ("'s", "’s")]
    tokens = tokens[inner[0] : inner[-1] + 1] if inner else []
    if not tokens:
        return _plain(head.text)
    parts = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        gap = " " if after is None or after.i != token.i + 1 else token.whitespace_
        parts.append("" if token.is_punct and gap == " " and token.text == "," else base.get(token.i, token.text) + gap)
    text = "".join(parts)
    return _plain(text, proper=tokens[0].pos_ == "PROPN" or tokens[0].text.isupper())


def _inside(head: Token) -> list[Token]:
    tokens = [head]
    for item in head.children:
        if item.dep_ not in _DROPPED and not (item.dep_ == "poss" and item.pos_ == "PRON"):
            tokens += _inside(item)
    return sorted(tokens, key=lambda t: t.i)


def _plain(text: str, proper: bool = False) -> str:
    text = " ".join(text.split()).strip(" ,;:.\"'“”‘’")
    return text if proper or text[:2].isupper() else text[:1].lower() + text[1:]


def _of_clause(verb: Token) -> DirectedName | None:
    """Return the variable of a clause whose verb or adjective gives its subject a direction."""
    inner = child(verb, "xcomp")
    subject = own_subject(verb)
    flip = -1 if negated(verb) else 1
    while inner is not None and verb.lemma_ in words.listed("phases") and inner.pos_ in ("VERB", "AUX"):
        verb, inner = inner, child(inner, "xcomp")
    if subject is None:
        expletive = child(verb, "expl")
        existing = child(verb, "attr", "dobj") if expletive is not None else None
        return _turned(_of_noun(existing), flip) if existing is not None else None
    dobj = child(verb, "dobj")
    if dobj is not None and (verb.lemma_, dobj.lemma_) in (("follow", "suit"), ("do", "likewise"), ("do", "same")):
        return DirectedName(_of_noun(subject).name, 1, True, follows=True)
    if child(verb, "expl") is None and verb.lemma_ in words.listed("linking"):
        qualities = [*children(verb, "acomp", "oprd"), *children(verb, "advmod", "xcomp")]
        quality = next((t for t in qualities if t.pos_ in ("ADJ", "ADV")), None)
        directed = _quality(subject, quality) if quality is not None else None
        if directed is not None:
            return _turned(directed, flip)
    turn = words.directions("verb").get(verb.lemma_.lower(), 0)
    if subject.dep_ == "nsubjpass":
        linking = words.verbs().get(verb.lemma_.lower(), ())
        turn = next((v.sign for v in linking if v.takes == "object"), turn)
    elif dobj is not None:
        turn = 0
    return _turned(_of_noun(subject), turn * flip) if turn else None


def _quality(subject: Token, quality: Token) -> DirectedName | None:
    table = words.directions("adjective")
    word, lemma = quality.lower_, quality.lemma_.lower()
    if word in table or lemma in table:
        return _turned(_of_noun(subject), table.get(word) or table[lemma])
    turn, base = (1, lemma) if quality.tag_ in ("JJR", "RBR") else _degree(quality)
    if not turn:
        return None
    of = _of_noun(subject)
    return DirectedName(f"{base} {of.name}", turn * of.way, of.known)


def _turned(found: DirectedName, turn: int) -> DirectedName:
    return DirectedName(found.name, found.way * turn, found.known)
