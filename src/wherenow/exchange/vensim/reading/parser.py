"""The parser of one Vensim entry's equation. The grammar is in ``grammar.lark``, read by Lark's LALR parser."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput

from wherenow.errors import Diagnostic, InputError, Text
from wherenow.exchange.vensim.syntax import (
    Definition,
    Empty,
    Equivalence,
    Formula,
    Item,
    ItemCall,
    ItemRange,
    Items,
    Left,
    Literal,
    Mapping,
    Name,
    Numbers,
    Output,
    Points,
    Range,
    join,
)
from wherenow.language.syntax import (
    MISSING,
    NOWHERE,
    Binary,
    Call,
    Each,
    Expression,
    Number,
    Reference,
    Span,
    Subscript,
    Table,
    Unary,
    canonical,
    children,
)

DEEPEST = 200
"""The greatest depth of brackets and operators in one equation: deeper ones are refused, not run out of stack."""


def parse_definition(text: Text) -> Definition:
    """Parse the definition in an entry's equation.

    Raises
    ------
    InputError
        with the location of the first unexpected character.
    """
    return _parse(text, "statement", text.content)  # type: ignore[no-any-return]


def parse_expression(text: Text) -> Expression:
    """Parse an expression, with Vensim's function names. Raises InputError."""
    return _parse(text, "expression", text.content)  # type: ignore[no-any-return]


@cache
def _parser(start: str) -> Lark:
    grammar = (files(__package__) / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start=start, maybe_placeholders=False, transformer=_Build())


def _parse(text: Text, start: str, content: str) -> Any:
    try:
        made = _parser(start).parse(content)
    except UnexpectedInput as error:
        raise InputError([_unexpected(text, error)]) from None
    except _MeaninglessError as error:
        at = error.span.start
        raise InputError([Diagnostic(str(error), text.locate(at), "", text.excerpt(at))]) from None
    expression = made.expression if isinstance(made, Formula) else made
    if isinstance(expression, Expression) and _deeper(expression, DEEPEST):
        problem = Diagnostic(
            f"the equation is nested more than {DEEPEST} deep", text.locate(0), "split it up", text.excerpt(0)
        )
        raise InputError([problem])
    return made


def _unexpected(text: Text, error: UnexpectedInput) -> Diagnostic:
    at = error.pos_in_stream
    if at is None or at < 0 or at >= len(text.content) or getattr(error, "token", None) == "":
        at = len(text.content.rstrip())
        return Diagnostic("the equation ends too early", text.locate(at), _missing(text.content), text.excerpt(at))
    if isinstance(error, UnexpectedCharacters):
        shown = text.content[at]
        hint = "put names with such signs between double quotes" if shown not in "\"'{}[]()" else ""
    else:
        shown, hint = str(getattr(error, "token", text.content[at])), ""
    shown = join(shown) if len(shown) <= 40 else join(shown[:40]) + "…"
    return Diagnostic(f"'{shown}' does not fit here", text.locate(at), hint, text.excerpt(at))


def _missing(content: str) -> str:
    for opening, closing in ("()", "[]", "{}"):
        if content.count(opening) > content.count(closing):
            return f"'{closing}' is missing"
    return ""


