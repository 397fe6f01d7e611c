"""Words for probabilities: the scale of Intelligence Community Directive 203 (2015), section D.6.e(2)(a).

The directive's ranges share their ends and cover 1% to 99%. Here an end belongs to the range above it (0.55 is likely),
0.99 to the last range, and probabilities outside the scale are labelled as such.
"""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.errors import UsageError

SCALE: tuple[tuple[float, str], ...] = (
    (0.01, "almost no chance"),
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.45, "roughly even chance"),
    (0.55, "likely"),
    (0.80, "very likely"),
    (0.95, "almost certain"),
)
"""The start of each range and its words; the last ends at 0.99."""

INSTALL = "pip install 'wherenow[inference]'"
LAST = 0.99
BELOW = "below the scale (less than 1%)"
ABOVE = "above the scale (more than 99%)"


def words(probability: float) -> str:
    """Return the words for a probability. Raises UsageError for a number that is not a probability."""
    if not 0 <= probability <= 1:
        raise UsageError(f"{probability} is not a probability")
    if probability < SCALE[0][0]:
        return BELOW
    if probability > LAST:
        return ABOVE
    return next(phrase for start, phrase in reversed(SCALE) if probability >= start)


def percent(probability: float | None) -> str:
    """Format a probability in whole per cent, never 0% or 100%, which would claim certainty; None is a dash."""
    if probability is None:
        return "–"
    if probability < SCALE[0][0]:
        return "under 1%"
    if probability > LAST:
        return "over 99%"
    return f"{100 * probability:.0f}%"


def without(lacking: Sequence[str]) -> str:
    """Say which history methods are missing in this installation, and the command that installs them."""
    return f"without {' and '.join(lacking)}, which {INSTALL} adds"
