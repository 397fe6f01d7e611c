"""The app's levers in a notebook: ``Levers(case, draws)`` shows a series, the forecasts and a slider for each lever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wherenow.case.types import Case
from wherenow.ensemble.draws import Draws
from wherenow.foresight.words import percent, words
from wherenow.outlook.types import Comparison
from wherenow.report.numbers import human_name, human_unit
from wherenow.report.page import TEMPLATES
from wherenow.web.analysis import Analysis
from wherenow.web.view import View
from wherenow.web.views import where

HERE = Path(__file__).parent / "static"


class Levers(anywidget.AnyWidget):
    """A series of a case under levers and scenarios, on the same draws.

    ``values`` are the levers that are not at rest and ``scenario`` the id of a scenario ('' for none): set them from
    Python or by hand, and the drawing follows. ``comparison`` is what they change in the forecasts.

    Raises UsageError where a name is not there.
    """

    _esm = HERE / "widget.js"
    _css = (TEMPLATES / "style.css").read_text("utf-8").replace("body {", ".wherenow {") + (
        HERE / "widget.css"
    ).read_text("utf-8")
    levers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    scenarios: traitlets.List[Any] = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    scenario = traitlets.Unicode().tag(sync=True)
    drawing = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, case: Case, draws: Draws, show: str = "", threads: int | None = None) -> None:
        self._analysis = Analysis(case, draws, threads)
        self._show = show
        self.comparison: Comparison = self._analysis.comparison(View(show=show))
        super().__init__(
            levers=[
                {"name": n, "label": v.label or n, "low": v.range[0], "high": v.range[1], "rest": v.default,
                 "step": where.step(v), "unit": human_unit(v.unit), "about": v.about}
                for n, v in case.levers.items()
            ],
            scenarios=[{"id": s.id, "title": s.title or s.id} for s in case.scenarios.values()],
        )  # fmt: skip
        self._draw()
        self.observe(self._draw, names=["values", "scenario"])

    def _draw(self, _: Any = None) -> None:
        view = View({n: float(v) for n, v in self.values.items()}, self.scenario, show=self._show)
        found = where.live(self._analysis, view)
        self.comparison = found["comparison"]
        self.title = human_name(found["fan"].label)
        self.drawing = str(found["wide"])
        self.rows = [
            {"says": f.says, "base": percent(f.base), "p": percent(f.p), "words": words(f.p)}
            for f in self.comparison.forecasts
        ]
