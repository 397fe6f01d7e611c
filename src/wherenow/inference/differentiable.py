"""A case's log-likelihood as one JAX function of the space that samplers move in. Imported only where JAX is used.

The same densities as :mod:`wherenow.inference.likelihood`, which explains them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import gammaln

from wherenow.case.families import Array
from wherenow.engine.backend import Inputs
from wherenow.engine.jax_trace import compiled, simulation, surroundings
from wherenow.errors import UsageError
from wherenow.inference.likelihood import Likelihood
from wherenow.inference.space import Space, cells
from wherenow.model.types import Method

Traced = Any
_LEAST_MEAN = 1e-9  # of a count


def value_and_gradient(likelihood: Likelihood) -> Callable[[Array], tuple[Traced, Traced]]:
    """Log-likelihoods ``[draw]`` and their derivatives ``[parameter, draw]`` at ``z[parameter, draw]``, compiled."""
    function = log_likelihood(likelihood)

    def both(z: Traced) -> tuple[Traced, Traced]:
        # a draw's likelihood depends on its own column alone: the derivative of the sum has all of them
        value, back = jax.vjp(function, z)
        return value, back(jnp.ones_like(value))[0]

    return compiled(both)


def log_likelihood(likelihood: Likelihood) -> Callable[[Traced], Traced]:
    """Log-likelihoods ``[draw]`` at ``z[parameter, draw]``, to be differentiated or compiled.

    Raises UsageError where a parameter is discrete, an error is logitnormal or of counts, or the program's method is
    not Euler or RK4.
    """
    space, program = likelihood.space, likelihood.observer.backend.program
    if space.discrete:
        names = ", ".join(space.names[i] for i in space.discrete)
        raise UsageError(f"a likelihood has no derivative by a discrete parameter: {names}")
    for g in likelihood.gaussians:
        if g.scale.logistic or g.scale.span is not None:
            raise UsageError(f"the derivative is not known for the error model of '{g.name}'")
    if program.time.method not in (Method.EULER, Method.RK4):
        raise UsageError(f"the jax engine has no method {program.time.method}")
    run = simulation(program, differentiable=True)
    drawn = [i for i, name in enumerate(space.names) if name in likelihood.observer.parameters]
    places = np.array([likelihood.observer.parameters[space.names[i]] for i in drawn], dtype=np.int64)
    defaults = np.array(program.defaults)[:, None]

    def function(z: Traced) -> Traced:
        values = values_at(space, z)
        count = z.shape[1]
        parameters = jnp.broadcast_to(defaults, (defaults.shape[0], count)).at[places].set(values[np.array(drawn, int)])
        still = Inputs(np.zeros((len(program.parameters), count)))
        saved = run(parameters, *surroundings(program, still))
        predicted = {
            name: jnp.asarray(likelihood.observer.weights[name].toarray()) @ saved[i]
            for i, name in enumerate(likelihood.observer.series)
        }
        total = jnp.zeros(count)
        if likelihood.gaussians:
            total += _filtered(likelihood, values, predicted).sum(axis=0)
        for observation, data in likelihood.others:
            wide = np.where(np.array(data.quality) == "recalled", observation.recalled, 1.0)[:, None]
            y, mean = data.values[:, None], predicted[data.name]
            if observation.error.name == "student":
                degrees, scale = observation.error.arguments
                total += _student(y, mean, degrees, scale * wide).sum(axis=0)
            else:
                total += _negative_binomial(y, mean, observation.error.arguments[0] / wide).sum(axis=0)
        return total

    return function


def values_at(space: Space, z: Traced) -> Traced:
    """As :meth:`Space.values`, differentiable."""
    rows: dict[int, Traced] = {}
    for family, places in space.normals.items():
        first, second = space.arguments[family]
        score = z[np.array(places)]
        raw = first + second * score if family == "normal" else first * jnp.exp(second * score)
        rows.update(zip(places, raw, strict=True))
    tabulated, tables, slopes = space.tables
    if len(tabulated):
        cell, along = cells(z[tabulated], jnp)
        rows.update(zip(tabulated.tolist(), _taken(tables, cell) + along * _taken(slopes, cell), strict=True))
    return jnp.stack([rows[i] for i in range(len(space))])


def _taken(tables: Array, cell: Traced) -> Traced:
    return jnp.take_along_axis(jnp.asarray(tables), cell, axis=1)


def _filtered(likelihood: Likelihood, values: Traced, predicted: dict[str, Traced]) -> Traced:
    """The Kalman filter over all Gaussian series at once, one scan over their data: ``[series, draw]``."""
    gaussians, misfit = likelihood.gaussians, likelihood.misfit(values)
    longest = max(len(g.y) for g in gaussians)

    def padded(of: Callable[[Any], Any]) -> Traced:
        return jnp.stack([jnp.pad(a := jnp.asarray(of(g)), ((0, longest - len(g.y)), *((0, 0),) * (a.ndim - 1)))
                          for g in gaussians], axis=1)  # fmt: skip

    def scaled(g: Any) -> Traced:
        model = predicted[g.name]
        return jnp.log(jnp.maximum(model - g.scale.low, g.scale.floor)) if g.scale.logarithmic else model

    first = padded(lambda g: np.isinf(g.gap))  # nothing is known from before
    gap, given = padded(lambda g: np.where(np.isinf(g.gap), 0.0, g.gap)), padded(lambda g: np.ones(len(g.y), bool))
    variance, wider = misfit.sizes * misfit.sizes, misfit.errors * misfit.errors

    def step(carry: tuple[Traced, Traced, Traced], x: tuple[Traced, ...]) -> tuple[tuple[Traced, ...], None]:
        total, mean, spread = carry
        here, anew, gap, y, sd, at = x
        kept = jnp.where(anew[:, None], 0.0, jnp.exp(-gap[:, None] / misfit.spans))
        mean_ahead = kept * mean
        spread_ahead = variance + kept * kept * (spread - variance)
        whole = jnp.where(here[:, None], spread_ahead + (sd * sd)[:, None] * wider, 1.0)
        missed = y[:, None] - at - mean_ahead
        # past a series' last datum nothing is learned: what is carried on there must not grow, nor its derivative
        gain = jnp.where(here[:, None], spread_ahead / whole, 0.0)
        term = 0.5 * (np.log(2 * np.pi) + jnp.log(whole) + missed * missed / whole)
        total = jnp.where(here[:, None], total - term, total)
        return (total, mean_ahead + gain * missed, spread_ahead * (1 - gain)), None

    xs = (given, first, gap, padded(lambda g: g.y), padded(lambda g: g.sd), padded(scaled))
    start = (jnp.zeros_like(variance), jnp.zeros_like(variance), variance)
    (total, _, _), _ = lax.scan(step, start, xs)
    return total


def _student(y: Array, mean: Traced, degrees: float, scale: Array) -> Traced:
    missed = (y - mean) / scale
    constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
    return constant - jnp.log(scale) - (degrees + 1) / 2 * jnp.log1p(missed * missed / degrees)


def _negative_binomial(y: Array, mean: Traced, size: Array) -> Traced:
    mean = jnp.maximum(mean, _LEAST_MEAN)
    constant = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    return constant + size * jnp.log(size / (size + mean)) + y * jnp.log(mean / (size + mean))
