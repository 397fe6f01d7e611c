"""Run a case: the model under a scenario, once for every draw."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan, scenario_of
from wherenow.engine import noise
from wherenow.engine.backend import Backend, Inputs, NonFinite, Trajectories, rows_apart, saved_steps
from wherenow.engine.ir import Program
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Array, Ensemble, RunRecord, Saved
from wherenow.errors import UsageError, did_you_mean
from wherenow.language.syntax import Table
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.elaboration.macros import generated
from wherenow.model.intervention import Intervention, free_name, intervene
from wherenow.model.model_types import Kind, Method, ModelSpec
from wherenow.model.system import System

ENGINES: Mapping[str, tuple[str, str]] = {
    "native": ("wherenow.engine.native", "Native"),
    "reference": ("wherenow.engine.reference", "ReferenceBackend"),
}
SMOOTH: Mapping[str, tuple[str, str]] = {
    **ENGINES,
    "native": ("wherenow.engine.native_rk45", "NativeRungeKutta45"),
    "reference": ("wherenow.engine.rk45", "RungeKutta45"),
}
"""The engines for models whose method is Runge-Kutta with an error bound."""
LARGE = 1_000_000
"""Minimum number of saved values per draw for which few draws get code for shorter vectors, without empty lanes."""
FEW = 9
"""Minimum number of draws for which vectors always have their usual length."""
_LIBRARIES = ("numpy", "scipy", "llvmlite")
NOTHING: Mapping[str, float] = {}
NO_TABLES: Mapping[str, Table] = {}


def simulate(
    case: Case,
    draws: Draws,
    scenario: str | Scenario | None = None,
    outputs: Iterable[str] | None = None,
    threads: int | None = None,
    engine: str = "native",
) -> Ensemble:
    """Run ``case`` once for every draw.

    Parameters
    ----------
    draws
        From :func:`~wherenow.ensemble.draws.draw`, or from a posterior (:func:`~wherenow.ensemble.draws.read_draws`). A
        parameter that is not drawn keeps its central value.
    scenario
        The id of one of the case's scenarios, a scenario, or None for the baseline.
    outputs
        Variables (an array's name includes all its elements) or elements to save; None saves everything but lookups.
    threads
        None lets the engine decide. The bits of the result do not depend on it.
    engine
        ``native`` (compiled) or ``reference`` (NumPy).

    Raises
    ------
    UsageError
        For an unknown scenario, output, parameter or engine.
    InputError
        If the model under the scenario cannot be elaborated.
    """
    chosen = scenario_of(case, scenario)
    planned = plan(case, chosen) if chosen else ScenarioChanges()
    ready = prepare(case, planned.interventions, outputs, threads, engine, draws=len(draws))
    return ready.run(draws, chosen.id if chosen else "", planned.parameters, planned.series)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PreparedCase:
    """A case under interventions, compiled, with the scalars it saves; ``seconds`` is the time that preparation
    took.
    """

    case: Case  # case with the interventions applied
    backend: Backend  # compiled program
    saved: tuple[Saved, ...]  # saved scalars, in the order of outputs
    threads: int | None  # number of threads; None for all cores
    engine: str  # engine of the run: native or reference
    seconds: Mapping[str, float]

    def allocate(self, draws: Draws) -> Array | None:
        """Allocate memory that runs of these draws may share; None if the engine cannot share it."""
        allocate: Callable[[Inputs], Array] | None = getattr(self.backend, "allocate", None)
        return None if allocate is None else allocate(Inputs(np.empty((0, len(draws)))))

    def run(
        self,
        draws: Draws,
        scenario: str,
        fixed: Mapping[str, float],
        series: Mapping[str, Table],
        memory: Array | None = None,
    ) -> Ensemble:
        """Run once for every draw, with some parameters at one value and some series replaced by tables, by element
        name.

        ``scenario`` is the name for the record. ``memory``, from :meth:`allocate`, is overwritten and holds the values.
        Raises UsageError for an unknown parameter.
        """
        case, program, seconds = self.case, self.backend.program, dict(self.seconds)
        with PartTimer(seconds, "run"):
            run: Callable[..., Trajectories] = self.backend.run
            into = {} if memory is None else {"out": memory}
            ran = central = run(inputs_of(program, draws, fixed, series), **into)
            if draws.names or len(draws) > 1:
                centre = replace(draws, names=(), values=np.empty((0, 1)))
                central = self.backend.run(inputs_of(program, centre, fixed, series))
        record = RunRecord(
            case=case.name,
            case_hash=case.hash,
            program_hash=program.hash,
            scenario=scenario,
            seed=draws.seed,
            draws=len(draws),
            first_draw=draws.first,
            draws_hash=draws.hash,
            design=draws.design,
            basis=draws.basis,
            engine=self.engine,
            threads=self.threads,
            method=str(program.time.method),
            step=program.time.step,
            version=_version("wherenow"),
            libraries={name: _version(name) for name in _LIBRARIES},
            platform=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            seconds=seconds,
            failed_draws=ran.nonfinite_draws,
            failure=_failure(case.model, ran.nonfinite) if ran.nonfinite else "",
            noise=noise.VERSION,
        )
        return Ensemble(
            saved=self.saved,
            times=ran.times,
            values=ran.values.reshape(len(self.saved), len(ran.times), len(draws)),
            central=central.values[:, :, 0],
            draws=draws,
            record=record,
            time_unit=program.time.unit,
            dimensions=_dimensions(case),
        )


def prepare(
    case: Case,
    interventions: tuple[Intervention, ...] = (),
    outputs: Iterable[str] | None = None,
    threads: int | None = None,
    engine: str = "native",
    *,
    draws: int = FEW,
) -> PreparedCase:
    """Compile ``case`` under interventions; arguments and errors are as for :func:`simulate`.

    A large program that fewer than :data:`FEW` ``draws`` use is compiled for shorter vectors.
    """
    seconds: dict[str, float] = {}
    with PartTimer(seconds, "model"):
        saved = _saved(case, interventions, None if outputs is None else tuple(outputs))
    with PartTimer(seconds, "compile"):
        backend = _backend(case, interventions, tuple(s.name for s in saved), engine, threads, min(draws, FEW))
    return PreparedCase(case=case, backend=backend, saved=saved, threads=threads, engine=engine, seconds=seconds)


@dataclass(slots=True)
class PartTimer:
    """Record in ``seconds[part]`` how long a block takes."""

    seconds: dict[str, float]
    part: str
    begun: float = 0.0

    def __enter__(self) -> None:
        self.begun = time.perf_counter()

    def __exit__(self, *raised: object) -> None:
        self.seconds[self.part] = time.perf_counter() - self.begun


@lru_cache(maxsize=16)
def system_of(case: Case, interventions: tuple[Intervention, ...]) -> System:
    """Elaborate the case's model under interventions. Raises InputError if that fails."""
    return elaborate(intervene(case.model, interventions) if interventions else case.model)


@lru_cache(maxsize=16)
def _backend(
    case: Case,
    interventions: tuple[Intervention, ...],
    outputs: tuple[str, ...],
    engine: str,
    threads: int | None,
    draws: int,
) -> Backend:
    """Compile the program; a large one for few draws gets vectors of no more lanes than it needs."""
    from wherenow.engine.lowering.lower import lower

    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r}", did_you_mean(engine, ENGINES) or ", ".join(ENGINES))
    program = lower(system_of(case, interventions), outputs)
    module, name = (SMOOTH if program.time.method is Method.RK45 else ENGINES)[engine]
    make: Callable[..., Backend] = getattr(import_module(module), name)
    if engine != "native":
        return make(program)
    few = draws < FEW and len(outputs) * len(saved_steps(program)) > LARGE
    return make(program, threads=threads, width=1 << (draws - 1).bit_length() if few else None)


