"""Import of another tool's model file, by its suffix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from wherenow.errors import Diagnostic, UsageError
from wherenow.model.model_types import ModelSpec

MODEL_SUFFIXES = (".mdl", ".xmile", ".stmx", ".itmx", ".xml")


def import_model(
    path: Path, data: Mapping[str, Path] = MappingProxyType({})
) -> tuple[ModelSpec, tuple[Diagnostic, ...]]:
    """Read the model in another tool's file, and warnings about what was skipped, repaired or changed.

    Raises
    ------
    UsageError
        for a file of another kind.
    InputError
        with every error in the file, each with its location.
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
