"""Reading an article from plain text, Markdown, HTML, PDF or DOCX, as paragraphs separated by empty lines.

Nothing in a file is executed or fetched. Omitted parts (menus, tables, page numbers) are counted and named.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from wherenow.errors import UsageError

LARGEST_FILE = 20_000_000
LARGEST_UNPACKED = 60_000_000
MOST_PAGES = 400
_MARKS = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
_INVISIBLE = {*range(0x09), *range(0x0B, 0x20), 0x7F, *_MARKS}
"""Control characters and marks that turn the direction of writing: a reader would not see them."""
_SHOWN = "//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
"""The text nodes of a page that a reader sees."""
_SUFFIXES = {
    **dict.fromkeys((".txt", ".text", ""), "text"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".htm", ".html", ".xhtml"), "html"),
    ".pdf": "pdf",
    ".docx": "docx",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """A text as read from a file of a ``form``; ``left_out`` names the omitted parts."""

    text: str
    form: str
    title: str = ""
    published: str = ""
    left_out: tuple[str, ...] = ()


def read_source(path: Path) -> ArticleText:
    """Read the article in the file at ``path``.

    Raises
    ------
    UsageError
        if the file is missing, too large, damaged or without text, or its content does not match its suffix.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file: .txt, .md, .html, .pdf or .docx")
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if path.stat().st_size > LARGEST_FILE:
        size = path.stat().st_size / 1e6
        raise UsageError(f"{path} has {size:.0f} MB; at most {LARGEST_FILE // 1_000_000} are read")
    content = path.read_bytes()
    form = _form(path, content)
    readers: dict[str, Callable[[Path, bytes], ArticleText]]
    readers = {"text": _text, "markdown": _markdown, "html": _html, "pdf": _pdf, "docx": _docx}
    try:
        article = readers[form](path, content)
    except ImportError as error:
        message = f"this form needs {error.name}, which is not installed"
        raise UsageError(message, "pip install 'wherenow[draft]'") from None
    except UsageError:
        raise
    except Exception as error:  # a damaged file may fail anywhere inside a library
        reason = str(error)[:200] or type(error).__name__
        raise UsageError(f"{path} cannot be read as {form.upper()}: {reason}") from None
    if not article.text.strip():
        hint = "a scanned page holds pictures of words; recognise its text first" if form == "pdf" else ""
        raise UsageError(f"{path} holds no text", hint)
    return _visible(article)


def _form(path: Path, content: bytes) -> str:
    form = _SUFFIXES.get(path.suffix.lower())
    if content.startswith(b"%PDF-"):
        detected = "pdf"
    elif content.startswith(b"PK\x03\x04"):
        detected = "docx"
    elif re.match(rb"\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<!doctype html)", content[:2000], re.IGNORECASE):
        detected = "html"
    else:
        detected = form if form in ("text", "markdown", "html") else ""
    if form is None and not detected:
        raise UsageError(f"{path.name} has an unknown form", "name a file: .txt, .md, .html, .pdf or .docx")
    if not detected:
        raise UsageError(f"{path} is not a {(form or '').upper()} file, whatever its name says")
    return detected


def _visible(source: ArticleText) -> ArticleText:
    """Replace invisible characters by blanks, so that offsets hold and people see the text that is read."""
    hidden = sum(ord(c) in _INVISIBLE for c in source.text)
    if not hidden:
        return source
    text = source.text.translate(dict.fromkeys(_INVISIBLE, " "))
    left_out = (*source.left_out, _counted(hidden, "character that cannot be seen"))
    return replace(source, text=text, left_out=left_out)


