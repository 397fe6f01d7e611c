"""The file level of a Vensim model (.mdl): statements, groups, macros and the sketch, in one pass over the text.

A statement is ``equation ~ units ~ comment ~ flags |``. Names may be quoted and hold any of these signs, but only in
the equation: units and comments may hold a single ``"`` (Vensim reference manual, "Vensim model files"). What comes
after the line ``\\\\---///`` draws diagrams and is kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wherenow.errors import Diagnostic, Severity, Text
from wherenow.exchange.encodings import blanked, comment_end

SKETCH = re.compile(r"^\\{2,3}---///", re.MULTILINE)
_ENCODING = re.compile(r"^\s*\{([\w-]+)\}")

# text to skip within an equation; a quoted name or string that is not closed ends with its line
_EQUATION = re.compile(
    r"""(?P<quoted>"(?:[^"\\\n]|\\(?:.|\r?\n)){0,2000}?")
      | (?P<string>(?<=[(,\s])'[^'\n]{0,2000}')
      | (?P<comment>\{)
      | (?P<end>[~|])""",
    re.VERBOSE,
)
_ENTRY = re.compile(r"[=:(]")  # every entry has at least one of these characters
_BLANK = re.compile(r"(?:\s|\\\n)*")
_STARS = re.compile(r"\*{3,}[^\n]*\n\s*\.?([^\n]*?)\s*\n\s*\*{3,}[^~|\n]*")
_MACRO = re.compile(r":MACRO:\s*", re.IGNORECASE)
_MACRO_END = re.compile(r":END\s+OF\s+MACRO:", re.IGNORECASE)
_MACRO_HEAD = re.compile(r'((?:"[^"\n]*"|[^()~|"])+)\(([^()~|]*)\)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An entry of the file. ``equation`` is as written; ``macro`` is the index in ``Sections.macros``, or None."""

    equation: Text
    units: str = ""  # field after the first tilde
    comment: str = ""  # field after the second tilde
    supplementary: bool = False  # whether the entry is marked as supplementary: no other equation uses it
    group: str = ""  # heading of the group above the entry
    macro: int | None = None


@dataclass(frozen=True, slots=True)
class MacroHead:
    """The head of a macro, ``:MACRO: name(inputs : outputs)``, as written."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of a file. ``groups`` gives each group's comment by its name."""

    statements: tuple[Statement, ...]
    macros: tuple[MacroHead, ...]
    groups: tuple[tuple[str, str], ...]
    sketch: str
    problems: tuple[Diagnostic, ...]


def split(source: str, file: str) -> Sections:
    """Split a model file's text into statements, each with its location."""
    cut = SKETCH.search(source)
    return _Splitter(source[: cut.start()] if cut else source, file).run(source[cut.start() :] if cut else "")


class _Splitter:
    """A single pass over the text; ``at`` is the offset reached."""

    def __init__(self, source: str, file: str) -> None:
        self.source, self.file = source, file
        self.at, self.counted, self.line = 0, 0, 1
        self.group = ""
        self.macro: int | None = None
        self.macros: list[MacroHead] = []
        self.groups: dict[str, str] = {}
        self.problems: list[Diagnostic] = []

    def run(self, sketch: str) -> Sections:
        header = _ENCODING.match(self.source)
        if header:
            self.at = header.end()
        statements = tuple(self._statements())
        return Sections(statements, tuple(self.macros), tuple(self.groups.items()), sketch, tuple(self.problems))

    def _statements(self) -> Iterator[Statement]:
        while True:
            self._skip_blank()
            if self.at >= len(self.source):
                break
            if self._macro_mark():
                continue
            if stars := _STARS.match(self.source, self.at):
                self._group(stars)
                continue
            statement = self._statement()
            if statement is not None:
                yield statement
        if self.macro is not None:
            head = self.macros[self.macro]
            self.problems.append(head.text.problem(f"macro '{head.name}' has no :END OF MACRO:"))

    def _skip_blank(self) -> None:
        """Skip blanks, continued lines and comments."""
        while True:
            found = _BLANK.match(self.source, self.at)
            self.at = found.end() if found else self.at
            end = comment_end(self.source, self.at)
            if end is None:
                return
            self.at = end

    def _macro_mark(self) -> bool:
        if end := _MACRO_END.match(self.source, self.at):
            if self.macro is None:
                self.problems.append(self._text(end.start(), end.end()).problem(":END OF MACRO: without a :MACRO:"))
            self.macro, self.at = None, end.end()
            return True
        start = _MACRO.match(self.source, self.at)
        if not start:
            return False
        head = _MACRO_HEAD.match(self.source, start.end())
        if not head:
            text = self._text(start.start(), start.end())
            self.problems.append(text.problem("a macro needs a name and its arguments in brackets"))
            self.at = start.end()
            return True
        inputs, _, outputs = blanked(head[2]).partition(":")
        given, made = (tuple(n.strip() for n in side.split(",") if n.strip()) for side in (inputs, outputs))
        self.macros.append(MacroHead(blanked(head[1]).strip(), given, made, self._text(start.start(), head.end())))
        self.macro, self.at = len(self.macros) - 1, head.end()
        return True

    def _group(self, stars: re.Match[str]) -> None:
        end = self.source.find("|", stars.end())
        end = len(self.source) if end < 0 else end
        self.group = stars[1].strip().lstrip(".")
        self.groups[self.group] = self.source[stars.end() : end].strip().lstrip("~").strip()
        self.at = end + 1

    def _statement(self) -> Statement | None:
        start = self.at
        end, sign = self._equation_end(start)
        equation = self._text(start, end)
        fields: list[str] = []
        if sign == "~":
            bar = self.source.find("|", end + 1)
            if bar < 0:
                self.problems.append(equation.problem("the entry is not closed", "a bar '|' ends each entry"))
                bar = len(self.source)
            fields = self.source[end + 1 : bar].split("~")
            end = bar
        elif sign == "" and equation.content.strip():
            if not _ENTRY.search(equation.content):  # version control tools, for example, add tags at the end
                message = "this text after the last entry is ignored"
                self.problems.append(equation.problem(message, severity=Severity.WARNING))
                equation = replace(equation, content="")
            else:
                self.problems.append(equation.problem("the entry is not closed", "a bar '|' ends each entry"))
        self.at = end + 1
        if not equation.content.strip():
            return None
        units, comment, *flags = [*(_joined(f) for f in fields), "", ""]
        supplementary = any(f.upper().startswith(":SUP") for f in flags)
        return Statement(
            equation=equation,
            units=units,
            comment=comment,
            supplementary=supplementary,
            group=self.group,
            macro=self.macro,
        )

    def _equation_end(self, start: int) -> tuple[int, str]:
        at = start
        while found := _EQUATION.search(self.source, at):
            if found.lastgroup == "end":
                return found.start(), found["end"]
            at = (comment_end(self.source, found.start()) if found.lastgroup == "comment" else None) or found.end()
        return len(self.source), ""

    def _text(self, start: int, end: int) -> Text:
        """Return the text between two offsets; offsets must not go back, so that lines are counted once."""
        self.line += self.source.count("\n", self.counted, start)
        self.counted = start
        column = start - self.source.rfind("\n", 0, start)
        return Text(blanked(self.source[start:end]).rstrip(), self.file, self.line, column)


def _joined(field: str) -> str:
    """Join the continued lines of a field and strip blanks at both ends."""
    return re.sub(r"[ \t]*\\\n[ \t]*", " ", field).strip().replace("\n\t\t", "\n")
