"""Edits of the text of a Vensim file; the rest of the file keeps its layout, comments and order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from wherenow.api.edits.edit_parts import NewVariable, replaced, top_level
from wherenow.api.edits.mdl_sketch import with_box, with_renamed, without_boxes
from wherenow.errors import Diagnostic, InputError, UsageError, did_you_mean
from wherenow.exchange.vensim.reading.sections import SKETCH, Statement, split
from wherenow.exchange.vensim.reading.vensim_parser import parse_definition
from wherenow.exchange.vensim.reading.vensim_reader import CONTROL, parse_vensim
from wherenow.exchange.vensim.vensim_syntax import (
    Assignment,
    Definition,
    Equivalence,
    Left,
    Name,
    Points,
    Range,
    StringVariable,
    lists_causes,
)
from wherenow.language.syntax import Call, Reference, canonical, walk
from wherenow.model.model_types import ModelSpec

_PLAIN = re.compile(r"[^\W\d][\w ]*", re.UNICODE)
_CONTROL_GROUP = re.compile(r"^\*{3,}[^\n]*\n\s*\.Control\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of the file: the spans of its equation and of the fields after it, and the start of the next entry."""

    statement: Statement  # statement as split from the file
    definition: Definition | None  # parsed equation; None if it is not valid
    equation: tuple[int, int]  # start and end offset of the equation
    unit: tuple[int, int]  # start and end offset of the unit
    doc: tuple[int, int]  # start and end offset of the documentation
    end: int  # offset of the next entry

    @property
    def left(self) -> Left | None:
        return _left(self.definition)

    @property
    def key(self) -> str:
        return self.left.name.key if self.left else ""

    @property
    def label(self) -> str:
        return self.left.name.label.strip('"') if self.left else ""

    @property
    def subscripts(self) -> tuple[str, ...]:
        return tuple(name.key for name in self.left.subscripts) if self.left else ()


