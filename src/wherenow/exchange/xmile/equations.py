"""The text of an XMILE equation to an expression, with the dialects' spellings taken care of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.exchange.xmile import dialect
from wherenow.language.functions import FUNCTIONS
from wherenow.language.parser import parse
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, Unary, canonical
from wherenow.model.rewrite import rewrite

EMPTY = Number(float("nan"))
"""What an equation is that was never written: it has no value, and neither has what depends on it."""

_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|(?P<words>[^\W\d]\w*(?:[ \t]+\w+)+)(?=\s*\()')
_POSTFIX_NOT = re.compile(
    r"""("[^"]*"|[^\W\d][\w.]*(?:\[[^\]]*\])?)([ \t]+)(not)(?=\s*(?:then\b|else\b|and\b|or\b|\)|$))""", re.IGNORECASE
)
_KEYWORD = re.compile(r"\b(?:if|then|else|and|or|not|mod)\b\s*", re.IGNORECASE)
_PARENT = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|(?<![\w.\]"])\.(?=[^\W\d])')
_ABOVE = "\u02d1"  # a letter no model uses: stands for the dot that begins the name of the model around a module
_SAFE_DIVISION = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|//')
_PLACEHOLDER = re.compile(r"\s*(\?+|\{[^}]*\})*\s*")


@dataclass(slots=True)
class Equations:
    """Reads equations of one file. ``defaults`` are the arguments that a macro's call may leave out, by position."""

    vensim: bool = False  # exported from Vensim: some functions mean what they mean there
    macros: Mapping[str, tuple[Expression | None, ...]] = field(default_factory=dict)
    warnings: list[Diagnostic] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def read(self, text: Text, what: str) -> Expression:
        """The expression of ``text``; :data:`EMPTY`, with a warning or problem, where it has none."""
        if _PLACEHOLDER.fullmatch(text.content):
            hint = "it has no value, nor has what depends on it"
            where = text.locate(0)
            self.warnings.append(
                Diagnostic(f"{what} has an empty equation", where, hint, text.excerpt(0), Severity.WARNING)
            )
            return EMPTY
        joined = self._join(_PARENT.sub(lambda m: _ABOVE if m[0] == "." else m[0], text.content))
        if self.vensim and (found := _POSTFIX_NOT.search(joined)):
            # old versions of xmutil wrote the operator behind its operand
            what_is = f"'{found[1]} not' is read as 'not {found[1]}'"
            place = found.start()
            self.warnings.append(Diagnostic(what_is, text.locate(place), "", text.excerpt(place), Severity.WARNING))
            joined = _POSTFIX_NOT.sub(r"\3\2\1", joined)
        # Stella's a//b, which is 0 where b is: read as a division first, since it binds like one
        safe = [m.start() for m in _SAFE_DIVISION.finditer(joined) if m[0] == "//"] if "//" in joined else []
        for place in safe:
            joined = f"{joined[:place]}/ {joined[place + 2 :]}"
        try:
            tree = parse(text if joined == text.content else replace(text, content=joined))
        except InputError as wrong:
            self.problems.extend(wrong.diagnostics)
            return EMPTY
        if safe:
            tree = rewrite(tree, partial(_safely, safe))
        return _number(rewrite(tree, self._change))

    def _join(self, content: str) -> str:
        """Function names that are written with blanks get underscores: they keep their length, so places stay right."""

        def join(match: re.Match[str]) -> str:
            words = match["words"]
            if words is None:
                return match[0]
            starts = [m.start() for m in re.finditer(r"\S+", words)]
            known = (s for s in starts[:-1] if self._is_function(canonical(words[s:])))
            # an unknown function is told by its whole name
            first = max((m.end() for m in _KEYWORD.finditer(words)), default=0)
            start = next(known, first)
            return words[:start] + re.sub(r"\s", "_", words[start:])

        return _WORDS.sub(join, content) if "(" in content else content

    def _is_function(self, name: str) -> bool:
        return name in FUNCTIONS or name in dialect.NAMES or name in self.macros

    def _change(self, node: Expression) -> Expression:
        if dialect.is_bare_constant(node):
            assert isinstance(node, Reference)
            return dialect.say(Call(node.name, (), node.span))
        if isinstance(node, Reference) and node.name.startswith(_ABOVE):
            return replace(node, name="." + node.name.removeprefix(_ABOVE))
        if self.vensim and isinstance(node, Binary) and node.operator == "mod":
            return Call("modulo", (node.left, node.right), node.span)
        if not isinstance(node, Call):
            return node
        if self.vensim and node.function == "int":
            return replace(node, function="integer")
        defaults = self.macros.get(node.function)
        if defaults is None:
            return dialect.say(node)
        missing = defaults[len(node.arguments) :]
        given = [d for d in missing if d is not None]
        if missing and len(given) == len(missing):
            return replace(node, arguments=(*node.arguments, *given))
        return node


def _safely(places: list[int], node: Expression) -> Expression:
    """A division that was written as a safe one, at one of these places, as such."""
    match node:
        case Binary("/", left, right) if any(left.span.end <= p < right.span.start for p in places):
            return Call("safediv", (left, right), node.span)
        case _:
            return node


def _number(node: Expression) -> Expression:
    """A signed number is a number."""
    if isinstance(node, Unary) and isinstance(node.operand, Number) and node.operator in "+-":
        return Number(-node.operand.value if node.operator == "-" else node.operand.value, node.span)
    return node
