"""Broken files and texts of a case, and their readers.

A target is made once in a folder of its own and then tried with one random generator after another; an attempt gives a
result (True) or says what is wrong (False).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.robust.mutations import HOSTILE, mutated

from wherenow.errors import InputError, Text, UsageError

Attempt = Callable[[random.Random], bool]


def told(work: Callable[[], object]) -> bool:
    """Whether ``work`` ends with a result; False where it says what is wrong, each problem with words."""
    try:
        work()
    except InputError as error:
        return not (error.diagnostics and all(d.message for d in error.diagnostics)) and _fail(error)
    except UsageError as error:
        return not str(error) and _fail(error)
    return True


def _fail(error: Exception) -> bool:
    raise AssertionError("an error without words") from error


def case_folder(folder: Path) -> Attempt:
    """A file of a case, spoiled; read, checked, and run where nothing is wrong with it."""
    from wherenow.case.checking.check import check_reading
    from wherenow.case.new import new_case
    from wherenow.case.reader import read_folder
    from wherenow.claims.checking.checked_claims import check_claims
    from wherenow.ensemble.draws import draw
    from wherenow.ensemble.simulate import simulate

    lake = new_case(folder / "lake")
    files = [p for p in sorted(lake.rglob("*")) if p.is_file() and p.suffix in (".yaml", ".csv", ".txt")]

    def attempt(luck: random.Random) -> bool:
        path = luck.choice(files)
        kept = path.read_bytes()
        path.write_bytes(mutated(kept, luck))
        try:
            reading = read_folder(lake)
            problems = check_reading(reading)
            errors = [d for d in problems if d.severity == "error"]
            assert all(d.location is not None for d in problems), "a problem without a place"
            assert all(Path(d.location.file).is_relative_to(lake) for d in problems if d.location), "a foreign place"
            if errors or reading.case is None:
                return False
            formulas = check_claims(reading.case)
            if not formulas and reading.case.model.time.steps <= 2000:
                simulate(reading.case, draw(reading.case, 2), engine="reference")
            return not formulas
        finally:
            path.write_bytes(kept)

    return attempt


def data(_: Path) -> Attempt:
    """A data file, spoiled."""
    return _of_file("data/lake.csv", _read_data)


def _read_data(path: Path) -> None:
    from wherenow.case.located_yaml.problems import Problems
    from wherenow.case.new import TEMPLATE
    from wherenow.case.reading.case_file import read_settings
    from wherenow.case.reading.data import read_data

    problems = Problems()
    settings = read_settings(TEMPLATE, problems)
    assert settings is not None
    read_data([path], settings)
    assert all(d.location is not None for d in problems.in_order()), "a problem without a place"
    problems.raise_errors()


def article(_: Path) -> Attempt:
    """An article to be cut into sentences, spoiled; the sentences stand where they are said to."""
    return _of_file("article.txt", _read_article)


def _read_article(path: Path) -> None:
    from wherenow.case.editing.sentences import read_article
    from wherenow.case.located_yaml.problems import Problems
    from wherenow.case.located_yaml.yaml_reader import read_text

    problems = Problems()
    content = read_text(path, problems)
    problems.raise_errors()
    assert content is not None
    for sentence in read_article(content).sentences:
        assert content[sentence.start : sentence.end].strip()


def _of_file(name: str, read: Callable[[Path], None]) -> Attempt:
    from wherenow.case.new import TEMPLATE

    kept, path = (TEMPLATE / name).read_bytes(), Path("spoiled").resolve()

    def attempt(luck: random.Random) -> bool:
        path.write_bytes(mutated(kept, luck))
        return told(lambda: read(path))

    return attempt


FORMULAS = (
    "at(water, 2014-06) > 80 and mean(consumption, 2005, 2010) < 100",
    "always[2005, 2010](water > 10) implies eventually[2010, 2012](water > 20)",
    "at(water@against, 2010) < at(water, 2010)",
    "first(water < 90) < 2012-03-04",
    "(water > 3) until[2005, 2006] (water < 3)",
    "trend(water, 2004, 2010) * 3 ^ 2 ^ -1 < growth(water, 2004, 2010)",
    "volatility(water, 2004, 2009) <> max(water, 2004, 2009) - min(water, 2004, 2009)",
)


def formula(_: Path) -> Attempt:
    """A claim's formula, spoiled; parsed, checked, and evaluated on runs where it says something."""
    from wherenow.case.new import TEMPLATE
    from wherenow.case.reader import read_case
    from wherenow.claims.checking.formula_check import check_formula
    from wherenow.claims.evaluation.robustness import robustness
    from wherenow.claims.evaluation.sources import declared_model, run_signals
    from wherenow.claims.formulas.formula import parse_formula
    from wherenow.ensemble.draws import draw
    from wherenow.ensemble.simulate import simulate

    case = read_case(TEMPLATE)
    declared = declared_model(case)
    runs = simulate(case, draw(case, 4), engine="reference")
    signals = run_signals(case, runs, runs)
    own = tuple(c.model.content for c in case.claims.values() if c.model is not None)

    def evaluate(text: str) -> None:
        robustness(check_formula(parse_formula(text), declared), signals)

    return _of_texts((*own, *FORMULAS), evaluate)


