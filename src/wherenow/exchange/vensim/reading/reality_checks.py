"""Reality checks: Vensim's statements of what must follow from what (Vensim User's Guide, "Reality Check").

They are not part of the model. A constraint ``name :THE CONDITION: if :IMPLIES: then`` and a test input
``name :TEST INPUT: variable = expression`` are read as data for claims, with the text as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wherenow.errors import InputError, Text
from wherenow.exchange.vensim.reading.sections import Statement
from wherenow.exchange.vensim.reading.vensim_parser import parse_expression
from wherenow.exchange.vensim.vensim_syntax import join
from wherenow.language.syntax import Expression, Reference, walk

_CONSTRAINT = re.compile(r"(.*?):\s*THE\s+CONDITION\s*:(.*?):\s*IMPLIES\s*:(.*)", re.IGNORECASE | re.DOTALL)
_TEST_INPUT = re.compile(r"(.*?):\s*TEST\s+INPUT\s*:(.*)", re.IGNORECASE | re.DOTALL)
_ANY = re.compile(r":\s*(?:THE\s+CONDITION|TEST\s+INPUT|IMPLIES)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealityCheck:
    """A reality check. ``condition`` and ``consequence`` are as written; the parsed forms are None for path statements
    (``:CROSSING:``, ``RC STEP`` …), which are more than expressions. A test input has only a condition.
    """

    name: str  # name as written
    condition: str
    consequence: str
    about: str  # comment of the entry
    text: Text  # the whole entry as written
    condition_expression: Expression | None = None  # parsed condition
    consequence_expression: Expression | None = None  # parsed consequence
    unknown: tuple[str, ...] = ()  # names in the check that the model lacks

    def names(self) -> Iterator[str]:
        """Yield the names in the parsed forms."""
        for expression in (self.condition_expression, self.consequence_expression):
            yield from (n.name for n in (walk(expression) if expression else ()) if isinstance(n, Reference))


def is_reality_check(statement: Statement) -> bool:
    """Check whether an entry is a constraint or a test input rather than an equation."""
    return bool(_ANY.search(statement.equation.content))


def reality_check(statement: Statement) -> RealityCheck:
    """Parse the reality check in an entry.

    Raises
    ------
    InputError
        if a part of it is missing.
    """
    text = statement.equation
    if found := _CONSTRAINT.fullmatch(text.content):
        name, condition, consequence = (join(part) for part in found.groups())
        parsed = (_parsed(text, found, 2), _parsed(text, found, 3))
    elif found := _TEST_INPUT.fullmatch(text.content):
        name, condition = (join(part) for part in found.groups())
        consequence, parsed = "", (_parsed(text, found, 2), None)
    else:
        hint = "name :THE CONDITION: … :IMPLIES: …, or name :TEST INPUT: variable = …"
        raise InputError([text.problem("this reality check is not complete", hint)])
    return RealityCheck(
        name=name,
        condition=condition,
        consequence=consequence,
        about=statement.comment,
        text=text,
        condition_expression=parsed[0],
        consequence_expression=parsed[1],
    )


def _parsed(text: Text, found: re.Match[str], group: int) -> Expression | None:
    place = text.locate(found.start(group))
    try:
        return parse_expression(Text(found[group], text.file, place.line, place.column))
    except InputError:
        return None
