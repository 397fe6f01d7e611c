"""The case, an ensemble of its priors, and ways to perturb it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case, Scenario
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import Draws, draw
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Text
from wherenow.language.syntax import Call, Expression, Reference
from wherenow.model.model_types import Variable
from wherenow.model.rewrite import rewrite

FOLDER = Path(__file__).parents[2] / "cases" / "iraq-us"


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def case() -> Case:
    return read_case(FOLDER)


@pytest.fixture(scope="session")
def draws(case: Case) -> Draws:
    return draw(case, 256, seed=1)


@pytest.fixture(scope="session")
def base(case: Case, draws: Draws) -> Ensemble:
    """Every variable in 256 draws from the priors."""
    return simulate(case, draws)


@pytest.fixture(scope="session")
def quiet(case: Case) -> Ensemble:
    """One run at the medians of the priors with noise at its least: the model, and not one draw of chance."""
    least = {name: prior.quantile(np.array([1e-9]))[0] for name, prior in case.priors.items() if "_noise_size" in name}
    values = [least.get(name, prior.quantile(np.array([0.5]))[0]) for name, prior in case.priors.items()]
    return simulate(case, Draws(names=tuple(case.priors), values=np.array(values)[:, None], seed=1, design="random"))


@pytest.fixture(scope="session")
def without_link() -> Callable[[Case, str, str], Case]:
    """The case with a link cut: the effect reads its cause as it was when the run began."""
    return _without_link


def _without_link(case: Case, source: str, target: str) -> Case:
    variable = case.model.variables[target]
    assert source in _reads(variable), f"{target} does not depend on {source}"

    def freeze(node: Expression) -> Expression:
        return Call("init", (node,)) if isinstance(node, Reference) and node.name == source else node

    equations = tuple(replace(q, expression=rewrite(q.expression, freeze)) for q in variable.equations)
    variables = {**case.model.variables, target: replace(variable, equations=equations)}
    return replace(case, model=replace(case.model, variables=variables), hash=f"{case.hash}/{source}->{target}")


def _reads(variable: Variable) -> set[str]:
    found: set[str] = set()

    def note(node: Expression) -> Expression:
        if isinstance(node, Reference):
            found.add(node.name)
        return node

    for equation in variable.equations:
        rewrite(equation.expression, note)
    return found


@pytest.fixture(scope="session")
def tails(case: Case) -> Callable[[Iterable[tuple[int, int]]], Draws]:
    """Draws at the 0.1% (-1) or 99.9% (+1) quantile of some parameters, by row, others at their medians."""
    quantiles = {s: np.array([p.quantile(np.array([q]))[0] for p in case.priors.values()])
                 for s, q in ((-1, 0.001), (0, 0.5), (1, 0.999))}  # fmt: skip

    def at(signs: np.ndarray) -> Draws:
        """``signs[parameter, draw]`` in -1, 0, 1."""
        values = np.select([signs == s for s in quantiles], [quantiles[s][:, None] for s in quantiles])
        return Draws(names=tuple(case.priors), values=values, seed=1, design="random")

    return at


@pytest.fixture(scope="session")
def pulled(case: Case) -> Callable[[dict[str, float]], Scenario]:
    """A scenario with levers at given values from the article's date on."""

    def scenario(values: dict[str, float]) -> Scenario:
        return Scenario(
            id="pulled",
            title="",
            about="",
            do={name: Text(f"{value:g}") for name, value in values.items()},
            without=(),
            text=Text(""),
        )

    return scenario
