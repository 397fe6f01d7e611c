"""Matrix products by one thread."""

from threadpoolctl import threadpool_info

import wherenow.inference.sampling.pcn  # noqa: F401 - what it multiplies by is loaded by then
from wherenow.inference.sampling.blas import one_thread


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_blas_takes_one_thread_within_the_block_and_as_many_as_before_after_it():
    before = blas_threads()
    with one_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before
