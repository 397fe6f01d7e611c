"""One wrong unit, anywhere in a case: it is never accepted, and the first message names the place."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.commands.authoring.check_command import _diagnose_case
from wherenow.errors import Severity

UNITS = ("kg", "person", "TWh", "USD", "household", "m3", "kWh/person", "tonne/m2")
KINDS = (
    "data", "every datum", "lever", "threshold", "data threshold", "event", "parameter", "share", "lifetime", "stock",
    "flow", "input", "forecast", "rule", "expectation",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Where a unit is written: a file, and a text in the line that has it (``@`` stands for the unit)."""

    file: str
    line: str


def parts(n: int) -> dict[str, Part]:
    return {
        "data": Part("data/all.csv", f"level_{n},2003-01-01,13,@,made up,MIT,read,"),
        "lever": Part("levers.yaml", f"more_{n}: {{ input: push_{n}, range: [0, 2], default: 0, unit: @ }}"),
        "event": Part("events.yaml", f"  effects: [{{ input: push_{n}, add: 1, unit: @, for: 1 year }}]"),
        "threshold": Part("claims.yaml", f"  model: at(stock_{n}, 2005) > 3 [@]"),
        "data threshold": Part("claims.yaml", f"  data: max(level_{n}, 2002, 2004) > 3 [@]"),
        "parameter": Part("model/all.yaml", f"first_{n}: {{ parameter: 10, unit: @ }}"),
        "share": Part("model/all.yaml", f"boost_{n}: {{ parameter: 2, unit: '@' }}"),
        "lifetime": Part("model/all.yaml", f"life_{n}: {{ parameter: 5, unit: @ }}"),
        "stock": Part(
            "model/all.yaml",
            f"stock_{n}: {{ stock: {{ initial: first_{n}, in: [gain_{n}], out: [loss_{n}] }}, assumption: x, "
            "unit: @ }",
        ),
        "flow": Part("model/all.yaml", f"loss_{n}: {{ flow: stock_{n} / life_{n}, unit: @, assumption: x }}"),
        "input": Part("model/all.yaml", f"push_{n}: {{ input: {{ default: 0 }}, unit: @ }}"),
        "forecast": Part("forecasts.yaml", f"  model: at(stock_{n}, 2009-01) > 4 [@]"),
        "rule": Part("forecasts.yaml", f"  resolve: at(level_{n}, 2009-01) > 4 [@]"),
        "expectation": Part("claims.yaml", f"    expect: at(stock_{n}, 2005) - at(stock_{n}@against, 2005) > 1 [@]"),
    }


def written(units: tuple[str, ...]) -> dict[str, str]:
    """The files of a case with a stock in each of these units, and all that is measured, moved and claimed of it."""
    model, data, levers, events, claims, observed, forecasts = [], [], [], [], [], [], []
    for n, unit in enumerate(units):
        rate, part = f"{unit}/year", parts(n)
        model += [
            part["stock"].line.replace("@", unit),
            f"gain_{n}: {{ flow: push_{n} * boost_{n}, unit: {rate}, assumption: x }}",
            part["flow"].line.replace("@", rate),
            f"share_{n}: {{ auxiliary: boost_{n} * stock_{n} / first_{n}, unit: '1', assumption: x }}",
            part["input"].line.replace("@", rate),
            part["parameter"].line.replace("@", unit),
            part["share"].line.replace("@", "1"),
            part["lifetime"].line.replace("@", "year"),
        ]
        data += [f"level_{n},{2000 + year}-01-01,{10 + year},{unit},made up,MIT,read," for year in (2, 3, 4)]
        observed.append(f"level_{n}: {{ of: stock_{n}, error: lognormal(0.1) }}")
        levers.append(part["lever"].line.replace("@", rate))
        events += [f"- id: e{n}", "  date: 2003-01-01", "  event: x", part["event"].line.replace("@", rate)]
        claims += [f"c{n}:", "  kind: state", "  says: x", part["data threshold"].line.replace("@", unit),
                   part["threshold"].line.replace("@", unit), "  against:", f"    scenario: without_{n}",
                   expectation(n, unit)]  # fmt: skip
        forecasts += [f"f{n}:", "  says: x", part["forecast"].line.replace("@", unit),
                      part["rule"].line.replace("@", unit), "  by: 2009-06-01"]  # fmt: skip
    head = ["schema: 1", "name: made", "time: { start: 2000-01, stop: 2010-01, unit: year, step: 1/12 }",
            "cutoff: 2008-01-01"]  # fmt: skip
    columns = "series,date,value,unit,source,licence,quality,note"
    found = {"case.yaml": head, "model/all.yaml": model, "data/all.csv": [columns, *data], "levers.yaml": levers,
             "events.yaml": events, "claims.yaml": claims, "observations.yaml": observed, "forecasts.yaml": forecasts,
             "scenarios.yaml":
                 [f"without_{n}: {{ title: x, without: [e{n}] }}" for n in range(len(units))]}  # fmt: skip
    return {file: "\n".join(lines) + "\n" for file, lines in found.items()}


def expectation(n: int, unit: str) -> str:
    """The line of a claim's expectation: only the last ``@`` stands for the unit."""
    return unit.join(parts(n)["expectation"].line.rsplit("@", 1))


def told(files: dict[str, str]) -> tuple[list[str], int]:
    """The errors of a case, first to last, and how many warnings there are."""
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            (Path(folder) / file).parent.mkdir(exist_ok=True)
            (Path(folder) / file).write_text(content, "utf-8")
        found = _diagnose_case(Path(folder))
        errors = [str(d).replace(f"{folder}/", "") for d in found if d.severity is Severity.ERROR]
        return errors, len(found) - len(errors)


def place(content: str, line: str) -> int:
    return content.splitlines().index(line) + 1


some = st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map(tuple)


@settings(max_examples=25)
@given(some)
def test_where_every_unit_is_right_nothing_is_reported(units):
    assert told(written(units)) == ([], 0)


@settings(max_examples=150)
@given(some, st.sampled_from(KINDS), st.data())
def test_one_wrong_unit_is_never_accepted_and_the_first_message_names_its_place(units, kind, drawn):
    n = drawn.draw(st.integers(0, len(units) - 1))
    own = {"share": "1", "lifetime": "year"}.get(kind, units[n])
    own += "/year" if kind in ("lever", "event", "flow", "input") else ""
    wrong = drawn.draw(st.sampled_from([u for u in (*UNITS, "1", "year", "kg/year") if u != own]))
    files = written(units)
    if kind == "every datum":
        file, lines = "data/all.csv", files["data/all.csv"].splitlines()
        changed = [line.replace(f",{own},", f",{wrong},") if line.startswith(f"level_{n},") else line for line in lines]
        line = next(line for line in changed if line.startswith(f"level_{n},"))
        content = "\n".join(changed) + "\n"
    else:
        part = parts(n)[kind]
        file, (right, line) = part.file, (u.join(part.line.rsplit("@", 1)) for u in (own, wrong))
        assert right in files[file].splitlines()
        content = files[file].replace(right, line)
    errors, _ = told({**files, file: content})
    assert errors, "it was accepted"
    assert f"{file}:{place(content, line)}:" in errors[0], errors
