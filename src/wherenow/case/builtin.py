"""The cases that come with wherenow, so that `wherenow outlook iraq-us` works wherever it is installed."""

from __future__ import annotations

import sysconfig
from pathlib import Path


def places() -> tuple[Path, ...]:
    """List the folders that may hold the bundled cases: beside the source, or in the installation's shared data."""
    beside_source = Path(__file__).resolve().parents[3] / "cases"
    return beside_source, Path(sysconfig.get_path("data")) / "share" / "wherenow" / "cases"


def located(folder: Path | str) -> Path:
    """Return ``folder`` if it exists, else the bundled case of that name, else ``folder``."""
    asked = Path(folder)
    try:
        if asked.exists() or len(asked.parts) != 1:
            return asked
    except OSError:  # a name that no file can have; the caller reports it when opening it
        return asked
    return included().get(asked.name, asked)


def included() -> dict[str, Path]:
    """Return the folders of all bundled cases by name, sorted."""
    folders = [folder for place in places() if place.is_dir() for folder in place.iterdir()]
    cases = {folder.name: folder for folder in reversed(folders) if (folder / "case.yaml").is_file()}
    return dict(sorted(cases.items()))
