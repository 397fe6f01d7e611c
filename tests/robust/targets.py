"""Every entry point for broken input, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.robust.broken_files import Attempt, article, case_folder, data, equation, formula, hostile_case, value
from tests.robust.stored_files import arguments, ledger, posterior, state, web

TARGETS: Mapping[str, tuple[Callable[[Path], Attempt], int, int]] = {
    "case": (case_folder, 100, 6_900),
    "hostile": (hostile_case, 40, 2_960),
    "data": (data, 350, 16_650),
    "article": (article, 300, 9_700),
    "formula": (formula, 450, 19_550),
    "equation": (equation, 400, 19_600),
    "value": (value, 150, 7_850),
    "ledger": (ledger, 100, 4_900),
    "posterior": (posterior, 60, 3_940),
    "state": (state, 20, 980),
    "arguments": (arguments, 30, 970),
    "web": (web, 100, 4_900),
}
"""By name: what makes the target, and how many attempts `make test` and `make validate` make."""
