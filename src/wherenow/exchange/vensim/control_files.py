"""Vensim's files beside a model: changes (.cin), save lists (.lst) and sensitivity settings (.vsc).

The formats are those of the Vensim help: "Constant Input Files", "Save Lists" and "Sensitivity Control". Unsupported
requests are refused at their line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from types import MappingProxyType

from wherenow.distributions.prior import Prior, prior
from wherenow.errors import Diagnostic, InputError, Text, UsageError
from wherenow.exchange.encodings import blanked, decode
from wherenow.exchange.vensim.reading.vensim_parser import parse_definition
from wherenow.exchange.vensim.vensim_syntax import Assignment, Left, Numbers, Points
from wherenow.language.syntax import Call, Table, canonical, plain_number
from wherenow.model.model_types import ModelSpec

CLOCK = MappingProxyType({"initial_time": "start", "final_time": "stop", "time_step": "dt", "saveper": "save"})
_BOUNDS = re.compile(r"^\s*[-+\d.eE]+\s*<=(?P<inside>.*?)(?:<=.*)?$|^(?P<open>[^<]*?)<=\s*[-+\d.eE]+.*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes in a changes file: ``values`` by element name, ``tables`` of lookups, settings of the ``clock``."""

    values: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    clock: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SensitivitySettings:
    """The number of ``draws`` with a ``seed`` from the ``priors`` of constants, by a design of the ensemble's."""

    draws: int
    seed: int
    design: str
    priors: Mapping[str, Prior]


def read_changes(path: Path, model: ModelSpec) -> Changes:
    """Read the changes that a ``.cin`` file makes to ``model``; the later of two to one constant applies.

    Raises
    ------
    InputError
        with every line that changes anything but a constant or lookup.
    UsageError
        if the file cannot be read.
    """
    values: dict[str, float] = {}
    tables: dict[str, Table] = {}
    clock: dict[str, float] = {}
    problems: list[Diagnostic] = []
    for text in _entries(path):
        try:
            definition = parse_definition(text)
        except InputError as wrong:
            problems.extend(wrong.diagnostics)
            continue
        match definition:
            case Points(left, table) if left.name.key in model.variables:
                tables[left.name.key] = table
            case Assignment(left, expression) if (value := plain_number(expression)) is not None:
                if left.name.key in CLOCK:
                    clock[CLOCK[left.name.key]] = value
                else:
                    values.update(_placed(left, (value,), model, text, problems))
            case Numbers(left, numbers):
                values.update(_placed(left, numbers, model, text, problems))
            case _:
                hint = "write NAME = NUMBER, or a lookup's points"
                problems.append(text.problem("this changes no constant or lookup of the model", hint))
    if problems:
        raise InputError(problems)
    return Changes(values, tables, clock)


def read_save_list(path: Path) -> list[str]:
    """Read the variables that a ``.lst`` file names, one per line. Raises UsageError if it cannot be read."""
    lines = (blanked(line).strip() for line in _content(path).splitlines())
    return [line.strip('"') for line in lines if line]


def read_sensitivity(path: Path) -> SensitivitySettings:
    """Read the runs that a ``.vsc`` file requests.

    Raises
    ------
    InputError
        with every line that requests an unsupported feature.
    UsageError
        if the file cannot be read.
    """
    head, *rest = _entries(path) or [Text("", str(path), 1, 1)]
    words = [w.strip() for w in head.content.split(",")]
    count, method, seed = (*words, "", "", "")[:3]
    problems: list[Diagnostic] = []
    design = {"": "random", "M": "random", "L": "latin"}.get(method.upper())
    if design is None:
        hint = "use M (multivariate) or L (Latin hypercube); --params takes a table of runs"
        problems.append(head.problem(f"the method '{method}' is not supported", hint))
    if not all(re.fullmatch(r"\d*", word) for word in (count, seed)):
        problems.append(head.problem("the first line says: number of runs, method, seed"))
    priors: dict[str, Prior] = {}
    for text in rest:
        try:
            definition = parse_definition(text)
        except InputError as wrong:
            problems.extend(wrong.diagnostics)
            continue
        found = _prior(definition)
        if found is not None and isinstance(definition, Assignment):
            priors[_shown(definition.left)] = found
        else:
            hint = "use RANDOM UNIFORM, RANDOM NORMAL or RANDOM TRIANGULAR with numbers"
            problems.append(text.problem("this distribution is not supported", hint))
    if problems:
        raise InputError(problems)
    return SensitivitySettings(int(count or 200), int(seed or 1234), design or "", priors)


# -- lines


def _content(path: Path) -> str:
    try:
        return decode(path.read_bytes()).text
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}") from None


def _entries(path: Path) -> list[Text]:
    return list(_split(blanked(_content(path)), str(path)))


def _split(content: str, file: str) -> Iterator[Text]:
    """Yield each entry: a line, with those after it while a bracket is open."""
    lines = content.splitlines()
    at = 0
    while at < len(lines):
        start, entry = at, lines[at]
        at += 1
        while entry.count("(") > entry.count(")") and at < len(lines):
            entry += "\n" + lines[at]
            at += 1
        bounds = _BOUNDS.match(entry)
        if bounds:
            entry = bounds["inside"] or bounds["open"] or entry
        if entry.strip():
            yield Text(entry.rstrip(), file, start + 1, 1)


# -- contents


def _placed(
    left: Left, numbers: tuple[float, ...], model: ModelSpec, text: Text, problems: list[Diagnostic]
) -> dict[str, float]:
    """Return the numbers by element, the last subscript fastest."""
    variable = model.variables.get(left.name.key)
    if variable is None:
        problems.append(text.problem(f"the model has no '{left.name.label}'"))
        return {}
    names = [n.key for n in left.subscripts] or list(variable.dimensions)
    elements = [model.dimensions[n].elements if n in model.dimensions else (n,) for n in names]
    count = prod(len(e) for e in elements)
    if len(numbers) not in (1, count):
        problems.append(text.problem(f"{len(numbers)} numbers for {count} elements"))
        return {}
    spread = numbers if len(numbers) == count else numbers * count
    places = (f"{left.name.key}[{','.join(e)}]" if e else left.name.key for e in product(*elements))
    return dict(zip(places, spread, strict=True))


def _shown(left: Left) -> str:
    return left.name.key + (f"[{','.join(n.key for n in left.subscripts)}]" if left.subscripts else "")


_PRIORS: Mapping[str, Callable[[list[float]], Prior]] = MappingProxyType({
    # key: Vensim's distribution; arguments: minimum, maximum, then the parameters of the family
    "random_uniform": lambda a: prior("uniform", *a),
    "random_normal": lambda a: prior("normal", *a[2:4], low=a[0], high=a[1]),
    "random_triangular": lambda a: prior("triangular", *a[2:5], low=a[0], high=a[1]),
})  # fmt: skip


def _prior(definition: object) -> Prior | None:
    """Read the distribution of a line; None if it is unsupported."""
    call = definition.expression if isinstance(definition, Assignment) else None
    make = _PRIORS.get(canonical(call.function)) if isinstance(call, Call) else None
    if make is None or not isinstance(call, Call):
        return None
    numbers = [plain_number(a) for a in call.arguments]
    try:
        return make([n for n in numbers if n is not None])
    except (ValueError, IndexError):
        return None
