"""Opening a case folder, a model file, or a case or model that comes with wherenow."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wherenow.case.case_types import Case
    from wherenow.errors import Diagnostic

EXAMPLES = Path(__file__).parent / "examples"


def opened(
    path: str | os.PathLike[str],
    data: Mapping[str, str | os.PathLike[str]] | Iterable[str | os.PathLike[str]] = (),
) -> tuple[Case, tuple[Diagnostic, ...]]:
    """Open ``path`` and issue the import warnings to the caller's caller; see :func:`wherenow.open`."""
    from wherenow.case.builtin import located
    from wherenow.case.model_files.opening import open_with_warnings

    place = located(Path(path))
    if not place.exists() and (EXAMPLES / place).is_file():
        place = EXAMPLES / place
    named = data.items() if isinstance(data, Mapping) else ((f"/{n}", file) for n, file in enumerate(data))
    case, found = open_with_warnings(place, {name: Path(file) for name, file in named})
    if found:
        more = f" (and {len(found) - 1} more; see .warnings)" if len(found) > 1 else ""
        warnings.warn(f"{found[0]}{more}", UserWarning, stacklevel=3)
    return case, found
