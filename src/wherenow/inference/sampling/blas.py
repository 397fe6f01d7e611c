"""Matrix products by one thread, so that their last digits are the same on machines with any number of cores.

Acceptance of draws depends on last digits. Samplers lose nothing: waiting BLAS threads keep a core busy that
likelihoods could use (with 246 parameters, a move of 1,024 particles takes 41 ms on two cores instead of 51 to 54).
"""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Limit BLAS to one thread inside the block."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits
