"""Parse the text of an equation into a tree: XMILE 1.0 expression syntax, with positions for messages.

A name of the function table that takes no argument (``time``, ``dt``, ``pi``…) is a call with or without parentheses,
unless it is quoted.
"""

from __future__ import annotations

import re

from wherenow.errors import InputError, Text
from wherenow.language.descent import ReadError, read
from wherenow.language.functions import FUNCTIONS
from wherenow.language.recursion import deep_stack
from wherenow.language.syntax import Call, Expression, Subscript, children

LONGEST = 100_000
"""Maximum number of characters of an equation."""

DEEPEST = 400
"""Maximum nesting of an expression; a sum of n terms is n levels deep."""

DEEPEST_BRACKETS = 300
"""Maximum nesting of brackets."""

DEEPEST_SUBSCRIPTS = 64
"""Maximum nesting of computed subscripts."""


def parse(text: Text) -> Expression:
    """Parse an equation.

    Raises
    ------
    InputError
        With one diagnostic that says where the text becomes invalid, and what was expected there.
    """
    if len(text.content) > LONGEST:
        raise _error(text, 0, f"an equation may have {LONGEST:,} characters, this one has {len(text.content):,}")
    subscripts = text.content.count("[")
    if subscripts > DEEPEST_SUBSCRIPTS or text.content.count("(") + subscripts > DEEPEST_BRACKETS:
        _check_brackets(text)
    try:
        with deep_stack(text.content):
            tree, tokens, arities_hold = read(text.content)
    except ReadError as wrong:
        if not re.sub(r"\{[^}]*\}", "", text.content).strip():
            raise _error(text, 0, "the equation is empty") from None
        _check_brackets(text)
        raise _refused(text, wrong) from None
    except RecursionError:
        raise _error(text, 0, "the equation is nested too deeply") from None
    if tokens > DEEPEST or not arities_hold:
        _check_tree(tree, text)
    return tree


# -- describe what is wrong


def _error(text: Text, at: int, message: str, hint: str = "") -> InputError:
    return InputError([text.problem(message, hint, at)])


def _too_deep(text: Text, at: int, what: str, limit: int) -> InputError:
    return _error(text, at, f"{what} nested more than {limit} deep", "split the equation")


_CLOSING = {"(": ")", "[": "]"}
_SKIPPED = re.compile(r'"(?:\\.|[^"\\])*"|\{[^}]*\}|[()\[\]]')


def _check_brackets(text: Text) -> None:
    """Report an unbalanced bracket at the bracket, not where parsing ends."""
    opened: list[tuple[str, int]] = []
    for match in _SKIPPED.finditer(text.content):
        sign, at = match.group(), match.start()
        if sign in _CLOSING:
            opened.append((sign, at))
            if len(opened) > DEEPEST_BRACKETS:
                raise _too_deep(text, at, "brackets are", DEEPEST_BRACKETS)
            if sign == "[" and sum(other == "[" for other, _ in opened) > DEEPEST_SUBSCRIPTS:
                raise _too_deep(text, at, "subscripts are", DEEPEST_SUBSCRIPTS)
        elif sign in ")]":
            if not opened or _CLOSING[opened[-1][0]] != sign:
                opening = "(" if sign == ")" else "["
                raise _error(text, at, f"'{sign}' closes nothing", f"is a '{opening}' missing before it?")
            opened.pop()
    if opened:
        sign, at = opened[-1]
        raise _error(text, at, f"'{sign}' is never closed", f"is a '{_CLOSING[sign]}' missing after it?")


def _refused(text: Text, wrong: ReadError) -> InputError:
    """Return the diagnostic for a text that is not an expression."""
    at = wrong.start if wrong.found else len(text.content.rstrip())
    hint = _hint_for(text.content, at)
    if wrong.expected == "sign":
        return _error(text, at, f"'{wrong.found}' means nothing here", hint)
    last = re.search(r"(\w+|\S)$", text.content[:at].rstrip())
    after = f" after '{last.group()}'" if last else ""
    if wrong.found:
        expected = "a value" if wrong.expected == "value" else "an operator"
        return _error(text, at, f"{expected} was expected{after}, not '{wrong.found}'", hint)
    if wrong.expected == "value":
        return _error(text, at, f"a value is missing{after}")
    hint = "IF needs THEN and ELSE" if wrong.expected in ("then", "else") else ""
    return _error(text, at, "the equation ends too early", hint)


_CHARACTERS = {
    "−": "write '-'", "–": "write '-'", "×": "write '*'", "·": "write '*'", "÷": "write '/'", "²": "write '^2'",
    "³": "write '^3'", "≤": "write '<='", "≥": "write '>='", "%": "write a share: 0.2 for 20%",
    **dict.fromkeys("“”„‘’", "write straight quotes"),
}  # fmt: skip
"""The probable meaning of characters that never occur in an equation."""


def _hint_for(content: str, at: int) -> str:
    if wrong := _CHARACTERS.get(content[at : at + 1]):
        return wrong
    if content[at : at + 1] == "=" and not content[:at].strip():
        return "leave out the '=': the key before it names the variable"
    around = content[max(0, at - 1) : at + 2]
    for wrong, right in (("=<", "<="), ("=>", ">="), ("><", "<>")):
        if wrong in around:
            return f"did you mean '{right}'?"
    if content[at : at + 1] in ";:":
        return "arguments are separated by commas"
    if re.fullmatch(r"\s*[-+]?\d+\s*", content[:at]) and re.match(r"[,\d]", content[at:]):
        return "a number has a decimal point, and no mark between thousands"
    if re.fullmatch(r"\s*[-+]?[\d.]+\s*", content[:at]) and re.match(r"[^\W\d]", content[at:]):
        return "write the unit under `unit`"
    if re.match(r"[^\W\d]", content[at : at + 1]) and re.search(r"\w\s+$", content[:at]):
        return "a name with blanks is written with underscores or in double quotes"
    return ""


def _check_tree(tree: Expression, text: Text) -> None:
    """Check the depth, and the number of arguments of each function of the table."""
    stack: list[tuple[Subscript, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            raise _too_deep(text, node.span.start, "the expression is", DEEPEST)
        if isinstance(node, Call) and (row := FUNCTIONS.get(node.function)):
            least, most = row.arity
            count = len(node.arguments)
            if count < least or (most is not None and count > most):
                names = ", ".join(a.name + ("?" if a.optional else "") for a in row.arguments)
                takes = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
                message = f"'{node.function}' takes {takes} argument{'s' * (takes != '1')}, not {count}"
                raise _error(text, node.span.start, message, f"{row.name}({names})")
        stack.extend((child, depth + 1) for child in children(node))
