"""The Runge-Kutta pair of Dormand & Prince, written once for both backends.

Dormand & Prince (1980), "A family of embedded Runge-Kutta formulae": fifth order, with an error of fourth. Values
within a step come from the fourth-order interpolant of Shampine (1986), "Some practical Runge-Kutta formulas".

Functions that need more than Python's operators take an :class:`~wherenow.engine.elementary.Arithmetic`, so that NumPy
and LLVM perform the same operations in the same order and give the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from wherenow.engine.elementary.arithmetic import LARGEST, Operations, Value

RELATIVE, ABSOLUTE = 1e-8, 1e-10
"""A step's error, by the embedded formula, stays below ABSOLUTE + RELATIVE |state|, root mean square over states."""
MOST_STEPS = 100_000
LEAST_STEP = 1e-12
"""Minimum step, as a share of the run: a draw that would need a shorter one is lost."""

SHARES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0)
"""The time of each stage, as a share of the step."""
STAGES: tuple[tuple[float, ...], ...] = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
)
END = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)
ERROR = (-71 / 57600, 0.0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40)
BETWEEN = (
    (1.0, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432),
    (0.0, 0.0, 0.0, 0.0),
    (0.0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799),
    (0.0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072),
    (0.0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632),
    (0.0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844),
    (0.0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423),
)


def moved(state: Value, step: Value, weights: Sequence[Value], slopes: Sequence[Value]) -> Value:
    """Return the state advanced by a weighted sum of slopes; terms with the literal weight 0 are omitted."""
    terms = [w * k for w, k in zip(weights, slopes, strict=True) if not (isinstance(w, float) and w == 0.0)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return state + step * total


def squared_error(m: Operations, state: Value, new: Value, step: Value, slopes: Sequence[Value]) -> Value:
    """Return the square of a state's error, relative to the tolerance."""
    error = moved(0.0, step, ERROR, slopes)
    before, after = m.absolute(state), m.absolute(new)
    ratio = error / (ABSOLUTE + RELATIVE * m.select(after > before, after, before))
    return ratio * ratio


def next_step(m: Operations, step: Value, size: Value) -> Value:
    """Return the next step to try after an error of ``size`` (1 is the tolerance); after NaN the step is cut most."""
    # the fourth root, not the fifth: it needs only square roots, which are correctly rounded everywhere
    growth = m.select(size > 0.0, 0.9 / m.sqrt(m.sqrt(size)), 10.0)
    growth = m.select(growth < 0.2, 0.2, m.select(growth > 10.0, 10.0, growth))
    return step * m.select(size <= LARGEST, growth, 0.2)


def weights_between(share: Value) -> list[Value]:
    """Return the weights of a step's slopes for the state at a fraction of the step."""
    powers = [share]
    for _ in range(3):
        powers.append(powers[-1] * share)
    weights: list[Value] = []
    for row in BETWEEN:
        terms = [c * power for c, power in zip(row, powers, strict=True) if c != 0.0]
        total: Value = terms[0] if terms else 0.0
        for term in terms[1:]:
            total = total + term
        weights.append(total)
    return weights
