"""Parse the equation of a Vensim entry by recursive descent. Vensim manual: "Equations", "Subscripts", "Lookups".

``tests/exchange/vensim/grammar.lark`` defines the same language as a grammar. Tests check that both accept the same
texts, and reject others at the same place (docs/decisions/0019). A token is matched where the grammar allows it, so
that ``:AND:`` and the colon of a subscript range differ by where they occur.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from wherenow.exchange.vensim.vensim_syntax import (
    Assignment,
    Definition,
    Empty,
    Equivalence,
    ItemCall,
    ItemRange,
    Left,
    Literal,
    MapTo,
    Name,
    Numbers,
    Points,
    Range,
    StringVariable,
    join,
)
from wherenow.language.syntax import (
    MISSING,
    Binary,
    Call,
    Each,
    Expression,
    ExpressionError,
    Number,
    Reference,
    Span,
    Table,
    Unary,
    canonical,
)

_NAME = (
    r'"(?:[^"\\\n]|\\(?:.|\n))*"|(?:[A-Za-z_]|[^\x00-\x7f])'
    r"(?:[A-Za-z0-9_'$.%#&@]|[^\x00-\x7f]|\s+(?=[A-Za-z0-9_'$%#&@]|[^\x00-\x7f]))*"
)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_STRING = r"'[^'\n]*'"
_TABBED = r"(?i:TABBED[\s_]+ARRAY\s*\([^()]*\))"
_WITH_LOOKUP = r"(?i:WITH[\s_]+LOOKUP(?=\s*\())"
_INTERPOLATION = r"(?i::\s*(?:INTERPOLATE|LOOK\s+FORWARD|HOLD\s+BACKWARD|RAW)\s*:)"
_EXCEPT, _AND, _OR, _NOT, _NA, _IS = (rf"(?i::\s*{word}\s*:)" for word in ("EXCEPT", "AND", "OR", "NOT", "NA", "IS"))
_TOKEN = re.compile(
    "|".join((_STRING, _TABBED, _WITH_LOOKUP, _INTERPOLATION, _EXCEPT, _AND, _OR, _NOT, _NA, _IS, _NAME, _NUMBER))
    + r"|<->|->|:=|==|<>|<=|>=|[-+*/^!=<>:;,()\[\]]"
)
_BINARY = re.compile(rf"({_OR})|({_AND})|(<>|<=|>=|<|>|=)|([+-])|([*/])")
"""The operators between two operands: the number of the group is how tightly one binds."""
_ATOM = re.compile(
    rf"(?P<string>{_STRING})|(?P<with_lookup>{_WITH_LOOKUP})|(?P<missing>{_NA})|(?P<name>{_NAME})|(?P<number>{_NUMBER})|\("
)
_LOOSEST, _NEGATED = 1, 3
_PAIRS = re.compile(rf"\(\s*(?:\[|\(\s*[+-]?\s*{_NUMBER}\s*,)")
"""The beginning of a table in brackets, as opposed to an expression."""
_SPACE = re.compile(r"\s*")
_NAME_OR_NUMBER = f"{_NAME}|{_NUMBER}"
_COMPILED = {
    pattern: re.compile(pattern)
    for pattern in (_NAME, _NUMBER, _NAME_OR_NUMBER, _STRING, _TABBED, _INTERPOLATION, _EXCEPT, _NOT, _IS)
}

T = TypeVar("T")
Token = tuple[str, Span]


class VensimReadError(Exception):
    """The text is invalid from ``at`` on; ``found`` is the token there, empty at the end or where none begins."""

    def __init__(self, at: int, found: str) -> None:
        super().__init__(found)
        self.at, self.found = at, found


def read_definition(content: str) -> Definition:
    """Parse a definition. Raises VensimReadError, ExpressionError, or RecursionError for too many brackets or signs."""
    return _read(content, _DefinitionParser.definition)


def read_expression(content: str) -> Expression:
    """Parse an expression, with Vensim's function names. Raises as :func:`read_definition` does."""
    return _read(content, _DefinitionParser.expression)


def _read(content: str, rule: Callable[[_DefinitionParser], T]) -> T:
    reader = _DefinitionParser(content)
    made = rule(reader)
    reader.end()
    return made


