"""Words for probabilities: the scale of Intelligence Community Directive 203 (2015), section D.6.e(2)(a).

The directive gives ranges that share their ends and says nothing below 1% or above 99%. Here an end belongs to the
range above it (0.55 is likely), 0.99 to the last, and what lies beyond the scale is said to.
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
"""Where each range begins, and its words; the last ends at 0.99."""

LAST = 0.99
BELOW = "below the scale (less than 1%)"
ABOVE = "above the scale (more than 99%)"


def words(probability: float) -> str:
    """The words for a probability. Raises UsageError for a number that is none."""
    if not 0 <= probability <= 1:
        raise UsageError(f"{probability} is not a probability")
    if probability < SCALE[0][0]:
        return BELOW
    if probability > LAST:
        return ABOVE
    return next(said for begin, said in reversed(SCALE) if probability >= begin)


def percent(probability: float | None) -> str:
    """A probability for people: whole per cent, and never 0% or 100%, which would be certainty; a dash for none."""
    if probability is None:
        return "–"
    if probability < SCALE[0][0]:
        return "under 1%"
    if probability > LAST:
        return "over 99%"
    return f"{100 * probability:.0f}%"


def without(lacking: Sequence[str]) -> str:
    """Which methods the history does without in this installation, and what has them."""
    return f"without {' and '.join(lacking)}, which wherenow[inference] has"
