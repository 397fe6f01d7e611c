"""The cases that come with wherenow, so that `wherenow outlook iraq-us` works wherever it is installed."""

from __future__ import annotations

import sysconfig
from pathlib import Path


def places() -> tuple[Path, ...]:
    """Where cases that come with wherenow may lie: beside the source, or in the installation's shared data."""
    beside_source = Path(__file__).resolve().parents[3] / "cases"
    return beside_source, Path(sysconfig.get_path("data")) / "share" / "wherenow" / "cases"


def located(folder: Path | str) -> Path:
    """``folder`` itself where it is there, else the case of that name that came with wherenow, else ``folder``."""
    asked = Path(folder)
    try:
        if asked.exists() or len(asked.parts) != 1:
            return asked
    except OSError:  # a name that no file can have; whoever opens it says so
        return asked
    return next((place / asked.name for place in places() if (place / asked.name / "case.yaml").is_file()), asked)
