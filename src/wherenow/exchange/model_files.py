"""The model in a file of another tool, by the file's suffix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from wherenow.errors import Diagnostic, UsageError
from wherenow.model.types import Model

MODEL_SUFFIXES = (".mdl", ".xmile", ".stmx", ".itmx", ".xml")


def import_model(path: Path, data: Mapping[str, Path] = MappingProxyType({})) -> tuple[Model, tuple[Diagnostic, ...]]:
    """The model in a file of another tool, and warnings about what was left out, mended or done otherwise.

    Raises
    ------
    UsageError
        for a file of another kind.
    InputError
        with everything that keeps the file from being a model, each with its place.
    """
    suffix = path.suffix.lower()
    if suffix == ".mdl":
        from wherenow.exchange.vensim import read_vensim_file

        found = read_vensim_file(path, data)
        return found.model, found.warnings
    if suffix in MODEL_SUFFIXES:
        from wherenow.exchange.xmile import import_xmile

        return import_xmile(path)
    raise UsageError(f"{path.name}: not a case folder, and no model file ({', '.join(MODEL_SUFFIXES)})")
