"""Conversion of models between file formats."""

from __future__ import annotations

import os
from pathlib import Path

from wherenow.case.case_types import Case
from wherenow.errors import Diagnostic
from wherenow.files import write_text


def write_mdl(case: Case, source: bytes | None, path: Path) -> Path:
    """Write ``case`` as a Vensim file with a view; ``source`` is the file it was read from, if it was edited."""
    from wherenow.api.edits.mdl_text import MdlText
    from wherenow.api.views.view_writer import with_mdl_view
    from wherenow.exchange.vensim.writing.vensim_writer import to_vensim_file

    text = to_vensim_file(case.model)
    return _written(with_mdl_view(text, case, source, MdlText(text, path).labels()), path)


def write_xmile(case: Case, source: bytes | None, path: Path) -> Path:
    """Write ``case`` as an XMILE file with a view."""
    from wherenow.api.edits.xmile_text import XmileText
    from wherenow.api.views.view_writer import with_xmile_view
    from wherenow.exchange.xmile.writing.xmile_writer import to_xmile_file

    text = to_xmile_file(case.model)
    return _written(with_xmile_view(text, case, source, XmileText(text, path).labels()), path)


def _written(text: str, path: Path) -> Path:
    write_text(path, text)
    return path


def write_folder(case: Case, folder: Path) -> Path:
    """Write ``case`` as a folder; the units of a model file are defined as the case's own."""
    from wherenow.case.editing.case_writer import write_case
    from wherenow.exchange.imported_units import with_known_units

    write_case(case if case.folder.is_dir() else with_known_units(case.model), folder)
    return folder


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> tuple[str, ...]:
    """Convert the model at ``source`` to a new case folder or a model file, by the suffix of ``target``.

    Parameters
    ----------
    source
        a case folder or a model file.
    target
        an empty or new folder (no suffix), or a file ending in ``.mdl``, ``.xmile``, ``.stmx`` or ``.xml``.

    Returns
    -------
    tuple of str
        the parts of ``source`` that the new format cannot hold; empty if nothing is lost.

    Raises
    ------
    UsageError
        if ``target`` has an unknown suffix, is a folder that is not empty, or cannot be written.
    InputError
        with every problem in ``source``.

    Examples
    --------
    >>> import tempfile, wherenow
    >>> from pathlib import Path
    >>> here = Path(tempfile.mkdtemp())
    >>> path = wherenow.open("teacup.mdl").to_xmile(here / "teacup.xmile")
    >>> wherenow.convert(path, here / "teacup")
    ()
    """
    return converted(Path(source), Path(target))[0]


def converted(source: Path, target: Path) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Convert, and return the lost parts and the warnings from reading ``source``; a model file gets a view."""
    from wherenow.case.model_files.convert import convert as written

    write = write_mdl if target.suffix.lower() == ".mdl" else write_xmile
    return written(source, target, lambda case, place: write(case, None, place))
