"""Evidence pointers: ``P2S5`` is a sentence of the article, ``P2`` a paragraph, ``P2S4-P2S5`` a range."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from wherenow.case.case_types import Sentence, Source
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import read_text
from wherenow.case.reading.folder import SETTINGS
from wherenow.case.reading.schema import SourceForm
from wherenow.errors import Location, Text

_POINTER = re.compile(r"(P\d+)(S\d+)?(?:-(P\d+)(S\d+)?)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
COLUMNS = ("id", "start", "end", "sha256")
ARTICLE = "article.txt"


def read_source(form: SourceForm, folder: Path, problems: Problems) -> Source:
    """Read the article as ``case.yaml`` describes it, with its sentences."""
    writes = f"wherenow sentences --write {folder} writes it"
    if form.sha256 and not _SHA256.fullmatch(form.sha256.content):
        problems.error("a SHA-256 is 64 digits of 0-9 and a-f", form.sha256, writes)
    if form.length is not None and form.length <= 0:
        problems.error(f"the article's length must be positive, not {form.length}", form.sha256)
    article = folder / ARTICLE
    changed = article.is_file() and _changed(article, form, problems)
    if changed:
        problems, form = Problems(), form.model_copy(update={"length": None})  # other problems follow from it
    sentences: dict[str, Sentence] = {}
    if form.sentences:
        name = form.sentences.content
        path = folder / name
        if Path(name).name != name:
            problems.error(f"{name!r} must be a file of this folder", form.sentences)
        elif not path.is_file():
            problems.unreadable(f"the file {name} is missing", form.sentences, writes)
        else:
            sentences = read_sentences(path, form.length, problems)
    if article.is_file() and not changed:
        _check_places(article, sentences, problems)
    return form.as_a(Source, sentences=sentences)


def _changed(path: Path, form: SourceForm, problems: Problems) -> bool:
    """Check whether the folder's article differs from the one in ``case.yaml``, and report that as the root cause."""
    content = read_text(path, problems)
    if content is None:
        return False
    known = form.sha256 if form.sha256 and _SHA256.fullmatch(form.sha256.content) else None
    if known is not None and known.content != digest_of(content):
        what = f"its SHA-256 is {digest_of(content)}"
    elif form.length is not None and form.length != len(content):
        what = f"it has {len(content)} characters, not {form.length}"
    else:
        return False
    place = known.locate(0) if known else path.parent / SETTINGS
    hint = f"where the change is meant: wherenow sentences --write {path.parent}"
    problems.error(f"{ARTICLE} is not the article that the case was written from: {what}", place, hint, first=True)
    return True


def _check_places(path: Path, sentences: Mapping[str, Sentence], problems: Problems) -> None:
    """Check the sentences against the article's text."""
    content = read_text(path, problems) or ""
    for sentence in sentences.values():
        whole = _SHA256.fullmatch(sentence.sha256) and sentence.end <= len(content)
        if whole and sentence.sha256 != digest_of(content[sentence.start : sentence.end]):
            message = f"the sentences are not those of {ARTICLE}, from {sentence.id} on"
            hint = f"list them again: wherenow sentences --write {path.parent}"
            problems.error(message, path, hint, first=True)
            return


def digest_of(content: str) -> str:
    """Return the SHA-256 of a text, by which a case knows its article and each sentence."""
    return hashlib.sha256(content.encode()).hexdigest()