def _decoded(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\x00" in content[:4000]:
            raise UsageError(f"{path} is binary, not text") from None
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise UsageError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text(path: Path, content: bytes) -> ArticleText:
    return ArticleText(text=_decoded(path, content), form="text")


def _markdown(path: Path, content: bytes) -> ArticleText:
    from markdown_it import MarkdownIt

    text = _decoded(path, content)
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    paragraphs, omitted = [], Counter[str]()
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(text):
        if token.type == "inline" and token.children is not None:
            shown = [c for c in token.children if c.type != "image"]
            omitted["picture"] += len(token.children) - len(shown)
            paragraphs.append("".join(" " if c.type in ("softbreak", "hardbreak") else c.content for c in shown))
        elif token.type in ("fence", "code_block", "table_open"):
            omitted["table" if token.type == "table_open" else "block of code"] += 1
    return _source("markdown", paragraphs, omitted)


def _html(path: Path, content: bytes) -> ArticleText:
    from trafilatura import bare_extraction

    page = _decoded(path, content)
    extracted = bare_extraction(page, include_comments=False, include_tables=False, with_metadata=True)
    if extracted is None or isinstance(extracted, dict):
        raise UsageError(f"{path} has no article that can be separated from menus and scripts")
    paragraphs = (extracted.text or "").split("\n")
    title = " ".join((extracted.title or "").split())
    if title and (not paragraphs or paragraphs[0].strip() != title):
        paragraphs.insert(0, title)
    extracted_words = sum(len(p.split()) for p in paragraphs)
    omitted = Counter({"word of menus, notes and tables": max(0, _words(page) - extracted_words)})
    return replace(_source("html", paragraphs, omitted), title=title, published=extracted.date or "")


def _words(page: str) -> int:
    """Count the words of a page."""
    from lxml import html

    tree = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    return len(" ".join(tree.xpath(_SHOWN)).split())


def _pdf(path: Path, content: bytes) -> ArticleText:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UsageError(f"{path} is locked by a password")
    if len(reader.pages) > MOST_PAGES:
        raise UsageError(f"{path} has {len(reader.pages)} pages; at most {MOST_PAGES} are read")
    return _paged([(page.extract_text() or "").split("\n") for page in reader.pages])


def _paged(pages: list[list[str]]) -> ArticleText:
    """Join lines of pages to paragraphs, without page numbers and lines that recur on most pages."""
    occurrences = Counter(line for page in pages for line in {re.sub(r"\d+", "#", one).strip() for one in page} if line)
    recurring = {line for line, count in occurrences.items() if len(pages) > 2 and count > len(pages) / 2}
    omitted = Counter[str]()
    paragraphs: list[str] = []
    current = ""
    lines = [line.strip() for page in pages for line in page]
    usual = sorted(len(line) for line in lines if line)[int(0.8 * len([x for x in lines if x]))] if any(lines) else 0
    for line in lines:
        if re.fullmatch(r"\d{1,4}", line) or re.sub(r"\d+", "#", line) in recurring:
            omitted["header or page number"] += 1
            continue
        if not line:
            if current:
                paragraphs.append(current)
            current = ""
            continue
        hyphen = re.search(r"[^\W\d_]-$", current) is not None and line[:1].islower()
        current = current[:-1] + line if hyphen else f"{current} {line}".strip()
        heading = not paragraphs and len(current) < 0.7 * usual and len(current) == len(line)
        if heading or (line.endswith((".", "?", "!", "”", '"')) and len(line) < 0.75 * usual):
            paragraphs.append(current)
            current = ""
    return _source("pdf", [*paragraphs, current], omitted)


def _docx(path: Path, content: bytes) -> ArticleText:
    from docx import Document

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = packed.infolist()
        if not any(e.filename == "word/document.xml" for e in entries):
            raise UsageError(f"{path} is a zip file, but not a DOCX")
        if len(entries) > 2000 or sum(e.file_size for e in entries) > LARGEST_UNPACKED:
            raise UsageError(f"{path} unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB")
        for entry in entries:  # the length that an entry declares may be false
            _drain(packed, entry.filename, path)
    document = Document(io.BytesIO(content))
    paragraphs = [p.text for p in document.paragraphs]
    omitted = Counter({"table": len(document.tables), "picture": len(document.inline_shapes)})
    title, created = document.core_properties.title or "", document.core_properties.created
    published = created.date().isoformat() if created is not None else ""
    return replace(_source("docx", paragraphs, omitted), title=title, published=published)


def _drain(packed: zipfile.ZipFile, name: str, path: Path) -> None:
    size = 0
    with packed.open(name) as entry:
        while piece := entry.read(1 << 20):
            size += len(piece)
            if size > LARGEST_UNPACKED:
                raise UsageError(f"{path} unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB")


def _source(form: str, paragraphs: list[str], left_out: Counter[str]) -> ArticleText:
    cleaned = [" ".join(unicodedata.normalize("NFC", p).split()) for p in paragraphs]
    text = "\n\n".join(p for p in cleaned if p)
    omitted = tuple(_counted(count, what) for what, count in sorted(left_out.items()) if count)
    return ArticleText(text=text + "\n" if text else "", form=form, left_out=omitted)


def _counted(count: int, what: str) -> str:
    first, _, tail = what.partition(" ")
    return f"{count:,} {first if count == 1 else first + 's'} {tail}".strip()
