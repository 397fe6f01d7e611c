"""Macros: reusable pieces of model, put in place at each call."""

from __future__ import annotations

from wherenow.model.types import Model


def expand_macros(model: Model) -> Model:
    """``model`` with each call of a macro replaced by variables of its own."""
    return model
