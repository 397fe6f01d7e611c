"""What long checks found, one small file each under benchmarks/reliability/, for docs/reliability.md."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from wherenow.files import whole

FOLDER = Path(__file__).parents[2] / "benchmarks" / "reliability"


def note(name: str, **figures: object) -> None:
    """Keeps the figures of a check in the place of its earlier ones."""
    FOLDER.mkdir(exist_ok=True)
    with whole(FOLDER / f"{name}.json") as beside:
        day = datetime.now(UTC).date().isoformat()
        beside.write_text(json.dumps({"on": day, **figures}, indent=1) + "\n", encoding="utf-8")
