"""Reality checks as claims: the constraints that a Vensim model states about itself are judged like a text's claims.

``THE CONDITION: c :IMPLIES: d`` becomes the claim that c implies d at all times. Where c names a test input, the claim
is about a counterfactual in which the variable has the value of the input from the start. Statements of paths
(``RC STEP`` …), test inputs that are not numbers, functions missing from the claim language, and constraints on names
that the model lacks become claims with a note and no formula: they are listed, and not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wherenow.case.case_types import Against, Case, Claim, Scenario
from wherenow.case.model_files.opening import bare_case
from wherenow.errors import Text
from wherenow.exchange.imported_units import with_known_units
from wherenow.exchange.vensim.reading.reality_checks import RealityCheck
from wherenow.exchange.vensim.reading.vensim_reader import read_vensim_file
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, Unary, canonical, plain_number

_LOGIC = {"and", "or"}
_SIGNS = {"+", "-", "*", "/", "^", "<", "<=", ">", ">=", "=", "<>"} | _LOGIC
_FUNCTIONS = {"abs", "exp", "ln", "sqrt"}
UNASKED = "It goes beyond what claims can say."
CHECKED = "A reality check of the Vensim model."


class _UnsayableError(Exception):
    """An expression that the claim language cannot express."""


def case_with_checks(path: Path) -> Case:
    """Make a bare case around a .mdl file, whose claims are its reality checks.

    Raises InputError with every problem in the file.
    """
    imported = read_vensim_file(path)
    claims = claims_of(imported.reality_checks)
    return replace(bare_case(imported.model, path), claims={claim.id: claim for claim in claims})


def write_checks(case: Case, folder: Path) -> None:
    """Write ``case``, made by :func:`case_with_checks`, as the new case folder ``folder``: the model and its claims.

    Raises UsageError as :func:`~wherenow.case.editing.case_writer.write_case` does.
    """
    from wherenow.case.editing.atomic_folder import new_folder
    from wherenow.case.editing.case_writer import write_case, write_yaml

    with new_folder(folder) as beside:
        write_case(with_known_units(case.model), beside)
        write_yaml({claim.id: _entry(claim) for claim in case.claims.values()}, beside / "claims.yaml")


def _entry(claim: Claim) -> dict[str, Any]:
    """Return a claim as an entry of ``claims.yaml``."""
    entry: dict[str, Any] = {"kind": claim.kind, "says": claim.says}
    if claim.model is not None:
        entry["model"] = claim.model.content
    if claim.against is not None:
        do = {name: action.content for name, action in claim.against.scenario.do.items()}
        entry["against"] = {"do": do, "expect": claim.against.expect.content}
    return {**entry, "note": claim.note or CHECKED}


def claims_of(checks: Iterable[RealityCheck]) -> tuple[Claim, ...]:
    """Make a claim for each constraint, in order; test inputs are part of those that name them."""
    every = tuple(checks)
    inputs = {canonical(c.name): c for c in every if not c.consequence}
    return tuple(_claim(check, inputs) for check in every if check.consequence)


def _claim(check: RealityCheck, inputs: Mapping[str, RealityCheck]) -> Claim:
    name = canonical(check.name)
    says = f"{check.name}: {check.condition} implies {check.consequence}"
    silent = Claim(id=name, kind="state", says=says, note=UNASKED, text=check.text)
    if check.condition_expression is None or check.consequence_expression is None:
        return silent
    if check.unknown:
        return replace(silent, note=f"The model lacks {', '.join(check.unknown)}.")
    parts = list(_conjuncts(check.condition_expression))
    tested = [p for p in parts if isinstance(p, Reference) and p.name in inputs]
    others = [p for p in parts if p not in tested]
    run = "@against" if tested else ""
    try:
        actions = dict(_action(inputs[p.name]) for p in tested)
        consequence = _said(check.consequence_expression, run)
        condition = " and ".join(_said(p, run) for p in others)
    except _UnsayableError:
        return silent
    inside = f"{condition} implies {consequence}" if condition else consequence
    formula = replace(check.text, content=f"always({inside})")
    if not tested:
        return replace(silent, model=formula, note="")
    scenario = Scenario(id=f"against:{name}", title=" and ".join(inputs[p.name].name for p in tested), do=actions)
    return replace(silent, kind="cause", against=Against(scenario, formula), note="")


def _conjuncts(node: Expression) -> Iterator[Expression]:
    match node:
        case Binary("and", left, right):
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case _:
            yield node


def _action(check: RealityCheck) -> tuple[str, Text]:
    """Return the variable of a test input, and the action that sets it to its value for the whole run."""
    match check.condition_expression:
        case Binary("=", Reference(name, subscripts), value) if (number := plain_number(value)) is not None:
            return name + _subscripts(subscripts), replace(check.text, content=repr(number))
    raise _UnsayableError


def _said(node: Expression, run: str) -> str:
    """Write an expression in the claim language; variables are those of ``run``."""
    match node:
        case Number(value=value):
            return repr(value)
        case Reference(name=name, subscripts=subscripts):
            return f"{name}{_subscripts(subscripts)}{run}"
        case Unary("-", operand):
            return f"(-{_said(operand, run)})"
        case Unary("+", operand):
            return _said(operand, run)
        case Unary("not", operand):
            return f"(not {_said(operand, run)})"
        case Binary(operator, left, right) if operator in _SIGNS:
            return f"({_said(left, run)} {operator} {_said(right, run)})"
        case Call(function=function, arguments=(argument,)) if function in _FUNCTIONS:
            return f"{function}({_said(argument, run)})"
    raise _UnsayableError


def _subscripts(subscripts: tuple[object, ...]) -> str:
    if not all(isinstance(s, Reference) for s in subscripts):
        raise _UnsayableError
    names = ",".join(s.name for s in subscripts if isinstance(s, Reference))
    return f"[{names}]" if names else ""
