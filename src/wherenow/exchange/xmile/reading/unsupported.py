"""Unsupported parts of an XMILE file: nothing that could change a number is ignored silently.

Every tag is either read (XMILE 1.0), concerns drawing or preferences only, or is named in a warning, once each, at its
first location. isee systems' drawing extensions are named together in one warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wherenow.errors import Diagnostic, did_you_mean
from wherenow.exchange.xmile.reading.specifications import specifications
from wherenow.exchange.xmile.reading.xml_reader import Tag

_DRAWING = frozenset({
    "header", "style", "views", "view", "display", "interface", "prefs", "equation_prefs", "default_format",
    "isee:prefs", "isee:equation_prefs", "isee:multiplayer_settings", "isee:time_formats", "isee:dependencies",
    "isee:interface", "isee:templates", "isee:stories", "isee:loop_indicator", "isee:default_format", "isee:bookmarks",
    "isee:window", "isee:security", "isee:print_setup", "isee:time_format", "isee:delay_aux",
    "isee:extra_collection_variables", "isee:number_format_extenders", "ai_information",
})  # fmt: skip
"""Tags for drawing, documentation or preferences, which change no number."""
_TAKEN = frozenset({
    "xmile", "sim_specs", "start", "stop", "dt", "save_step", "savestep", "model_units", "unit", "alias", "dimensions",
    "dim", "elem", "behavior", "stock", "flow", "aux", "gf", "non_negative", "model", "variables", "group", "sector",
    "var", "entity", "module", "connect", "macro", "parm", "eqn", "init_eqn", "element", "inflow", "outflow", "units",
    "doc", "range", "scale", "format", "label", "xscale", "yscale", "xpts", "ypts", "discrete", "include", "includes",
    "conveyor", "len", "capacity", "in_limit", "sample", "arrest", "queue", "oven", "isee:oven", "cook_time", "leak",
    "leak_integers", "method",
})  # fmt: skip
"""Tags that are read, reported elsewhere, or only display numbers."""
_BELT = ("conveyor", "oven", "isee:oven")  # the reader reports the tags that it omits inside these
_UNHEEDED = {
    "data": "data is not imported or exported",
    "isee:data": "data is not imported or exported",
    "event_poster": "messages to players are not shown",
    "isee:sensi_specs": "sensitivity runs are not imported",
    "sensi_specs": "sensitivity runs are not imported",
    "isee:optimization_specs": "optimisations are not imported",
    "isee:payoff": "payoffs are not imported",
    "isee:array_index_error": "an index out of range gives 0",
    "multiplier": "unit conversion in flows is not supported",
    "overflow": "a full conveyor rejects what does not fit",
    "run": "all groups are run",
    "mathml": "equations are read from <eqn>",
}
_HONOURED = frozenset({"isee:time_units", "isee:save_interval", "isee:model_name"})
_SHOWING = frozenset({
    "isee:simulation_delay", "isee:restore_on_start", "isee:pause_after_rates", "isee:run_prefix", "isee:strict_units",
    "isee:loop_scores", "isee:loop_exhaustive_allowed", "isee:analyze_mode", "isee:ignore_module_errors",
    "isee:sim_duration",
})  # fmt: skip
_PACE = ("isee:instantaneous_flows", "pause")
"""Attributes of ``<sim_specs>`` that pause a run, or make flows act at once, unless they are off."""
_OFF = ("false", "0", "inf", "")


@dataclass(slots=True)
class _UnsupportedTags:
    warnings: list[Diagnostic]
    settings: Tag | None
    seen: set[str] = field(default_factory=set)
    shown: dict[str, Tag] = field(default_factory=dict)  # drawing extensions, with the first location of each

    def walk(self, tag: Tag, parent: str, drawing: bool) -> None:
        drawing = drawing or tag.name in _DRAWING
        if drawing:
            for name in (tag.name, *tag.attributes):
                if _is_foreign(name):
                    self.shown.setdefault(name, tag)
        else:
            self._tag(tag, parent)
            self._attributes(tag)
        for child in tag.children:
            self.walk(child, tag.name, drawing)

    def _tag(self, tag: Tag, parent: str) -> None:
        if parent in _BELT or tag.name.startswith("wherenow:"):
            return
        if tag.name == "sim_specs" and parent == "model" and tag is not self.settings:
            self._once(
                "model/sim_specs", tag, "<sim_specs> of a model of its own is ignored", "the file's own are used"
            )
        elif tag.name == "macro" and "filter" in tag.attributes:
            self._once("macro/filter", tag, "a macro that filters every equation is ignored")
        elif tag.name in _UNHEEDED:
            self._once(tag.name, tag, f"<{tag.name}> is ignored", _UNHEEDED[tag.name])
        elif tag.name.startswith("isee:") and tag.name not in _TAKEN:
            self._once(tag.name, tag, f"<{tag.name}> is ignored", "an extension of isee systems")
        elif tag.name not in _TAKEN:
            self._once(tag.name, tag, f"<{tag.name}> is ignored", did_you_mean(tag.name, sorted(_TAKEN)))

    def _attributes(self, tag: Tag) -> None:
        for name, value in tag.attributes.items():
            if name in _SHOWING:
                self.shown.setdefault(name, tag)
            elif name in _PACE and tag.name == "sim_specs":
                if value.lower() not in _OFF:
                    self._once(name, tag, f"{name} is ignored", "the run goes from start to stop at once")
            elif _is_foreign(name) and name not in _HONOURED:
                self._once(name, tag, f"{name} of <{tag.name}> is ignored", "an extension of another program")

    def _once(self, key: str, tag: Tag, message: str, hint: str = "") -> None:
        if key not in self.seen:
            self.seen.add(key)
            self.warnings.append(tag.warning(message, hint))


def _is_foreign(name: str) -> bool:
    """Check whether a tag or attribute is in another name space than the standard's and ours."""
    prefix, colon, _ = name.partition(":")
    return bool(colon) and prefix not in ("xmlns", "xml", "xsi", "wherenow")


def report_unsupported(roots: Sequence[Tag], warnings: list[Diagnostic]) -> None:
    """Add a warning for each unsupported part of the files with these ``roots``, the main file first."""
    found = _UnsupportedTags(warnings, specifications(roots[0]))
    for root in roots:
        found.walk(root, "", drawing=False)
    if found.shown:
        first = next(iter(found.shown.values()))
        warnings.append(first.warning("extensions for display are ignored", ", ".join(sorted(found.shown))))
