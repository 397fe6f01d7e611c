"""Find implausible numbers in claims and forecasts: contradictory bounds, and thresholds far out of range."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wherenow.case.case_types import Case
from wherenow.case.reading.measures import observation_factor
from wherenow.claims.checking.formula_check import Checked, checked_or_none
from wherenow.claims.checking.out_of_run import spans
from wherenow.claims.evaluation.signals import Declared
from wherenow.claims.evaluation.sources import AGAINST, declared_data, declared_model
from wherenow.claims.formulas.claim_syntax import (
    Comparison,
    Connective,
    Date,
    Formula,
    Negative,
    Node,
    NumberTerm,
    Series,
    walk,
)
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import Diagnostic, InputError, Severity, Text
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Kind

FAR = 30.0
"""Maximum ratio of a threshold to the greatest known value before a warning."""
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class _Bound:
    """A comparison of a quantity with a number, with the quantity on the left."""

    quantity: Node
    operator: str
    number: NumberTerm
    value: float


def check_thresholds(case: Case) -> Iterator[Diagnostic]:
    """Return warnings on the numbers in the formulas of claims and forecasts; invalid formulas are skipped."""
    data, model = declared_data(case), declared_model(case)
    formulas = [(p.model, model) for p in case.predictions.values()]
    formulas += [(p.resolve, data) for p in case.predictions.values()]
    for claim in case.claims.values():
        expect = claim.against.expect if claim.against else None
        formulas += [(claim.data, data), (claim.resolve, data), (claim.model, model), (expect, model)]
    for text, declared in formulas:
        if text is not None:
            yield from _checked(text, declared, case)
    for prediction in case.predictions.values():
        if prediction.model is not None and case.cutoff is not None and case.cutoff < case.model.time.stop:
            yield from _past(prediction.model, model, case.cutoff, case.cutoff_date)
    decided = [(p.model, p.resolve) for p in case.predictions.values()]
    for asked, rule in (*decided, *((c.model, c.resolve) for c in case.claims.values())):
        if asked is not None and rule is not None:
            yield from _apart(asked, rule, case)
    for claim in case.claims.values():
        if claim.against is not None:
            yield from _alone(claim.against.expect, model)


def _checked(text: Text, declared: Declared, case: Case) -> Iterator[Diagnostic]:
    checked = checked_or_none(text, declared)
    if checked is None:
        return
    on_data = AGAINST not in declared.units
    yield from _contradictions(checked)
    for node in walk(checked.formula.root):
        bound = _bound(node)
        if bound is not None and not bound.number.unit:
            yield from _doubted(checked, bound, case, on_data)
        if bound is not None and not on_data:
            yield from _certain(checked, bound, case)


def _bound(node: Node) -> _Bound | None:
    if not isinstance(node, Comparison):
        return None
    for quantity, side, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, _TURNED[node.operator]),
    ):
        number = side.operand if isinstance(side, Negative) else side
        if isinstance(number, NumberTerm) and not isinstance(quantity, NumberTerm):
            return _Bound(quantity, operator, number, -number.value if isinstance(side, Negative) else number.value)
    return None


# -- bounds that exclude every value


def _contradictions(checked: Checked) -> Iterator[Diagnostic]:
    inner: set[int] = set()
    for node in walk(checked.formula.root):
        if isinstance(node, Connective) and node.operator == "and" and id(node) not in inner:
            parts = list(_joined(node, inner))
            yield from _empty(checked, parts)


def _joined(node: Node, inner: set[int]) -> Iterator[Node]:
    """Return the conditions that ``and`` joins."""
    if isinstance(node, Connective) and node.operator == "and":
        inner.add(id(node))
        yield from _joined(node.left, inner)
        yield from _joined(node.right, inner)
    else:
        yield node


def _empty(checked: Checked, parts: list[Node]) -> Iterator[Diagnostic]:
    bounds = [bound for part in parts if (bound := _bound(part))]
    for quantity in dict.fromkeys(b.quantity for b in bounds):
        own = [b for b in bounds if b.quantity == quantity]
        low = max(((b.value, b.operator == ">") for b in own if b.operator in (">", ">=")), default=(-math.inf, False))
        high = min(((b.value, b.operator != "<") for b in own if b.operator in ("<", "<=")), default=(math.inf, True))
        if low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])):
            message = f"nothing is both above {low[0]:g} and below {high[0]:g}, so this can never hold"
            yield _at(checked, own[0].number, message, "are the two numbers swapped?", Severity.ERROR)


# -- thresholds far out of range


def _doubted(checked: Checked, bound: _Bound, case: Case, on_data: bool) -> Iterator[Diagnostic]:
    series = [node for node in walk(bound.quantity) if isinstance(node, Series)]
    if len(series) != 1 or bound.value == 0:
        return
    own, kind = checked.kinds.get(series[0]), checked.kinds.get(bound.quantity)
    if own is None or kind is None or own.unit is None or kind.unit is None or not own.unit.same(kind.unit):
        return  # a rate, a ratio or a duration: the series' values do not bound it
    known = _known(case, series[0].name, on_data)
    if known is None:
        return
    low, high, source = known
    value, greatest = bound.value, max(abs(low), abs(high))
    if own.unit.unit.dimensionless and low >= 0 and high <= 1 < value <= 100:
        hint = f"write {value / 100:g} if {value:g}% is meant"
        yield _at(checked, bound.number, f"'{series[0].name}' lies between 0 and 1 {source}, not near {value:g}", hint)
    elif greatest > 0 and abs(value) > FAR * greatest:
        message = f"{value:g} is {abs(value) / greatest:.0f} times the greatest value of '{series[0].name}' {source}"
        yield _at(checked, bound.number, message, f"is it in another unit than {own.unit}? Write it: {value:g} [unit]")


def _certain(checked: Checked, bound: _Bound, case: Case) -> Iterator[Diagnostic]:
    """Find comparisons that hold in every run or in none, as of a non-negative stock with 0."""
    reads = [node for node in walk(bound.quantity) if isinstance(node, Series)]
    variable = case.model.variables.get(reads[0].name) if len(reads) == 1 else None
    own, kind = checked.kinds.get(reads[0]) if reads else None, checked.kinds.get(bound.quantity)
    if variable is None or own is None or kind is None or own.unit != kind.unit:
        return
    if bound.operator in ("=", "<>") and variable.kind in (Kind.STOCK, Kind.FLOW):
        always = "never" if bound.operator == "=" else "always"
        message = f"'{variable.name}' takes any value, so that this holds almost {always}"
        yield _at(checked, bound.number, message, "compare with < or >, or with a lower and an upper bound")
    elif variable.non_negative and (bound.value < 0 or (bound.value == 0 and bound.operator in ("<", ">="))):
        always = "always" if bound.operator in (">", ">=", "<>") else "never"
        message = f"'{variable.name}' is never below 0, so that this {always} holds"
        yield _at(checked, bound.number, message, "choose a threshold that could fail")


def _apart(model: Text, resolve: Text, case: Case) -> Iterator[Diagnostic]:
    """Find a rule that equals the condition on the model except for numbers or dates, one of which was probably
    forgotten.
    """
    observed = {name: canonical(o.of.content) for name, o in case.observations.items()}
    try:
        one, other = (_skeleton(parse_formula(text), observed) for text in (model, resolve))
    except InputError:
        return  # the check of each formula reports its errors
    ways = [re.sub("[<>]=?", "?", shape) for shape, _ in (one, other)]
    if one[0] != other[0] and ways[0] == ways[1] and _way(one[0]) != _way(other[0]):
        message = "the rule on data and the condition on the model point in opposite directions"
        hint = f"the model is asked for {model.content.strip()}"
        yield resolve.problem(message, hint, severity=Severity.WARNING)
    if one[0] == other[0]:
        for ours, theirs in zip(one[1], other[1], strict=True):
            if ours.start != theirs.start:
                words, own = (t.content[n.span.start : n.span.end] for t, n in ((resolve, theirs), (model, ours)))
                message = f"the data decide at {words.strip()}, and the model is asked at {own.strip()}"
                hint = "change both, so that data decide what is forecast"
                yield resolve.problem(message, hint, theirs.span.start, Severity.WARNING)


def _past(model: Text, declared: Declared, cutoff: float, date: str) -> Iterator[Diagnostic]:
    """Find a forecast whose dates all lie before the cut-off."""
    checked = checked_or_none(model, declared)
    read = list(spans(checked, declared.time_unit)) if checked else []
    if checked and read and all(span.stop <= cutoff for span in read):
        last = max(read, key=lambda span: span.stop).last
        yield _at(checked, last, f"this forecast reads nothing after the cut-off {date}", "give a later date")


def _way(shape: str) -> list[str]:
    return re.findall("[<>]", shape)


def _skeleton(formula: Formula, observed: Mapping[str, str]) -> tuple[str, list[NumberTerm | Date]]:
    """Return a formula without its numbers and dates, with variables in place of the series that observe them; and
    these.
    """
    content, shape, end = formula.text.content, "", 0
    numbers: list[NumberTerm | Date] = []
    for node in sorted(walk(formula.root), key=lambda node: node.span.start):
        if isinstance(node, Series | NumberTerm | Date):
            shape += content[end : node.span.start]
            if isinstance(node, Series):
                shape += observed.get(node.name, node.name)
            else:
                numbers.append(node)
                shape += "0"
            end = node.span.end
    return "".join((shape + content[end:]).split()), numbers


def _alone(expect: Text, declared: Declared) -> Iterator[Diagnostic]:
    """Find an expectation of a counterfactual that never reads the counterfactual run."""
    checked = checked_or_none(expect, declared)
    if checked and not any(isinstance(node, Series) and node.run for node in walk(checked.formula.root)):
        hint = "compare with it: x < x@against"
        yield _at(checked, checked.formula.root, "'expect' reads nothing of the counterfactual run", hint)


def _known(case: Case, name: str, on_data: bool) -> tuple[float, float, str] | None:
    """Return the values between which a series is known to lie, and the source of this range."""
    if on_data:
        values = case.data[name].values if name in case.data else ()
        return (float(min(values)), float(max(values)), "in the data") if len(values) else None
    plausible = case.model.variables[name].range if name in case.model.variables else None
    if plausible is not None and all(map(math.isfinite, plausible)):
        return (*plausible, "by its range")
    for observation in case.observations.values():
        if canonical(observation.of.content) == name and observation.series in case.data:
            try:
                values = case.data[observation.series].values / observation_factor(case, observation.series)
            except InputError:
                return None
            return (float(min(values)), float(max(values)), "in the data") if len(values) else None
    return None


def _at(checked: Checked, node: Node, message: str, hint: str, severity: Severity = Severity.WARNING) -> Diagnostic:
    return checked.formula.text.problem(message, hint, node.span.start, severity)
