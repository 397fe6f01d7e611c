"""Updates after a change of the article: a new list of sentences, and its hash and length in ``case.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wherenow.case.editing.sentences import Article, as_csv, read_article
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import YamlMapping, YamlScalar, read_text, read_yaml
from wherenow.case.reading.evidence import ARTICLE
from wherenow.case.reading.folder import SETTINGS
from wherenow.errors import UsageError
from wherenow.files import write_text


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The result: the file of sentences, and the article that it lists."""

    sentences: Path
    article: Article


def rewrite_sentences(folder: Path) -> Rewritten:
    """List the sentences of a case's article again, and write its hash and length into ``case.yaml``.

    Every other line of ``case.yaml`` stays as it is.

    Raises
    ------
    InputError
        if a file cannot be read.
    UsageError
        if the folder holds no article, or ``case.yaml`` describes none.
    """
    path, settings = folder / ARTICLE, folder / SETTINGS
    if not path.is_file():
        raise UsageError(f"{folder} has no {ARTICLE}", "save the article there, as plain text")
    problems = Problems()
    content, lines, tree = read_text(path, problems), read_text(settings, problems), read_yaml(settings, problems)
    problems.raise_errors()
    assert content is not None
    assert lines is not None
    article = read_article(content)
    if not article.sentences:
        raise UsageError(f"{path} holds no sentence")
    source = tree.entries.get("source") if isinstance(tree, YamlMapping) else None
    if not isinstance(source, YamlMapping):
        raise UsageError(f"{settings} describes no article", "add: source: { title: …, sentences: sentences.csv }")
    named = source.entries.get("sentences")
    target = folder / (named.value if isinstance(named, YamlScalar) else "sentences.csv")
    values = {"sha256": article.sha256, "length": str(len(content)), "sentences": target.name}
    write_text(target, as_csv(article.sentences))
    write_text(settings, _with(lines, source, values))
    return Rewritten(target, article)


def _with(content: str, source: YamlMapping, values: dict[str, str]) -> str:
    """Set keys of the source in the text of ``case.yaml``; a new key is written before the first one."""
    lines = content.split("\n")
    missing = {key: value for key, value in values.items() if key not in source.entries}
    for key, value in values.items():
        entry = source.entries.get(key)
        if isinstance(entry, YamlScalar):
            at = entry.text.locate(0)
            line = lines[at.line - 1]
            lines[at.line - 1] = line[: at.column - 1] + line[at.column - 1 :].replace(entry.value, value, 1)
    first = next(iter(source.keys.values())).text.locate(0)
    if missing and source.flow:
        line = lines[first.line - 1]
        added = "".join(f"{key}: {value}, " for key, value in missing.items())
        lines[first.line - 1] = line[: first.column - 1] + added + line[first.column - 1 :]
    elif missing:
        lines[first.line - 1 : first.line - 1] = [f"{' ' * (first.column - 1)}{k}: {v}" for k, v in missing.items()]
    return "\n".join(lines)
