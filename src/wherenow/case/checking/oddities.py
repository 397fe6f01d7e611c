"""Warnings about valid but suspicious cases: parts without effect, and numbers that contradict each other.

Each may be intended, so most are warnings; otherwise the mistake would show in the results alone, or nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from wherenow.case.case_types import Case, DataSeries, Lever
from wherenow.case.checking.references import hidden, names_in
from wherenow.case.checking.spoiled import with_errors
from wherenow.case.inputs.actions import value_at
from wherenow.case.inputs.exogenous import element_equations
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.observation import Observation
from wherenow.case.reading.measures import NO_UNIT
from wherenow.case.scenario import interventions
from wherenow.distributions.prior import Prior
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import (
    Binary,
    Call,
    Deferred,
    Expression,
    Number,
    Reference,
    Table,
    canonical,
    plain_number,
    walk,
)
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.intervention import Act
from wherenow.model.model_types import Kind, Method

LEAST_STEPS = {Method.EULER: 2.0, Method.RK4: 0.7}
"""Minimum steps per time constant: with longer steps Euler's method overshoots (Sterman 2000, appendix A)."""
_READERS = frozenset({"claims.yaml", "forecasts.yaml", "observations.yaml"})
"""Files whose errors may hide that a series is read."""
CLOSE = 1e-6
WIDEST = 3.0
"""Standard deviations of a logarithm beyond which a percentage or an amount was probably meant."""
_LOG_SD = "the spread of a lognormal is the standard deviation of the logarithm: 0.1 is about 10%"
_TINY = 5e-324
_DOMAINS = {"sqrt": ("square root", 0.0), "ln": ("logarithm", _TINY), "log10": ("logarithm", _TINY)}
"""What each function is called, and the least number that has one."""
_STAGES = {"delay1": 1, "delay3": 3, "smooth": 1, "smth1": 1, "smooth3": 3, "smth3": 3}


