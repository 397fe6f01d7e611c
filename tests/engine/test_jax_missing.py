"""Without JAX everything else works, and the one engine that needs it says so."""

from __future__ import annotations

import sys

import pytest

from wherenow.engine.jax_backend import Jax
from wherenow.errors import UsageError


def test_an_engine_without_its_library_says_what_to_install(engine, monkeypatch):
    monkeypatch.delitem(sys.modules, "wherenow.engine.jax_trace", raising=False)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(UsageError, match=r"wherenow\[jax\]"):
        Jax(engine.program({"x": "time"}))


def test_a_method_that_it_has_not_is_refused(engine):
    with pytest.raises(UsageError, match="rk45"):
        Jax(engine.program({"x": "time"}, method="rk45"))
