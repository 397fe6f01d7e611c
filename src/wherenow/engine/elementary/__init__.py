"""Elementary functions from correctly rounded operations only, so that every backend gives the same bits.

Errors, tested against mpmath: exp, ln, log10, sin, cos, tan, asin, acos, atan, sinh, cosh within 2 ulp, tanh, pow
and the normal quantile within 4, over their whole domains with subnormal numbers; special values per IEEE 754-2019,
9.2, and C99, annex F.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from wherenow.engine.elementary.arithmetic import BASIC, NumpyArithmetic, Operations, Value
from wherenow.engine.elementary.binomial import binomial
from wherenow.engine.elementary.exponential import cosh, exp, sinh, tanh
from wherenow.engine.elementary.inverse_trigonometry import acos, asin, atan
from wherenow.engine.elementary.logarithm import ln, log10
from wherenow.engine.elementary.markets import clearing, wanted
from wherenow.engine.elementary.normal import normal
from wherenow.engine.elementary.poisson import poisson
from wherenow.engine.elementary.power import power
from wherenow.engine.elementary.trigonometry import cos, sin, tan

ELEMENTARY: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "exp": exp,
        "ln": ln,
        "log10": log10,
        "pow": power,
        "sin": sin,
        "cos": cos,
        "tan": tan,
        "asin": asin,
        "acos": acos,
        "atan": atan,
        "sinh": sinh,
        "cosh": cosh,
        "tanh": tanh,
        "normal": normal,
        "poisson": poisson,
        "binomial": binomial,
        "wanted": wanted,
        "clearing": clearing,
    }
)
"""The function of each operation of the intermediate representation, called as ``function(arithmetic, *arguments)``."""

__all__ = ["BASIC", "ELEMENTARY", "NumpyArithmetic", "Operations", "Value"]
