"""The links of a model with their polarity, and models with links cut.

Polarity says whether more of the source means more or less of the target.

The polarity is that of the target's own equation: the source alone is changed a little, at several times along the run
at central values, and everything else is held fixed. ``+-`` marks a link whose sign changes along the run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wherenow.api.names import find
from wherenow.case.case_types import Case
from wherenow.ensemble.simulate import system_of
from wherenow.errors import UsageError
from wherenow.model.cuts import Pair, without_links
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.elaboration.elaborate import unwritten
from wherenow.model.graph import links, written_links
from wherenow.model.model_types import Kind, ModelSpec
from wherenow.report.diagrams.strengths import around_calls, central_runs, effects, probed

if TYPE_CHECKING:
    import pandas


MOMENTS = 12
"""Moments of the run at which signs are taken."""


def links_table(case: Case) -> pandas.DataFrame:
    """Tabulate the links, one row each: ``source``, ``target``, ``polarity`` (``+``, ``-``, ``+-``, or empty without
    effect).
    """
    import pandas

    if unwritten(case.model.variables.values()):  # a causal-loop diagram has no equations, but states its signs
        drawn = [(*pair, sign) for pair, sign in written_links(case.model).items()]
        return pandas.DataFrame(drawn, columns=["source", "target", "polarity"])
    signs = polarities(case)
    found = [(link.source, link.target) for link in links(system_of(case, ())) if not link.initial]
    lookups = {name for name, variable in case.model.variables.items() if variable.kind is Kind.LOOKUP}
    rows = [(*pair, signs.get(pair, "")) for pair in found if pair[0] not in lookups]
    return pandas.DataFrame(rows, columns=["source", "target", "polarity"])


def polarities(case: Case) -> Mapping[tuple[str, str], str]:
    """Find ``+``, ``-`` or ``+-`` by (source, target), for links that change their target at some time."""
    system = system_of(case, ())
    runs = central_runs(case)
    targets = [e for e in system.elements.values() if probed(e)]
    rows = {name: i for i, name in enumerate(runs.names)}
    sources = sorted({n for e in targets for n in mentioned(e.expression) if n in rows})
    if not sources:
        return {}
    size = {n: max(float(np.nanmax(np.abs(runs.values[i, :, 0]))), 1e-6) for n, i in rows.items()}
    seen: dict[tuple[str, str], set[int]] = {}
    for moment in np.unique(np.linspace(0, len(runs.times) - 1, MOMENTS).astype(int)):
        now = {name: float(runs.values[i, moment, 0]) for name, i in rows.items()}
        found = effects(system, targets, sources, now, size, float(runs.times[moment]))
        found = around_calls(found, targets, sources, size)
        for i, k in zip(*np.nonzero(np.abs(found) > 1e-12), strict=True):
            pair = (system.elements[sources[k]].variable.name, targets[i].variable.name)
            seen.setdefault(pair, set()).add(int(np.sign(found[i, k])))
    return {pair: "+-" if len(signs) > 1 else "+" if 1 in signs else "-" for pair, signs in seen.items()}


def cut_links(case: Case, links: Iterable[str], since: float | None, neutral: Mapping[str, float]) -> Case:
    """Return ``case`` with the links cut, under a new hash."""
    pairs = [link(case.model, name) for name in links]
    if not pairs:
        raise UsageError("no link is named", "write cut('a -> b')")
    values = {find(case.model, name).variable.name: value for name, value in neutral.items()}
    text = f"{case.hash}\ncut {pairs} since {since} neutral {sorted(values.items())}"
    model = without_links(case.model, pairs, since, values)
    return replace(case, model=model, hash=hashlib.sha256(text.encode()).hexdigest())


def link(model: ModelSpec, text: str) -> Pair:
    """Find the link written as ``"a -> b"``. Raises UsageError if the model has no such link."""
    source, arrow, target = text.replace("→", "->").partition("->")
    if not arrow:
        raise UsageError(f"'{text}' is not a link", "write 'a -> b'")
    return find(model, source).variable.name, find(model, target).variable.name