@lru_cache(maxsize=16)
def _dimensions(case: Case) -> Mapping[str, tuple[str, ...]]:
    return {v.name: v.dimensions for v in case.model.variables.values()}


@lru_cache(maxsize=16)
def _saved(case: Case, interventions: tuple[Intervention, ...], outputs: tuple[str, ...] | None) -> tuple[Saved, ...]:
    """Return the scalars to save, each once, in the order requested. Companions of interventions are not results.

    The variables that macro calls become are saved on request only.
    """
    variables, elements = case.model.variables, system_of(case, interventions).folded
    scalars = {
        n: (v, e)
        for n, v, e in elements.listed()
        if v.kind is not Kind.LOOKUP and (v.name in variables or (outputs is not None and generated(v.name)))
    }
    by_variable: dict[str, list[str]] = {}
    for name, (variable, _) in scalars.items():
        by_variable.setdefault(variable.name, []).append(name)
    names: dict[str, None] = {}
    for requested in scalars if outputs is None else outputs:
        if requested in scalars:
            names[requested] = None
        elif requested in by_variable:
            names.update(dict.fromkeys(by_variable[requested]))
        else:
            raise UsageError(f"no variable {requested!r} to save", did_you_mean(requested, [*scalars, *by_variable]))
    saved = ((name, *scalars[name]) for name in names)
    return tuple([Saved(n, variable.name, elements, variable.unit, variable.label) for n, variable, elements in saved])


def inputs_of(
    program: Program, draws: Draws, fixed: Mapping[str, float] = NOTHING, series: Mapping[str, Table] = NO_TABLES
) -> Inputs:
    """Return the inputs of a program for draws, with some parameters at one value and some series replaced.

    Raises UsageError for an unknown parameter.
    """
    rows = parameter_rows(program, draws, fixed)
    return Inputs(rows, series_tables(program, series), draws.seed, draws.first)


def parameter_rows(program: Program, draws: Draws, fixed: Mapping[str, float]) -> Array:
    """Return ``[parameter, draw]`` in the program's order; an intervened parameter continues under its companion's
    name.
    """
    parameters = {free_name(n) for n in program.parameters}
    for name in (*draws.names, *fixed):
        if name not in parameters:
            raise UsageError(f"{name!r} is not a parameter of this case", did_you_mean(name, parameters))
    drawn = {n: i for i, n in enumerate(draws.names)}
    values = rows_apart(len(program.parameters), len(draws))
    for row, (name, default) in enumerate(zip(program.parameters, program.defaults, strict=True)):
        free = free_name(name)
        values[row] = fixed[free] if free in fixed else draws.values[drawn[free]] if free in drawn else default
    return values


def series_tables(program: Program, changed: Mapping[str, Table]) -> tuple[Table, ...] | None:
    """Return the tables of a program's series with some replaced; None if none is."""
    if not changed:
        return None
    pairs = zip(program.series, program.series_tables, strict=True)
    return tuple(changed.get(free_name(name), table) for name, table in pairs)


def _failure(model: ModelSpec, found: NonFinite) -> str:
    """Describe a non-finite value, after the place of its variable's equation where that is known.

    The folder is left out, so that the record of a run does not depend on it.
    """
    variable = model.variables.get(found.variable.partition("[")[0])
    if variable is None or not variable.equations:
        return str(found)
    place = variable.equations[0].text.locate(0)
    return f"{replace(place, file=Path(place.file).name)}: {found}"


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
