"""Sliders for any model in a notebook: one for each parameter, and the fan of one scalar at those values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.api.names import find
from wherenow.api.notebooks.picture import fan_picture
from wherenow.api.simulation.displayed_runs import Runs
from wherenow.api.simulation.sampling import parameter
from wherenow.api.simulation.setup import set_up
from wherenow.case.case_types import Case, Handle, Lever
from wherenow.ensemble.draws import Draws
from wherenow.errors import UsageError
from wherenow.model.model_types import Kind
from wherenow.web.widget import SliderWidget

STEPS = 100
"""Positions on a slider."""


class Sliders(SliderWidget):
    """A scalar of a model under sliders. ``values`` are the parameters by canonical name: set them from Python or by
    hand, and the drawing is updated.
    """

    def __init__(self, case: Case, over: Mapping[str, tuple[float, float]], show: str, draws: Draws) -> None:
        stocks = (name for name, variable in case.model.variables.items() if variable.kind is Kind.STOCK)
        target = find(case.model, show or next(stocks, next(iter(case.model.variables))))
        self._shown, *others = target.scalars(case.model)
        if others:
            raise UsageError(f"'{show}' is an array: name one of its elements", self._shown)
        self._setup, self._draws = set_up(case), draws
        names = {parameter(case.model, name): ends for name, ends in over.items()}
        centre = self._setup.run(draws.take(0, 1), tuple(names))
        levers, handles = [], {}
        for name, (low, high) in names.items():
            known, rest = find(case.model, name).variable, float(centre.at_centre(name)[0])
            lever = Lever(name=name, input=name, range=(float(low), float(high)), default=rest)
            levers.append((replace(lever, label=known.label, about=known.about), (high - low) / STEPS))
            handles[name] = Handle(unit=known.unit)
        super().__init__(levers, handles, self._draw)

    def _draw(self) -> None:
        moved = {name: float(value) for name, value in self.values.items()}
        runs = Runs.of(self._setup.run(self._draws.fixed(moved), (self._shown,)))
        picture = fan_picture(runs.fan(self._shown), runs.time_unit)
        self.title, self.drawing = picture.title, picture.svg