def _deeper(expression: Expression, limit: int) -> bool:
    stack: list[tuple[Subscript, int]] = [(expression, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > limit:
            return True
        stack.extend((child, depth + 1) for child in children(node))
    return False


class _MeaninglessError(Exception):
    """Text that matches the grammar but has no meaning."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


def _span(first: Any, last: Any) -> Span:
    return Span(_edge(first, 0), _edge(last, 1))


def _edge(part: Any, side: int) -> int:
    if isinstance(part, Token):
        return int((part.start_pos if side == 0 else part.end_pos) or 0)
    return int(part.span[side])


def _number(token: Token) -> float:
    return float(token)


def _name(token: Token) -> Name:
    return Name(join(str(token)), _span(token, token))


@v_args(inline=True)
class _Build(Transformer):  # type: ignore[type-arg]
    """The transformer from parse tree to syntax tree, applied while parsing."""

    # -- definitions

    def equation(self, left: Left, right: list[Expression]) -> Definition:
        return _definition(left, right, "=")

    def unchangeable(self, left: Left, right: list[Expression]) -> Definition:
        return _definition(left, right, "==")

    def data_equation(self, left: Left, right: list[Expression]) -> Definition:
        return _definition(left, right, ":=")

    def tabbed(self, left: Left, token: Token) -> Definition:
        inside = str(token).partition("(")[2].rstrip(")").replace("\\\n", " ")
        try:
            return Numbers(left, tuple(float(n) for n in re.split(r"[\s,;]+", inside.strip()) if n))
        except ValueError as error:
            wrong = str(error).partition(":")[2].strip()
            raise _MeaninglessError(f"a tabbed array holds numbers, not {wrong}", _span(token, token)) from None

    def lookup_points(self, left: Left, table: Table) -> Definition:
        return Points(left, table)

    def lookup_columns(self, left: Left, *values: Number) -> Definition:
        half = len(values) // 2
        if len(values) != 2 * half:
            raise _MeaninglessError("a lookup given as x1, x2, …, y1, y2, … needs as many y as x", values[-1].span)
        xs, ys = (tuple(v.value for v in part) for part in (values[:half], values[half:]))
        return Points(left, _table(xs, ys, _span(values[0], values[-1])))

    def lookup_call(self, left: Left, call: Call) -> Definition:
        return Formula(left, call, "(")

    def lookup_empty(self, left: Left) -> Definition:
        return Points(left, Table((), ()))

    def subscript_range(self, left: Left, items: Items, maps: tuple[Mapping, ...] = ()) -> Definition:
        return Range(left.name, items, maps)

    def equivalence(self, left: Left, other: Token) -> Definition:
        return Equivalence(left.name, _name(other))

    def empty(self, left: Left) -> Definition:
        return Empty(left)

    # -- left sides

    def left(self, name: Token, *parts: Any) -> Left:
        subscripts: tuple[Name, ...] = ()
        excepted: tuple[tuple[Name, ...], ...] = ()
        interpolation = ""
        for part in parts:
            if isinstance(part, Token):
                interpolation = " ".join(str(part).strip(": \t\n").upper().split())
            elif isinstance(part, list):
                excepted = tuple(_plain(group) for group in part)
            else:
                subscripts = _plain(part)
        return Left(_name(name), subscripts, excepted, interpolation)

    def exceptions(self, _keyword: Token, *groups: tuple[Subscript, ...]) -> list[tuple[Subscript, ...]]:
        return list(groups)

    def subscripts(self, *parts: tuple[Name, bool]) -> tuple[tuple[Name, bool], ...]:
        return parts

    def subscript(self, name: Token, bang: Token | None = None) -> tuple[Name, bool]:
        return _name(name), bang is not None

    def items(self, *parts: Item | ItemRange | ItemCall) -> Items:
        return parts

    def item(self, name: Token) -> Item:
        return Item(_name(name))

    def item_range(self, first: Token, last: Token) -> ItemRange:
        return ItemRange(_name(first), _name(last))

    def item_call(self, function: Token, *strings: Token) -> ItemCall:
        return ItemCall(_name(function), tuple(str(s)[1:-1] for s in strings))

    def maps(self, *parts: Mapping) -> tuple[Mapping, ...]:
        return parts

    def map_whole(self, target: Token) -> Mapping:
        return Mapping(_name(target))

    def map_items(self, target: Token, items: Items) -> Mapping:
        return Mapping(_name(target), items)

    # -- right sides

    def right(self, *parts: Any) -> list[Any]:
        return [p for p in parts if p is not None]

    def separator(self) -> None:
        return None

    def table(self, *parts: Any) -> Table:
        points = [p for p in parts if isinstance(p, list)]
        pairs = points[-1] if points else []
        span = _span(pairs[0][0], pairs[-1][1]) if pairs else NOWHERE
        return _table(tuple(x.value for x, _ in pairs), tuple(y.value for _, y in pairs), span)

    def bounds(self, *pairs: tuple[Number, Number]) -> tuple[Any, ...]:
        return pairs

    def points(self, *pairs: tuple[Number, Number]) -> list[tuple[Number, Number]]:
        return list(pairs)

    def pair(self, x: Number, y: Number) -> tuple[Number, Number]:
        return x, y

    def signed(self, *tokens: Token) -> Number:
        value = _number(tokens[-1])
        return Number(-value if tokens[0] == "-" else value, _span(tokens[0], tokens[-1]))

    # -- expressions

    def number(self, token: Token) -> Number:
        return Number(_number(token), _span(token, token))

    def string(self, token: Token) -> Literal:
        return Literal(str(token)[1:-1], _span(token, token))

    def missing(self, token: Token) -> Number:
        return Number(MISSING, _span(token, token))

    def name(self, token: Token) -> Reference:
        return Reference(canonical(join(str(token))), (), _span(token, token))

    def element(self, token: Token, subscripts: tuple[tuple[Name, bool], ...]) -> Reference:
        end = subscripts[-1][0].span
        made = tuple(_reduced(name, bang) for name, bang in subscripts)
        return Reference(canonical(join(str(token))), made, Span(_edge(token, 0), end.end))

    def unary(self, sign: Token, operand: Expression) -> Expression:
        operator = "not" if sign.type == "NOT" else str(sign)
        if isinstance(operand, Number) and operator != "not" and operand.value != MISSING:
            return Number(-operand.value if operator == "-" else operand.value, _span(sign, operand))
        return Unary(operator, operand, _span(sign, operand))

    def binary(self, left: Expression, sign: Token, right: Expression) -> Expression:
        operator = {"AND": "and", "OR": "or"}.get(sign.type, str(sign))
        return Binary(operator, left, right, _span(left, right))

    def equals(self, left: Expression, right: Expression) -> Expression:
        return Binary("=", left, right, _span(left, right))

    def call(self, name: Token, arguments: tuple[Any, ...] = ()) -> Call:
        end = _edge(arguments[-1] if arguments else name, 1)
        return Call(canonical(join(str(name))), tuple(arguments), Span(_edge(name, 0), end))

    def call_with_outputs(self, name: Token, arguments: tuple[Any, ...], *outputs: Token) -> Call:
        made = self.call(name, arguments)
        into = tuple(Output(_name(o), _span(o, o)) for o in outputs)
        return Call(made.function, (*made.arguments, *into), made.span)  # type: ignore[arg-type]

    def element_call(self, name: Token, subscripts: tuple[tuple[Name, bool], ...], argument: Expression) -> Call:
        return Call("lookup", (self.element(name, subscripts), argument), _span(name, argument))

    def with_lookup(self, _keyword: Token, argument: Expression, table: Table) -> Call:
        return Call("lookup", (table, argument), _span(_keyword, argument))

    def arguments(self, *parts: Any) -> tuple[Any, ...]:
        return parts


def _definition(left: Left, right: list[Any], operator: str) -> Definition:
    if len(right) == 1:
        return Formula(left, right[0], operator)
    wrong = next((r for r in right if not isinstance(r, Number)), None)
    if wrong is not None:
        raise _MeaninglessError("a list of values for an array holds numbers only", wrong.span)
    return Numbers(left, tuple(r.value for r in right))


def _reduced(name: Name, bang: bool) -> Subscript:
    return Each(name.key, name.span) if bang else Reference(name.key, (), name.span)


def _plain(parts: tuple[tuple[Name, bool], ...]) -> tuple[Name, ...]:
    for name, bang in parts:
        if bang:
            raise _MeaninglessError("'!' is allowed only inside functions such as SUM", name.span)
    return tuple(name for name, _ in parts)


def _table(xs: tuple[float, ...], ys: tuple[float, ...], span: Span) -> Table:
    """Sort points by ascending x; points with the same x keep their order."""
    order = sorted(range(len(xs)), key=lambda i: xs[i])
    return Table(tuple(xs[i] for i in order), tuple(ys[i] for i in order), span=span)
