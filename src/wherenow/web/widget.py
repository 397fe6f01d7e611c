"""The app's levers in a notebook: ``Levers(case, draws)`` shows a series, the forecasts and a slider for each lever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wherenow.case.case_types import Case, Handle, Lever
from wherenow.ensemble.draws import Draws
from wherenow.outlook.outlook_types import ScenarioComparison
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.outcome_chart import WIDE, outcome_chart
from wherenow.report.page import TEMPLATES
from wherenow.report.wording.texts import chance, share
from wherenow.web.app_view import AppView, known_name
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.presets import handle_of
from wherenow.web.views import where_page

HERE = Path(__file__).parent / "static"


class SliderWidget(anywidget.AnyWidget):
    """Sliders beside a drawing. ``values`` are those that are moved, by name, and ``scenario`` the id of a scenario."""

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

    def __init__(
        self,
        levers: Iterable[tuple[Lever, float]],
        handles: Mapping[str, Handle],
        draw: Callable[[], None],
        **traits: Any,
    ) -> None:
        """Show a slider for each lever, with its step, in the unit of its handle.

        ``draw`` updates the drawing, its title and the rows; it is called now and whenever a slider moves.
        """
        rows = [
            {
                "name": lever.name,
                "label": lever.label or lever.name.replace("_", " "),
                "low": lever.range[0],
                "high": lever.range[1],
                "rest": lever.default,
                "step": step,
                "unit": handles[lever.name].unit,
                "times": handles[lever.name].times,
                "about": lever.about,
            }
            for lever, step in levers
        ]
        super().__init__(levers=rows, **traits)
        draw()
        self.observe(lambda _: draw(), names=["values", "scenario"])


class Levers(SliderWidget):
    """A finding of a case under levers and scenarios, on the same draws.

    ``values`` are the levers that are moved and ``scenario`` the id of a scenario ('' for none): set them from Python
    or by hand, and the card updates. ``card`` is the finding, and ``comparison`` the changes in all forecasts. ``show``
    is the id of the finding, '' for the first.

    Raises UsageError for an unknown name.
    """

    def __init__(self, case: Case, draws: Draws, show: str = "", threads: int | None = None) -> None:
        self._analysis = Analysis(case, draws, threads)
        known = [q.id for q in self._analysis.questions]
        self._place = known.index(known_name(show, known, "finding")) if show else 0
        self.comparison: ScenarioComparison = self._analysis.comparison(AppView())
        levers = [(lever, where_page.step(lever)) for lever in case.levers.values()]
        scenarios = [{"id": s.id, "title": s.title or s.id} for s in case.scenarios.values()]
        handles = {name: handle_of(case, lever) for name, lever in case.levers.items()}
        super().__init__(levers, handles, self._draw, scenarios=scenarios)

    def _draw(self) -> None:
        view = AppView(levers={n: float(v) for n, v in self.values.items()}, scenario=self.scenario)
        self.card: Card = self._analysis.cards(view, slice(self._place, self._place + 1))[0]
        self.comparison = self._analysis.comparison(view)
        self.title = self.card.title
        self.drawing = str(outcome_chart(self.card.shown, WIDE, self.title)) if self.card.shown else ""
        self.rows = [
            {"says": f.says, "base": share(f.base), "p": share(f.p), "words": chance(f.p)}
            for f in self.comparison.forecasts
        ]
