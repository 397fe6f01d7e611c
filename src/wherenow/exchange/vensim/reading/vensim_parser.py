"""Parse the equation of one Vensim entry, and say where and how it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wherenow.errors import Diagnostic, InputError, Text
from wherenow.exchange.vensim.reading.vensim_descent import VensimReadError, read_definition, read_expression
from wherenow.exchange.vensim.vensim_syntax import Assignment, Definition, join
from wherenow.language.recursion import deep_stack
from wherenow.language.syntax import Expression, ExpressionError, Subscript, children

T = TypeVar("T")
DEEPEST = 300
"""Maximum nesting of brackets and operators in one equation, so that the stack does not overflow."""


def parse_definition(text: Text) -> Definition:
    """Parse the definition in an entry's equation.

    Raises
    ------
    InputError
        with the location of the first unexpected character.
    """
    return _parsed(text, read_definition)


def parse_expression(text: Text) -> Expression:
    """Parse an expression, with Vensim's function names. Raises InputError."""
    return _parsed(text, read_expression)


def _parsed(text: Text, read: Callable[[str], T]) -> T:
    try:
        with deep_stack(text.content):
            made = read(text.content)
    except VensimReadError as error:
        raise InputError([_unexpected(text, error)]) from None
    except ExpressionError as error:
        raise InputError([error.problem(text)]) from None
    except RecursionError:
        raise _too_deep(text) from None
    expression = made.expression if isinstance(made, Assignment) else made
    if isinstance(expression, Expression) and _deeper(expression, DEEPEST):
        raise _too_deep(text)
    return made


def _too_deep(text: Text) -> InputError:
    return InputError([text.problem(f"the equation is nested more than {DEEPEST} deep", "split it up")])


def _unexpected(text: Text, error: VensimReadError) -> Diagnostic:
    at = error.at
    if at >= len(text.content):
        return text.problem("the equation ends too early", _missing(text.content), len(text.content.rstrip()))
    shown, hint = error.found, ""
    if not shown:
        shown = text.content[at]
        hint = "put names with such signs between double quotes" if shown not in "\"'{}[]()" else ""
    shown = join(shown) if len(shown) <= 40 else join(shown[:40]) + "…"
    return text.problem(f"'{shown}' does not fit here", hint, at)


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
