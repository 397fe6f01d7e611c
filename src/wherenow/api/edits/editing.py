"""A batch of edits of a model file, which is checked and applied as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Protocol

from wherenow.api.edits.case_text import CaseText
from wherenow.api.edits.edit_parts import NewVariable
from wherenow.case.case_types import Case
from wherenow.case.located_yaml.problems import Edited
from wherenow.case.reader import read_case
from wherenow.errors import Diagnostic, InputError, Severity, UsageError
from wherenow.exchange.encodings import decode
from wherenow.language.syntax import canonical
from wherenow.model.checking.equation_units import check_units
from wherenow.model.elaboration.elaborate import examine
from wherenow.model.model_types import ModelSpec

Source = bytes | Edited
"""The result of edits: a model file, or the changed files of a case."""
CHANGED = "edit the model that was opened, or open it again"


class Edit:
    """A batch of edits, begun by :meth:`Model.edit`. Equations are in the language of the file.

    Examples
    --------
    >>> import wherenow
    >>> m = wherenow.open("teacup.mdl")
    >>> with m.edit() as e:
    ...     e.set("Room Temperature", "65")
    ...     e.add("Draught", "0.5", unit="Degrees Fahrenheit/Minute")
    ...     e.set("Heat Loss to Room", "(Teacup Temperature - Room Temperature) / Characteristic Time + Draught")
    >>> round(float(m.run()["teacup_temperature"][-1]), 2)
    65.86
    """

    def __init__(self, model: Editable, units: bool) -> None:
        self._model, self._units = model, units
        self._file = _source_of(model.case, model.source)
        self._document = self._file.document if isinstance(self._file, SourceFile) else self._file
        self._before = model.case.model
        self._edits: list[str] = []
        self._gone: dict[str, str] = {}

    def set(
        self,
        name: str,
        equation: str | float | None = None,
        *,
        initial: str | float | None = None,
        unit: str | None = None,
        doc: str | None = None,
    ) -> None:
        """Change a variable's equation, initial value, unit or documentation; None leaves a part as it is.

        Parameters
        ----------
        name
            a variable, or one of its equations as ``"x[north]"``.
        equation
            the right-hand side, in the language of the file; for a stock in a Vensim file, its net rate.
        initial
            the initial value of a stock, as an equation.

        Raises
        ------
        UsageError
            if ``name`` matches no equation, or several.
        """
        self._edits.append(f"set {name}")
        right, first = (None if value is None else str(value) for value in (equation, initial))
        self._document.set(name, right, first, unit, doc)

    def add(self, name: str, equation: str | float, *, unit: str = "", doc: str = "") -> None:
        """Add an auxiliary or a constant.

        Raises
        ------
        UsageError
            if the name is taken.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> with m.edit() as e:
        ...     e.add("Half", "Teacup Temperature / 2", unit="Degrees Fahrenheit")
        >>> float(m.run()["half"][0])
        90.0
        """
        self._added(NewVariable(name=name, kind="auxiliary", equation=str(equation), unit=unit, doc=doc))

    def add_flow(
        self, name: str, equation: str | float, *, into: str = "", out_of: str = "", unit: str = "", doc: str = ""
    ) -> None:
        """Add a flow and connect it to the stocks that it fills and drains.

        Parameters
        ----------
        into, out_of
            the stock that the flow fills and the stock that it drains; outside the model if empty.

        Raises
        ------
        UsageError
            if the name is taken, or a stock does not exist.
        """
        self._added(
            NewVariable(name=name, kind="flow", equation=str(equation), into=into, out_of=out_of, unit=unit, doc=doc)
        )

    def add_stock(
        self,
        name: str,
        initial: str | float,
        *,
        inflows: Iterable[str] = (),
        outflows: Iterable[str] = (),
        unit: str = "",
        doc: str = "",
    ) -> None:
        """Add a stock.

        Parameters
        ----------
        initial
            its initial value, as an equation.
        inflows, outflows
            its flows, which exist already or are added in the same batch.

        Raises
        ------
        UsageError
            if the name is taken.
        """
        stock = NewVariable(name=name, kind="stock", initial=str(initial), unit=unit, doc=doc)
        self._added(replace(stock, inflows=tuple(inflows), outflows=tuple(outflows)))

    def _added(self, new: NewVariable) -> None:
        self._edits.append(f"add {new.name}")
        self._document.add(new)

    def rename(self, old: str, new: str) -> None:
        """Rename a variable in equations and views, but not in comments.

        Raises
        ------
        UsageError
            if ``old`` does not exist, or ``new`` is taken.

        Examples
        --------
        >>> import wherenow
        >>> m = wherenow.open("teacup.mdl")
        >>> with m.edit() as e:
        ...     e.rename("Room Temperature", "Air Temperature")
        >>> "air_temperature" in m.variables.index
        True
        """
        self._edits.append(f"rename {old}")
        self._gone[canonical(old)] = f"it was renamed to '{new}' in this batch"
        self._document.rename(old, new)

    def remove(self, name: str) -> None:
        """Remove a variable; equations that read it must change in the same batch.

        Raises
        ------
        UsageError
            if the variable does not exist.
        """
        self._edits.append(f"remove {name}")
        self._gone[canonical(name)] = "it was removed in this batch"
        self._document.remove(name)

    def __enter__(self) -> Edit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.apply()

    def apply(self) -> None:
        """Check the whole batch and change the model.

        Raises
        ------
        InputError
            with everything that the edits would break; the model is then unchanged.
        """
        try:
            model = self._document.read()
        except InputError as error:
            raise InputError(map(self._in_edits, error.diagnostics)) from None
        _, problems = examine(model)
        wrong = [d for d in problems if d.severity is Severity.ERROR]
        if not wrong and self._units:
            wrong = list(_new(check_units(self._before, literals="open"), check_units(model, literals="open")))
        if wrong:
            raise InputError(map(self._in_edits, wrong))
        self._model.edited(*self._file.result(model))

    def _in_edits(self, problem: Diagnostic) -> Diagnostic:
        """Add the edit that caused the problem to its message, where it is known."""
        for name, what in self._gone.items():
            if f"'{name}'" in problem.message:
                return replace(problem, hint=what)
        return (
            problem if problem.hint else replace(problem, hint=f"after: {', '.join(self._edits)}; nothing was changed")
        )


class Editable(Protocol):
    """A model that edits can be applied to."""

    @property
    def case(self) -> Case: ...
    @property
    def source(self) -> Source | None: ...
    def edited(self, case: Case, source: Source) -> None: ...


def _source_of(case: Case, source: Source | None) -> SourceFile | CaseText:
    """Read the file or files of a case. Raises UsageError if they differ from the case."""
    if not case.folder.is_dir():
        return SourceFile.of(case, source if isinstance(source, bytes) else None)
    if source is None and read_case(case.folder).hash != case.hash:
        raise UsageError(f"{case.name} differs from {case.folder.name}, so its files cannot be edited", CHANGED)
    return CaseText(case, source if isinstance(source, Mapping) else {})


def _new(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """Select the unit errors that did not exist before, even if an old one has moved."""
    known = Counter(problem.message for problem in before)
    for problem in after:
        known[problem.message] -= 1
        if known[problem.message] < 0:
            yield problem


_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp1252", "latin-1")


class SourceFile:
    """A model file as bytes and as text, with its encoding and line endings."""

    def __init__(self, case: Case, data: bytes) -> None:
        from wherenow.api.edits.mdl_text import MdlText
        from wherenow.api.edits.xmile_text import XmileText

        self.case, self.path = case, case.folder
        path = self.path
        self._text = decode(data).text
        form: type[MdlText] | type[XmileText] = MdlText if path.suffix.lower() == ".mdl" else XmileText
        self.document = form(self._text, path)
        self._newline = "\r\n" if b"\r\n" in data or b"\r\0\n" in data else "\n"
        marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
        marked = [encoding for mark, encoding in marks.items() if data.startswith(mark)]
        self._encoding = next(e for e in (*marked, *_ENCODINGS) if self._reads(data, e))

    def _reads(self, data: bytes, encoding: str) -> bool:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            return False
        return encoding == _ENCODINGS[-1] or text.replace(self._newline, "\n") == self._text

    @classmethod
    def of(cls, case: Case, source: bytes | None) -> SourceFile:
        """Read the file of a case. Raises UsageError if the file has changed since."""
        data = case.folder.read_bytes() if source is None else source
        if hashlib.sha256(data).hexdigest() != case.hash:
            raise UsageError(f"{case.name} differs from {case.folder.name}, so the file cannot be edited", CHANGED)
        return cls(case, data)

    def result(self, model: ModelSpec) -> tuple[Case, bytes]:
        """Return the case with the edited model, and the file. Raises UsageError for a character that its encoding
        lacks.
        """
        try:
            data = self.document.text.replace("\n", self._newline).encode(self._encoding)
        except UnicodeEncodeError as error:
            missing = error.object[error.start : error.end]
            raise UsageError(f"'{missing}' has no place in {self.path.name}, which is in {self._encoding}") from None
        return replace(self.case, model=model, hash=hashlib.sha256(data).hexdigest()), data
