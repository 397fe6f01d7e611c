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
    return included().get(asked.name, asked)


def included() -> dict[str, Path]:
    """The folders of all cases that come with wherenow, by name, in order of name."""
    found = [folder for place in places() if place.is_dir() for folder in place.iterdir()]
    cases = {folder.name: folder for folder in reversed(found) if (folder / "case.yaml").is_file()}
    return dict(sorted(cases.items()))