EQUATIONS = (
    "max(0, inflow - outflow) * (1 - water / capacity) ^ 2",
    "IF water > 3 AND NOT demand < 2 THEN smooth(water, 3) ELSE -delay3(demand, 2)",
    "water mod 3 + inflow * (demand - 2) / capacity",
    "inflow + {a comment} pi * exp(-demand)",
    "step(3, 2005) - pulse(1, 2) + min(water, demand)",
)


def equation(_: Path) -> Attempt:
    """An equation, spoiled, alone in a model; parsed, its names and circles looked at."""
    from wherenow.language.parser import parse
    from wherenow.model.checking.equation_units import check_units
    from wherenow.model.elaboration.elaborate import elaborate
    from wherenow.model.model_types import Equation, Kind, ModelSpec, TimeSpec, Variable

    time = TimeSpec(start=0, stop=10, step=1, save=1, unit="year")
    others = {
        name: Variable(name=name, kind=Kind.PARAMETER, equations=(Equation(expression=parse(Text("2"))),), unit="1")
        for name in ("water", "demand", "inflow", "outflow", "capacity")
    }

    def elaborated(text: str) -> None:
        where = Text(text)
        alone = Variable(
            name="x",
            kind=Kind.AUXILIARY,
            equations=(Equation(expression=parse(where), text=where),),
            unit="1",
            text=where,
        )
        model = ModelSpec(name="m", time=time, variables={**others, "x": alone})
        elaborate(model)
        check_units(model, "strict")

    return _of_texts(EQUATIONS, elaborated)


VALUES = (
    "2014-06-16", "2014", "6 months", "90 days", "1e3", "lognormal(0.1, 0.5)", "discrete(1, 2, 3)", "beta(2, 2, 0, 1)",
    "student(4, 0.2)", "negbinomial(7)", "person/year", "1000 barrel * day^-1", "hold(2010-12)", "from(2008, 0, 2009)",
    "path(2003: 0, 2006-01: 5)", "scale(0.5, 2011-12)", "add(3, 2011-12)", "% / month", "km2",
)  # fmt: skip


def value(_: Path) -> Attempt:
    """A date, a span, a prior, an error, a unit or an action, spoiled, and given to the readers of all of them."""
    from wherenow.case.case_types import Scenario
    from wherenow.case.dates import moment, span
    from wherenow.case.new import TEMPLATE
    from wherenow.case.observation import parse_discrepancy, parse_error
    from wherenow.case.reader import read_case
    from wherenow.case.scenario import plan
    from wherenow.claims.formulas.claim_units import read_measure
    from wherenow.distributions.prior import parse_prior
    from wherenow.language.units import units

    case = read_case(TEMPLATE)

    def dated(text: str) -> None:
        for read in (moment, span):
            for unit in ("year", "day"):
                try:
                    read(text, unit)
                except ValueError as error:
                    assert str(error), "an error without words"  # noqa: PT017 - an assertion about any error

    def acted(text: str) -> None:
        for target in ("water", "rain_change", "inflow", text[:20]):
            plan(case, Scenario(id="x", title="x", do={target: Text(text)}))

    readers: tuple[Callable[[str], object], ...] = (
        lambda text: parse_prior(Text(text)).median(),
        lambda text: parse_error(Text(text)),
        lambda text: parse_discrepancy(Text(text)),
        lambda text: units().parse(text),
        lambda text: units(("widget = 3 * person",)).parse(text, open=True),
        read_measure,
        dated,
        acted,
    )

    def attempt(luck: random.Random) -> bool:
        text = _text(mutated(luck.choice(VALUES).encode(), luck, 3))
        return any([told(lambda: read(text)) for read in readers])  # noqa: B023, C419 - all of them read it

    return attempt


def _of_texts(texts: tuple[str, ...], read: Callable[[str], object]) -> Attempt:
    def attempt(luck: random.Random) -> bool:
        text = _text(mutated(luck.choice(texts).encode(), luck, 2))
        return told(lambda: read(text))

    return attempt


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def hostile_case(folder: Path) -> Attempt:
    """Every text of a case, one by one replaced by something hostile, as a whole word would be."""
    from wherenow.case.checking.check import check_case
    from wherenow.case.new import new_case

    lake = new_case(folder / "lake")
    files = sorted(lake.rglob("*.yaml"))

    def attempt(luck: random.Random) -> bool:
        path = luck.choice(files)
        kept = path.read_bytes()
        lines = kept.split(b"\n")
        at = luck.randrange(len(lines))
        key, sign, _ = lines[at].partition(b": ")
        lines[at] = key + sign + luck.choice([b"", b'"', b"'"]) + luck.choice(HOSTILE)
        path.write_bytes(b"\n".join(lines))
        try:
            return not any(d.severity == "error" for d in check_case(lake))
        finally:
            path.write_bytes(kept)

    return attempt
