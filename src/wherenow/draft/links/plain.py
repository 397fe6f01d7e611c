"""Plain sentences read as a whole, word by word: *as frumbles rise, woddles fall*; *higher levels of X reduce Y*.

A parser trained on news errs on short sentences about things it has never met. If all words of a clause fit this
small grammar, the grammar reads the clause and its parse is ignored; other clauses are left to rules over the parse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from wherenow.draft import words
from wherenow.draft.links.direction import DirectedName
from wherenow.draft.links.stated import Stated
from wherenow.draft.text.grammar import Phrase, Token
from wherenow.draft.text.parsing import Parsed

_IF = frozenset({"as", "when", "whenever", "if", "because", "once", "since", "where"})
_TAILS = ("as well", "too", "likewise", "also", "accordingly", "in turn", "further", "even further")
_LONGEST_NAME = 3


@dataclass(frozen=True, slots=True)
class _Side:
    """A variable, as a range of the clause's words."""

    variable: DirectedName
    first: int
    last: int


def by_plain_words(sentence: Parsed) -> tuple[list[Stated], list[tuple[int, int]]]:
    """Return the links of clauses that fit the grammar, and the token ranges of these clauses."""
    statements: list[Stated] = []
    read: list[tuple[int, int]] = []
    for span in sentence.doc.sents:
        tokens = list(span)
        one = _clause(sentence, tokens)
        joins = (i for i, t in enumerate(tokens) if t.lower_ in ("and", "but") and i and tokens[i - 1].text == ",")
        cut = next(joins, 0)
        if one is None and cut:
            tokens = tokens[:cut]
            one = _clause(sentence, tokens)
        if one is not None:
            statements.append(one)
            read.append((span.start, span.start + len(tokens)))
    return statements, read


def _clause(sentence: Parsed, tokens: list[Token]) -> Stated | None:
    while tokens and tokens[-1].is_punct:
        tokens = tokens[:-1]
    if len(tokens) > 3 and tokens[0].lower_ in ("but", "and", "yet"):
        tokens = tokens[1:]
    comma = next((i for i, t in enumerate(tokens[:7]) if t.text == ","), -1)
    if comma > 0 and "-".join(t.lower_ for t in tokens[:comma]) in words.listed("openings"):
        tokens = tokens[comma + 1 :]
    if not 3 <= len(tokens) <= 24:
        return None
    lower = [t.lower_ for t in tokens]
    sides = _conditional(lower) or _correlative(lower) or _verb(lower)
    if sides is None:
        return None
    cause, effect, sign, at, form = sides
    if effect.variable.follows:
        effect = replace(effect, variable=replace(effect.variable, way=cause.variable.way, follows=False))
    one, other = (Phrase(sentence, tokens[s.last], tokens[s.first].i, tokens[s.last].i, False) for s in (cause, effect))
    both, trigger = (cause.variable, effect.variable), tokens[at]
    return Stated(cause=one, effect=other, sign=sign, trigger=trigger, form=form, confidence=0.9, variables=both)


def _conditional(lower: list[str]) -> tuple[_Side, _Side, int, int, str] | None:
    """*As X rises, Y falls*, *Y falls as X rises*."""
    at = next((i for i, word in enumerate(lower) if word in _IF), -1)
    if at == 0 and "," in lower:
        comma = lower.index(",")
        one, other = _moving(lower, 1, comma), _moving(lower, comma + 1, len(lower))
    elif at > 1:
        one, other = _moving(lower, at + 1, len(lower)), _moving(lower, 0, at - (lower[at - 1] == ","))
    else:
        return None
    if one is None or other is None:
        return None
    form = {"as": "comparative", "because": "connective", "since": "connective"}.get(lower[at], "conditional")
    return one, other, 1, at, form


def _correlative(lower: list[str]) -> tuple[_Side, _Side, int, int, str] | None:
    starts = [i for i, word in enumerate(lower[:-1]) if word == "the" and lower[i + 1] in words.directions("adjective")]
    if len(starts) != 2 or starts[0] != 0:
        return None
    end = starts[1] - 1 if lower[starts[1] - 1] == "," else starts[1]
    one, other = _compared(lower, 0, end), _compared(lower, starts[1], len(lower))
    return None if one is None or other is None else (one, other, 1, 0, "comparative")


def _compared(lower: list[str], first: int, end: int) -> _Side | None:
    """*The fewer X there are*."""
    end = _without_tail(lower, first, end)
    if lower[end - 2 : end] in (["there", "are"], ["there", "is"], ["we", "see"]):
        end -= 2
    way = words.directions("adjective").get(lower[first + 1]) if end - first > 2 and lower[first] == "the" else None
    return None if way is None else _turned(_noun(lower, first + 2, end), way)


