"""Structural variants: other equations that one might hold with, written beside a variable's own.

A variant of the case is all equations of one name, in whichever variables they stand; under it the model has these in
place of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace

from wherenow.case.types import Case, Variant
from wherenow.errors import Diagnostic, Severity, UsageError, did_you_mean
from wherenow.language.unit_check import Literals
from wherenow.model.check import check
from wherenow.model.dependencies import mentioned
from wherenow.model.types import Model
from wherenow.model.unit_check import check_units


def with_variant(case: Case, variant: str) -> Case:
    """The case under one of its variants, with a hash of its own. Raises UsageError where it has no such variant."""
    if variant not in case.variants:
        hint = did_you_mean(variant, case.variants) or f"the case has {', '.join(case.variants) or 'none'}"
        raise UsageError(f"there is no variant {variant!r}", hint)
    digest = hashlib.sha256(f"{case.hash}\n{variant}".encode()).hexdigest()
    return replace(case, model=_changed(case.model, case.variants[variant]), hash=digest, variants={})


def _changed(model: Model, variant: Variant) -> Model:
    return replace(model, variables={**model.variables, **variant.variables})


def mentioned_by_variants(case: Case) -> set[str]:
    """The variables that some variant's equations read."""
    changed = (v for variant in case.variants.values() for v in variant.variables.values())
    return {name for v in changed for equation in v.equations for name in mentioned(equation.expression)}


def check_variants(case: Case, known: Collection[Diagnostic], literals: Literals) -> Iterator[Diagnostic]:
    """What is wrong with the model under each variant; what is ``known`` of it without a variant is left out."""
    for variant in case.variants.values():
        model = _changed(case.model, variant)
        problems = [d for d in check(model) if d.severity is Severity.ERROR]
        if not problems:
            problems = list(check_units(model, literals))
        yield from (d for d in problems if d not in known)
