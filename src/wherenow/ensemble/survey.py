"""Survey which model files in a folder run here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wherenow.case.model_files.opening import open_with_warnings
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Diagnostic, InputError, UsageError, WherenowError
from wherenow.exchange.model_files import MODEL_SUFFIXES
from wherenow.model.model_types import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Whether a model file runs here, and if not, why. ``state`` is ``runs``, ``runs, not finite`` or ``refused``."""

    file: str  # path of the model file
    state: str
    variables: int = 0  # number of variables
    arrays: int = 0  # number of variables that are arrays
    macros: int = 0  # number of macros
    warnings: tuple[Diagnostic, ...] = ()  # warnings of the reader
    problems: tuple[Diagnostic, ...] = ()  # reasons why the model does not run

    @property
    def runs(self) -> bool:
        return self.state != "refused"


def survey(folder: Path) -> Iterator[Support]:
    """Read and run every model file in ``folder`` and below, in order of their paths.

    Raises UsageError if ``folder`` is not a folder, or holds no model file.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder at {folder}")
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in MODEL_SUFFIXES and f.is_file())
    if not files:
        raise UsageError(f"{folder} holds no model file ({', '.join(MODEL_SUFFIXES)})")
    for file in files:
        yield support(file, str(file.relative_to(folder)))


def support(file: Path, name: str) -> Support:
    """Run one model file, called ``name`` in results."""
    warnings: tuple[Diagnostic, ...] = ()
    try:
        case, warnings = open_with_warnings(file)
        runs = simulate(case, central(), threads=1)
    except InputError as wrong:
        return Support(file=name, state="refused", warnings=warnings, problems=wrong.diagnostics)
    except WherenowError as wrong:
        return Support(file=name, state="refused", warnings=warnings, problems=(Diagnostic(str(wrong)),))
    variables = case.model.variables.values()
    return Support(
        file=name,
        state="runs, not finite" if runs.record.failure else "runs",
        variables=sum(v.kind is not Kind.LOOKUP for v in variables),
        arrays=sum(bool(v.dimensions) for v in variables),
        macros=len(case.model.macros),
        warnings=warnings,
    )
