"""Translation of Vensim's random functions to the table's uniform, normal, exponential and Poisson numbers.

Each is truncated to its range at both ends. Transformations: Devroye, Non-Uniform Random Variate Generation (1986),
chapters II.2 (inversion), IX.4 (beta), X.4.7 (negative binomial).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from wherenow.exchange.vensim.translation.vensim_library import LOG_GAMMA
from wherenow.language.syntax import Conditional, Expression, Number, call


def _within(low: Expression, high: Expression, value: Expression) -> Expression:
    """Limit a random number to its range; ``min`` and ``max`` keep their first argument where it is undefined."""
    return call("max", call("min", value, high), low)


def _scaled(make: Callable[..., Expression]) -> Callable[..., Expression]:
    """Translate a function of low, high, the arguments of its distribution, shift, stretch and seed.

    ``make`` draws a number of the distribution from its arguments and the seed.
    """

    def number(low: Expression, high: Expression, *given: Expression) -> Expression:
        *arguments, shift, stretch, seed = given
        return _within(low, high, shift + stretch * make(*arguments, seed))

    return number


def _weibull(shape: Expression, seed: Expression) -> Expression:
    """Take an exponential number to the power 1/shape."""
    return call("power", call("exprnd", Number(1.0), seed), 1 / shape)


def _random_triangular(
    low: Expression, high: Expression, start: Expression, peak: Expression, stop: Expression, seed: Expression
) -> Expression:
    """Translate RANDOM TRIANGULAR: a side of the peak by its area, then the root of a uniform number (three draws)."""

    def uniform() -> Expression:
        return call("uniform", Number(0.0), Number(1.0), seed)

    up, down = peak - start, stop - peak
    left = uniform() * (stop - start) < up
    rising = start + up * call("sqrt", uniform())
    falling = stop - down * call("sqrt", uniform())
    return _within(low, high, Conditional(left, rising, falling))


def gamma_number(shape: Expression) -> Expression:
    """Draw a gamma number of any shape and scale 1, by a macro of the library."""
    return call("exp", call(LOG_GAMMA, shape))


def beta_number(alpha: Expression, beta: Expression) -> Expression:
    """Draw a gamma number's share in the sum of two, from their logarithms, which do not underflow for small shapes."""
    ratio = call("exp", call(LOG_GAMMA, beta) - call(LOG_GAMMA, alpha))
    return 1 / (1 + ratio)


def negative_binomial_number(successes: Expression, p: Expression, *seed: Expression) -> Expression:
    """Count failures before a number of successes: a Poisson number whose mean is a gamma number."""
    odds = (1 - p) / p
    return call("poisson", gamma_number(successes) * odds, *seed)


RANDOM: Mapping[str, tuple[int, Callable[..., Expression]]] = MappingProxyType({
    "random_0_1": (0, lambda: call("uniform", Number(0.0), Number(1.0))),
    "random_pink_noise": (4, lambda mean, sd, tau, seed: call("pink_noise", mean, sd, tau, seed)),
    "random_uniform": (3, lambda low, high, seed: call("uniform", low, high, seed)),
    "random_normal": (5, lambda low, high, mean, sd, seed: call("normal", mean, sd, seed, low, high)),
    "random_exponential": (5, _scaled(lambda seed: call("exprnd", Number(1.0), seed))),
    "random_poisson": (6, _scaled(lambda mean, seed: call("poisson", mean, seed))),
    "random_weibull": (6, _scaled(_weibull)),
    "random_triangular": (6, _random_triangular),
    "random_gamma": (6, _scaled(lambda order, _: gamma_number(order))),
    "random_beta": (7, _scaled(lambda alpha, beta, _: beta_number(alpha, beta))),
    "random_binomial": (7, _scaled(lambda p, n, seed: call("binomial", n, p, seed))),
    "random_negative_binomial": (7, _scaled(lambda p, n, seed: negative_binomial_number(n, p, seed))),
})  # fmt: skip
"""By canonical name: the number of arguments, and an equivalent expression."""