class _DefinitionParser:
    """A text, and the offset of the next token."""

    __slots__ = ("at", "content")

    def __init__(self, content: str) -> None:
        self.content, self.at = content, 0
        self._skip(0)

    def end(self) -> None:
        """Raise an error if text remains."""
        if self.at != len(self.content):
            raise self.refused()

    def refused(self) -> VensimReadError:
        """Return the error for an unexpected next token."""
        found = _TOKEN.match(self.content, self.at)
        return VensimReadError(self.at, found.group() if found else "")

    def _skip(self, to: int) -> None:
        self.at = _SPACE.match(self.content, to).end()  # type: ignore[union-attr]

    def _took(self, found: re.Match[str]) -> Token:
        self._skip(found.end())
        return found.group(), Span(found.start(), found.end())

    def maybe(self, pattern: str) -> Token | None:
        """Consume a token if it comes next."""
        found = _COMPILED[pattern].match(self.content, self.at)
        return self._took(found) if found else None

    def token(self, pattern: str) -> Token:
        if (found := self.maybe(pattern)) is None:
            raise self.refused()
        return found

    def sign(self, text: str) -> bool:
        """Consume a sign if it comes next."""
        if not self.content.startswith(text, self.at):
            return False
        self._skip(self.at + len(text))
        return True

    def take(self, text: str) -> None:
        if not self.sign(text):
            raise self.refused()

    def several(self, part: Callable[[], T], separator: str = ",") -> tuple[T, ...]:
        """Parse one or more parts with a separator between them."""
        parts = [part()]
        while self.sign(separator):
            parts.append(part())
        return tuple(parts)

    def name(self, pattern: str = _NAME) -> Name:
        text, span = self.token(pattern)
        return Name(join(text), span)

    # -- definitions

    def definition(self) -> Definition:
        left = self.left()
        if self.sign("<->"):
            return Equivalence(left.name, self.name())
        for operator in ("==", ":=", "="):
            if self.sign(operator):
                return self.right(left, operator)
        if self.maybe(_IS):
            self.token(_STRING)
            return StringVariable(left.name)
        if self.sign(":"):
            items = self.several(self.item)
            return Range(left.name, items, self.several(self.mapping) if self.sign("->") else ())
        if self.sign("("):
            return self.lookup(left)
        return Empty(left)

    def right(self, left: Left, operator: str) -> Definition:
        """Parse what follows the equals sign, which may be the points of a lookup."""
        if tabbed := self.maybe(_TABBED):
            self.end()
            return Numbers(left, _tabbed(*tabbed))
        if operator == "=" and _PAIRS.match(self.content, self.at):
            return Points(left, self.enclosed(self.table))
        values = [self.expression()]
        while self.sign(",") or (self.sign(";") and self.at != len(self.content)):
            values.append(self.expression())
        self.end()
        if len(values) == 1:
            return Assignment(left, values[0], operator == ":=")
        wrong = next((value for value in values if not isinstance(value, Number)), None)
        if wrong is not None:
            raise ExpressionError("a list of values for an array holds numbers only", wrong.span)
        return Numbers(left, tuple(value.value for value in values if isinstance(value, Number)))

    def lookup(self, left: Left) -> Definition:
        """Parse the content of a lookup's brackets: nothing, points, columns, or a call that reads a file."""
        if self.sign(")"):
            return Points(left, Table((), ()))
        if self.content.startswith(("[", "("), self.at):
            return Points(left, self.bracketed(self.table))
        if name := self.maybe(_NAME):
            call = self.called(*name)
            if not isinstance(call, Call):
                raise self.refused()
            self.take(")")
            return Assignment(left, call)
        values = self.bracketed(lambda: self.several(self.signed))
        self.end()
        half = len(values) // 2
        if len(values) != 2 * half:
            raise ExpressionError("a lookup given as x1, x2, …, y1, y2, … needs as many y as x", values[-1].span)
        return Points(left, _table(list(zip(values[:half], values[half:], strict=True))))

    def left(self) -> Left:
        name = self.name()
        subscripts = self.plain_subscripts() if self.content.startswith("[", self.at) else ()
        excepted = self.several(self.plain_subscripts) if self.maybe(_EXCEPT) else ()
        kind = self.maybe(_INTERPOLATION)
        interpolation = " ".join(kind[0].strip(": \t\n").upper().split()) if kind else ""
        return Left(name, subscripts, excepted, interpolation)

    def plain_subscripts(self) -> tuple[Name, ...]:
        self.take("[")
        parts = self.subscripts()
        for name, each in parts:
            if each:
                raise ExpressionError("'!' is allowed only inside functions such as SUM", name.span)
        return tuple(name for name, _ in parts)

    def subscripts(self) -> tuple[tuple[Name, bool], ...]:
        """Parse subscripts after their bracket, each with whether '!' follows it."""
        parts = self.several(lambda: (self.name(_NAME_OR_NUMBER), self.sign("!")))
        self.take("]")
        return parts

    def item(self) -> Name | ItemRange | ItemCall:
        if self.sign("("):
            first = self.name()
            self.take("-")
            return self.bracketed(lambda: ItemRange(first, self.name()))
        named = _COMPILED[_NAME].match(self.content, self.at) is not None
        name = self.name(_NAME_OR_NUMBER)
        if not named or not self.sign("("):
            return name
        strings = self.bracketed(lambda: self.several(lambda: self.token(_STRING)[0][1:-1]))
        return ItemCall(name, strings)

    def mapping(self) -> MapTo:
        if not self.sign("("):
            return MapTo(self.name())
        target = self.name()
        self.take(":")
        return self.bracketed(lambda: MapTo(target, self.several(self.item)))

    # -- tables

    def bracketed(self, part: Callable[[], T]) -> T:
        """Parse a part and the bracket that closes it."""
        made = part()
        self.take(")")
        return made

    def enclosed(self, part: Callable[[], T]) -> T:
        """Parse a part in brackets."""
        self.take("(")
        return self.bracketed(part)

    def table(self) -> Table:
        if self.sign("["):
            self.pair()
            self.take("-")
            self.several(self.pair)
            self.take("]")
            self.sign(",")
            if not self.content.startswith("(", self.at):
                return Table((), ())
        pairs = [self.pair()]
        while self.sign(",") and not self.content.startswith(")", self.at):
            pairs.append(self.pair())
        return _table(pairs)

    def pair(self) -> tuple[Number, Number]:
        self.take("(")
        x = self.signed()
        self.take(",")
        return self.bracketed(lambda: (x, self.signed()))

    def signed(self) -> Number:
        start, minus = self.at, self.sign("-")
        _ = minus or self.sign("+")
        text, span = self.token(_NUMBER)
        return Number(-float(text) if minus else float(text), Span(start, span.end))

    # -- expressions

    def expression(self, least: int = _LOOSEST) -> Expression:
        """Parse operators that bind at least so tightly, and their operands."""
        left: Expression
        if least <= _NEGATED and (sign := self.maybe(_NOT)):
            operand = self.expression(_NEGATED)
            left = Unary("not", operand, Span(sign[1].start, operand.span.end))
        else:
            left = self.prefixed()
        while found := _BINARY.match(self.content, self.at):
            level = found.lastindex or 0
            if level < least:
                break
            self._took(found)
            right = self.expression(level + 1)
            operator = {1: "or", 2: "and"}.get(level, found.group())
            left = Binary(operator, left, right, Span(left.span.start, right.span.end))
        return left

    def prefixed(self) -> Expression:
        """Parse a sign and its operand, or a power."""
        start = self.at
        for operator in ("-", "+"):
            if self.sign(operator):
                operand = self.prefixed()
                span = Span(start, operand.span.end)
                if isinstance(operand, Number) and operand.value != MISSING:
                    return Number(-operand.value if operator == "-" else operand.value, span)
                return Unary(operator, operand, span)
        base = self.atom()
        if not self.sign("^"):
            return base
        exponent = self.prefixed()
        return Binary("^", base, exponent, Span(base.span.start, exponent.span.end))

    def atom(self) -> Expression:
        found = _ATOM.match(self.content, self.at)
        if found is None:
            raise self.refused()
        text, span = self._took(found)
        match found.lastgroup:
            case "string":
                return Literal(text[1:-1], span)  # type: ignore[return-value]  # only calls that read files take one
            case "with_lookup":
                return self.with_lookup(span)
            case "missing":
                return Number(MISSING, span)
            case "name":
                if self.sign("!"):  # `name!` is the position of an element within the range that a function runs over
                    key = canonical(join(text))
                    return Reference(key, (Each(key, span),), span)
                return self.called(text, span)
            case "number":
                return Number(float(text), span)
        return self.bracketed(self.expression)

    def with_lookup(self, keyword: Span) -> Call:
        self.take("(")
        argument = self.expression()
        self.take(",")
        table = self.bracketed(lambda: self.enclosed(self.table))
        return Call("lookup", (table, argument), Span(keyword.start, argument.span.end))

    def called(self, text: str, span: Span) -> Expression:
        """Parse what follows a name: subscripts, arguments, the argument of a lookup in an array, or nothing."""
        name = canonical(join(text))
        if self.sign("["):
            parts = self.subscripts()
            made = tuple(Each(n.key, n.span) if each else Reference(n.key, (), n.span) for n, each in parts)
            element = Reference(name, made, Span(span.start, parts[-1][0].span.end))
            if not self.sign("("):
                return element
            argument = self.bracketed(self.expression)
            return Call("lookup", (element, argument), Span(span.start, argument.span.end))
        if not self.sign("("):
            return Reference(name, (), span)
        if self.sign(")"):
            return Call(name, (), span)
        arguments: tuple[Any, ...] = self.several(self.expression)
        end = arguments[-1].span.end
        if self.sign(":"):  # after the colon: variables that receive further outputs of a macro
            arguments += self.several(self.name)
        self.take(")")
        return Call(name, arguments, Span(span.start, end))


def _tabbed(text: str, span: Span) -> tuple[float, ...]:
    inside = text.partition("(")[2].rstrip(")").replace("\\\n", " ")
    try:
        return tuple(float(n) for n in re.split(r"[\s,;]+", inside.strip()) if n)
    except ValueError as error:
        wrong = str(error).partition(":")[2].strip()
        raise ExpressionError(f"a tabbed array holds numbers, not {wrong}", span) from None


def _table(pairs: list[tuple[Number, Number]]) -> Table:
    """Sort points by ascending x; points with the same x keep their order."""
    ordered = sorted(pairs, key=lambda pair: pair[0].value)
    xs, ys = tuple(x.value for x, _ in ordered), tuple(y.value for _, y in ordered)
    return Table(xs, ys, span=Span(pairs[0][0].span.start, pairs[-1][1].span.end))
