"""Results of long checks, one small file each under benchmarks/reliability/, for docs/reliability.md."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from wherenow.files import atomic_write

SHARE = float(os.environ.get("WHERENOW_SHARE", "1"))
"""Of the long checks, for a first look; figures say how many there were."""
FOLDER = Path(__file__).parents[2] / "benchmarks" / "reliability"


def note(name: str, **figures: object) -> None:
    """Keeps the figures of a check in the place of its earlier ones."""
    target = FOLDER / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as beside:
        day = datetime.now(UTC).date().isoformat()
        beside.write_text(json.dumps({"on": day, **figures}, indent=1) + "\n", encoding="utf-8")
