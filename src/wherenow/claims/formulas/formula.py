"""Parse the text of a claim into a syntax tree, within limits of length and depth."""

from __future__ import annotations

from functools import lru_cache

from wherenow.claims.formulas import claim_syntax
from wherenow.claims.formulas.claim_syntax import Formula, Node
from wherenow.claims.formulas.formula_parser import Reader, fail
from wherenow.errors import Text

MAX_LENGTH = 4_000
MAX_DEPTH = 60
MAX_LEVELS = 200
"""Maximum depth of the tree; a sum of n terms is n levels deep."""
_TOO_DEEP = "the formula is nested too deeply"


@lru_cache(maxsize=4096)
def parse_formula(text: Text | str) -> Formula:
    """Parse a formula of the claim language.

    Raises :class:`~wherenow.errors.InputError` with one located diagnostic if the text is not a formula. Names of
    series, units and kinds of arguments are checked later, by
    :func:`wherenow.claims.checking.formula_check.check_formula`. Parsed formulas are cached, because a case's claims
    are parsed repeatedly.
    """
    source = Text(text) if isinstance(text, str) else text
    if not source.content.strip():
        fail(source, 0, "the formula is empty")
    if len(source.content) > MAX_LENGTH:
        fail(source, MAX_LENGTH, f"the formula is longer than {MAX_LENGTH} characters")
    _limit_depth(source)
    try:
        root = Reader(source).read()
    except RecursionError:
        fail(source, 0, _TOO_DEEP)
    _limit_levels(root, source)
    return Formula(root, source)


def _limit_depth(source: Text) -> None:
    """Reject excessively nested brackets before the recursive parser reads them."""
    depth = 0
    for offset, character in enumerate(source.content):
        depth += (character in "([") - (character in ")]")
        if depth > MAX_DEPTH:
            fail(source, offset, f"brackets are nested more than {MAX_DEPTH} deep")


def _limit_levels(root: Node, source: Text) -> None:
    """Reject excessively deep trees before recursive functions read them."""
    stack = [(root, 1)]
    while stack:
        node, level = stack.pop()
        if level > MAX_LEVELS:
            fail(source, node.span.start, f"the formula is nested more than {MAX_LEVELS} deep")
        stack.extend((below, level + 1) for below in claim_syntax.children(node))
