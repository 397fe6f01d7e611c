"""Find the posterior of a case, and check that it was fitted to the case's present state, from its record alone."""

from __future__ import annotations

import json

from wherenow.case.case_types import Case

FILE = "posterior.nc"


def file_of(variant: str = "") -> str:
    """Return the name of the file that holds the posterior of a case, or of one of its variants."""
    return f"posterior-{variant}.nc" if variant else FILE


def fitted_elsewhere(case: Case, variant: str = "") -> str:
    """Say why the posterior beside ``case`` is not of its present state; empty if there is none, or if it is.

    Only the record is read, which takes a few milliseconds. ``case`` may be under a ``variant``.
    """
    path = case.folder / file_of(variant)
    if not path.is_file():
        return ""
    content = path.read_bytes()  # the record is stored as plain text; h5py takes 0.1 s to import
    if any(known and known.encode() in content for known in (case.hash, case.fit_hash)):
        return ""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            json.loads(file.attrs["wherenow"])["case_hash"]
    except (OSError, LookupError, ValueError, TypeError):
        return f"{path.name} cannot be read"
    return f"{path.name} was fitted to another state of the case"