def _moving(lower: list[str], first: int, end: int) -> _Side | None:
    """*There are more X*, *X tend to rise*, *X follow suit*."""
    end = _without_tail(lower, first, end)
    start = first
    while start < end and _is_auxiliary(lower[start]):
        start += 1
    if start > first and start < end and lower[start] in words.directions("adjective"):
        return _noun(lower, start, end)
    if lower[end - 2 : end] in (["follow", "suit"], ["follows", "suit"]):
        side = _noun(lower, start, end - 2)
        return side and replace(side, variable=DirectedName(side.variable.name, 1, True, follows=True))
    way = _way_of_verb(lower[end - 1]) if end > start else None
    if way is None:
        return None
    return _turned(_noun(lower, start, _before_auxiliaries(lower, start, end - 1)), way)


def _verb(lower: list[str]) -> tuple[_Side, _Side, int, int, str] | None:
    """*X holds back Y*, *more X lead to fewer Y*, *X cause Y to fall*."""
    for at in range(1, len(lower) - 1):
        for lemma in words.lemmas(lower[at]):
            for entry, after in _entries(lower, lemma, at):
                stop = _before_auxiliaries(lower, 1, at)
                if stop > 1 and lower[stop] == "to":
                    return None  # as in "fails to reduce"
                one = _noun(lower, 0, stop)
                other, sign = _object(lower, after, entry.takes), entry.sign
                if one is not None and other is not None and entry.takes[0] != "<":
                    return one, other, sign, at, "association" if entry.takes == "with" else "verb"
    return None


def _entries(lower: list[str], lemma: str, at: int) -> Iterator[tuple[words.Verb, int]]:
    """Return the possible entries of the verb at ``at``, with or without a particle, and where its object begins."""
    for entry in words.verbs().get(f"{lemma} {lower[at + 1]}", ()):
        if at + 2 < len(lower):
            yield entry, at + 2
    for entry in words.verbs().get(lemma, ()):
        if entry.takes in ("object", "clause"):
            yield entry, at + 1
        elif lower[at + 1] == entry.takes:
            yield entry, at + 2


def _object(lower: list[str], first: int, takes: str) -> _Side | None:
    end = _without_tail(lower, first, len(lower))
    if "to" in lower[first:end]:
        middle = lower.index("to", first)
        way = _way_of_verb(lower[middle + 1]) if middle + 2 == end else None
        return None if way is None else _turned(_noun(lower, first, middle), way)
    return _noun(lower, first, end) if takes != "clause" else None


def _noun(lower: list[str], first: int, end: int) -> _Side | None:
    """Parse a name of a few words, with words for more or less before or after it."""
    start, way = first, 1
    while start < end:
        word = lower[start]
        if word in ("a", "an", "the", "any", "such") or word in words.listed("adverbs"):
            start += 1
        elif word in words.directions("adjective"):
            way *= words.directions("adjective")[word]
            start += 1
        elif word.endswith("ing") and (turn := _way_of_verb(word)) is not None:
            way *= turn
            start += 1
        elif start + 1 < end and lower[start + 1] in ("in", "of") and _head(word) is not None:
            way *= _head(word) or 1
            start += 2
        else:
            break
    stop = end
    last = words.directions("noun").get(lower[stop - 1].removesuffix("s")) if stop - start > 1 else None
    if last is not None:
        way *= last
        stop -= 1
    name = lower[start:stop]
    if not 1 <= len(name) <= _LONGEST_NAME or not all(_names(word) for word in name):
        return None
    return _Side(DirectedName(" ".join(name), way, True), start, stop - 1)


def _head(word: str) -> int | None:
    """Return the direction of a noun such as *growth* in *growth in X*, 1 for *number*, None for any other noun."""
    singular = word.removesuffix("s")
    if singular in words.measures() or word in words.measures():
        return 1
    return words.directions("noun").get(singular) or words.directions("noun").get(word)


def _names(word: str) -> bool:
    """Return whether a word can be part of a name: neither a function word nor a verb."""
    closed = word in words.listed("no-units") or word in words.listed("closed")
    person = word in words.listed("persons") or word.removesuffix("s") in words.listed("persons")
    return word[0].isalpha() and not closed and not person


def _turned(side: _Side | None, way: int) -> _Side | None:
    return side and replace(side, variable=replace(side.variable, way=side.variable.way * way))


def _way_of_verb(form: str) -> int | None:
    table = words.directions("verb")
    return next((table[lemma] for lemma in words.lemmas(form) if lemma in table), None)


def _without_tail(lower: list[str], first: int, end: int) -> int:
    sizes = (tail.count(" ") + 1 for tail in _TAILS if f" {' '.join(lower[first:end])}".endswith(f" {tail}"))
    return next((end - n for n in sizes if end - n > first), end)


def _is_auxiliary(word: str) -> bool:
    return word in words.listed("adverbs") or word in words.listed("auxiliaries")


def _before_auxiliaries(lower: list[str], first: int, end: int) -> int:
    while end > first and _is_auxiliary(lower[end - 1]):
        end -= 1
    return end
