"""Import of another tool's model file, by its suffix and its first characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from wherenow.errors import Diagnostic, UsageError
from wherenow.model.model_types import ModelSpec

_FROM_VENSIM = "open it in Vensim and save it as text (.mdl)"
_FROM_STELLA = "open it in Stella and save it as .stmx"
_ELSEWHERE: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys((".vpm", ".vpmx", ".vmf", ".vmfx"), _FROM_VENSIM),
    **dict.fromkeys((".stm", ".itm", ".stmz", ".itmz"), _FROM_STELLA),
    **dict.fromkeys((".vdf", ".vdfx"), "it holds results; the model is in a .mdl file"),
})  # fmt: skip
"""What to do with files that hold a model, or its results, in a form that is not published."""
_SIMULINK = re.compile(rb"(?:#[^\n]*\n\s*)*(?:Model|Library)\s*\{")
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
    if suffix not in MODEL_SUFFIXES:
        kinds = ", ".join(MODEL_SUFFIXES)
        raise UsageError(f"{path.name}: not a case folder, and no model file ({kinds})", _ELSEWHERE.get(suffix, ""))
    start = _start(path)
    if _SIMULINK.match(start):
        raise UsageError(f"{path.name}: this file is of Simulink, not of Vensim")
    if start.startswith(b"{UTF-8}") or (suffix == ".mdl" and not start.startswith(b"<")):
        from wherenow.exchange.vensim import read_vensim_file

        found = read_vensim_file(path, data)
        return found.model, found.warnings
    from wherenow.exchange.xmile import import_xmile

    return import_xmile(path)


def _start(path: Path) -> bytes:
    """Return the first bytes of a file; none if it cannot be read, which its reader reports."""
    try:
        with path.open("rb") as file:
            return file.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return b""