class MdlText:
    """The text of a Vensim file; each method changes :attr:`text`. Raises UsageError for unknown names and invalid
    edits.
    """

    def __init__(self, text: str, path: Path) -> None:
        self.text, self.path = text, path

    def read(self) -> ModelSpec:
        """Parse the text as a model. Raises InputError."""
        return parse_vensim(self.text, str(self.path), self.path.parent).model

    # -- edits

    def set(self, name: str, equation: str | None, initial: str | None, unit: str | None, doc: str | None) -> None:
        """Change the right-hand side, initial value, unit or documentation of one entry."""
        entry = self._entry(name)
        text = self.text[slice(*entry.equation)]
        changes = []
        if equation is not None or initial is not None:
            changes.append((entry.equation, _with_right_side(text, entry, equation, initial)))
        if unit is not None:
            old = self.text[slice(*entry.unit)]
            bounds = re.search(r"\[[^\]]*\]", old)
            range_of = f" {bounds[0]}" if bounds and "[" not in unit else ""
            changes.append((entry.unit, f"\t{unit}{range_of}\n\t"))
        if doc is not None:
            changes.append((entry.doc, f"\t{doc}\n\t"))
        self.text = replaced(self.text, changes)

    def add(self, new: NewVariable) -> None:
        """Write a new entry before the run settings, and a box into the first view."""
        if any(entry.key == canonical(new.name) for entry in self._entries()):
            raise UsageError(f"there is a variable '{new.name}' already", "set() changes it")
        name = _spelled(new.name)
        right = new.equation
        if new.kind == "stock":
            net = "".join([*(f"+{_spelled(n)}" for n in new.inflows), *(f"-{_spelled(n)}" for n in new.outflows)])
            right = f"INTEG (\n\t{net.removeprefix('+') or 0},\n\t\t{new.initial})"
        entry = f"{name}=\n\t{right}\n\t~\t{new.unit}\n\t~\t{new.doc}\n\t|\n\n"
        place = self._place()
        before = self.text[:place].rstrip("\n")
        self.text = f"{before}{chr(10) * 2 if before else ''}{entry}{self.text[place:]}"
        for stock, sign in ((new.into, "+"), (new.out_of, "-")):
            if stock:
                self._connect(stock, f" {sign} {name}")
        causes = [key for key, known in self._keys().items() if known and key in self._mentioned(new.name)]
        self.text = with_box(self.text, new.name, new.kind, causes)

    def _connect(self, stock: str, term: str) -> None:
        entry = self._entry(stock)
        rate, _ = _integ(self.text[slice(*entry.equation)], entry)
        self.set(stock, f"{rate.strip()}{term}", None, None, None)

    def rename(self, old: str, new: str) -> None:
        """Rename a variable in entries, equations and views, but not in comments."""
        key = canonical(old)
        keys = self._keys()
        if key not in keys:
            raise UsageError(f"there is no variable '{old}'", did_you_mean(key, keys))
        if canonical(new) in keys and canonical(new) != key:
            raise UsageError(f"there is a variable '{new}' already")
        token = _token(key)
        changes = []
        for entry in self._entries():
            if entry.statement.macro is not None:
                continue
            start = entry.equation[0]
            content = self.text[start : entry.equation[1]]
            if entry.definition is None:
                if token.search(content):
                    where = entry.statement.equation
                    message = f"'{old}' is in an entry that cannot be edited"
                    raise InputError(
                        [Diagnostic(message, where.locate(0), hint="rename it there by hand", excerpt=where.excerpt(0))]
                    )
                continue
            for at in sorted(set(_occurrences(entry.definition, key))):
                found = token.match(content, at)
                assert found is not None, "a name stands where the parser found it"
                changes.append(((start + at, start + found.end()), _spelled(new)))
        self.text = with_renamed(replaced(self.text, changes), key, new)

    def remove(self, name: str) -> None:
        """Remove all entries of a variable, and its boxes and arrows in views."""
        spans = [((e.equation[0], e.end + _blank(self.text, e.end)), "") for e in self._all_of(name)]
        self.text = without_boxes(replaced(self.text, spans), canonical(name))

    def labels(self) -> dict[str, str]:
        """Return the names of all variables as written, by canonical name."""
        return {e.key: e.label for e in self._entries() if e.key and e.statement.macro is None}

    # -- positions in the text

    def _keys(self) -> dict[str, bool]:
        return {e.key: e.statement.macro is None for e in self._entries() if e.key}

    def _mentioned(self, name: str) -> frozenset[str]:
        """List the names that the equation of ``name`` reads."""
        (entry,) = [e for e in self._entries() if e.key == canonical(name)]
        expression = entry.definition.expression if isinstance(entry.definition, Assignment) else None
        if expression is None:
            return frozenset()
        return frozenset(n.name for n in walk(expression) if isinstance(n, Reference))

    def _all_of(self, name: str) -> list[_Entry]:
        """Find the entries of a variable. Raises UsageError if there is none."""
        key = canonical(name)
        entries = [e for e in self._entries() if e.key == key and e.statement.macro is None]
        if not entries:
            raise UsageError(f"there is no variable '{name}'", did_you_mean(key, self._keys()))
        return entries

    def _entry(self, name: str) -> _Entry:
        """Find the one entry of a variable, or of the subscripts written with it."""
        bare, bracket, inside = name.partition("[")
        entries = self._all_of(bare)
        chosen = [e for e in entries if not lists_causes(e.definition)] or entries
        if bracket:
            subscripts = tuple(canonical(part) for part in inside.rstrip("] ").split(","))
            chosen = [e for e in chosen if e.subscripts == subscripts]
        if len(chosen) != 1:
            there = ", ".join(f"{bare.strip()}[{','.join(e.subscripts)}]" for e in entries)
            raise UsageError(f"'{name}' names {len(chosen)} equations", f"the file has {there}")
        return chosen[0]

    def _entries(self) -> Iterator[_Entry]:
        sections = split(self.text, str(self.path))
        if sections.problems:
            raise InputError(sections.problems)
        starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        for statement in sections.statements:
            text = statement.equation
            start = starts[text.line - 1] + text.column - 1
            stop = start + len(text.content)
            bar = self.text.find("|", stop)
            tildes = [m.start() for m in re.finditer("~", self.text[stop:bar])]
            ends = [*(stop + t for t in tildes), bar]
            fields = [(a + 1, b) for a, b in pairwise(ends)]
            try:
                definition: Definition | None = parse_definition(text)
            except InputError:
                definition = None
            unit, doc = [*fields[:2], *([(bar, bar)] * 2)][:2]
            yield _Entry(
                statement=statement, definition=definition, equation=(start, stop), unit=unit, doc=doc, end=bar + 1
            )

    def _place(self) -> int:
        """Find where a new entry goes: before the run settings, else at the end of the equations."""
        if group := _CONTROL_GROUP.search(self.text):
            return group.start()
        settings = [e.equation[0] for e in self._entries() if e.key in CONTROL]
        sketch = SKETCH.search(self.text)
        return min([*settings, sketch.start() if sketch else len(self.text)])


