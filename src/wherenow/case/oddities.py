"""What is odd about a case though nothing refuses it: parts without effect, numbers that contradict each other.

Each is a warning, since each can be meant; a mistake of this kind otherwise shows in the results alone, or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from wherenow.case.paths import value_at
from wherenow.case.problems import Problems
from wherenow.case.references import names_in
from wherenow.case.tables import element_equations
from wherenow.case.types import Case, Lever
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, Table, Unary, canonical, walk
from wherenow.model.dependencies import mentioned
from wherenow.model.types import Kind, Method, Variable

LEAST_STEPS = {Method.EULER: 2.0, Method.RK4: 0.7}
"""Steps that a time constant must last: Euler's method overshoots where a step is longer (Sterman 2000, appendix A)."""
CLOSE = 1e-6
_STAGES = {"delay1": 1, "delay3": 3, "smooth": 1, "smth1": 1, "smooth3": 3, "smth3": 3}


def check_oddities(case: Case, problems: Problems) -> None:
    """Report what is odd about ``case``, whose model and references are sound."""
    _flows(case, problems)
    _data(case, problems)
    _levers(case, problems)
    _events(case, problems)
    _forecasts(case, problems)
    _step(case, problems)


def _flows(case: Case, problems: Problems) -> None:
    stocks = [v for v in case.model.variables.values() if v.kind is Kind.STOCK]
    used = {name for stock in stocks for e in stock.equations for name in mentioned(e.expression)}
    for variable in case.model.variables.values():
        if variable.kind is Kind.FLOW and variable.name not in used:
            message = f"the flow '{variable.name}' fills and empties no stock"
            problems.warning(message, variable.text, "name it in a stock's `in` or `out`, or make it an `auxiliary`")


def _data(case: Case, problems: Problems) -> None:
    formulas = [f for c in case.claims.values() for f in (c.data, c.resolve) if f]
    formulas += [prediction.resolve for prediction in case.predictions.values()]
    read = {canonical(name) for formula in formulas for _, name in names_in(formula.content)}
    time = case.model.time
    for name, series in case.data.items():
        if name not in read and name not in case.observations and name not in case.exogenous.values():
            problems.warning(
                f"nothing reads the data series '{name}'", series.text,
                "observe it in observations.yaml, read it as a `series:` variable, or test a claim on it",
            )  # fmt: skip
        elif name in case.observations and not any(time.start <= t <= time.stop for t in series.times):
            message = f"no datum of '{name}' lies within the run, {time.start:g} to {time.stop:g}"
            problems.warning(message, series.text, "the model is compared with none of them")


# -- levers


def _levers(case: Case, problems: Problems) -> None:
    for lever in case.levers.values():
        default = lever.default * lever.factor
        neutral = _untouched(case, lever)
        if neutral and all(abs(default - value) > CLOSE * max(1.0, abs(value)) for value in neutral):
            found = f"{neutral[-1] / lever.factor:.6g}"
            what = f"'{lever.input}' is {found} then" if lever.act == "set" else f"to {lever.act} nothing is {found}"
            problems.warning(
                f"the default {lever.default:g} of the lever '{lever.name}' changes the run: {what}", lever.text,
                f"write default: {found}",
            )  # fmt: skip
        plausible = case.model.variables[lever.input].range if lever.input in case.model.variables else None
        if lever.act == "set" and plausible is not None:
            low, high = (end * lever.factor for end in lever.range)
            if low < plausible[0] - CLOSE or high > plausible[1] + CLOSE:
                problems.warning(
                    f"the lever '{lever.name}' goes from {lever.range[0]:g} to {lever.range[1]:g}, beyond the range "
                    f"[{plausible[0]:g}, {plausible[1]:g}] of '{lever.input}'", lever.text,
                    "narrow the lever, or widen the variable's range",
                )  # fmt: skip


