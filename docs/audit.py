"""Update the table of docs/audit.md: `python docs/audit.py MODEL…`, each a case folder or a model file."""

from __future__ import annotations

import sys
from pathlib import Path

from wherenow.audit.audit import TESTS, audit
from wherenow.case.model_files.opening import open_case
from wherenow.errors import WherenowError

PAGE = Path(__file__).with_name("audit.md")
BEGIN, END = "<!-- table -->", "<!-- end of the table -->"
MARKS = {"passes": "passes", "doubtful": "doubtful", "fails": "**fails**", "not tested": "–"}


def main(models: list[str]) -> None:
    heads = [test.id for test, _ in TESTS]
    rows = [f"| model | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for model in models:
        try:
            found = audit(open_case(model))
        except WherenowError as error:
            print(f"{model}: {error}", file=sys.stderr)
            continue
        rows.append(f"| {Path(model).stem} | {' | '.join(MARKS[str(r.verdict)] for r in found)} |")
    content = PAGE.read_text(encoding="utf-8")
    before, after = content.split(BEGIN)[0], content.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(rows)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