def read_sentences(path: Path, length: int | None, problems: Problems) -> dict[str, Sentence]:
    content = read_text(path, problems)
    if content is None:
        return {}
    rows = csv.reader(content.splitlines())
    header = next(rows, [])
    if tuple(header) != COLUMNS:
        problems.error(f"the columns must be {','.join(COLUMNS)}", path)
        return {}
    sentences: dict[str, Sentence] = {}
    for row in rows:
        where = Location(str(path), rows.line_num, 1)
        if not row:
            continue
        if len(row) != len(COLUMNS) or not row[1].isdigit() or not row[2].isdigit():
            problems.error("a row is: id, start, end (whole numbers of characters), sha256", where)
            continue
        sentence = Sentence(row[0], int(row[1]), int(row[2]), row[3])
        if not _POINTER.fullmatch(sentence.id) or "S" not in sentence.id:
            problems.error(f"{sentence.id!r} is not the name of a sentence, such as P2S5", where)
        elif sentence.id in sentences:
            problems.error(f"the sentence {sentence.id} appears twice", where)
        else:
            sentences[sentence.id] = sentence
            _check_sentence(sentence, length, where, problems)
    return sentences


def _check_sentence(sentence: Sentence, length: int | None, where: Location, problems: Problems) -> None:
    if not sentence.start < sentence.end:
        problems.error(f"the sentence {sentence.id} ends at {sentence.end}, before it starts", where)
    elif length is not None and sentence.end > length:
        message = f"the sentence {sentence.id} ends at {sentence.end}, outside the article of {length} characters"
        problems.error(message, where, _ANEW)
    elif not _SHA256.fullmatch(sentence.sha256):
        problems.error(f"the hash of {sentence.id} is not 64 digits of 0-9 and a-f", where, _ANEW)


def pointed(pointer: str, sentences: Mapping[str, Sentence]) -> tuple[str, ...]:
    """List the ids of the sentences that a pointer names; empty for an invalid pointer."""
    matched = _POINTER.fullmatch(pointer)
    if not matched:
        return ()
    first_paragraph, first, last_paragraph, last = matched.groups()
    ids = list(sentences)
    start = _edge(ids, first_paragraph, first, 0)
    end = _edge(ids, last_paragraph or first_paragraph, last or ("" if last_paragraph else first), -1)
    return tuple(ids[start : end + 1]) if start is not None and end is not None and start <= end else ()


def _edge(ids: list[str], paragraph: str, sentence: str | None, side: int) -> int | None:
    """Return the index of a sentence, or of the first (side 0) or last (-1) sentence of a paragraph."""
    if sentence:
        return ids.index(paragraph + sentence) if paragraph + sentence in ids else None
    of_paragraph = [i for i, name in enumerate(ids) if name.startswith(f"{paragraph}S")]
    return of_paragraph[side] if of_paragraph else None


_ANEW = "list them again: wherenow sentences --write CASE"
_NO_SENTENCES = "into an article leads nowhere: case.yaml names no sentences"


def check_pointers(pointers: Iterable[Text], source: Source | None, problems: Problems) -> tuple[str, ...]:
    """Return the pointers as written, and report each without a target."""
    names = []
    for text in pointers:
        pointer = text.content.strip()
        names.append(pointer)
        if not _POINTER.fullmatch(pointer):
            problems.error(f"{pointer!r} is not a pointer into the article", text, "write P2, P2S5 or P2S4-P2S5")
        elif source is None or not source.sentences:
            if not problems.unread and not problems.reported(_NO_SENTENCES):
                hint = "wherenow sentences ARTICLE --out sentences.csv makes them, source: { sentences: … } names them"
                problems.warning(f"{pointer} and all that points {_NO_SENTENCES}", text, hint)
        elif not pointed(pointer, source.sentences):
            problems.error(f"{pointer} points outside the article", text, _outside(pointer, source.sentences))
    return tuple(names)


def _outside(pointer: str, sentences: Mapping[str, Sentence]) -> str:
    """Describe the extent of the article, for a pointer beyond it."""
    for paragraph, sentence in re.findall(r"(P\d+)(S\d+)?", pointer):
        count = sum(name.startswith(f"{paragraph}S") for name in sentences)
        if not count:
            last = max(int(name[1:].partition("S")[0]) for name in sentences)
            return f"the last paragraph is P{last}"
        if sentence and paragraph + sentence not in sentences:
            return f"paragraph {paragraph[1:]} has {count} sentence{'s' * (count != 1)}"
    return "it ends before it begins"
