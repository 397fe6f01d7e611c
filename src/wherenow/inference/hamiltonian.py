"""No-U-turn trajectories of several chains at once, by BlackJAX's kernel. Imported only where JAX is used.

Hoffman & Gelman (2014), "The No-U-Turn sampler", with multinomial draws from a trajectory (Betancourt 2017, "A
conceptual introduction to Hamiltonian Monte Carlo"). The model is compiled into the step of all chains; how long steps
are and which metric they go by are inputs of it, so that warm-up and draws are one compiled program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import hmc, nuts

from wherenow.case.families import Array
from wherenow.engine.jax_trace import compiled, double_precision

Traced = Any


class Standing(NamedTuple):
    """Where chains stand: ``z[chain, parameter]``, the log density ``[chain]`` and its slope ``[chain, parameter]``."""

    z: Array
    log_density: Array
    slope: Array


class Walked(NamedTuple):
    """One trajectory of each chain, ``[chain]``: the share accepted on average, how many gradients it took, whether
    it diverged, and whether it was ended by its greatest length.
    """

    accepted: Array
    gradients: Array
    diverged: Array
    cut: Array


class Trajectories:
    """The posterior of a log-likelihood ``f(z[parameter, draw])`` in JAX, under a standard normal prior."""

    def __init__(self, log_likelihood: Callable[[Traced], Traced], doublings: int) -> None:
        kernel = nuts.build_kernel()

        def log_density(z: Traced) -> Traced:
            return log_likelihood(z[:, None])[0] - 0.5 * (z @ z)

        def begin(z: Traced) -> Traced:
            return jax.vmap(jax.value_and_grad(log_density))(z)

        def walk(seed: Traced, number: Traced, here: Traced, step: Traced, metric: Traced) -> Traced:
            def one(key: Traced, z: Traced, density: Traced, slope: Traced) -> Traced:
                state = hmc.HMCState(z, density, slope)
                return kernel(key, state, log_density, step, metric, doublings)

            key = jax.random.fold_in(jax.random.key(seed), number)
            state, info = jax.vmap(one)(jax.random.split(key, here[0].shape[0]), *here)
            cut = (info.num_trajectory_expansions >= doublings) & ~info.is_turning & ~info.is_divergent
            gone = Walked(jnp.nan_to_num(info.acceptance_rate), info.num_integration_steps, info.is_divergent, cut)
            return Standing(state.position, state.logdensity, state.logdensity_grad), gone

        self._begin, self._walk = compiled(begin), compiled(walk)

    def begin(self, z: Array) -> Standing:
        """Chains at ``z[chain, parameter]``."""
        with double_precision():
            value, slope = self._begin(z)
        return Standing(z, np.asarray(value), np.asarray(slope))

    def walk(
        self, seed: int, number: int, here: tuple[Array, Array, Array], step: float, metric: Array
    ) -> tuple[Standing, Walked]:
        """All chains one trajectory on; the same ``seed`` and ``number`` of it make the same bits.

        ``step`` is the length of a leapfrog step in units of ``metric``, the posterior's covariance ``[parameter,
        parameter]`` or its diagonal ``[parameter]``.
        """
        with double_precision():
            there, gone = self._walk(seed, number, here, step, metric)
        return Standing(*map(np.asarray, there)), Walked(*map(np.asarray, gone))
