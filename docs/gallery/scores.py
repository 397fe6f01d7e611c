"""Score the cases of the gallery against what came after their cut-off, and write the tables of their pages.

``python docs/gallery/scores.py [CASE …]`` fits each case at its origins, which takes a minute or
two, and replaces what stands between ``<!-- name -->`` and ``<!-- end -->`` in ``docs/gallery/CASE.md``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scoringrules

from wherenow.case.case_types import Case
from wherenow.case.dates import decimal_year
from wherenow.case.reader import read_case
from wherenow.case.reading.later import data_with_later, with_later
from wherenow.claims.checking.checked_claims import needed_outputs
from wherenow.claims.findings import Finding, OnModel
from wherenow.claims.judge import judge
from wherenow.ensemble.simulate import simulate
from wherenow.foresight.ahead import Ahead, Basis, ahead, basis, dates_for
from wherenow.foresight.ingredients.structures import OWN
from wherenow.foresight.pooling.pool import HISTORY, MODEL, POOL
from wherenow.foresight.trials.store import stored_trial
from wherenow.foresight.trials.trial import ScoredDatum, Trial, trial
from wherenow.inference.checking.scores import skill
from wherenow.inference.posterior import draws_of

HERE = Path(__file__).parent
CASES = HERE.parents[1] / "cases"
WEEK = 7 / 365.25
SHOWN = (POOL, MODEL, HISTORY, "random walk", "drift")

# The total that the CDC projected, as reported: 2,914 was the total of 31 August, the others are the article's.
CDC = {"2014-08-31": 2914.0, "2014-09-30": 8000.0, "2015-01-20": 550_000.0}
TOTAL, COUNTRIES = 2914, ("weekly_liberia", "weekly_sierra_leone")
FORTNIGHTS = (
    "2014-07-06", "2014-07-20", "2014-08-03", "2014-08-17", "2014-08-31", "2014-09-14", "2014-09-28", "2014-10-12",
    "2014-10-26", "2014-11-09", "2014-11-23", "2014-12-07", "2014-12-21",
)  # fmt: skip


def ebola() -> dict[str, str]:
    """Rolling origins every two weeks, and the question of the article at the end of August."""
    case = read_case(CASES / "ebola-2014")
    tried = trial(with_later(case), [decimal_year(d) for d in FORTNIGHTS], (2.2 * WEEK, 4.2 * WEEK, 8.2 * WEEK))
    ahead_two = [d for d in tried.data if d.evidence.time - d.evidence.origin > 1.8 * WEEK]
    totals = _totals(case)
    found = {"rolling": _table(ahead_two), "questions": _questions(tried), "claims": _claims(case)}
    return {**found, **_august(case, totals)}


def _totals(case: Case) -> dict[str, np.ndarray]:
    """Draws ``[week, draw]`` of the total reported in both countries after the cut-off, by method and structures."""
    found = basis(case)
    own = tuple(replace(s, weight=1.0) for s in found.structures if s.name == OWN)
    totals = {HISTORY: _drawn(found)[HISTORY]}
    for says, structures in (("as written", own), ("structures averaged", found.structures)):
        drawn = _drawn(replace(found, structures=structures))
        totals |= {f"{m}, {says}": drawn[m] for m in (MODEL, POOL)}
    return totals


def _drawn(found: Basis) -> dict[str, np.ndarray]:
    drawn = ahead(found, dates_for(found, COUNTRIES, decimal_year("2015-01-18")), draws=8000)
    return {m: TOTAL + sum(np.cumsum(_weeks(drawn[n], m), axis=0) for n in COUNTRIES) for m in (POOL, MODEL, HISTORY)}


def _weeks(drawn: Ahead, method: str) -> np.ndarray:
    return drawn.draws[method][:20]


def _august(case: Case, totals: dict[str, np.ndarray]) -> dict[str, str]:
    later = data_with_later(case)
    weeks = sum(later[n].values[-21:-1] for n in COUNTRIES)
    came = TOTAL + np.cumsum(weeks)
    scored = [("forecast", "CRPS of log(total), 2 to 8 weeks ahead")]
    rows = (1, 3, 5, 7)
    for method in totals:
        crps = [float(scoringrules.crps_ensemble(np.log(came[r]), np.log(totals[method][r]))) for r in rows]
        scored.append((method, f"{np.mean(crps):.2f}"))
    error = [abs(np.log(_cdc(r)) - np.log(came[r])) for r in rows]
    scored.append(("the CDC's projection (a point: its absolute error)", f"{np.mean(error):.2f}"))
    thresholds = (8000, 20_000, 50_000, 100_000, 275_000, 550_000)
    chances = [("more than … by 18 January 2015", *(f"{t:,}" for t in thresholds))]
    for method in totals:
        chances.append((method, *(f"{np.mean(totals[method][19] > t):.0%}" for t in thresholds)))
    spread = [("total by 18 January 2015", "5%", "50%", "95%")]
    for method in totals:
        spread.append((method, *(f"{q:,.0f}" for q in np.quantile(totals[method][19], (0.05, 0.5, 0.95)))))
    return {"cdc": _rows(scored), "chances": _rows(chances), "spread": _rows(spread)}


def _cdc(row: int) -> float:
    """The article's projection ``row + 1`` weeks after 31 August: logarithms are read along straight lines."""
    times = [decimal_year(d) for d in CDC]
    at = decimal_year("2014-08-31") + (row + 1) * WEEK
    return float(np.exp(np.interp(at, times, np.log(list(CDC.values())))))


