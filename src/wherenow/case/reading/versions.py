"""Schemas of case folders: which one a folder is written in, and how an earlier one becomes the present one.

``schema: N`` in ``case.yaml`` says what a folder's keys mean. When they change, ``UPGRADES`` gains a function, and
cases written before are read as they always were; a folder of each earlier schema stays among the tests.
"""

from __future__ import annotations

from collections.abc import Callable

from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import Branch, Mapping, Scalar, location

Upgrade = Callable[[str, Branch], Branch]
"""Takes a file's path inside the folder (``model/lake.yaml``) and its tree to the tree of the next schema."""

UPGRADES: tuple[Upgrade, ...] = ()
"""``UPGRADES[n - 1]`` takes schema n to n + 1."""


def present() -> int:
    """The schema that is written, and that everything behind the reader knows."""
    return len(UPGRADES) + 1


def schema_of(settings: Mapping, problems: Problems) -> int | None:
    """The schema that ``case.yaml`` names; None after telling why it is none that can be read.

    It is looked at before all else, since no other key of an unknown schema can be called right or wrong.
    """
    written = settings.entries.get("schema")
    if written is None:
        problems.error("'schema' is missing", location(settings), f"write: schema: {present()}")
        return None
    where = written.text if isinstance(written, Scalar) else location(written)
    number = written.number if isinstance(written, Scalar) else None
    if number is None or number != int(number) or number < 1:
        problems.error("the schema is a whole number from 1", where, f"the present one is {present()}")
        return None
    if number > present():
        hint = "a newer wherenow wrote it, and can read it"
        problems.error(f"this is a case of schema {number:g}; the latest known is {present()}", where, hint)
        return None
    return int(number)


def upgraded(tree: Branch, file: str, schema: int) -> Branch:
    """A file's tree, written in ``schema``, as the present schema has it."""
    for upgrade in UPGRADES[schema - 1 :]:
        tree = upgrade(file, tree)
    return tree
