"""A flow for every stock whose rate is a formula, since XMILE defines stocks by their flows (XMILE 1.0, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.exchange.xmile.reading.xmile_variables import net_rate
from wherenow.language.syntax import Number, Reference
from wherenow.model.model_types import Kind, ModelSpec, Variable


def with_net_flows(model: ModelSpec) -> ModelSpec:
    """Return ``model`` with each stock the sum of its inflows less its outflows; a new flow replaces a formula."""
    macros = {name: replace(m, variables=_settled(m.variables)) for name, m in model.macros.items()}
    return replace(model, variables=_settled(model.variables), macros=macros)


def _settled(variables: Mapping[str, Variable]) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for variable in variables.values():
        if variable.kind is not Kind.STOCK or _is_settled(variable):
            found[variable.name] = variable
            continue
        name = f"{variable.name}_net_flow"
        while name in variables:
            name += "_"
        equations = tuple(replace(e, initial=None) for e in variable.equations)
        label = f"{variable.label or variable.name} net flow"
        unit = f"({variable.unit}) / time" if variable.unit else ""
        found[name] = Variable(
            name=name,
            kind=Kind.FLOW,
            equations=equations,
            dimensions=variable.dimensions,
            unit=unit,
            label=label,
            about=f"Net rate of {variable.label}",
            sector=variable.sector,
            evidence=variable.evidence,
            assumption=variable.assumption,
            text=variable.text,
        )
        rate = Reference(name)
        settled = tuple(replace(e, expression=rate) for e in variable.equations)
        found[variable.name] = replace(variable, equations=settled, inflows=(name,), outflows=())
    return found


def _is_settled(stock: Variable) -> bool:
    rate = net_rate(stock.inflows, stock.outflows)
    still = not stock.inflows and not stock.outflows
    return all(e.expression == rate or (still and e.expression == Number(0.0)) for e in stock.equations)
