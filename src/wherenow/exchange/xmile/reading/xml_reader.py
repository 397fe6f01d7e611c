"""XML as XMILE files use it, read with the location of every tag and text, and without the dangers of XML.

We use our own scanner because model files are not always well-formed (undeclared name-space prefixes, a flow that is
never closed) and because every problem must be shown at its location. It knows only the five predefined entities and
character references: it reads no document type, and no external or user-defined entity (XML 1.0, 4.6).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from wherenow.errors import Diagnostic, InputError, Location, Severity, Text
from wherenow.exchange import encodings
from wherenow.exchange.encodings import Decoded

LARGEST = 64 * 1024 * 1024  # maximum size of a file, in bytes
DEEPEST = 200  # maximum nesting of tags

_NAME = r"[^\s<>/=\"'&;]+"
_TOKEN = re.compile(
    rf"""<!--(?P<comment>.*?)-->
       | <!\[CDATA\[(?P<data>.*?)\]\]>
       | <\?(?P<instruction>.*?)\?>
       | <!(?P<declaration>[A-Za-z]+)
       | </\s*(?P<end>{_NAME})\s*>
       | <(?P<start>{_NAME})(?P<attributes>(?:\s+{_NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?P<empty>/?)>
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][\w.-]{0,40});")
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True)
class SourceText(Text):
    """A text from a file that writes some characters as entities (``&lt;``).

    ``shifts`` are pairs of an offset into ``content`` and the position in the file of that character and those after
    it.
    """

    source: XmlText | None = None
    shifts: tuple[tuple[int, int], ...] = ()

    def locate(self, offset: int) -> Location:
        if self.source is None or not self.shifts:
            return Text.locate(self, offset)
        start, place = self.shifts[bisect_right(self.shifts, (offset, 1 << 62)) - 1]
        return self.source.locate(place + offset - start)


