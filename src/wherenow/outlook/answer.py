"""Write the answer in two sentences from the numbers.

The first says how probable each forecast that data will decide is, grouped by verbal probability, the more probable
first. The second says which of the scenarios would change one of them most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from wherenow.claims.findings import listed
from wherenow.foresight.verbal_probabilities import ABOVE, BELOW, percent, words
from wherenow.outlook.outlook_types import Forecast, ForecastChange, Latent, ScenarioComparison


def answer(
    forecasts: Sequence[Forecast], latent: Sequence[Latent], comparisons: Sequence[ScenarioComparison]
) -> tuple[str, str]:
    """Return two sentences: where things go, and what would change it."""
    ahead = [c for c in comparisons if not c.past]  # a change in the past cannot change anything now
    known = [(f.says, f.p) for f in forecasts if f.p is not None]
    where = _probabilities(known) or _nothing(forecasts, latent)
    return where, _what_would_change_it(forecasts, ahead or comparisons)


def answer_in(setting: ScenarioComparison) -> tuple[str, str]:
    """Say in two sentences where things go in a setting, and how much of this is due to the setting."""
    changes = setting.forecasts
    moved = max((c for c in changes if c.discernible), key=lambda c: abs(c.change), default=None)
    known = [(c.says, c.p) for c in changes if math.isfinite(c.p)]
    return (
        _probabilities(known) or "The forecasts have no value in this setting, so no probability is given.",
        f"Against the baseline, {_moved(moved)}."
        if moved
        else "No probability differs from the baseline by more than the Monte Carlo error.",
    )


def _probabilities(known: Iterable[tuple[str, float]]) -> str:
    """Return the forecasts and how probable each is, grouped by verbal probability; '' without any."""
    groups: dict[str, list[tuple[str, float]]] = {}
    for says, p in sorted(known, key=lambda pair: -pair[1]):
        groups.setdefault(words(p), []).append((says, p))
    sentence = "; ".join(_group(name, members) for name, members in groups.items())
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _nothing(forecasts: Sequence[Forecast], latent: Sequence[Latent]) -> str:
    if forecasts:
        return "The forecasts have no value in some runs, so no probability is given."
    if latent:
        return "No data decide what the case forecasts, so no probability is given, only the model's own share."
    return "The case names no forecasts, so no probability is given."


def _group(name: str, members: Sequence[tuple[str, float]]) -> str:
    claims = listed([f"“{says.rstrip('.')}”" for says, _ in members])
    one, several = _PREDICATES.get(name, (f"is {name}", f"are {name}"))
    chances = ", ".join(percent(p) for _, p in members)
    return f"{claims} {several if len(members) > 1 else one} ({chances})"


_PREDICATES = {
    BELOW: ("has almost no chance", "have almost no chance"),
    "almost no chance": ("has almost no chance", "have almost no chance"),
    "roughly even chance": ("has a roughly even chance", "have a roughly even chance"),
    ABOVE: ("is almost certain", "are almost certain"),
}


def _what_would_change_it(forecasts: Sequence[Forecast], comparisons: Sequence[ScenarioComparison]) -> str:
    if not forecasts:
        return "Without forecasts that data decide, no scenario can be said to change them."
    if not comparisons:
        return "No scenario was run, so it is unknown what would change these probabilities."
    alone = len(comparisons) == 1
    changes = [(c, f) for c in comparisons for f in c.forecasts if f.discernible]
    if not changes:
        none = "The scenario that was run does not move" if alone else f"None of the {len(comparisons)} scenarios moves"
        return f"{none} any of these probabilities by more than the Monte Carlo error."
    comparison, change = max(changes, key=lambda pair: abs(pair[1].change))
    title = comparison.title or comparison.scenario
    which = f"Under “{title}”" if alone else f"Among {len(comparisons)} scenarios, “{title}” changes the most: under it"
    return f"{which}, {_moved(change)}."


def _moved(change: ForecastChange) -> str:
    verb = "rises" if change.change > 0 else "falls"
    return f"the probability of “{change.says.rstrip('.')}” {verb} from {percent(change.base)} to {percent(change.p)}"
