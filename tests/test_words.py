"""Words that docs/style.md gives up do not come back in packages that are free of them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "wherenow"
GIVEN_UP = {
    r"foretold|foretells?": "predictive distribution, leave-one-out predictive",
    r"deeds?": "scenario, action",
    r"luck": "noise, random numbers, seed",
    r"hangs? on|hung on": "depends on",
    r"so many": "the number itself, or a prefix of the draws",
    r"at rest": "baseline",
    r"another world|other worlds": "counterfactual, replicated",
    r"whatever comes|of all that|what none is": "name what is meant",
    r"(?:the|which|other) rooms?|(?:\w+ |^)room (?:reads|checks|knows)|the house": "package, module",
}
"""By what is given up: what docs/style.md says instead."""
WORDS = re.compile("|".join(rf"\b(?:{words})\b" for words in GIVEN_UP), re.IGNORECASE)


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of docstrings and comments of a module, by their number; names in code spans do not count."""
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
            yield from ((node.lineno + i, re.sub(r"``[^`]*``|`[^`]*`", "", line)) for i, line in enumerate(lines))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def given_up(path: Path) -> Iterator[str]:
    """Each line with such a word: its place, the word, and what to write."""
    for number, line in prose(path):
        if found := WORDS.search(line):
            better = next(b for words, b in GIVEN_UP.items() if re.search(rf"\b(?:{words})\b", line, re.IGNORECASE))
            yield f"{path}:{number}: '{found.group()}': write {better} (docs/style.md)"


@pytest.mark.parametrize("package", sorted({p.relative_to(PACKAGE).parts[0] for p in PACKAGE.rglob("*.py")}))
def test_prose_has_none_of_the_words_that_are_given_up(package: str) -> None:
    paths = [PACKAGE / package] if package.endswith(".py") else sorted((PACKAGE / package).rglob("*.py"))
    assert [line for path in paths for line in given_up(path)] == []


def test_such_a_word_is_found_in_prose_and_not_in_code(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""It hangs on the ``deeds``."""\nluck = 1  # of so many rooms\n', "utf-8")
    assert [line.removeprefix(str(tmp_path)) for line in given_up(module)] == [
        "/module.py:1: 'hangs on': write depends on (docs/style.md)",
        "/module.py:2: 'so many': write the number itself, or a prefix of the draws (docs/style.md)",
    ]
