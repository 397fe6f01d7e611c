"""The structure of a model: variables, links and loops, and how it differs with a link cut or from another model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wherenow.api import names
from wherenow.api.inspection.listings import Document, model_document, variable_document, variables_table
from wherenow.api.opened import opened
from wherenow.case.case_types import Case
from wherenow.ensemble.draws import central
from wherenow.errors import Diagnostic
from wherenow.model.model_types import TimeSpec

if TYPE_CHECKING:
    import pandas

    from wherenow.api.edits.editing import Source
    from wherenow.api.inspection.comparing import ModelDiff
    from wherenow.api.inspection.loops import Loops


class Structure:
    """The part of :class:`wherenow.Model` that examines equations; ``warnings`` come from reading the file."""

    _source: Source | None = None

    def __init__(self, case: Case, found: tuple[Diagnostic, ...] = ()) -> None:
        self._case, self.warnings = case, found

    def __repr__(self) -> str:
        time = self.time
        unit = f" {time.unit}" if time.unit else ""
        size = len(self.case.model.variables)
        return f"Model({self.name}: {size} variables, {time.start:g} to {time.stop:g}{unit} by {time.step:g})"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>{self.variables.to_html(max_rows=20)}"

    @property
    def case(self) -> Case:
        """The model as a case, the form that the engine runs."""
        return self._case

    @property
    def source(self) -> Source | None:
        """The model's file as edited, or the changed files of a case; None if nothing was edited."""
        return self._source

    @property
    def _file(self) -> bytes | None:
        return self._source if isinstance(self._source, bytes) else None

    @property
    def name(self) -> str:
        """The name of the model: that of its file without the suffix, or that of the case."""
        return self.case.name

    @property
    def time(self) -> TimeSpec:
        """Start, stop, step and saving interval, with their unit.

        Examples
        --------
        >>> import wherenow
        >>> time = wherenow.open("teacup.mdl").time
        >>> time.start, time.stop, time.unit
        (0.0, 30.0, 'Minute')
        """
        return self.case.model.time

    @property
    def variables(self) -> pandas.DataFrame:
        """A table of all variables: label, kind, unit, equation, documentation and subscripts, by name.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> m.variables.loc["heat_loss_to_room", ["kind", "unit"]].tolist()
        ['flow', 'Degrees Fahrenheit/Minute']
        """
        return variables_table(self.case)

    def doc(self, name: str | None = None) -> Document:
        """Describe one variable, or the whole model, as Markdown that a notebook shows.

        Raises UsageError for an unknown variable.

        Examples
        --------
        >>> import wherenow
        >>> print(wherenow.open("teacup.mdl").doc("room temperature").splitlines()[-1])
        reads: nothing; read by: heat_loss_to_room
        """
        if name is None:
            return model_document(self.case)
        from wherenow.ensemble.simulate import system_of

        return variable_document(self.case, system_of(self.case, ()), names.find(self.case.model, name).variable)

    def links(self) -> pandas.DataFrame:
        """List every link: ``source``, ``target`` and ``polarity``, one row each.

        The polarity is that of the target's equation with everything else held fixed: ``+``, ``-``, ``+-`` where it
        changes along the run, or empty if the source has no effect.

        Examples
        --------
        >>> import wherenow
        >>> wherenow.open("teacup.mdl").links().set_index(["source", "target"]).polarity["room_temperature"].to_dict()
        {'heat_loss_to_room': '-'}
        """
        from wherenow.api.inspection.links import links_table

        return links_table(self.case)

    def loops(self, n: int = 50, *, seed: int = 0) -> Loops:
        """Find how much of the behaviour each feedback loop causes, and when (loops that matter).

        These are the loops that a case names, else those found, strongest first; over ``n`` draws for a case with
        priors. Shares are between -1 (balancing) and 1 (reinforcing).

        Raises UsageError if the model has no loop.

        Examples
        --------
        >>> import wherenow
        >>> found = wherenow.open("epidemic.mdl").loops()
        >>> found.titles[0]
        'infectious → recovering'
        """
        from wherenow.api.inspection.loops import Loops
        from wherenow.explain.loops.loop_shares import found_loops, named_loops
        from wherenow.inference.posterior import draws_of

        draws = draws_of(self.case, n, seed) if self.case.priors else central(seed)
        return Loops.of((named_loops if self.case.loops else found_loops)(self.case, draws))

    def cut(self, *links: str, since: float | None = None, neutral: Mapping[str, float] | None = None) -> Self:
        """Return a model with links cut: their targets keep seeing the sources as they were.

        Parameters
        ----------
        links
            as ``"a -> b"``.
        since
            the time of the cut; by default the start.
        neutral
            by source, the value that the target sees instead, in the source's unit.

        Raises
        ------
        UsageError
            if the model has no such link.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("epidemic.mdl")
        >>> cut = m.cut("susceptible -> infecting")
        >>> bool(cut.run()["infectious"].max() > m.run()["infectious"].max())
        True
        """
        from wherenow.api.inspection.links import cut_links

        return type(self)(cut_links(self.case, links, since, neutral or {}), self.warnings)

    def compare(self, other: Structure | str | os.PathLike[str]) -> ModelDiff:
        """Compare with another model or file: its equations, and its run at central values.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> m.compare("teacup.mdl").same
        True
        """
        from wherenow.api.inspection.comparing import compare

        return compare(self.case, other.case if isinstance(other, Structure) else opened(other)[0])

    # -- export to other formats

    def to_xmile(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as an XMILE file, with its own view or an automatic layout.

        Raises
        ------
        UsageError
            if the file cannot be written.

        Examples
        --------
        >>> import tempfile, wherenow
        >>> path = wherenow.open("teacup.mdl").to_xmile(tempfile.mkdtemp() + "/teacup.xmile")
        >>> wherenow.open(path)
        Model(teacup: 4 variables, 0 to 30 Minute by 0.125)
        """
        from wherenow.api.converting import write_xmile

        return write_xmile(self.case, self._file, Path(path))

    def to_mdl(self, path: str | os.PathLike[str]) -> Path:
        """Write the model as a Vensim file, with its own view or an automatic layout.

        Raises
        ------
        InputError
            with every equation that cannot be expressed in Vensim.
        UsageError
            if the file cannot be written.
        """
        from wherenow.api.converting import write_mdl

        return write_mdl(self.case, self._file, Path(path))

    def to_case(self, folder: str | os.PathLike[str]) -> Path:
        """Write the model as a case folder, to which data, priors and claims can be added.

        Raises
        ------
        UsageError
            if the folder is not empty, or cannot be written.

        Examples
        --------
        >>> import tempfile, wherenow
        >>> folder = wherenow.open("teacup.mdl").to_case(tempfile.mkdtemp() + "/teacup")
        >>> wherenow.open(folder).time.unit
        'minute'
        """
        from wherenow.api.converting import write_folder

        return write_folder(self.case, Path(folder))
