"""Conversion between case folders, Vensim's .mdl and XMILE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from wherenow.case.case_types import Case
from wherenow.case.model_files.opening import open_with_warnings
from wherenow.errors import Diagnostic, UsageError
from wherenow.exchange.imported_units import says_nothing, with_known_units
from wherenow.model.model_types import Kind, ModelSpec

XMILE_SUFFIXES = (".xmile", ".stmx", ".xml")


def convert(
    source: Path, target: Path, write: Callable[[Case, Path], object] | None = None
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Convert the model at ``source`` to a new case folder or a model file, by the suffix of ``target``.

    ``write`` writes model files; without it they have no view.

    Returns
    -------
    tuple of tuples
        the parts of a case that the model file cannot hold, and the warnings from reading ``source``.

    Raises
    ------
    UsageError
        if ``target`` has an unknown suffix, is a folder that is not empty, or cannot be written.
    InputError
        with every problem in ``source``.
    """
    suffix = target.suffix.lower()
    written = (*XMILE_SUFFIXES, ".mdl")
    if suffix and suffix not in written:
        raise UsageError(f"{target.name}: written are case folders (no suffix) and {', '.join(written)}")
    case, warnings = open_with_warnings(source)
    if not suffix:
        _write_folder(case, source, target)
        return (), warnings
    if write is not None:
        write(case, target)
    elif suffix == ".mdl":
        from wherenow.exchange.vensim.writing.vensim_writer import write_vensim

        write_vensim(case.model, target)
    else:
        from wherenow.exchange.xmile.writing.xmile_writer import write_xmile

        write_xmile(case.model, target)
    return (*_left_behind(case), *_not_said(case.model, suffix)), warnings


def _write_folder(case: Case, source: Path, target: Path) -> None:
    """Copy a case folder, or write a model file as one; reality checks of a .mdl become its claims."""
    from wherenow.case.editing.case_writer import write_case

    if source.suffix.lower() == ".mdl" and not source.is_dir():
        from wherenow.case.model_files.reality_claims import case_with_checks, write_checks

        checked = case_with_checks(source)
        if checked.claims:
            write_checks(checked, target)
            return
    write_case(case if source.is_dir() else with_known_units(case.model), target)


def _left_behind(case: Case) -> Iterator[str]:
    """List the parts of a case that a model file cannot hold."""
    for what in ("priors", "claims", "events", "levers", "scenarios", "loops", "actors", "observations"):
        if found := getattr(case, what):
            yield f"{len(found)} {what if len(found) > 1 else what.removesuffix('s')}"


def _not_said(model: ModelSpec, suffix: str) -> Iterator[str]:
    """List the features of a model that the file format cannot express, though the file runs."""
    held = sum(v.non_negative for v in model.variables.values() if v.kind is Kind.STOCK)
    if suffix == ".mdl" and held:
        yield f"which flows are cut to keep {held} stock{'s' * (held > 1)} above zero (in the file stocks stop there)"
    units = [definition for definition in model.units if not says_nothing(definition)]
    if suffix == ".mdl" and units:
        yield f"{len(units)} unit{'s' * (len(units) > 1)}"