@dataclass(frozen=True, slots=True, eq=False)
class XmlText:
    """One file's text, and the offsets of its lines."""

    content: str
    file: str
    lines: tuple[int, ...] = field(default=(), repr=False)

    def locate(self, place: int) -> Location:
        line = bisect_right(self.lines, place)
        return Location(self.file, line, place - self.lines[line - 1] + 1)

    def line(self, place: int) -> str:
        """Return the line at ``place``, shortened for display."""
        line = bisect_right(self.lines, place)
        end = self.lines[line] if line < len(self.lines) else len(self.content)
        return self.content[self.lines[line - 1] : end].strip()[:160]

    def problem(self, message: str, place: int, hint: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic(message, self.locate(place), hint=hint, excerpt=self.line(place), severity=severity)


@dataclass(slots=True, kw_only=True)
class Tag:
    """One element of the file. ``name`` is lower case without the standard's own prefix (``isee:gf`` keeps its own)."""

    name: str
    attributes: dict[str, str]  # values of attributes, by name
    source: XmlText  # text of the file
    place: int  # offset of the tag in the file
    children: list[Tag] = field(default_factory=list)  # child tags, in order
    pieces: list[tuple[str, int]] = field(default_factory=list)  # pieces of text, each with its offset in the file

    def find(self, name: str) -> Tag | None:
        for child in self.children:
            if child.name == name:
                return child
        return None

    def all(self, name: str) -> Iterator[Tag]:
        return iter([c for c in self.children if c.name == name])

    @property
    def text(self) -> SourceText:
        """The characters directly inside, without surrounding blanks."""
        content = "".join(piece for piece, _ in self.pieces)
        lead = len(content) - len(content.lstrip())
        shifts: list[tuple[int, int]] = []
        at = -lead
        for piece, place in self.pieces:
            if at + len(piece) > 0 or not shifts:
                shifts.append((max(at, 0), place + max(0, -at)))
            at += len(piece)
        start = self.source.locate(shifts[0][1] if shifts else self.place)
        return SourceText(content.strip(), start.file, start.line, start.column, 1, self.source, tuple(shifts))

    @property
    def value(self) -> str:
        return "".join(piece for piece, _ in self.pieces).strip()

    def inner(self, name: str) -> str:
        """Return the text of the first child of this name, or an empty text."""
        child = self.find(name)
        return child.value if child is not None else ""

    def problem(self, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Diagnostic:
        return self.source.problem(message, self.place, hint, severity)

    def warning(self, message: str, hint: str = "") -> Diagnostic:
        return self.problem(message, hint, Severity.WARNING)


def decode(data: bytes, file: str) -> Decoded:
    """Decode the characters of a file (see :func:`wherenow.exchange.encodings.decode`).

    Raises
    ------
    InputError
        if the file is larger than :data:`LARGEST`.
    """
    if len(data) > LARGEST:
        raise InputError([Diagnostic(f"the file is larger than {LARGEST >> 20} MiB", Location(file, 1, 1))])
    return encodings.decode(data)


def read_beside(
    path: Path, folder: Path, warnings: list[Diagnostic], problems: list[Diagnostic], refused: Diagnostic
) -> Tag | None:
    """Read the root of another file; None, with a problem, if it is not in ``folder`` or below, or cannot be read."""
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        problems.append(refused)
        return None
    try:
        return read_markup(decode(path.read_bytes(), str(path)).text, str(path), warnings)
    except InputError as wrong:
        problems.extend(wrong.diagnostics)
        return None


def read_markup(content: str, file: str, warnings: list[Diagnostic]) -> Tag:
    """Parse the root tag. Tags left open are closed where their parent ends, with a warning for each.

    Raises
    ------
    InputError
        if the text is not XML, declares a document type, names an unknown entity, or nests too deeply.
    """
    starts = [0, *(m.end() for m in re.finditer("\n", content))]
    source = XmlText(content, file, tuple(starts))
    top = Tag(name="", attributes={}, source=source, place=0)
    open_tags, at = [top], 0
    while at < len(content):
        mark = content.find("<", at)
        mark = len(content) if mark < 0 else mark
        if mark > at and (len(open_tags) > 1 or content[at:mark].strip()):
            if len(open_tags) == 1 and top.children:
                warnings.append(
                    source.problem("text after the end of the document is ignored", at, "", Severity.WARNING)
                )
            elif len(open_tags) == 1:
                raise InputError([source.problem("this is not an XMILE file: it does not begin with a tag", at)])
            else:
                open_tags[-1].pieces.extend(_decoded(content, at, mark, source))
        if mark == len(content):
            break
        token = _TOKEN.match(content, mark)
        if token is None:
            raise InputError(
                [source.problem("a '<' that begins no tag", mark, "a sign in an equation is written &lt;")]
            )
        at = token.end()
        _take(token, mark, open_tags, source, warnings)
    for left in open_tags[2:]:
        warnings.append(left.warning(f"<{left.name}> is never closed"))
    if len(open_tags) == 2:
        warnings.append(open_tags[1].warning(f"<{open_tags[1].name}> is never closed", "is the file cut off?"))
    if not top.children:
        raise InputError([Diagnostic("the file is not XML", Location(file, 1, 1))])
    return top.children[0]


def _take(token: re.Match[str], mark: int, open_tags: list[Tag], source: XmlText, warnings: list[Diagnostic]) -> None:
    if token["declaration"] is not None:
        hint = "document types and the entities they define are never read"
        raise InputError([source.problem(f"<!{token['declaration']}> is refused", mark, hint)])
    if token["data"] is not None:
        open_tags[-1].pieces.append((token["data"], token.start("data")))
    elif token["end"] is not None:
        _close(_plain(token["end"]), mark, open_tags, source, warnings)
    elif token["start"] is not None:
        if len(open_tags) > DEEPEST:
            raise InputError([source.problem(f"tags are nested more than {DEEPEST} deep", mark)])
        attributes = {
            _plain(a[1]): "".join(p for p, _ in _decoded(source.content, *_span(token, a), source))
            for a in _ATTRIBUTE.finditer(token["attributes"])
        }
        tag = Tag(name=_plain(token["start"]), attributes=attributes, source=source, place=mark)
        open_tags[-1].children.append(tag)
        if not token["empty"]:
            open_tags.append(tag)


def _span(token: re.Match[str], attribute: re.Match[str]) -> tuple[int, int]:
    group = 2 if attribute[2] is not None else 3
    start = token.start("attributes")
    return start + attribute.start(group), start + attribute.end(group)


def _close(name: str, mark: int, open_tags: list[Tag], source: XmlText, warnings: list[Diagnostic]) -> None:
    for depth in range(len(open_tags) - 1, 0, -1):
        if open_tags[depth].name == name:
            for left in open_tags[depth + 1 :]:
                hint = f"taken to end with <{name}>"
                warnings.append(left.warning(f"<{left.name}> is not closed", hint))
            del open_tags[depth:]
            return
    warnings.append(source.problem(f"</{name}> closes nothing and is ignored", mark, "", Severity.WARNING))


def _decoded(content: str, start: int, end: int, source: XmlText) -> list[tuple[str, int]]:
    """Return the characters between two positions, split at each entity, with their positions."""
    pieces, at = [], start
    while (ampersand := content.find("&", at, end)) >= 0:
        entity = _ENTITY.match(content, ampersand, end)
        sign = _sign(entity[1]) if entity else None
        if entity is None or sign is None:
            raise InputError([source.problem("an unknown entity", ampersand, "a plain ampersand is written &amp;")])
        pieces += [(content[at:ampersand], at), (sign, ampersand)]
        at = entity.end()
    pieces.append((content[at:end], at))
    return [p for p in pieces if p[0]]


def _sign(entity: str) -> str | None:
    if not entity.startswith("#"):
        return _PREDEFINED.get(entity)
    code = int(entity[2:], 16) if entity[1] in "xX" else int(entity[1:])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


@lru_cache(maxsize=1 << 12)
def _plain(name: str) -> str:
    """Return a tag's or attribute's name, without a prefix that denotes the standard's own name space."""
    prefix, colon, bare = name.lower().rpartition(":")
    return bare if colon and prefix in ("xmile", "x") else name.lower()
