"""Models from one form to another."""

from __future__ import annotations

import os
from pathlib import Path

from wherenow.case.types import Case


def write_folder(case: Case, folder: Path) -> Path:
    """Write ``case`` as a folder; units of a model file become units of the case."""
    from wherenow.case.writer import write_case
    from wherenow.exchange.imported_units import with_known_units

    write_case(case if case.folder.is_dir() else with_known_units(case.model), folder)
    return folder


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write what is at ``source`` to ``target``: a new folder, or a model file by its suffix.

    Parameters
    ----------
    source
        a case folder or a model file.
    target
        an empty or new folder (no suffix), or a file ending in ``.mdl``, ``.xmile``, ``.stmx`` or ``.xml``.

    Returns
    -------
    tuple of str
        what of ``source`` the new form has no place for; empty where nothing is lost.

    Raises
    ------
    UsageError
        where ``target`` is of no kind that is written, is a folder that is not empty, or cannot be written.
    InputError
        with every problem in what is at ``source``.

    Examples
    --------
    >>> import tempfile, wherenow
    >>> from pathlib import Path
    >>> here = Path(tempfile.mkdtemp())
    >>> path = wherenow.open("teacup.mdl").to_xmile(here / "teacup.xmile")
    >>> wherenow.convert(path, here / "teacup")
    ()
    """
    from wherenow.exchange.convert import convert as written

    return written(Path(source), Path(target))[0]
