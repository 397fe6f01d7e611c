"""``<sim_specs>``: start, stop, step and integration method (XMILE 1.0, 2.3)."""

from __future__ import annotations

import math

from wherenow.errors import Diagnostic
from wherenow.exchange.xmile.reading.xml_reader import Tag
from wherenow.model.model_types import Method, TimeSpec

MOST_STEPS = 50_000_000
_METHODS = {
    "euler": Method.EULER,
    "rk4": Method.RK4,
    "rk45": Method.RK45,
    "rk2": Method.RK4,
    "gear": Method.RK45,
    "cycletime": Method.EULER,
}
_REPLACED = {"rk2": "fourth-order Runge–Kutta", "gear": "adaptive Runge–Kutta"}


def specifications(root: Tag) -> Tag | None:
    """Find the file's settings, which may stand in its first model (XMILE 1.0, 2.3)."""
    model = root.find("model")
    found = root.find("sim_specs")
    return model.find("sim_specs") if found is None and model is not None else found


def read_time(root: Tag, vendor: str, warnings: list[Diagnostic], problems: list[Diagnostic]) -> TimeSpec:
    """Read the simulation's settings. The default step is the standard's, 1.

    ``vendor`` is the program's maker, in lower case. Vensim's exports declare RK4 for models that it integrates by
    Euler's method (each of those in the SDXorg test models does), so their method is ignored.
    """
    tag = specifications(root)
    if tag is None:
        problems.append(root.problem("the file has no <sim_specs>", "it says when the model starts and stops"))
        return TimeSpec(start=0.0, stop=1.0, step=1.0, save=1.0)
    start = _number(tag, "start", problems)
    stop = _number(tag, "stop", problems)
    dt = tag.find("dt")
    step = 1.0
    if dt is not None:
        step = _number(tag, "dt", problems)
        if step > 0 and dt.attributes.get("reciprocal", "").strip().lower() in ("true", "1"):
            step = 1.0 / step
    if not problems and step <= 0:
        problems.append((dt or tag).problem("the step (dt) must be greater than 0"))
        step = 1.0
    if not problems and stop < start:
        problems.append(tag.problem("the model stops before it starts"))
    if not problems and (stop - start) / step > MOST_STEPS:
        problems.append(tag.problem(f"the model takes more than {MOST_STEPS:,} steps"))
        step = stop - start
    found = TimeSpec(
        start=start,
        stop=stop,
        step=step,
        save=_save(tag, step, warnings),
        unit=_unit(tag),
        method=_method(tag, vendor, warnings),
    )
    if found.uneven and not problems:
        warnings.append(tag.warning(found.uneven))
    return found


def _unit(tag: Tag) -> str:
    return tag.attributes.get("time_units", tag.attributes.get("isee:time_units", "")).strip()


def _save(tag: Tag, step: float, warnings: list[Diagnostic]) -> float:
    written = (
        tag.attributes.get("isee:save_interval")
        or tag.attributes.get("save_interval")
        or tag.inner("save_step")
        or tag.inner("savestep")
    )
    if not written:
        return step
    interval = _float(written)
    if interval is None:
        warnings.append(tag.warning(f"the save interval '{written[:40]}' is not a number", "every step is saved"))
    return interval if interval is not None and interval > step else step


def _method(tag: Tag, vendor: str, warnings: list[Diagnostic]) -> Method:
    """Choose the first known of the methods listed, the preferred one first (XMILE 1.0, 2.3).

    Stella 10 and iThink 10 wrote the method as a tag of its own.
    """
    names = [m.strip().lower() for m in (tag.attributes.get("method") or tag.inner("method") or "euler").split(",")]
    known = next((m for m in names if m in _METHODS), None)
    if known is None:
        warnings.append(tag.warning(f"unknown integration method '{names[0][:40]}'", "Euler's is taken"))
        return Method.EULER
    if vendor == "ventana systems, inc." and known == "rk4":
        hint = "Vensim's exports say RK4 for every model"
        warnings.append(tag.warning("integration method 'RK4' is ignored: Euler's is used", hint))
        return Method.EULER
    if known in _REPLACED:
        warnings.append(tag.warning(f"integration method '{known}' is not supported", f"{_REPLACED[known]} is taken"))
    return _METHODS[known]


def _number(tag: Tag, name: str, problems: list[Diagnostic]) -> float:
    """Read a number, before which Vensim's exports may write its name (``TIME_STEP=0.25``)."""
    child = tag.find(name)
    value = _float(child.value.rpartition("=")[2]) if child is not None else None
    if value is None:
        what = f"<{name}> is not a number" if child is not None else f"<sim_specs> has no <{name}>"
        problems.append((child or tag).problem(what))
        return 0.0
    return value


def _float(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