def limits() -> dict[str, str]:
    """The years 1972 to 2023 from the record until 1971."""
    case = read_case(CASES / "limits-to-growth")
    known = stored_trial(case)
    tried = trial(with_later(case), [1972.0], (10.0, 20.0, 30.0, 52.0), before=known.data if known else ())
    series = list(dict.fromkeys(d.evidence.series for d in tried.data))
    rows = [("series", "data", *SHOWN)]
    for name in series:
        data = [d for d in tried.data if d.evidence.series == name]
        rows.append((name, str(len(data)), *(_mean(data, m) for m in SHOWN)))
    found = {"series": _rows(rows), "all": _table(tried.data), "questions": _questions(tried)}
    return {**found, "claims": _claims(case, "prior only")}


def rhine() -> dict[str, str]:
    """Every other year from 2012, one to three years ahead, with the figures of 2023 and 2024."""
    case = read_case(CASES / "rhine-low-water")
    tried = trial(with_later(case), [float(year) for year in range(2012, 2024, 2)], (1.0, 2.0, 3.0))
    return {"all": _table(tried.data), "questions": _questions(tried)}


def _claims(case: Case, also: str = "") -> str:
    """What was found of each claim with the posterior, and the verdict on another basis beside it."""
    found = [
        (f.says, str(f.data.word) if f.data else "", _share(f.model), _share(f.against), str(f.word))
        for f in _judged(case, "posterior")
    ]
    rows = [("claim", "data", "model", "counterfactual", "verdict"), *found]
    if also:
        last = (f"with {also.replace(' only', 's')}", *(str(f.word) for f in _judged(case, also)))
        rows = [(*row, other) for row, other in zip(rows, last, strict=True)]
    return _rows(rows)


def _judged(case: Case, on: str) -> list[Finding]:
    draws = draws_of(case, 1000, 0, on)
    return list(judge(case, simulate(case, draws, None, needed_outputs(case))))


def _share(part: OnModel | None) -> str:
    return "" if part is None or part.share.share is None else f"{part.share.share:.0%}"


def _mean(data: Sequence[ScoredDatum], method: str) -> str:
    found = [d.scores[method].crps for d in data if method in d.scores]
    return f"{np.mean(found):.2f}" if found else "–"


def _table(data: Sequence[ScoredDatum]) -> str:
    """CRPS by method on common data, the pool's skill against each, and the coverage of 90% bands."""
    rows = [("method", "data", "CRPS", "pool's skill (90%)", "in its 90% band")]
    for method in SHOWN:
        both = [d for d in data if method in d.scores]
        names = [d.evidence.series for d in both]
        share = np.array([len(both) / len(set(names)) / names.count(n) for n in names])
        ours, theirs = (share * np.array([d.scores[m].crps for d in both]) for m in (POOL, method))
        value, low, high = skill(ours, theirs, np.array([f"{d.evidence.series} {d.evidence.origin}" for d in both]))
        gain = "" if method == POOL else f"{value:+.0%} ({low:+.0%} to {high:+.0%})"
        covered = np.mean([d.scores[method].covered for d in both])
        rows.append((method, str(len(both)), f"{theirs.mean():.2f}", gain, f"{covered:.0%}"))
    return _rows(rows)


def _questions(tried: Trial) -> str:
    rows = [("method", "questions", "Brier", "log score")]
    for method in (POOL, MODEL, HISTORY):
        asked = [a for a in tried.asked if method in a.p]
        p, came = np.array([a.p[method] for a in asked]), np.array([a.came for a in asked])
        log = -np.mean(np.log(np.where(came, p, 1 - p)))
        rows.append((method, str(len(asked)), f"{np.mean((p - came) ** 2):.3f}", f"{log:.3f}"))
    rows.append(("50% to everything", str(len(tried.asked)), "0.250", "0.693"))
    return _rows(rows)


def _rows(rows: Iterable[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---", *("---:" for _ in head[1:])], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def put(page: Path, tables: dict[str, str]) -> None:
    """Replace the tables of a page. Raises KeyError for a table that the page has no place for."""
    text = page.read_text("utf-8")
    for name, table in tables.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
        if not place.search(text):
            raise KeyError(f"{page.name} has no place for '{name}'")
        text = place.sub(lambda m, table=table: f"{m[1]}\n{table}\n\n{m[2]}", text)
    page.write_text(text, "utf-8")


PAGES: dict[str, Callable[[], dict[str, str]]] = {
    "ebola-2014": ebola,
    "limits-to-growth": limits,
    "rhine-low-water": rhine,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PAGES:
        put(HERE / f"{name}.md", PAGES[name]())
