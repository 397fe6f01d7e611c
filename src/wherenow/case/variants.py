"""Structural variants: other defensible equations, written beside a variable's own.

A variant of the case consists of all equations of one name, in any variable; they replace the variables' own equations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from wherenow.case.case_types import Case
from wherenow.errors import Diagnostic, Severity, UsageError, did_you_mean
from wherenow.language.unit_check import Literals
from wherenow.model.checking.equation_units import check_units
from wherenow.model.checking.model_check import check
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.model_types import ModelSpec, Variable


def with_variant(case: Case, variant: str) -> Case:
    """Return the case under one of its variants, with a new hash. Raises UsageError for an unknown variant."""
    if variant not in case.variants:
        hint = did_you_mean(variant, case.variants) or f"the case has {', '.join(case.variants) or 'none'}"
        raise UsageError(f"there is no variant {variant!r}", hint)
    whole, of_fit = (
        hashlib.sha256(f"{known}\n{variant}".encode()).hexdigest() if known else ""
        for known in (case.hash, case.fit_hash)
    )
    model = _changed(case.model, case.variants[variant])
    return replace(case, model=model, hash=whole, fitted=(whole, of_fit), variants={})


def _changed(model: ModelSpec, variant: Mapping[str, Variable]) -> ModelSpec:
    return replace(model, variables={**model.variables, **variant})


def mentioned_by_variants(case: Case) -> set[str]:
    """List the variables that some variant's equations read."""
    changed = (v for variant in case.variants.values() for v in variant.values())
    return {name for v in changed for equation in v.equations for name in mentioned(equation.expression)}


def check_variants(case: Case, known: Collection[Diagnostic], literals: Literals) -> Iterator[Diagnostic]:
    """List the problems of the model under each variant, without those ``known`` of the model itself."""
    for variant in case.variants.values():
        model = _changed(case.model, variant)
        problems = [d for d in check(model) if d.severity is Severity.ERROR]
        if not problems:
            problems = list(check_units(model, literals))
        yield from (d for d in problems if d not in known)
