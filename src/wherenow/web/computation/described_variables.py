"""Descriptions of variables: equation as written, unit, evidence, inputs and dependents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from wherenow.case.case_types import Case
from wherenow.ensemble.simulate import system_of
from wherenow.model.graph import Link, links


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A variable: ``equations`` are (element or '', text); ``reads`` and ``read_by`` are names of variables."""

    name: str  # canonical
    label: str  # for people
    kind: str  # stock, flow, auxiliary, parameter and others
    sector: str  # part of the model
    unit: str  # as declared
    about: str  # what it means
    equations: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...]  # sentences of the article
    assumption: str  # why it is so, where no source says it
    prior: str  # as written; '' for none
    reads: tuple[str, ...]
    read_by: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=4)
def links_of(case: Case) -> tuple[Link, ...]:
    """Return every link of the case's model."""
    return links(system_of(case, ()))


def describe(case: Case, name: str) -> Described:
    """Describe the variable ``name`` of a case."""
    variable = case.model.variables[name]
    equations = tuple(
        (", ".join(e.subscripts) if e.subscripts != variable.dimensions else "", " ".join(e.text.content.split()))
        for e in variable.equations
    )
    priors = [str(p) for n, p in case.priors.items() if n == name or n.startswith(f"{name}[")]
    found = links_of(case)
    return Described(
        name=name,
        label=variable.label,
        kind=str(variable.kind),
        sector=variable.sector,
        unit=variable.unit,
        about=variable.about,
        equations=equations,
        evidence=variable.evidence,
        assumption=variable.assumption,
        prior=", ".join(dict.fromkeys(priors)),
        reads=tuple(link.source for link in found if link.target == name),
        read_by=tuple(link.target for link in found if link.source == name),
    )
