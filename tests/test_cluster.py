"""The same work here and on a cluster."""

import math
import operator

import pytest

from wherenow.cluster import LOCAL, each
from wherenow.errors import UsageError


def test_without_a_cluster_work_is_done_as_its_results_are_asked_for():
    asked = iter(each(operator.neg, [1, 2, 3]))
    assert [next(asked), next(asked)] == [-1, -2]


def test_results_of_a_cluster_come_in_the_order_of_the_keys():
    keys = list(range(40, 0, -1))
    assert list(each(math.factorial, keys, LOCAL)) == [math.factorial(k) for k in keys]


def test_an_error_of_the_work_is_raised_as_it_was():
    with pytest.raises(ValueError, match="factorial"):
        list(each(math.factorial, [3, -1], LOCAL))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_a_scheduler_that_does_not_answer_is_named(address):
    with pytest.raises(UsageError, match=f"no Dask scheduler answers at {address}"):
        list(each(operator.neg, [1], address))
