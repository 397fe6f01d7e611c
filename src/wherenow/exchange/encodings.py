"""Text of other tools' model files: encodings, comments and continued lines."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from wherenow.errors import Diagnostic, Location, Severity

_BRACES = re.compile(r"[{}]")
_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<comment>\{)|(?P<continued>\\)(?=[ \t]*(?:\n|$))', re.DOTALL)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"^\s*(?:\{([\w-]+)\}|<\?xml[^>]*?encoding\s*=\s*[\"']([\w-]+)[\"'])")
_LEVEL_ONE = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
"""The 3,755 most common characters of GB 2312, which make up most of a Chinese text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text with line ends ``\\n``. ``encoding`` is empty for UTF-8, else its name for people."""

    text: str
    encoding: str = ""


def decode(content: bytes) -> Decoded:
    """Decode a model or data file: as UTF-8 if it is valid, else in the likeliest encoding.

    A byte-order mark decides, then UTF-16 by its zero bytes, UTF-8 by its validity, an encoding that the file itself
    declares, GBK by how common its characters would be, and else Windows-1252.
    """
    text, encoding = _decoded(content)
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " "), encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, errors="replace"), "" if name == "utf-8" else "UTF-16"
    start = content[:4096]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = start[first::2].count(0), start[1 - first :: 2].count(0)  # ASCII letters have a zero byte each
        if high > len(start) // 8 and high > 8 * low:
            return content.decode(name, errors="replace"), "UTF-16"
    declared = _DECLARED.match(start)
    own = (declared[1] or declared[2]).decode("ascii") if declared else "utf-8"
    for name, shown in (("utf-8", ""), (own, own.upper()), ("gb18030", "GBK"), ("cp1252", "Windows-1252")):
        if name == "gb18030" and not _looks_chinese(content):
            continue
        try:
            return content.decode(name), shown
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1"), "Latin-1"


def _looks_chinese(content: bytes) -> bool:
    """Check whether most bytes beyond ASCII pair up to common Chinese characters.

    In Western text such bytes are isolated between plain letters, or are lower-case letters, beyond these pairs.
    """
    beyond = sum(byte >= 0x80 for byte in content)
    return 4 * len(_LEVEL_ONE.findall(content)) > beyond


def encoding_warning(decoded: Decoded, file: str) -> tuple[Diagnostic, ...]:
    """Warn of a file that is not UTF-8, with the name of its encoding."""
    if not decoded.encoding:
        return ()
    message, hint = f"the file is not UTF-8: it is read as {decoded.encoding}", "if names look wrong, save it as UTF-8"
    return (Diagnostic(message, Location(file, 1, 1), hint=hint, severity=Severity.WARNING),)


def comment_end(source: str, at: int) -> int | None:
    """Return the end of the comment that begins at ``at``, with nested comments; None if it does not end."""
    if source[at : at + 1] != "{":
        return None
    depth = 0
    for brace in _BRACES.finditer(source, at):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return None


def blanked(source: str) -> str:
    """Replace comments and continuation signs in ``source`` by blanks, so that all positions stay the same."""
    if "{" not in source and "\\" not in source:
        return source
    pieces, at = [], 0
    while found := _PIECES.search(source, at):
        end = found.end()
        blank = found.lastgroup == "continued"
        if found.lastgroup == "comment" and (closed := comment_end(source, found.start())) is not None:
            end, blank = closed, True
        inside = source[found.start() : end]
        pieces += [source[at : found.start()], re.sub(r"[^\n]", " ", inside) if blank else inside]
        at = end
    return "".join((*pieces, source[at:]))
