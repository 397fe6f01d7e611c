"""Cuts: a link A → B whose target no longer sees its source change, switched on and off while a compiled program runs.

Each link gets its own parameter. If it is 0, the target reads the source; otherwise it reads the source as it was at
the cut. Everything else that reads the source still sees it change. Because the switches are inputs of the program, one
compiled program runs every set of cuts for any number of draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from wherenow.errors import UsageError, did_you_mean
from wherenow.language.syntax import Call, Conditional, Expression, Number, Reference
from wherenow.model.model_types import ModelSpec, Variable
from wherenow.model.rewrite import rewrite

NOTHING: Mapping[str, float] = MappingProxyType({})

Pair = tuple[str, str]
"""A link: the names of its source and target variables."""


def switch_of(link: Pair) -> str:
    """Return the name of the parameter that cuts a link if it is not 0."""
    return f"{link[0]}·to·{link[1]}·cut"


def seen_name(link: Pair) -> str:
    """Return the name of the variable that the target of a link sees instead of its source."""
    return f"{link[0]}·to·{link[1]}"


def with_switches(
    model: ModelSpec, links: Iterable[Pair], since: float | None = None, neutral: Mapping[str, float] = NOTHING
) -> ModelSpec:
    """Return ``model`` with a switch on each of ``links``.

    ``since`` is the date of the cut in model time. None cuts from the start, so that the target sees the source's first
    value. A source in ``neutral`` is replaced by the value given there, in its own unit. A link that only sets a first
    value is not switched.

    Raises
    ------
    UsageError
        If a source or target is not a variable of the model, the target does not read the source, or ``neutral`` names
        a variable that is not the source of a link.
    """
    variables = dict(model.variables)
    chosen = tuple(dict.fromkeys(links))
    for name in neutral:
        if name not in (sources := [source for source, _ in chosen]):
            raise UsageError(f"no link from '{name}' is cut: its neutral value is unused", did_you_mean(name, sources))
    for link in chosen:
        for name in link:
            if name not in model.variables:
                raise UsageError(f"there is no variable '{name}' to cut at", did_you_mean(name, model.variables))
        source = model.variables[link[0]]
        if not reads(variables[link[1]], link[0]):
            raise UsageError(f"'{link[1]}' does not read '{link[0]}': there is no link to cut")
        variables[link[1]] = _redirected(variables[link[1]], link)
        variables[switch_of(link)] = Variable.switch(switch_of(link))
        variables[seen_name(link)] = _seen(source, link, since, neutral.get(source.name))
    return replace(model, variables=variables)


def reads(target: Variable, source: str) -> bool:
    """Return whether the target's equations, as written, read the source, so that there is a link to cut."""
    return _redirected(target, (source, target.name)) != target


def without_links(
    model: ModelSpec, links: Iterable[Pair], since: float | None = None, neutral: Mapping[str, float] = NOTHING
) -> ModelSpec:
    """Return ``model`` with ``links`` cut permanently; arguments and errors are those of :func:`with_switches`."""
    chosen = tuple(dict.fromkeys(links))
    switched = with_switches(model, chosen, since, neutral)
    cut = {switch_of(link): Variable.switch(switch_of(link), 1.0) for link in chosen}
    return replace(switched, variables={**switched.variables, **cut})


def _seen(source: Variable, link: Pair, since: float | None, neutral: float | None) -> Variable:
    source_value = Reference(source.name, tuple(Reference(d) for d in source.dimensions))
    switch: Expression = Reference(switch_of(link))
    time = Call("time", ())
    if neutral is not None:
        frozen: Expression = Number(neutral)
    elif since is None:
        frozen = Call("init", (source_value,))
    else:
        frozen = Call("sample_if_true", (time < since, source_value, source_value))
    if since is not None:
        switch = switch & (time >= since)
    return replace(source.replaced(Conditional(switch, frozen, source_value), source.text), name=seen_name(link))


def _redirected(target: Variable, link: Pair) -> Variable:
    def redirect(node: Expression) -> Expression:
        if isinstance(node, Reference) and node.name == link[0]:
            return replace(node, name=seen_name(link))
        return node

    equations = tuple(replace(e, expression=rewrite(e.expression, redirect)) for e in target.equations)
    return replace(target, equations=equations)
