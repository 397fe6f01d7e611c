"""Translation of Vensim's random functions to the table's uniform, normal, exponential and Poisson numbers.

Each is truncated to its range at both ends. Transformations: Devroye, Non-Uniform Random Variate Generation (1986),
chapters II.2 (inversion), IX.4 (beta), X.4.7 (negative binomial).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from wherenow.exchange.vensim.translation.vensim_library import LOG_GAMMA
from wherenow.language.syntax import Binary, Call, Conditional, Expression, Number


def _call_of(name: str, *arguments: Expression) -> Expression:
    return Call(name, arguments)


def _bin(operator: str, left: Expression, right: Expression) -> Expression:
    return Binary(operator, left, right)


def _within(low: Expression, high: Expression, value: Expression) -> Expression:
    """Limit a random number to its range; ``min`` and ``max`` keep their first argument where it is undefined."""
    return _call_of("max", _call_of("min", value, high), low)


def _stretched(value: Expression, shift: Expression, stretch: Expression) -> Expression:
    return _bin("+", shift, _bin("*", stretch, value))


def _random_normal(low: Expression, high: Expression, mean: Expression, sd: Expression, seed: Expression) -> Expression:
    return _call_of("normal", mean, sd, seed, low, high)


def _random_uniform(low: Expression, high: Expression, seed: Expression) -> Expression:
    return _call_of("uniform", low, high, seed)


def _random_exponential(
    low: Expression, high: Expression, shift: Expression, stretch: Expression, seed: Expression
) -> Expression:
    return _within(low, high, _stretched(_call_of("exprnd", Number(1.0), seed), shift, stretch))


def _random_poisson(
    low: Expression, high: Expression, mean: Expression, shift: Expression, stretch: Expression, seed: Expression
) -> Expression:
    return _within(low, high, _stretched(_call_of("poisson", mean, seed), shift, stretch))


def _random_weibull(
    low: Expression, high: Expression, shape: Expression, shift: Expression, stretch: Expression, seed: Expression
) -> Expression:
    """Translate RANDOM WEIBULL: an exponential number to the power 1/shape."""
    power = _call_of("power", _call_of("exprnd", Number(1.0), seed), _bin("/", Number(1.0), shape))
    return _within(low, high, _stretched(power, shift, stretch))


def _random_triangular(
    low: Expression, high: Expression, start: Expression, peak: Expression, stop: Expression, seed: Expression
) -> Expression:
    """Translate RANDOM TRIANGULAR: a side of the peak by its area, then the root of a uniform number (three draws)."""

    def uniform() -> Expression:
        return _call_of("uniform", Number(0.0), Number(1.0), seed)

    up, down = _bin("-", peak, start), _bin("-", stop, peak)
    left = _bin("<", _bin("*", uniform(), _bin("-", stop, start)), up)
    rising = _bin("+", start, _bin("*", up, _call_of("sqrt", uniform())))
    falling = _bin("-", stop, _bin("*", down, _call_of("sqrt", uniform())))
    return _within(low, high, Conditional(left, rising, falling))


def gamma_number(shape: Expression) -> Expression:
    """Draw a gamma number of any shape and scale 1, by a macro of the library."""
    return _call_of("exp", _call_of(LOG_GAMMA, shape))


def beta_number(alpha: Expression, beta: Expression) -> Expression:
    """Draw a gamma number's share in the sum of two, from their logarithms, which do not underflow for small shapes."""
    ratio = _call_of("exp", _bin("-", _call_of(LOG_GAMMA, beta), _call_of(LOG_GAMMA, alpha)))
    return _bin("/", Number(1.0), _bin("+", Number(1.0), ratio))


def negative_binomial_number(successes: Expression, p: Expression, *seed: Expression) -> Expression:
    """Count failures before a number of successes: a Poisson number whose mean is a gamma number."""
    odds = _bin("/", _bin("-", Number(1.0), p), p)
    return _call_of("poisson", _bin("*", gamma_number(successes), odds), *seed)


def _random_gamma(
    low: Expression, high: Expression, order: Expression, shift: Expression, stretch: Expression, seed: Expression
) -> Expression:
    return _within(low, high, _stretched(gamma_number(order), shift, stretch))


def _random_beta(
    low: Expression,
    high: Expression,
    alpha: Expression,
    beta: Expression,
    shift: Expression,
    stretch: Expression,
    seed: Expression,
) -> Expression:
    return _within(low, high, _stretched(beta_number(alpha, beta), shift, stretch))


def _random_binomial(
    low: Expression,
    high: Expression,
    p: Expression,
    n: Expression,
    shift: Expression,
    stretch: Expression,
    seed: Expression,
) -> Expression:
    return _within(low, high, _stretched(_call_of("binomial", n, p, seed), shift, stretch))


def _random_negative_binomial(
    low: Expression,
    high: Expression,
    p: Expression,
    n: Expression,
    shift: Expression,
    stretch: Expression,
    seed: Expression,
) -> Expression:
    return _within(low, high, _stretched(negative_binomial_number(n, p, seed), shift, stretch))


RANDOM: Mapping[str, tuple[int, Callable[..., Expression]]] = MappingProxyType({
    "random_0_1": (0, lambda: _call_of("uniform", Number(0.0), Number(1.0))),
    "random_pink_noise": (4, lambda mean, sd, tau, seed: _call_of("pink_noise", mean, sd, tau, seed)),
    "random_uniform": (3, _random_uniform),
    "random_normal": (5, _random_normal),
    "random_exponential": (5, _random_exponential),
    "random_poisson": (6, _random_poisson),
    "random_weibull": (6, _random_weibull),
    "random_triangular": (6, _random_triangular),
    "random_gamma": (6, _random_gamma),
    "random_beta": (7, _random_beta),
    "random_binomial": (7, _random_binomial),
    "random_negative_binomial": (7, _random_negative_binomial),
})  # fmt: skip
"""By canonical name: the number of arguments, and an equivalent expression."""