def _untouched(case: Case, lever: Lever) -> tuple[float, ...]:
    """The settings, in the input's unit, at which a lever changes nothing; none where that is not known beforehand.

    A path that jumps within the step in which the lever begins has two.
    """
    if lever.act != "set":
        return (1.0,) if lever.act == "scale" else (0.0,)
    variable = case.model.variables.get(lever.input)
    if variable is None or variable.dimensions:
        return ()
    (equation, _), *_ = element_equations(case.model, lever.input).values()
    start = lever.start if lever.start is not None else case.cutoff
    match equation.expression:
        case Number(value) if variable.kind is Kind.PARAMETER and lever.input not in case.priors:
            return (value,)
        case Table() as table if variable.kind is Kind.SERIES:
            begin = case.model.time.start if start is None else start
            return value_at(table, begin), value_at(table, begin + case.model.time.step)
    return ()


def _events(case: Case, problems: Problems) -> None:
    time = case.model.time
    for event in case.events.values():
        for effect in event.effects:
            if event.time >= time.stop or event.time + effect.lasting <= time.start:
                message = f"the effect of '{event.id}' on '{effect.input}' is over before the run or begins after it"
                problems.warning(message, effect.text, f"the run is from {time.start:g} to {time.stop:g}")


def _forecasts(case: Case, problems: Problems) -> None:
    shown = len(case.outlook.show)
    for name, text in zip(case.outlook.forecasts, case.outlook.texts[shown:], strict=True):
        if name in case.claims and case.claims[name].model is None:
            message = f"the outlook forecasts '{name}', and the claim has no `model` to give a probability"
            problems.error(message, text, "give it one, or take it out of `forecasts`")


# -- the step


def _step(case: Case, problems: Problems) -> None:
    least = LEAST_STEPS.get(case.model.time.method)
    if least is None:
        return  # its steps are chosen by their error
    time = case.model.time
    for name, lasts in time_constants(case).items():
        if time.step * least > lasts * (1 + CLOSE):
            problems.warning(
                f"the step of {time.step:.3g} {time.unit} is too long for the time constant '{name}'",
                case.model.variables[name].text,
                f"{time.method} needs a step of at most {lasts / least:.3g}; wherenow audit measures what it costs",
            )


def time_constants(case: Case) -> dict[str, float]:
    """By parameter, how long a time constant or a stage of a delay lasts: at most twice its prior's 5% quantile."""
    found: dict[str, float] = {}
    for variable in case.model.variables.values():
        for equation in variable.equations:
            for name, stages in _time_constants(equation.expression, case):
                found[name] = min(found.get(name, math.inf), _lasts(case, name) / stages)
    return found


def _time_constants(expression: Expression, case: Case) -> Iterator[tuple[str, int]]:
    """Parameters in the unit of time by which an equation divides, or with which it delays; and the delay's stages.

    ``exp(-dt / tau)`` is the exact solution over a step of any length, and so is left out.
    """
    for node in walk(expression):
        match node:
            case Binary("/", divided, divisor) if not _knows_step(divided):
                candidates, stages = [divisor], 1
            case Call(function, arguments) if function in _STAGES and function in FUNCTIONS:
                candidates, stages = list(arguments[1:2]), _STAGES[function]
            case _:
                continue
        for candidate in candidates:
            if isinstance(candidate, Reference) and _is_time(case.model.variables.get(candidate.name), case):
                yield candidate.name, stages


def _knows_step(expression: Expression) -> bool:
    return any(isinstance(node, Call) and node.function == "dt" for node in walk(expression))


def _is_time(variable: Variable | None, case: Case) -> bool:
    return variable is not None and variable.kind is Kind.PARAMETER and variable.unit == case.model.time.unit


def _lasts(case: Case, name: str) -> float:
    found = math.inf
    for element, (equation, _) in element_equations(case.model, name).items():
        value = _number(equation.expression)
        if value is not None and value > 0:
            found = min(found, value)
        if element in case.priors:
            found = min(found, 2 * float(case.priors[element].quantile(0.05)))
    return found


def _number(expression: Expression) -> float | None:
    match expression:
        case Number(value):
            return value
        case Unary("-", Number(value)):
            return -value
    return None
