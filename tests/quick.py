"""Runs the tests of packages, by default of those whose code differs from main: `make quick`.

python tests/quick.py [PACKAGE …]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
BESIDE = ("test_structure.py", "test_words.py")
"""Tests of every change."""


def changed() -> list[str]:
    """The packages of wherenow, and the folders of tests, with files that differ from main or are new."""
    since = ["git", "diff", "--name-only", "main", "--", "src/wherenow", "tests"]
    new = ["git", "ls-files", "--others", "--exclude-standard", "--", "src/wherenow", "tests"]
    listed = [subprocess.run(w, capture_output=True, text=True, check=True).stdout.split() for w in (since, new)]
    parts = [Path(name).parts for names in listed for name in names]
    return sorted({part[2] if part[0] == "src" else part[1] for part in parts if len(part) > 2})


def main() -> int:
    packages = sys.argv[1:] or changed()
    paths = [TESTS / name for name in packages if (TESTS / name).is_dir()]
    words = [*(TESTS / name for name in BESIDE), *paths]
    print("testing", ", ".join(path.name for path in words), flush=True)
    return subprocess.call([sys.executable, "-m", "pytest", "-x", "-n", "auto", "-m", "not slow", *map(str, words)])


if __name__ == "__main__":
    sys.exit(main())
