"""Every example in a docstring of the Python interface runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import wherenow.api

MODULES = [found.name for found in pkgutil.iter_modules(wherenow.api.__path__, "wherenow.api.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
