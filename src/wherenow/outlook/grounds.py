"""The grounds of a case: its mechanisms by evidence and by assumption, and its data by source."""

from __future__ import annotations

from wherenow.case.case_types import Case
from wherenow.model.model_types import Variable
from wherenow.outlook.outlook_types import DataSource, Ground


def grounds(case: Case) -> tuple[tuple[Ground, ...], tuple[Ground, ...]]:
    """Return variables that rest on an assumption, and those that rest on evidence, in the model's order.

    A variable with both is in both lists; one with neither (data, inputs) is in neither.
    """
    found = [_ground(case, v) for v in case.model.variables.values()]
    return tuple(g for g in found if g.assumption), tuple(g for g in found if g.evidence)


def _ground(case: Case, variable: Variable) -> Ground:
    return Ground(
        name=variable.name,
        label=variable.label or variable.name,
        kind=str(variable.kind),
        sector=variable.sector,
        about=variable.about,
        unit=variable.unit,
        evidence=variable.evidence,
        assumption=variable.assumption,
        prior=prior_text(case, variable.name),
    )


def prior_text(case: Case, name: str) -> str:
    """Return the priors of a variable or its elements as text, each once; '' without any."""
    priors = [str(prior) for own, prior in case.priors.items() if own == name or own.startswith(f"{name}[")]
    return ", ".join(dict.fromkeys(priors))


def data_sources(case: Case) -> tuple[DataSource, ...]:
    """Return each data series with its sources, each named once."""
    return tuple(
        DataSource(
            series=s.name,
            unit=s.unit,
            first=s.dates[0],
            last=s.dates[-1],
            data=len(s),
            recalled=sum(q == "recalled" for q in s.quality),
            sources=tuple(dict.fromkeys(s.source)),
            licences=tuple(dict.fromkeys(s.licence)),
        )
        for s in case.data.values()
        if len(s)
    )