def _with_right_side(text: str, entry: _Entry, equation: str | None, initial: str | None) -> str:
    """Return the text of an entry with a new right-hand side or a new initial value."""
    if isinstance(entry.definition, Points):
        head = text[: top_level(text, "(")]
        return f"{head}(\n\t{equation})"
    sign = top_level(text, "=")
    operator = re.match(r"==|=", text[sign:])
    assert operator is not None, "an equation has a sign"
    left = text[: sign + len(operator[0])]
    if _is_integ(entry):
        rate, first = _integ(text, entry)
        whole = equation is not None and re.match(r"\s*INTEG\s*\(", equation, re.IGNORECASE)
        if whole and initial is None:
            return f"{left}\n\t{equation}"
        net = equation if equation is not None else rate.strip()
        return f"{left} INTEG (\n\t{net},\n\t\t{initial if initial is not None else first.strip()})"
    if initial is not None:
        raise UsageError(f"'{entry.key}' is not a stock: it has no initial value")
    return f"{left}\n\t{equation}"


def _is_integ(entry: _Entry) -> bool:
    return isinstance(entry.definition, Assignment) and (
        isinstance(entry.definition.expression, Call) and entry.definition.expression.function == "integ"
    )


def _integ(text: str, entry: _Entry) -> tuple[str, str]:
    """Split the equation of a stock into its net rate and initial value, as written."""
    if not _is_integ(entry):
        raise UsageError(f"'{entry.key}' is not a stock")
    inside = text[text.index("(", top_level(text, "=")) + 1 : text.rindex(")")]
    comma = top_level(inside, ",")
    return inside[:comma], inside[comma + 1 :]


def _left(definition: Definition | None) -> Left | None:
    """Return the left side of a definition; None for a subscript range or text."""
    if definition is None or isinstance(definition, Range | Equivalence | StringVariable):
        return None
    return definition.left


def _occurrences(definition: Definition, key: str) -> Iterator[int]:
    """List the offsets at which a name occurs in an entry."""
    left = _left(definition)
    if left and left.name.key == key:
        yield left.name.span.start
    if isinstance(definition, Assignment):
        nodes: Iterable[object] = walk(definition.expression)
        for node in nodes:
            if (
                (isinstance(node, Reference) and node.name == key)
                or (isinstance(node, Call) and node.function == key)
                or (isinstance(node, Name) and node.key == key)
            ):
                yield node.span.start


def _token(key: str) -> re.Pattern[str]:
    """Build a pattern for a name in any spelling: quoted or bare, in any case, with blanks or underscores between
    words.
    """
    words = r"(?:[\s_]|\\\n)+".join(map(re.escape, key.split("_")))
    return re.compile(rf'"{words}"|{words}(?!\w)', re.IGNORECASE)


def _spelled(name: str) -> str:
    bare = name.strip()
    return bare if _PLAIN.fullmatch(bare) or bare.startswith('"') else f'"{bare}"'


def _blank(text: str, at: int) -> int:
    """Count the line ends that follow an entry, up to two."""
    found = re.match(r"[ \t]*\n?[ \t]*\n?", text[at:])
    return found.end() if found else 0
