"""Words that docs/style.md gives up do not come back, in code or in the documentation."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "wherenow"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
GENERATED = ("style.md", "performance.md", "iraq-us/model/", "iraq-us/why-table.md", "iraq-us/backtest.md")
"""Pages that list the words themselves, or repeat texts of cases and of stored measurements."""
GIVEN_UP = {
    r"foretold|foretells?": "predictive distribution, leave-one-out predictive",
    r"deeds?": "scenario, action",
    r"luck": "noise, random numbers, seed",
    r"hangs? (?:on|beside)|hung on|leans? on": "depends on",
    r"so many": "the number itself, or a prefix of the draws",
    r"at rest": "baseline",
    r"another world|other worlds": "counterfactual, replicated",
    r"whatever comes|of all that|what none is": "name what is meant",
    r"(?:the|which|other) rooms?|(?:\w+ |^)room (?:reads|checks|knows)|the house": "package, module",
    r"unknowns": "parameters",
    r"(?:is|are|was|were|be) told|tells? of": "reported",
    r"anew|once again": "again",
    r"reckon(?:s|ed|ing)?": "compute",
    r"mend(?:s|ed|ing)?": "correct",
    r"gives? back|given back": "return",
    r"whoever": "name the person, or 'anybody who'",
    r"take[ns]? apart": "decompose",
    r"two by two": "in pairs",
    r"in turns": "alternately",
    r"as ever": "as before",
    r"nought": "zero",
    r"heed(?:s|ed)?": "follow, or support",
    r"(?:is|are|was|were) not offered": "not supported",
    r"(?:one|row|column|file|page|line|number) an? (?:line|row|run|scalar|sector|series|element|draw)": "per",
    r"for want of": "without",
    r"(?:lies?|kept|set) apart": "separate",
    r"bears? out": "support",
    r"(?<!there )is no (?:number|folder|text|file|model|case|unit|date|position|finite)": "is not a",
    r"what is none": "name what is meant",
    r"without a word": "without a message",
    r"cannot be (?:told|meant)": "is indistinguishable, or impossible",
}
"""By what is given up: what docs/style.md says instead."""
WORDS = re.compile("|".join(rf"\b(?:{words})\b" for words in GIVEN_UP), re.IGNORECASE)


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of docstrings, messages and comments of a module, by their number, without names in code spans."""
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
            yield from ((node.lineno + i, re.sub(r"``[^`]*``|`[^`]*`", "", line)) for i, line in enumerate(lines))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def page_prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page outside its code."""
    fenced = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        fenced ^= line.startswith("```")
        if not fenced:
            yield number, re.sub(r"`[^`]*`|“[^”]*”", "", line)


def given_up(path: Path) -> Iterator[str]:
    """Each line with such a word: its place, the word, and what to write."""
    for number, line in page_prose(path) if path.suffix == ".md" else prose(path):
        if found := WORDS.search(line):
            better = next(b for words, b in GIVEN_UP.items() if re.search(rf"\b(?:{words})\b", line, re.IGNORECASE))
            yield f"{path}:{number}: '{found.group()}': write {better} (docs/style.md)"


@pytest.mark.parametrize("package", sorted({p.relative_to(PACKAGE).parts[0] for p in PACKAGE.rglob("*.py")}))
def test_prose_has_none_of_the_words_that_are_given_up(package: str) -> None:
    paths = [PACKAGE / package] if package.endswith(".py") else sorted((PACKAGE / package).rglob("*.py"))
    assert sorted({line for path in paths for line in given_up(path)}) == []


def test_pages_have_none_of_the_words_that_are_given_up() -> None:
    pages = [p for p in PAGES if not any(part in p.as_posix() for part in GENERATED)]
    assert len(pages) > 40
    assert [line for page in pages for line in given_up(page)] == []


def test_names_of_tests_have_none_of_the_words_that_are_given_up() -> None:
    names = {
        n
        for path in (ROOT / "tests").rglob("test_*.py")
        for n in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    assert len(names) > 2000
    assert sorted(name for name in names if WORDS.search(name.replace("_", " "))) == []


def test_such_a_word_is_found_in_prose_and_not_in_code(tmp_path: Path) -> None:
    module, page = tmp_path / "module.py", tmp_path / "page.md"
    module.write_text('"""It hangs on the ``deeds``."""\nluck = 1  # of so many rooms\n', "utf-8")
    page.write_text("```\nluck\n```\nPure luck and `deeds`.\n", "utf-8")
    assert [line.removeprefix(str(tmp_path)) for path in (module, page) for line in given_up(path)] == [
        "/module.py:1: 'hangs on': write depends on (docs/style.md)",
        "/module.py:2: 'so many': write the number itself, or a prefix of the draws (docs/style.md)",
        "/page.md:4: 'luck': write noise, random numbers, seed (docs/style.md)",
    ]
