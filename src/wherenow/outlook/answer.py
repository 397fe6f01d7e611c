"""The answer in two sentences, made from the numbers.

The first says how probable each forecast is, those with the same words together, the more probable first. The second
says which of the scenarios that were run would change one of them most.
"""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.ensemble.draws import POSTERIOR
from wherenow.foresight.words import ABOVE, BELOW, percent
from wherenow.outlook.types import Comparison, Forecast, ForecastChange


def answer(forecasts: Sequence[Forecast], comparisons: Sequence[Comparison]) -> tuple[str, str]:
    """Two sentences: where things go, and what would change it."""
    return _where(forecasts), _what_would_change_it(forecasts, comparisons)


def _where(forecasts: Sequence[Forecast]) -> str:
    if not forecasts:
        return "The case names no forecasts, so no probability is given."
    posterior = forecasts[0].basis == POSTERIOR
    basis = "Fitted to the data, the model says" if posterior else "On prior assumptions alone, not yet fitted to data"
    groups: dict[str, list[Forecast]] = {}
    for forecast in sorted(forecasts, key=lambda f: -f.p):
        groups.setdefault(forecast.words, []).append(forecast)
    said = [_group(words, members) for words, members in groups.items()]
    return f"{basis}: {'; '.join(said)}."


def _group(words: str, members: Sequence[Forecast]) -> str:
    claims = _listed([f"“{f.says.rstrip('.')}”" for f in members])
    chances = "; ".join(f"{percent(f.p)}, {_between(f)}" for f in members)
    one, several = _PREDICATES.get(words, (f"is {words}", f"are {words}"))
    return f"{claims} {several if len(members) > 1 else one} ({chances})"


_PREDICATES = {
    BELOW: ("has less than almost no chance", "have less than almost no chance"),
    "almost no chance": ("has almost no chance", "have almost no chance"),
    "roughly even chance": ("has a roughly even chance", "have a roughly even chance"),
    ABOVE: ("is more than almost certain", "are more than almost certain"),
}


def _between(forecast: Forecast) -> str:
    low, high = percent(forecast.low), percent(forecast.high)
    if low == high:
        return f"90% interval {low}"
    return f"90% interval {low} to {high}"


def _what_would_change_it(forecasts: Sequence[Forecast], comparisons: Sequence[Comparison]) -> str:
    if not forecasts:
        return "Without forecasts, no scenario can be said to change them."
    if not comparisons:
        return "No scenario was run against these, so what would change them is not told."
    alone = len(comparisons) == 1
    changes = [(c, f) for c in comparisons for f in c.forecasts if f.discernible]
    if not changes:
        none = "The one scenario that was run does not move" if alone else f"None of {len(comparisons)} scenarios moves"
        return f"{none} any of these by more than the number of draws leaves open."
    comparison, change = max(changes, key=lambda pair: abs(pair[1].change))
    which = "The one scenario that was run" if alone else f"Of {len(comparisons)} scenarios, the one that changes most"
    return f"{which} is “{comparison.title or comparison.scenario}”: {_moved(change)}."


def _moved(change: ForecastChange) -> str:
    verb = "rises" if change.change > 0 else "falls"
    return f"“{change.says.rstrip('.')}” {verb} from {percent(change.base)} to {percent(change.p)}"


def _listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
