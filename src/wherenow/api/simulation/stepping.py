"""Runs that advance step by step, so that a person or a program can act on their values."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wherenow.api import names
from wherenow.api.simulation.setup import numbers, set_up
from wherenow.case.case_types import Case
from wherenow.engine.backend import Checkpoint, Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import parameter_rows, series_tables, system_of
from wherenow.errors import UsageError, did_you_mean
from wherenow.model.intervention import Act, Intervention
from wherenow.model.model_types import Kind, Method

if TYPE_CHECKING:
    import xarray

MOVED, AMOUNT = "·moved", "·amount"
"""Suffixes of the inputs for whether a control is set, and for its value."""


class Stepper:
    """A run in progress: :attr:`now` has its values, :meth:`advance` continues it.

    Returned by :meth:`Model.step`. Without changes its results equal those of :meth:`Model.run` bit for bit.

    Examples
    --------
    >>> import wherenow
    >>> game = wherenow.open("teacup.mdl").step(stop=10)
    >>> while not game.done:
    ...     now = game.advance({"room temperature": 20 if game.now["teacup_temperature"] > 150 else 70})
    >>> round(now["teacup_temperature"])
    106
    """

    def __init__(
        self, case: Case, controls: Iterable[str], returns: Iterable[str] | None, seed: int, settings: Mapping[str, Any]
    ) -> None:
        setup = set_up(case, **settings)
        clock = replace(setup.case.model.time, save=setup.case.model.time.step)
        if clock.method is Method.RK45:
            raise UsageError("a run under an error bound has no fixed steps", "choose Euler or RK4 in the file")
        self._given = replace(setup.case, model=replace(setup.case.model, time=clock))
        self._controls: set[str] = set()
        moved = tuple(self._control(name) for name in controls)
        wanted = names.saved(case.model, returns)
        system = system_of(self._given, (*setup.plan.interventions, *moved))
        outputs = [n for n, e in system.elements.items() if n in wanted or e.variable.name in wanted]
        self._engine = Native(lower(system, outputs), threads=1, block=1)
        program = self._engine.program
        self._rows = {name: row for row, name in enumerate(program.parameters)}
        draws = central(seed)
        self._parameters = parameter_rows(program, draws, setup.plan.parameters).copy()
        self._series = series_tables(program, setup.plan.series)
        self._seed = seed
        self._at: Checkpoint | None = None
        self._step, self._last = 0, program.time.steps
        self._values = self._seen()
        self._past: list[np.ndarray[Any, Any]] = []
        self.unit = clock.unit

    def _control(self, text: str) -> Intervention:
        target = names.find(self._given.model, text)
        if target.variable.kind is Kind.LOOKUP:
            raise UsageError(f"'{target.name}' is a lookup: it has no value to change")
        self._controls.add(target.name)
        elements = (target.elements,) if target.elements else ()
        when, amount = target.name + MOVED, target.name + AMOUNT
        return Intervention(variable=target.variable.name, act=Act.SET, elements=elements, when=when, amount=amount)

    @property
    def time(self) -> float:
        """The time that the run has reached, in the model's time unit."""
        clock = self._engine.program.time
        return clock.start + self._step * clock.step

    @property
    def done(self) -> bool:
        """Whether the run has reached its end."""
        return self._step == self._last

    @property
    def now(self) -> Mapping[str, float]:
        """The value of every saved scalar at :attr:`time`, by canonical name.

        Examples
        --------
        >>> import wherenow
        >>> game = wherenow.open("teacup.mdl").step()
        >>> game.time, game.now["teacup_temperature"], game.done
        (0.0, 180.0, False)
        """
        return dict(zip(self._names, self._values.tolist(), strict=True))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(output.name for output in self._engine.program.outputs)

    def advance(self, params: Mapping[str, float | None] | None = None, steps: int = 1) -> Mapping[str, float]:
        """Change inputs from now on, and advance the run.

        Parameters
        ----------
        params
            by parameter or control: a number, in its unit, which holds until it is changed; None
            returns a control to its equation.
        steps
            the number of steps to advance; fewer if the run ends first.

        Returns
        -------
        Mapping
            :attr:`now`.

        Raises
        ------
        UsageError
            for an unknown name, a variable that is neither parameter nor control, or a run that is done.
        """
        if self.done:
            raise UsageError(f"the run is at its end, {self.time:g}", "call step() for another")
        if steps < 1:
            raise UsageError(f"a run advances by 1 step or more, not {steps}")
        for text, value in (params or {}).items():
            self._set(text, value)
        end = min(self._step + steps, self._last)
        ran = self._engine.run(self._inputs(), checkpoint=end, end=end)
        if ran.nonfinite is not None:
            warnings.warn(str(ran.nonfinite), RuntimeWarning, stacklevel=2)
        self._past.extend(ran.values[:, :, 0].T)
        self._at, self._step = ran.checkpoint, end
        self._values = self._seen()
        return self.now

    def history(self) -> xarray.Dataset:
        """Return every value up to now.

        Returns
        -------
        Dataset
            one variable per scalar, ``[time]``, with its unit.

        Examples
        --------
        >>> import wherenow
        >>> game = wherenow.open("teacup.mdl").step()
        >>> now = game.advance(steps=8)
        >>> game.history().sizes["time"]
        9
        """
        import xarray

        clock = self._engine.program.time
        rows = np.array([*self._past, self._values])
        times = clock.start + np.arange(len(rows)) * clock.step
        variables = self._given.model.variables
        data = {
            name: ("time", rows[:, k], {"units": variables[name.partition("[")[0]].unit})
            for k, name in enumerate(self._names)
        }
        return xarray.Dataset(data, {"time": ("time", times, {"units": self.unit})})

    def _seen(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Read the values at the current step."""
        end = None if self.done else self._step + 1
        return self._engine.run(self._inputs(), end=end).values[:, 0, 0].copy()

    def _inputs(self) -> Inputs:
        return Inputs(self._parameters, self._series, self._seed, 0, self._at)

    def _set(self, text: str, value: float | None) -> None:
        target = names.find(self._given.model, text)
        if target.name in self._controls:
            self._parameters[self._rows[target.name + MOVED]] = 0.0 if value is None else 1.0
            if value is not None:
                (number,) = numbers(value, target.name, 1)
                self._parameters[self._rows[target.name + AMOUNT]] = number
            return
        if target.variable.kind is not Kind.PARAMETER:
            hint = did_you_mean(target.name, self._controls) or f"call step(controls=['{text}'])"
            raise UsageError(f"'{target.name}' is neither a parameter nor a control", hint)
        scalars = target.scalars(self._given.model)
        for name, number in zip(scalars, numbers(value, target.name, len(scalars)), strict=True):
            self._parameters[self._rows[name]] = number
