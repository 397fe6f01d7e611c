"""From one form of a model to another: case folders, Vensim's .mdl, XMILE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wherenow.case.types import Case
from wherenow.errors import Diagnostic, InputError, UsageError
from wherenow.exchange.imported_units import says_nothing, with_known_units
from wherenow.exchange.opening import MODEL_SUFFIXES, open_with_warnings
from wherenow.model.types import Kind, Model

XMILE_SUFFIXES = (".xmile", ".stmx", ".xml")


def convert(
    source: Path, target: Path, write: Callable[[Case, Path], object] | None = None
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Write what is at ``source`` to ``target``: a new folder, or a model file by its suffix.

    ``write`` writes model files; without it they have no view.

    Returns
    -------
    tuple of tuples
        what of a case has no place in the model file, and the warnings of reading ``source``.

    Raises
    ------
    UsageError
        where ``target`` is of no kind that is written, is a folder that is not empty, or cannot be written.
    InputError
        with every problem in what is at ``source``.
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
        from wherenow.exchange.vensim.writer import write_vensim

        write_vensim(case.model, target)
    else:
        from wherenow.exchange.xmile.writer import write_xmile

        write_xmile(case.model, target)
    return (*_left_behind(case), *_not_said(case.model, suffix)), warnings


def _write_folder(case: Case, source: Path, target: Path) -> None:
    """A copy of a case folder, or a model file as one; reality checks of a .mdl become its claims."""
    from wherenow.case.writer import write_case

    if source.suffix.lower() == ".mdl" and not source.is_dir():
        from wherenow.exchange.vensim.claims import case_with_checks, write_checks

        checked = case_with_checks(source)
        if checked.claims:
            write_checks(checked, target)
            return
    write_case(case if source.is_dir() else with_known_units(case.model), target)


def _left_behind(case: Case) -> Iterator[str]:
    """What a case says and a model file does not."""
    for what in ("priors", "claims", "events", "levers", "scenarios", "loops", "actors", "observations"):
        if found := getattr(case, what):
            yield f"{len(found)} {what if len(found) > 1 else what.removesuffix('s')}"


def _not_said(model: Model, suffix: str) -> Iterator[str]:
    """What of a model the form of a file has no word for, though the file runs."""
    kept = sum(v.non_negative for v in model.variables.values() if v.kind is Kind.STOCK)
    if suffix == ".mdl" and kept:
        yield f"which flows are cut to keep {kept} stock{'s' * (kept > 1)} above zero (in the file stocks stop there)"
    units = [definition for definition in model.units if not says_nothing(definition)]
    if suffix == ".mdl" and units:
        yield f"{len(units)} unit{'s' * (len(units) > 1)}"


@dataclass(frozen=True, slots=True)
class Support:
    """Whether one model file runs here, and why not. ``state`` is ``runs``, ``runs, not finite`` or ``refused``."""

    file: str
    state: str
    variables: int = 0
    arrays: int = 0
    macros: int = 0
    warnings: tuple[Diagnostic, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def runs(self) -> bool:
        return self.state != "refused"


def survey(folder: Path) -> Iterator[Support]:
    """Reads and runs every model file in ``folder`` and below, in order of their paths.

    Raises UsageError where ``folder`` is none, or holds no model file.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder at {folder}")
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in MODEL_SUFFIXES and f.is_file())
    if not files:
        raise UsageError(f"{folder} holds no model file ({', '.join(MODEL_SUFFIXES)})")
    for file in files:
        yield support(file, str(file.relative_to(folder)))


def support(file: Path, name: str) -> Support:
    """How one model file fares, ``name`` being what to call it."""
    from wherenow.ensemble.draws import central
    from wherenow.ensemble.simulate import simulate
    from wherenow.errors import WherenowError

    warnings: tuple[Diagnostic, ...] = ()
    try:
        case, warnings = open_with_warnings(file)
        runs = simulate(case, central(), threads=1)
    except InputError as wrong:
        return Support(name, "refused", warnings=warnings, problems=wrong.diagnostics)
    except WherenowError as wrong:
        return Support(name, "refused", warnings=warnings, problems=(Diagnostic(str(wrong)),))
    variables = case.model.variables.values()
    return Support(
        name,
        "runs, not finite" if runs.record.failure else "runs",
        sum(v.kind is not Kind.LOOKUP for v in variables),
        sum(bool(v.dimensions) for v in variables),
        len(case.model.macros),
        warnings,
    )
