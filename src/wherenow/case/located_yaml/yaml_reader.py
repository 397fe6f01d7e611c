"""YAML with locations: a tree in which every scalar, key and collection knows its file, line and column.

The events of PyYAML's parser are folded into the tree without recursion. A case needs a small part of YAML; the rest is
refused, because it makes files dangerous or misleading: tags (objects), aliases (exponential growth), several
documents, deep nesting, duplicate keys. Numbers and booleans follow YAML 1.2; dates stay text.

libyaml parses a file. If it finds an error, PyYAML's Python parser parses the file again for its clearer message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wherenow.case.located_yaml.problems import Problems, current
from wherenow.errors import Location, Text

LARGEST_FILE = 2_000_000  # limit in bytes
DEEPEST = 60

_STRANGE_BREAK = re.compile("[\x85\u2028\u2029]")
_NO_TEXT = (
    (re.compile("\0"), "the file has a character with the code 0", "save it as text again"),
    (re.compile("^<<<<<<< ", re.MULTILINE), "a merge is unfinished here", "keep one version, and delete the marks"),
)
"""What no text of a case has: its pattern, its name, and what to do."""
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar as written; ``text.content`` begins exactly at the location of ``text``, even in quotes and blocks."""

    value: str
    text: Text
    style: str = ""  # quotes or block indicator: ' " | > ; empty for a plain scalar

    @property
    def plain(self) -> bool:
        return not self.style

    @property
    def block(self) -> bool:
        return self.style in ("|", ">")

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in ("", "~", "null", "Null", "NULL")

    @property
    def number(self) -> float | None:
        """The value of an unquoted scalar that is a number, else None."""
        return float(self.value) if self.plain and _NUMBER.fullmatch(self.value) else None

    @property
    def boolean(self) -> bool | None:
        if not self.plain or self.value.lower() not in ("true", "false"):
            return None
        return self.value.lower() == "true"


@dataclass(frozen=True, slots=True)
class YamlSequence:
    items: list[Branch]
    location: Location


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """Entries by key, in the order written; ``keys`` holds each key as a scalar; ``flow`` marks braces."""

    entries: dict[str, Branch]
    keys: dict[str, YamlScalar]
    location: Location
    flow: bool


Branch = YamlScalar | YamlSequence | YamlMapping


def location(branch: Branch) -> Location:
    return branch.text.locate(0) if isinstance(branch, YamlScalar) else branch.location


def place(tree: Branch, path: tuple[str | int, ...]) -> tuple[Location, bool]:
    """Find the key, item or value at ``path`` in the tree, as far as the path can be followed.

    Also return whether the last step is a key in braces with an empty value, the effect of an unquoted comma in a text.
    """
    where, torn = location(tree), False
    for step in path:
        if isinstance(tree, YamlMapping) and isinstance(step, str) and step in tree.entries:
            where = tree.keys[step].text.locate(0)
            below = tree.entries[step]
            torn = tree.flow and isinstance(below, YamlScalar) and below.is_null
            tree = below
        elif isinstance(tree, YamlSequence) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
            where = location(tree)
        else:
            break
    return where, torn


def read_text(path: Path, problems: Problems) -> str | None:
    """Read the file as UTF-8 without byte-order mark; report the reason and return None on failure."""
    try:
        if not path.is_file():  # reading a pipe or a device might never end
            wrong = "it is not a regular file" if path.exists() else "it does not exist"
            problems.unreadable(f"the file cannot be read: {wrong}", path)
            return None
        if path.stat().st_size > LARGEST_FILE:
            problems.unreadable(f"the file is larger than {LARGEST_FILE:,} bytes", path)
            return None
        data = current(path, problems.edited)
    except OSError as error:
        problems.unreadable(f"the file cannot be read: {error.strerror or error}", path)
        return None
    try:
        # line ends are normalized, so that hashes and positions of sentences are the same on every machine
        content = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        where = Location(str(path), before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        problems.unreadable("the file is not UTF-8 text", where, "save it as UTF-8")
        return None
    for mark, what, hint in _NO_TEXT:
        if found := mark.search(content):
            problems.unreadable(what, Text(content, str(path)).locate(found.start()), hint)
            return None
    return content


def read_yaml(path: Path, problems: Problems) -> Branch | None:
    """Read the tree of a file; None if it is empty, or if it cannot be read, which is reported."""
    content = read_text(path, problems)
    return None if content is None else parse_yaml(content, str(path), problems)


def parse_yaml(content: str, file: str, problems: Problems) -> Branch | None:
    """Parse ``content`` as a tree; report problems with locations in ``file``."""
    import yaml

    if strange := _STRANGE_BREAK.search(content):
        message = f"the character U+{ord(strange[0]):04X} ends a line in YAML and in few editors"
        problems.unreadable(message, Text(content, file).locate(strange.start()), "replace it by a blank or a line end")
        return None
    builder = _TreeBuilder(content, file, problems)
    try:
        for event in _events(content):
            if not builder.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file, 1, 1)
        context = f" {error.context}" if error.context else ""
        problems.unreadable(f"bad YAML{context}: {error.problem}", where, _yaml_hint(error.problem or ""))
        return None
    except yaml.reader.ReaderError as error:  # PyYAML rejects characters that YAML does not allow
        place = Text(content, file).locate(min(error.position, len(content)))
        problems.unreadable(f"bad YAML: {error.reason}", place)
        return None
    except (yaml.YAMLError, ValueError) as error:  # PyYAML raises ValueError for some malformed escapes and directives
        problems.unreadable(f"bad YAML: {error}", Location(file, 1, 1))
        return None
    return builder.root