def check_oddities(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    """Report what is suspicious about ``case``, apart from the variables that are ``wrong`` and all that reads them."""
    errors = problems.errors
    in_files = {Path(d.location.file).name for d in errors if d.location is not None}
    _flows(case, wrong, problems)
    _divisors(case, wrong, problems)
    _spreads(case, problems)
    _data(case, problems)
    if not wrong and not hidden("variable", problems) and in_files.isdisjoint(_READERS):
        _unread(case, problems)
    _levers(case, wrong, problems)
    _events(case, problems)
    _scenarios(case, problems)
    _claims(case, with_errors({c.id: c.text for c in case.claims.values()}, errors), problems)
    _forecasts(case, problems)
    if not hidden("variable", problems):
        _step(case, wrong, problems)


def _flows(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    stocks = [v for v in case.model.variables.values() if v.kind is Kind.STOCK]
    used = {name for stock in stocks for e in stock.equations for name in mentioned(e.expression)}
    unknown = hidden("variable", problems) or not problems.spoiled.isdisjoint(case.model.variables)
    unknown = unknown or any(stock.name in wrong for stock in stocks)
    for variable in () if unknown else case.model.variables.values():
        if variable.kind is Kind.FLOW and variable.name not in used:
            message = f"the flow '{variable.name}' fills and empties no stock"
            problems.warning(message, variable.text, "name it in a stock's `in` or `out`, or make it an `auxiliary`")
    for stock in stocks:
        for equation in stock.equations if stock.non_negative and stock.name not in wrong else ():
            first = plain_number(equation.initial)
            if first is not None and first < 0:
                message = f"the stock '{stock.name}' begins at {first:g} and is never negative"
                problems.error(message, equation.initial_text, "begin at 0 or above, or leave out `non_negative`")
        named = (*stock.inflows, *stock.outflows)
        for name in dict.fromkeys(name for name in named if named.count(name) > 1):
            message = f"the stock '{stock.name}' names the flow '{name}' twice"
            problems.error(message, stock.text, "name it once, in `in` or in `out`")


def _divisors(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    """Report divisions by 0, and by a parameter that is 0 in every draw; and functions of numbers that have none."""
    for variable in case.model.variables.values():
        for equation in variable.equations:
            for node in walk(equation.expression):
                if isinstance(node, Call) and node.function in _DOMAINS and node.arguments:
                    value, (word, least) = plain_number(node.arguments[0]), _DOMAINS[node.function]
                    if value is not None and not value >= least:
                        place = equation.text.locate(node.span.start)
                        problems.error(f"{value:g} has no {word}", place, "write a number or name that is positive")
                if isinstance(node, Binary) and node.operator == "/" and _is_zero(node.right, case, wrong):
                    place = equation.text.locate(node.right.span.start)
                    problems.error("this divides by 0", place, "divide by what the quantity is relative to")


def _is_zero(divisor: Expression, case: Case, wrong: frozenset[str]) -> bool:
    if isinstance(divisor, Reference) and divisor.name not in case.priors and divisor.name not in wrong:
        variable = case.model.variables.get(divisor.name)
        fixed = variable is not None and variable.kind is Kind.PARAMETER and len(variable.equations) == 1
        return fixed and variable is not None and _is_zero(variable.equations[0].expression, case, wrong)
    return isinstance(divisor, Number) and divisor.value == 0


def _spreads(case: Case, problems: Problems) -> None:
    """Warn of a lognormal prior whose spread seems to be on the natural scale instead of the logarithm's."""
    for name, prior in case.priors.items():
        if prior.name == "lognormal" and prior.arguments[1] > WIDEST:
            text = case.model.variables[name.partition("[")[0]].text
            problems.warning(f"the prior {prior} of '{name}' {_spread(prior.arguments[1])}", text, _LOG_SD)
    for name, observation in case.observations.items():
        if observation.error.name == "lognormal" and observation.error.arguments[0] > WIDEST:
            what = f"the error {observation.error} of '{name}' {_spread(observation.error.arguments[0])}"
            problems.warning(what, observation.text, _LOG_SD)


def _spread(log_sd: float) -> str:
    return f"spans a factor of {math.exp(2 * 1.645 * min(log_sd, 100)):,.3g} from its 5% to its 95% quantile"


def _unread(case: Case, problems: Problems) -> None:
    """Warn of each series that nothing reads."""
    formulas = [f for c in case.claims.values() for f in (c.data, c.resolve) if f]
    formulas += [prediction.resolve for prediction in case.predictions.values()]
    read = {canonical(name) for formula in formulas for _, name in names_in(formula.content)}
    for name, series in case.data.items():
        if name not in read and name not in case.observations and name not in case.exogenous.values():
            use = "observe it in observations.yaml, read it as a `series:` variable, or test a claim on it"
            hint = did_you_mean(name, (*case.observations, *read)) or use
            problems.warning(f"nothing reads the data series '{name}'", series.text, hint)


def _data(case: Case, problems: Problems) -> None:
    time = case.model.time
    for name, observation in case.observations.items():
        if observation.over > time.stop - time.start:
            message = f"a datum of '{name}' is a mean over {observation.over:g} {time.unit}, longer than the run"
            problems.error(message, observation.text, "shorten `over`, or the run begins earlier")
    observed = [(series, case.observations[name]) for name, series in case.data.items() if name in case.observations]
    for series, observation in observed:
        if not any(time.start <= t <= time.stop for t in series.times):
            message = f"no datum of '{series.name}' lies within the run, {time.start:g} to {time.stop:g}"
            problems.warning(message, series.text, "the model is not compared with any of them")
        of = [case.model.variables.get(canonical(n)) for _, n in names_in(observation.of.content)]
        if of and all(variable is not None and variable.kind is Kind.PARAMETER for variable in of):
            message = f"the observation of '{series.name}' reads parameters alone, which never change"
            problems.warning(message, observation.of, "name the variable that the series measures")
        _impossible(series, observation, problems)


def _impossible(series: DataSeries, observation: Observation, problems: Problems) -> None:
    """Report each datum that its own error model excludes."""
    low, high = observation.error.support
    places = series.places or (series.text,) * len(series)
    for value, date, place in zip(series.values, series.dates, places, strict=True):
        if not low < value < high and not (value == low and observation.error.closed):
            message = f"{value:g} on {date} is impossible under the error {observation.error}"
            bounds = f"between {low:g} and {high:g}" if math.isfinite(high) else f"above {low:g}"
            problems.error(message, place, f"it is for values {bounds}; normal(sd) is for any, or correct the datum")


# -- levers


def _levers(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    for lever in case.levers.values():
        if lever.start is not None and lever.start >= case.model.time.stop:
            message = f"the lever '{lever.name}' begins after the run"
            problems.warning(message, lever.text, f"the run ends at {case.model.time.stop:g}: give an earlier `from`")
        if (lever.act == "set" and lever.input in wrong) or not lever.range[0] <= lever.default <= lever.range[1]:
            continue
        default = lever.default * lever.factor
        neutral = _untouched(case, lever)
        if neutral and all(abs(default - value) > CLOSE * max(1.0, abs(value)) for value in neutral):
            same = f"{neutral[-1] / lever.factor:.6g}"
            what = f"'{lever.input}' is {same} then" if lever.act == "set" else f"to {lever.act} nothing is {same}"
            message = f"the default {lever.default:g} of the lever '{lever.name}' changes the run: {what}"
            problems.warning(message, lever.text, f"write default: {same}")
        plausible = case.model.variables[lever.input].range if lever.input in case.model.variables else None
        if lever.act == "set" and plausible is not None:
            low, high = (end * lever.factor for end in lever.range)
            if low < plausible[0] - CLOSE or high > plausible[1] + CLOSE:
                goes = f"the lever '{lever.name}' goes from {lever.range[0]:g} to {lever.range[1]:g}"
                beyond = f"beyond the range [{plausible[0]:g}, {plausible[1]:g}] of '{lever.input}'"
                hint = "narrow the lever, or widen the variable's range"
                problems.warning(f"{goes}, {beyond}", lever.text, hint)


def _untouched(case: Case, lever: Lever) -> tuple[float, ...]:
    """List the settings, in the input's unit, at which a lever changes nothing; empty if they are unknown.

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
            _doubt_percent(case, effect.input, effect.amount, effect.text, problems)
            if event.time >= time.stop or event.time + effect.lasting <= time.start:
                message = f"the effect of '{event.id}' on '{effect.input}' is over before the run or begins after it"
                problems.warning(message, effect.text, f"the run is from {time.start:g} to {time.stop:g}")
        if event.sector not in case.sectors and (meant := did_you_mean(event.sector, case.sectors)):
            problems.warning(f"there is no sector '{event.sector}'", event.text, meant)


def _doubt_percent(case: Case, name: str, amount: float, text: Text, problems: Problems) -> None:
    """Warn of an amount between 5 and 100 for an input without a unit that is otherwise between -1 and 1."""
    path, variable = case.inputs.get(name), case.model.variables.get(name.partition("[")[0])
    share = path is not None and variable is not None and variable.unit in NO_UNIT and abs(path.default) <= 1
    if share and variable is not None and 5 <= abs(amount) <= 100 and (not variable.range or variable.range[1] <= 1):
        message = f"'{name}' is {path.default:g} otherwise, and here it changes by {amount:g}" if path else ""
        problems.warning(message, text, f"write {amount / 100:g} if {amount:g}% is meant")


def _scenarios(case: Case, problems: Problems) -> None:
    time = case.model.time
    for scenario in case.scenarios.values():
        if not scenario.do and not scenario.without:
            message = f"the scenario '{scenario.id}' changes nothing"
            problems.warning(message, scenario.text, "give it `do` or `without`")
        try:
            actions = interventions(case, scenario)
        except InputError:  # another check reports the error
            continue
        for action, text in zip(actions, scenario.do.values(), strict=True):
            if action.start >= time.stop or action.stop <= time.start:
                message = f"the action on '{action.variable}' is over before the run or begins after it"
                problems.warning(message, text, f"the run is from {time.start:g} to {time.stop:g}")
            plausible = case.model.variables[action.variable].range if action.act in (Act.SET, Act.PATH) else None
            low, high = plausible or (-math.inf, math.inf)
            for value in [value for _, value in action.points] or [action.value]:
                if action.act is not Act.SCALE:
                    _doubt_percent(case, action.variable, value, text, problems)
                if not low - CLOSE <= value <= high + CLOSE:
                    message = f"{value:g} lies beyond the range [{low:g}, {high:g}] of '{action.variable}'"
                    problems.warning(message, text, "correct it, or widen the range")


def _claims(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    for claim in case.claims.values():
        if case.source is not None and claim.id not in wrong and claim.kind != "forecast" and not claim.evidence:
            hint = "point at the sentence that makes it: evidence: [P2S5]"
            problems.warning(f"the claim '{claim.id}' has no evidence in the article", claim.text, hint)


def _forecasts(case: Case, problems: Problems) -> None:
    shown = len(case.outlook.show)
    for name, text in zip(case.outlook.forecasts, case.outlook.texts[shown:], strict=True):
        if name in case.claims and case.claims[name].model is None:
            message = f"the outlook forecasts '{name}', and the claim has no `model` to give a probability"
            problems.error(message, text, "give it one, or take it out of `forecasts`")


# -- the step


def _step(case: Case, wrong: frozenset[str], problems: Problems) -> None:
    least = LEAST_STEPS.get(case.model.time.method)
    if least is None:
        return  # the step adapts to the error
    time = case.model.time
    needed = time.step * least / (1 + CLOSE)
    for name, lasts in time_constants(case, enough=needed).items():
        if name in wrong:
            continue
        place = case.model.variables[name].text
        if lasts <= 0:
            value = f"may be {lasts / 2:.3g}" if name in case.priors else f"is {lasts:g}"
            message = f"the time constant '{name}' {value}, and time does not run backwards"
            problems.error(message, place, "give it a value, or a range, above 0")
        elif lasts < needed:
            message = f"the step of {time.step:.3g} {time.unit} is too long for the time constant '{name}'"
            hint = f"{time.method} needs a step of at most {lasts / least:.3g}; wherenow audit measures what it costs"
            problems.warning(message, place, hint)


def time_constants(case: Case, enough: float = math.inf) -> dict[str, float]:
    """Return the length of each time constant or delay stage by parameter: at most twice its prior's 5% quantile.

    Priors that surely exceed ``enough`` are left out, because quantiles take time to compute.
    """
    lengths: dict[str, float] = {}
    for variable in case.model.variables.values():
        for equation in variable.equations:
            for name, stages in _time_constants(equation.expression, case):
                lengths[name] = min(lengths.get(name, math.inf), _lasts(case, name, enough * stages) / stages)
    return lengths


def _time_constants(expression: Expression, case: Case) -> Iterator[tuple[str, int]]:
    """Find parameters in units of time by which an equation divides or delays, and the stages of the delay.

    ``exp(-dt / tau)`` is the exact solution over a step of any length, and is not counted.
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
            variable = case.model.variables.get(candidate.name) if isinstance(candidate, Reference) else None
            if variable and variable.kind is Kind.PARAMETER and variable.unit == case.model.time.unit:
                yield variable.name, stages


def _knows_step(expression: Expression) -> bool:
    return any(isinstance(node, Call) and node.function == "dt" for node in walk(expression))


def _lasts(case: Case, name: str, enough: float) -> float:
    shortest = math.inf
    for element, (equation, _) in element_equations(case.model, name).items():
        prior = case.priors.get(element)
        longer = prior is not None and _surely_longer(prior, enough)
        if not (longer and isinstance(equation.expression, Deferred)):
            value = plain_number(equation.expression)
            shortest = min(shortest, value) if value is not None else shortest
        if prior is not None and not longer:
            shortest = min(shortest, 2 * float(prior.quantile(0.05)))
    return shortest


def _surely_longer(prior: Prior, enough: float) -> bool:
    """Whether bounds show that the median and twice the 5% quantile exceed ``enough``.

    A lognormal prior that is cut above its median keeps at least half its mass, so that its quantiles are at least
    those of half the share in the whole distribution.
    """
    if prior.low > enough:
        return True
    if prior.name != "lognormal" or prior.high < prior.arguments[0]:
        return False
    median, log_sd = prior.arguments
    return median * min(math.exp(-0.675 * log_sd), 2 * math.exp(-1.96 * log_sd)) > enough
