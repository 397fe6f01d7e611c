"""Parsing of XMILE equations, with the spellings of its dialects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.exchange.encodings import blanked
from wherenow.exchange.xmile.reading import builtins
from wherenow.language.functions import FUNCTIONS
from wherenow.language.parser import parse
from wherenow.language.syntax import (
    MISSING,
    Binary,
    Call,
    Each,
    Expression,
    Number,
    Reference,
    Span,
    Subscript,
    Unary,
    canonical,
    walk,
)
from wherenow.model.elaboration.macros import macro_name
from wherenow.model.rewrite import rewrite

EMPTY = Number(float("nan"))
"""The expression of a missing equation: it has no value, and neither do its dependents."""

_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|(?P<words>[^\W\d]\w*(?:[ \t]+\w+)+)(?=\s*\()')
_POSTFIX_NOT = re.compile(
    r"""("[^"]*"|[^\W\d][\w.]*(?:\[[^\]]*\])?)([ \t]+)(not)(?=\s*(?:then\b|else\b|and\b|or\b|\)|$))""", re.IGNORECASE
)
_KEYWORD = re.compile(r"\b(?:if|then|else|and|or|not|mod)\b\s*", re.IGNORECASE)
_PARENT = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|(?<![\w.\]"])\.(?=[^\W\d])')
_ABOVE = "\u02d1"  # stands for a leading dot, which means the enclosing model; no model uses this letter
_SAFE_DIVISION = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|//')
_PLACEHOLDER = re.compile(r"\s*(\?+|\{[^}]*\})*\s*")
_PART = r'(?:"(?:[^"\\]|\\.)*"|[^\W\d][\w$]*)'
_QUALIFIED = re.compile(rf"\.?{_PART}(?:\.{_PART})*")
_APOSTROPHE = "\u02bc"  # replaces apostrophes in names during parsing; the letter looks like one
_TRANSPOSED = "\u1d40"  # marks a transpose, which is read as a power of this letter
_TRANSPOSE = re.compile(r'"(?:[^"\\]|\\.)*"|(?<=[\w\])"])\'')
_EVERY = re.compile(rf"(?<=[\[,])(\s*)({_PART})\.\*(?=\s*[,\]])")  # Region.* means all elements of the dimension Region
_INNER = re.compile(r'"(?:[^"\\]|\\.)*"|\*\.\*')
WHOLE: tuple[Subscript, ...] = (Each("\u00b7"),)
"""The subscripts of a whole array in a matrix operation."""
_LEFT_SIDE = re.compile(rf"\s*({_PART}(?:[ \t]+\w+)*)\s*(?:\[[^\]]*\])?\s*=(?!=)")
_MARKED = re.compile(r":\s*(AND|OR|NOT|NA)\s*:", re.IGNORECASE)
_NEGATED = re.compile(r'"(?:[^"\\]|\\.)*"|:\s*(?:AND|OR)\s*:|[()\[\],;]', re.IGNORECASE)
_MISSING = "\u1d39"  # stands for :NA: during parsing
_NUMBERS = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")


@dataclass(slots=True, kw_only=True)
class Equations:
    """A reader of one file's equations. ``macros`` holds the optional arguments of each."""

    vensim: bool = False  # whether Vensim exported the file: some functions then have Vensim's meaning
    quoting: bool = False  # whether wherenow wrote the file: variables named like clock functions are then in quotes
    macros: Mapping[str, tuple[Expression | None, ...]] = field(default_factory=dict)
    inside: str = ""  # macro being read; a built-in function of the same name is meant inside it
    names: frozenset[str] = frozenset()  # names in the file; a variable called nan is not the constant
    apostrophes: re.Pattern[str] | None = None  # pattern of the file's names that contain an apostrophe
    warnings: list[Diagnostic] = field(default_factory=list)  # warnings found so far
    problems: list[Diagnostic] = field(default_factory=list)  # problems found so far

    def read(self, text: Text, what: str) -> Expression:
        """Parse ``text`` as an expression; return :data:`EMPTY`, with a warning or problem, if it has none."""
        if _NUMBERS.fullmatch(text.content):  # a shortcut for arrays of numbers: parsing takes ten times as long
            number = text.content.strip()
            start = text.content.index(number)
            return Number(float(number), Span(start, start + len(number)))
        if _PLACEHOLDER.fullmatch(text.content):
            hint = "it has no value, and neither do its dependents"
            self.warnings.append(text.problem(f"{what} has an empty equation", hint, severity=Severity.WARNING))
            return EMPTY
        content = blanked(text.content) if text.content.count("{") > 1 else text.content
        if self.vensim and ":" in content:
            content = _without_marks(content)
        if self.apostrophes is not None:
            content = self.apostrophes.sub(lambda m: m[0].replace("'", _APOSTROPHE), content)
        if ".*" in content:
            content = _EVERY.sub(r"\1*:\2", content)
        if '"' in content:
            content = _QUALIFIED.sub(_as_one_name, content)
        joined = self._join(_PARENT.sub(lambda m: _ABOVE if m[0] == "." else m[0], content))
        if self.vensim and (found := _POSTFIX_NOT.search(joined)):
            # old versions of xmutil wrote NOT behind its operand
            what_is = f"'{found[1]} not' is read as 'not {found[1]}'"
            self.warnings.append(text.problem(what_is, at=found.start(), severity=Severity.WARNING))
            joined = _POSTFIX_NOT.sub(r"\3\2\1", joined)
        inner = [m.start() for m in _INNER.finditer(joined) if m[0] == "*.*"] if "*.*" in joined else []
        for place in inner:
            joined = f"{joined[:place]}*  {joined[place + 3 :]}"
        if "'" in joined:
            joined = _TRANSPOSE.sub(lambda m: m[0] if m[0] != "'" else f"^{_TRANSPOSED}", joined)
        # Stella's a//b is 0 where b is 0; parse it as a division, because it has the same precedence
        safe = [m.start() for m in _SAFE_DIVISION.finditer(joined) if m[0] == "//"] if "//" in joined else []
        for place in safe:
            joined = f"{joined[:place]}/ {joined[place + 2 :]}"
        try:
            tree = parse(text if joined == text.content else replace(text, content=joined))
        except InputError as wrong:
            self.problems.extend(wrong.diagnostics)
            return EMPTY
        if inner:
            tree = rewrite(tree, partial(_inner_product, inner))
        if safe:
            tree = rewrite(tree, partial(_safely, safe))
        made = _number(rewrite(tree, self._change))
        for node in walk(made):
            if not isinstance(node, Call):
                continue
            at = node.span.start
            if node.function in builtins.REFUSED:
                why = builtins.REFUSED[node.function]
                self.problems.append(text.problem(f"{node.function.upper()} is not supported", why, at))
            elif node.function == "allocate_by_priority" and not joined[at:].lower().startswith(node.function):
                hint = "rectangular curves of one width, as in Vensim's ALLOCATE BY PRIORITY"
                self.warnings.append(text.problem("ALLOCATE does not say its curves", hint, at, Severity.WARNING))
        return made

    def _join(self, content: str) -> str:
        """Replace blanks in function names by underscores, which keeps their length and so all positions."""

        def join(match: re.Match[str]) -> str:
            words = match["words"]
            if words is None:
                return match[0]
            starts = [m.start() for m in re.finditer(r"\S+", words)]
            names = {s: canonical(words[s:]) for s in starts[:-1]}
            known = (s for s, n in names.items() if n in FUNCTIONS or n in builtins.NAMES or n in self.macros)
            # report an unknown function by its whole name
            first = max((m.end() for m in _KEYWORD.finditer(words)), default=0)
            start = next(known, first)
            return words[:start] + re.sub(r"\s", "_", words[start:])

        return _WORDS.sub(join, content) if "(" in content else content

    def _change(self, node: Expression) -> Expression:
        if isinstance(node, Reference) and builtins.is_bare_constant(node) and node.name not in self.names:
            return builtins.translate(Call(node.name, (), node.span))
        if isinstance(node, Reference) and (node.name.startswith(_ABOVE) or _APOSTROPHE in node.name):
            above = "." if node.name.startswith(_ABOVE) else ""
            return replace(node, name=above + node.name.removeprefix(_ABOVE).replace(_APOSTROPHE, "'"))
        if isinstance(node, Binary) and node.operator == "^" and node.right == Reference(_TRANSPOSED):
            return Call("transpose", (_whole(node.left),), node.span)
        if self.vensim and node == Reference("time_step"):
            return Call("dt", (), node.span)
        if node == Reference(_MISSING):
            return Number(MISSING, node.span)
        if self.vensim and isinstance(node, Binary) and node.operator == "mod":
            return Call("modulo", (node.left, node.right), node.span)
        if not isinstance(node, Call):
            return node
        if node.function == "inner":  # a transpose inside a product is not a single element
            return replace(node, arguments=tuple(_inside_product(a) for a in node.arguments))
        if _APOSTROPHE in node.function:
            node = replace(node, function=node.function.replace(_APOSTROPHE, "'"))
        if self.vensim and node.function == "int":
            return replace(node, function="integer")
        if node.function == self.inside and node.function in FUNCTIONS:
            return node
        defaults = self.macros.get(node.function)
        if defaults is None:
            return builtins.translate(node)
        missing = defaults[len(node.arguments) :]
        given = [d for d in missing if d is not None]
        more = tuple(given) if len(given) == len(missing) else ()
        return replace(node, function=macro_name(node.function), arguments=(*node.arguments, *more))


def named(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for those of ``names`` that contain an apostrophe, which Stella does not quote."""
    holding = sorted({n for n in names if "'" in n}, key=len, reverse=True)
    if not holding:
        return None
    spelled = "|".join(re.escape(n).replace("_", r"[\s_]+") for n in holding)
    return re.compile(rf'"(?:[^"\\]|\\.)*"|(?<![\w\'])(?:{spelled})(?![\w\'])', re.IGNORECASE)


def _as_one_name(found: re.Match[str]) -> str:
    """Rewrite ``m."in/put"`` as one quoted name of the same length, padded with blanks."""
    written = found[0]
    if '"' not in written or "." not in re.sub(r'"(?:[^"\\]|\\.)*"', "", written):
        return written
    above, bare = (_ABOVE, written[1:]) if written.startswith(".") else ("", written)
    one = f'"{above}{bare.replace(chr(34), "")}"'
    return one.ljust(len(written))


def qualified(written: str) -> str:
    """Return the canonical spelling of a name with modules: each part of ``m."in/put"`` separately."""
    parts = re.findall(_PART, written) if '"' in written else []
    if not parts or "." not in written:
        return canonical(written)
    return ("." if written.startswith(".") else "") + ".".join(map(canonical, parts))


def without_left_side(text: Text, name: str) -> Text | None:
    """Return the text after ``name =``, which Vensim's own exports write before some equations; else None."""
    found = _LEFT_SIDE.match(text.content)
    if found is None or canonical(found[1]) != name:
        return None
    return replace(text, content=" " * found.end() + text.content[found.end() :])


def listed_numbers(text: Text) -> list[Text] | None:
    """Split an array's ``1, 2; 3, 4;`` into numbers with their locations; None if the text is not such a list."""
    pieces, at = [], 0
    for piece in re.split(r"[,;]", blanked(text.content)):
        pieces.append((at, piece))
        at += len(piece) + 1
    if len(pieces) > 1 and not pieces[-1][1].strip():
        pieces.pop()
    if (len(pieces) < 2 and ";" not in text.content) or not all(_NUMBERS.fullmatch(piece) for _, piece in pieces):
        return None
    return [replace(text, content=" " * start + piece.rstrip()) for start, piece in pieces]


def _without_marks(content: str) -> str:
    """Write Vensim's ``:AND:``, ``:OR:``, ``:NOT:`` and ``:NA:`` as words of XMILE, of the same length.

    ``:NOT:`` negates a whole comparison, so its operand gets brackets; what follows these moves by one column.
    """
    for mark in reversed([m for m in _MARKED.finditer(content) if m[1].upper() == "NOT"]):
        depth, end = 0, len(content)
        for found in _NEGATED.finditer(content, mark.end()):
            depth += (found[0] in ("(", "[")) - (found[0] in (")", "]"))
            if depth < 0 or (depth == 0 and found[0][0] in ",;:"):
                end = found.start()
                break
        content = f"{content[: mark.start()]}{'not('.rjust(len(mark[0]))}{content[mark.end() : end]}){content[end:]}"
    words = {"AND": "and", "OR": "or", "NA": _MISSING}
    return _MARKED.sub(lambda m: words[m[1].upper()].center(len(m[0])), content)


def _whole(node: Expression) -> Expression:
    """Refer to an array's name as the whole array."""
    return replace(node, subscripts=WHOLE) if isinstance(node, Reference) and not node.subscripts else node


def _inside_product(node: Expression) -> Expression:
    transposed = isinstance(node, Call) and node.function == "transpose"
    return replace(node, function="transposed") if transposed and isinstance(node, Call) else node


def _inner_product(places: list[int], node: Expression) -> Expression:
    """Restore a product that was written as ``*.*`` at one of these positions."""
    match node:
        case Binary("*", left, right) if any(left.span.end <= p < right.span.start for p in places):
            return Call("inner", (_whole(left), _whole(right)), node.span)
        case _:
            return node


def _safely(places: list[int], node: Expression) -> Expression:
    """Restore a safe division that was written at one of these positions."""
    match node:
        case Binary("/", left, right) if any(left.span.end <= p < right.span.start for p in places):
            return Call("safediv", (left, right), node.span)
        case _:
            return node


def _number(node: Expression) -> Expression:
    """Fold a signed number into a number."""
    if isinstance(node, Unary) and isinstance(node.operand, Number) and node.operator in "+-":
        return Number(-node.operand.value if node.operator == "-" else node.operand.value, node.span)
    return node
