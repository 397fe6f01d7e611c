"""Sliders for any model in a notebook: the levers of the app, made of a model's parameters."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from wherenow.api.extras import needed
from wherenow.api.names import find
from wherenow.api.sampling import parameter
from wherenow.case.types import Case, Lever
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import simulate

if TYPE_CHECKING:
    from wherenow.web.widget import Levers


def sliders(case: Case, over: Mapping[str, tuple[float, float]], show: str, draws: Draws) -> Levers:
    """The widget; see :meth:`wherenow.api.model.Model.sliders`."""
    needed("anywidget")
    from wherenow.web.widget import Levers

    made = {}
    centre = simulate(case, draws.take(0, 1), None, [parameter(case.model, name) for name in over])
    for name, (low, high) in over.items():
        scalar = parameter(case.model, name)
        variable = find(case.model, name).variable
        label = variable.label or variable.name.replace("_", " ")
        rest = float(centre.at_centre(scalar)[0])
        made[scalar] = Lever(scalar, scalar, (float(low), float(high)), rest, start=-math.inf, label=label,
                             about=variable.about, unit=variable.unit)  # fmt: skip
    said = hashlib.sha256(repr((case.hash, sorted(made))).encode()).hexdigest()
    return Levers(replace(case, levers=made, hash=said), draws, find(case.model, show).name if show else "")
