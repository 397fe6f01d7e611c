"""Matrix products by one thread, so that their last digits are the same on machines of any number of cores.

Draws that are accepted or not depend on last digits. Samplers lose nothing by it: BLAS threads that wait for work keep
a core busy that likelihoods could have (measured with 246 unknowns: a move of 1,024 particles takes 41 ms on two cores
where it took 51 to 54).
"""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """A block in which BLAS takes one thread."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits
