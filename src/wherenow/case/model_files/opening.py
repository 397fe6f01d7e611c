"""Opening a case folder, or a model file of another tool."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from wherenow.case.case_types import Case
from wherenow.errors import Diagnostic, UsageError
from wherenow.exchange.model_files import import_model
from wherenow.model.model_types import ModelSpec


def open_case(path: str | os.PathLike[str]) -> Case:
    """Open a case folder, or a bare case around a model file (raises as :func:`open_with_warnings`)."""
    return open_with_warnings(path)[0]


def open_with_warnings(
    path: str | os.PathLike[str], data: Mapping[str, Path] = MappingProxyType({})
) -> tuple[Case, tuple[Diagnostic, ...]]:
    """Open a case folder, or a bare case around a model file, and return the warnings of its import as well.

    ``data`` are files for a Vensim model (see :func:`wherenow.exchange.vensim.read_vensim_file`).

    Raises
    ------
    UsageError
        if nothing exists at ``path``, or the file is of another kind.
    InputError
        with every problem in the folder or file.
    """
    place = Path(path)
    if data and place.suffix.lower() != ".mdl":
        raise UsageError("--data gives files to a Vensim model (.mdl) only")
    if place.is_dir():
        from wherenow.case.reader import read_case  # imported here: a model file does not need the case reader

        return read_case(place), ()
    if not place.exists():
        raise UsageError(f"there is nothing at {place}")
    model, warnings = import_model(place, data)
    return bare_case(model, place), warnings


def bare_case(model: ModelSpec, path: Path) -> Case:
    """Make a case that has only a model: no article, data, priors or claims."""
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Case(name=model.name, title=model.name, folder=path, model=model, hash=digest)
