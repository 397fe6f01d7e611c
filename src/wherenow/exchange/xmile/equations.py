"""The text of an XMILE equation to an expression, with the dialects' spellings taken care of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.exchange.xmile import dialect
from wherenow.language.functions import FUNCTIONS
from wherenow.language.parser import parse
from wherenow.language.syntax import Call, Expression, Number, Reference, Unary, canonical
from wherenow.model.rewrite import rewrite

EMPTY = Number(float("nan"))
"""What an equation is that was never written: it has no value, and neither has what depends on it."""

_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|(?P<words>[^\W\d]\w*(?:[ \t]+\w+)+)(?=\s*\()')
_PLACEHOLDER = re.compile(r"\s*(\?+|\{[^}]*\})*\s*")


@dataclass(slots=True)
class Equations:
    """Reads equations of one file. ``defaults`` are the arguments that a macro's call may leave out, by position."""

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
        joined = self._join(text.content)
        try:
            tree = parse(text if joined == text.content else replace(text, content=joined))
        except InputError as wrong:
            self.problems.extend(wrong.diagnostics)
            return EMPTY
        return _number(rewrite(tree, self._change))

    def _join(self, content: str) -> str:
        """Function names that are written with blanks get underscores: they keep their length, so places stay right."""

        def join(match: re.Match[str]) -> str:
            words = match["words"]
            if words is None:
                return match[0]
            starts = [m.start() for m in re.finditer(r"\S+", words)]
            for start in starts[:-1]:
                name = words[start:]
                if canonical(name) in FUNCTIONS or canonical(name) in dialect.NAMES or canonical(name) in self.macros:
                    return words[:start] + re.sub(r"\s", "_", name)
            return words

        return _WORDS.sub(join, content)

    def _change(self, node: Expression) -> Expression:
        if dialect.is_bare_constant(node):
            assert isinstance(node, Reference)
            return dialect.say(Call(node.name, (), node.span))
        if not isinstance(node, Call):
            return node
        defaults = self.macros.get(node.function)
        if defaults is None:
            return dialect.say(node)
        missing = defaults[len(node.arguments) :]
        given = [d for d in missing if d is not None]
        if missing and len(given) == len(missing):
            return replace(node, arguments=(*node.arguments, *given))
        return node


def _number(node: Expression) -> Expression:
    """A signed number is a number."""
    if isinstance(node, Unary) and isinstance(node.operand, Number) and node.operator in "+-":
        return Number(-node.operand.value if node.operator == "-" else node.operand.value, node.span)
    return node
