"""The settings at the end of a .mdl file, after the sketch: the integration method.

A line ``15:`` has six numbers; the fourth is the method: 0 Euler, 1 and 5 fourth-order Runge–Kutta, 2 differences
(Euler's arithmetic), 3 and 4 second-order Runge–Kutta (the readers of xmutil and simlin agree).
"""

from __future__ import annotations

import re

from wherenow.model.model_types import Method

_LINE = re.compile(r"^15:\s*\d+\s*,\s*\d+\s*,\s*\d+\s*,\s*(\d+)", re.MULTILINE)
_METHODS = {"1": Method.RK4, "3": Method.RK4, "4": Method.RK4, "5": Method.RK4}
SECOND_ORDER = ("3", "4")


def method_number(sketch: str) -> str:
    """Return the number of the integration method at the file's end; ``0`` if it names none."""
    settings = sketch.rpartition("///---")[2]
    found = _LINE.search(settings)
    return found[1] if found else "0"


def method_of(sketch: str) -> Method:
    """Return the integration method at the file's end; Euler's if it names none."""
    return _METHODS.get(method_number(sketch), Method.EULER)


def settings(method: Method) -> str:
    """Write an empty sketch, and the settings of the integration."""
    number = 0 if method is Method.EULER else 1
    return (
        "\\\\\\---/// Sketch information - do not modify anything except names\n"
        "V300  Do not put anything below this section - it will be ignored\n"
        "*View 1\n"
        "$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|72,72,100,0\n"
        "///---\\\\\\\n"
        ":L<%^E!@\n"
        "9:Current\n"
        f"15:0,0,0,{number},0,0\n"
    )
