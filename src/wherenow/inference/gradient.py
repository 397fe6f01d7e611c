"""Gradients of a case's log-likelihood, by reverse-mode differentiation of the whole run (JAX, optional)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from wherenow.case.families import Array
from wherenow.engine.jax_backend import jax_trace
from wherenow.inference.likelihood import Likelihood


class LogLikelihoodGradient:
    """The log-likelihood and its derivatives at ``z[parameter, draw]``, compiled once for each number of draws."""

    def __init__(self, function: Any, trace: Any) -> None:
        self._function, self._trace = function, trace

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Log-likelihood ``[draw]`` and gradient ``[parameter, draw]`` with respect to ``z``.

        Where the model turns non-finite the first is -inf and the second 0. At a kink (a limit reached, a table's
        point) it is the derivative of one side.
        """
        with self._trace.double_precision():
            value, slope = self._function(np.asarray(z, np.float64))
        value, slope = np.array(value), np.array(slope)
        lost = ~np.isfinite(value)
        value[lost], slope[:, lost] = -np.inf, 0.0
        return value, slope


def log_likelihood_gradient(likelihood: Likelihood) -> LogLikelihoodGradient:
    """The gradient of a likelihood in the space that samplers move in.

    Raises UsageError where JAX is not installed, a parameter is discrete, or the program's method is not Euler or RK4.
    """
    trace = jax_trace()
    differentiable = import_module("wherenow.inference.differentiable")
    return LogLikelihoodGradient(differentiable.value_and_gradient(likelihood), trace)