def _events(content: str) -> Iterator[Any]:
    """Yield parser events from libyaml; after an error, from the Python parser, whose message is clearer."""
    import yaml

    taken = 0
    try:
        for event in yaml.parse(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            taken += 1
            yield event
    except (yaml.YAMLError, ValueError):
        yield from islice(yaml.parse(content, yaml.SafeLoader), taken, None)


def _yaml_hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "a text with ': ' in it needs quotes, and keys of one entry begin in one column"
    if "could not find expected ':'" in problem:
        return "a key ends with a colon and a blank; look at the line above too"
    if "'\\t'" in problem:
        return "indent with blanks, not tabs"
    if "expected ',' or" in problem and problem.endswith(("'['", "'{'", "'<scalar>'")):
        return "inside braces, a text with a comma or a bracket needs quotes"
    if "expected ',' or" in problem:
        return "is a bracket, brace or quote not closed?"
    return ""


class _TreeBuilder:
    """A builder that folds parser events into a tree."""

    def __init__(self, content: str, file: str, problems: Problems) -> None:
        self.content = content
        self.file = file
        self.problems = problems
        self.root: Branch | None = None
        self._open: list[YamlMapping | YamlSequence] = []
        self._keys: list[YamlScalar | None] = []  # key that awaits its value, for each open mapping
        self._documents = 0
        self._lines = content.split("\n")

    def take(self, event: Any) -> bool:
        """Add one event; return False if reading must stop."""
        kind = type(event).__name__
        where = Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self.problems.unreadable("a file holds one document; a second begins here", where)
                return False
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._refuse_tag(event, where)
            if len(self._open) >= DEEPEST:
                self.problems.unreadable(f"nested more than {DEEPEST} levels deep", where)
                return False
            mapping = YamlMapping({}, {}, where, bool(event.flow_style)) if kind == "MappingStartEvent" else None
            self._open.append(mapping or YamlSequence([], where))
            self._keys.append(None)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._keys.pop()
            self._put(self._open.pop())
        elif kind == "ScalarEvent":
            self._refuse_tag(event, where)
            self._put(YamlScalar(event.value, self._text(event), event.style or ""))
        elif kind == "AliasEvent":
            message = f"the alias '*{event.anchor}' is not allowed"
            self.problems.unreadable(message, where, "write the value again, or quote a text that begins with *")
            return False
        return True

    def _refuse_tag(self, event: Any, where: Location) -> None:
        if event.tag:
            self.problems.error(f"the tag {event.tag!r} is not allowed: a case holds plain values only", where)

    def _put(self, branch: Branch) -> None:
        if not self._open:
            self.root = branch
            return
        top, key = self._open[-1], self._keys[-1]
        if isinstance(top, YamlSequence):
            top.items.append(branch)
        elif key is None:
            if isinstance(branch, YamlScalar):
                if branch.value in top.entries:
                    hint = f"first on line {top.keys[branch.value].text.line}"
                    self.problems.error(f"the key '{branch.value}' appears twice", branch.text, hint)
                self._keys[-1] = branch
            else:
                hint = "quote a text that begins with { or ["
                self.problems.error("a key must be a plain text", location(branch), hint)
                self._keys[-1] = YamlScalar("", Text("", self.file), "?")
        else:
            top.entries.setdefault(key.value, branch)
            top.keys.setdefault(key.value, key)
            self._keys[-1] = None

    def _text(self, event: Any) -> Text:
        """Return the scalar's text such that an offset into it leads to the right line and column of the file."""
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        value: str = event.value
        if event.style in ("|", ">"):
            return self._block(value, line)
        if event.style in ("'", '"'):
            raw = self.content[start.index + 1 : end.index - 1]
            column += 1
        else:
            raw = self.content[start.index : end.index].rstrip()
        if raw == value or (not event.style and "\n" not in raw):
            return Text(value, self.file, line, column)
        escapes = "\\" in raw if event.style == '"' else "''" in raw if event.style == "'" else False
        # continuation lines keep their indentation
        return Text(value if "\n" not in raw or escapes else raw, self.file, line, column)

    def _block(self, value: str, header: int) -> Text:
        """Return a block scalar's own lines, without their common indentation."""
        first = header  # zero-based index of the line after the header
        while first < len(self._lines) and not self._lines[first].strip():
            first += 1
        if not value.strip() or first >= len(self._lines):
            return Text("", self.file, header, 1)
        indent = len(self._lines[first]) - len(self._lines[first].lstrip(" "))
        last = first
        while last < len(self._lines) and (
            not self._lines[last].strip() or self._lines[last][:indent].isspace() or indent == 0
        ):
            last += 1
        rows = [row[indent:] for row in self._lines[first:last]]
        return Text("\n".join(rows).rstrip(), self.file, first + 1, indent + 1, indent + 1)
