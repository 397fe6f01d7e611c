"""INITIAL TIME, FINAL TIME, TIME STEP and SAVEPER: the four equations of a run's times.

They may be formulas. Those of constants alone are computed here. Those that depend on the simulation (a stop after an
event, a step that changes) are found by one run with the default inputs, whose times apply to every draw.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from wherenow.errors import Diagnostic, InputError, Location, Severity, SimulationError, Text
from wherenow.language.syntax import Binary, Call, Conditional, Expression, Number, Reference, Unary, walk
from wherenow.model.model_types import Equation, Kind, ModelSpec, TimeSpec, Variable

MOST_STEPS = 10_000_000
LONGEST_LOOK = 100_000
"""Maximum number of steps in the search for the end of a run."""


@dataclass(frozen=True, slots=True)
class Control:
    """The four equations by canonical name, translated, with their locations and the unit of time."""

    expressions: Mapping[str, Expression]
    texts: Mapping[str, Text]
    unit: str = ""
    file: str = "<text>"


def time_spec(control: Control, model: Callable[[TimeSpec], ModelSpec], problems: list[Diagnostic]) -> TimeSpec:
    """Compute the times of the run; ``model`` builds the model for given times. Errors are added to ``problems``."""
    fallback = TimeSpec(start=0.0, stop=1.0, step=1.0, save=1.0, unit=control.unit)
    missing = [n for n in ("initial_time", "final_time", "time_step") if n not in control.expressions]
    if missing:
        shown = ", ".join(n.replace("_", " ").upper() for n in missing)
        problems.append(Diagnostic(f"the model has no {shown}", Location(control.file, 1, 1)))
        return fallback
    variables = model(fallback).variables
    values: dict[str, float | None] = {}
    for name in ("initial_time", "time_step", "saveper", "final_time"):
        expression = control.expressions.get(name, control.expressions["time_step"])
        known = {k: v for k, v in values.items() if v is not None}
        values[name] = constant_value(expression, variables, {"time": known.get("initial_time", 0.0), **known})
    moving = [n for n, e in control.expressions.items() if values.get(n) is None or Call("time", ()) in walk(e)]
    start, step = values["initial_time"], values["time_step"]
    save, stop = values["saveper"], values["final_time"]
    if start is None or step is None:
        which = "initial_time" if start is None else "time_step"
        message = f"{which.replace('_', ' ').upper()} cannot be computed before the run"
        problems.append(control.texts[which].problem(message, "use numbers and constants"))
        return fallback
    found = TimeSpec(
        start=start,
        stop=start if stop is None else stop,
        step=step,
        save=step if save is None else save,
        unit=control.unit,
    )
    if _bad(found, control, problems):
        return fallback
    if any(n in moving for n in ("final_time", "time_step", "saveper")) and not problems:
        found = _followed(found, control, model, moving, problems)
    if _bad(found, control, problems):
        return fallback
    if found.uneven:
        where = control.texts.get("saveper", control.texts["time_step"])
        problems.append(where.problem(found.uneven, severity=Severity.WARNING))
    return found


def _bad(time: TimeSpec, control: Control, problems: list[Diagnostic]) -> bool:
    text = control.texts["time_step"]
    if not all(map(math.isfinite, (time.start, time.stop, time.step, time.save))):
        problems.append(text.problem("the times of the run are not all finite numbers"))
    elif time.step <= 0 or time.save <= 0:
        problems.append(text.problem("TIME STEP and SAVEPER must be greater than 0"))
    elif time.stop < time.start:
        problems.append(control.texts["final_time"].problem("FINAL TIME lies before INITIAL TIME"))
    elif (time.stop - time.start) / time.step > MOST_STEPS:
        problems.append(text.problem(f"the run has more than {MOST_STEPS:,} steps"))
    else:
        return False
    return True


def _followed(
    time: TimeSpec,
    control: Control,
    model: Callable[[TimeSpec], ModelSpec],
    moving: list[str],
    problems: list[Diagnostic],
) -> TimeSpec:
    """Compute the times from one run in which the control equations are evaluated."""
    watched: dict[str, str] = {n: f"{n}_as_run" for n in ("final_time", "time_step", "saveper") if n in moving}
    stop = max(time.stop, time.start + time.step)
    for _ in range(30):
        spec = replace(time, stop=stop, save=time.step)
        try:
            times, rows = _run(model(spec), control, watched)
        except (InputError, SimulationError) as error:
            problems.extend(getattr(error, "diagnostics", ()) or [Diagnostic(str(error))])
            return time
        steps = [time.step, *rows.get("time_step", ())]
        smallest = min(s for s in steps if s > 0)
        if smallest < time.step:  # the step changes during the run: use the finest throughout
            time = replace(time, step=smallest, save=min(time.save, smallest))
            continue
        finals = rows.get("final_time", [time.stop] * len(times))
        ends = [t for t, last in zip(times, finals, strict=True) if t >= last - 1e-9 * max(1.0, abs(t))]
        if ends:
            save = min(
                [
                    time.save,
                    *(s for t, s in zip(times, rows.get("saveper", ()), strict=False) if t <= ends[0] and s > 0),
                ]
            )
            found = replace(time, stop=ends[0], save=max(save, time.step))
            _tell(found, control, moving, problems)
            return found
        if len(times) > LONGEST_LOOK:
            break
        stop = max(max(finals), stop + (stop - time.start))
        if (stop - time.start) / time.step > LONGEST_LOOK:
            stop = time.start + LONGEST_LOOK * time.step
    problems.append(control.texts["final_time"].problem(f"FINAL TIME is not reached in {LONGEST_LOOK:,} steps"))
    return time


def _run(model: ModelSpec, control: Control, watched: Mapping[str, str]) -> tuple[list[float], dict[str, list[float]]]:
    """Evaluate each control equation at each step of a run with the default inputs."""
    from wherenow.engine.backend import default_inputs
    from wherenow.engine.lowering.lower import lower
    from wherenow.engine.reference import ReferenceBackend
    from wherenow.model.elaboration.elaborate import elaborate

    extra = {
        alias: Variable(
            name=alias,
            kind=Kind.AUXILIARY,
            equations=(Equation(expression=control.expressions[name], text=control.texts[name]),),
        )
        for name, alias in watched.items()
    }
    program = lower(elaborate(replace(model, variables={**model.variables, **extra})), outputs=tuple(watched.values()))
    run = ReferenceBackend(program).run(default_inputs(program))
    values = {name: [float(v) for v in run.values[i, :, 0]] for i, name in enumerate(watched)}
    return [float(t) for t in run.times], values


def _tell(time: TimeSpec, control: Control, moving: list[str], problems: list[Diagnostic]) -> None:
    for name in moving:
        if name in control.texts and name != "initial_time":
            shown = name.replace("_", " ").upper()
            value = {"final_time": time.stop, "time_step": time.step, "saveper": time.save}[name]
            message = f"{shown} follows the simulation; {value:g}, as in a run with the default inputs, holds for all"
            problems.append(control.texts[name].problem(message, severity=Severity.WARNING))


def constant_value(
    expression: Expression, variables: Mapping[str, Variable], clock: Mapping[str, float], depth: int = 0
) -> float | None:
    """Evaluate an expression of constants; None if it depends on anything else.

    ``clock`` gives the values of ``time`` and of the control names already known.
    """
    if depth > 100:
        return None

    def value(node: Expression) -> float | None:
        return constant_value(node, variables, clock, depth + 1)

    match expression:
        case Number(number):
            return number
        case Call("time", ()):
            return clock.get("time")
        case Call("dt" | "starttime" | "stoptime" as name, ()):
            return clock.get({"dt": "time_step", "starttime": "initial_time", "stoptime": "final_time"}[name])
        case Reference(name, ()) if name in variables:
            variable = variables[name]
            constant = variable.kind in (Kind.PARAMETER, Kind.AUXILIARY) and len(variable.equations) == 1
            return value(variable.equations[0].expression) if constant and not variable.dimensions else None
        case Unary(sign, operand):
            inner = value(operand)
            return None if inner is None else _UNARY[sign](inner)
        case Binary(sign, left, right):
            a, b = value(left), value(right)
            return None if a is None or b is None else _combined(sign, a, b)
        case Conditional(condition, then, otherwise):
            chosen = value(condition)
            return None if chosen is None else value(then if chosen else otherwise)
        case Call("min" | "max" as name, (left, right)):
            a, b = value(left), value(right)
            return None if a is None or b is None else (min if name == "min" else max)(a, b)
        case Call("integer" | "abs" | "sqrt" as name, (only,)):
            a = value(only)
            if a is None or (name == "sqrt" and a < 0):
                return None
            return {"integer": float(math.trunc(a)), "abs": abs(a), "sqrt": math.sqrt(abs(a))}[name]
    return None


_UNARY: Mapping[str, Callable[[float], float]] = {
    "-": lambda a: -a,
    "+": lambda a: a,
    "not": lambda a: float(not a),
}


_BINARY: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def _combined(sign: str, a: float, b: float) -> float | None:
    try:
        value = _BINARY[sign](a, b) if sign in _BINARY else None
    except (ZeroDivisionError, OverflowError):
        return None
    return float(value) if isinstance(value, float | int) else None  # a power may be complex
