"""Schemas of case folders: the schema of a folder, and upgrades of earlier ones to the present one.

``schema: N`` in ``case.yaml`` defines the meaning of a folder's keys. When they change, ``UPGRADES`` gains a function,
so that older cases are read as before; the tests contain a folder of each earlier schema.
"""

from __future__ import annotations

from collections.abc import Callable

from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping, YamlScalar, location

Upgrade = Callable[[str, Branch], Branch]
"""Maps a file's path inside the folder (``model/lake.yaml``) and its tree to the tree of the next schema."""

UPGRADES: tuple[Upgrade, ...] = ()
"""``UPGRADES[n - 1]`` takes schema n to n + 1."""


def present() -> int:
    """Return the schema that is written, and that all code behind the reader uses."""
    return len(UPGRADES) + 1


def schema_of(settings: YamlMapping, problems: Problems) -> int | None:
    """Read the schema that ``case.yaml`` names; report a problem and return None if it cannot be read.

    It is read first, since the other keys of an unknown schema cannot be judged.
    """
    written = settings.entries.get("schema")
    if written is None:
        problems.error("'schema' is missing", location(settings), f"write: schema: {present()}")
        return None
    where = written.text if isinstance(written, YamlScalar) else location(written)
    number = written.number if isinstance(written, YamlScalar) else None
    if number is None or number != int(number) or number < 1:
        problems.error("the schema must be a whole number, 1 or greater", where, f"the current schema is {present()}")
        return None
    if number > present():
        hint = "a newer version of wherenow wrote it; upgrade wherenow to read it"
        problems.error(f"the case has schema {number:g}; this version reads up to {present()}", where, hint)
        return None
    return int(number)


def upgraded(tree: Branch, file: str, schema: int) -> Branch:
    """Convert a file's tree from ``schema`` to the present schema."""
    for upgrade in UPGRADES[schema - 1 :]:
        tree = upgrade(file, tree)
    return tree
