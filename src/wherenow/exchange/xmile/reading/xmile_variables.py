"""Stocks, flows, auxiliaries and graphical functions of one ``<model>`` as variables, under their local names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product
from operator import add, sub

from wherenow.errors import Diagnostic, Severity, Text
from wherenow.exchange.xmile.reading.graphical import read_table
from wherenow.exchange.xmile.reading.xmile_equations import (
    EMPTY,
    Equations,
    listed_numbers,
    qualified,
    without_left_side,
)
from wherenow.exchange.xmile.reading.xml_reader import Tag
from wherenow.language.syntax import Call, Expression, Number, Reference, Table, canonical
from wherenow.model.model_types import Dimension, Equation, Kind, Variable

KINDS: Mapping[str, Kind] = {
    "stock": Kind.STOCK,
    "flow": Kind.FLOW,
    "aux": Kind.AUXILIARY,
    "gf": Kind.LOOKUP,
}
_DECLARING = frozenset((*KINDS, "module"))
_LISTED = re.compile(r"[^\s,]+")
CONTROL = frozenset({"time_step", "initial_time", "final_time", "saveper"})
"""Constants in exports from Vensim that repeat ``<sim_specs>``; they are not drawn."""


def behaviour(tag: Tag) -> dict[Kind, bool]:
    """Read whether stocks and flows of a file or model are non-negative by default (XMILE 1.0, 2.7)."""
    found: dict[Kind, bool] = {}
    for part in tag.all("behavior"):
        for kind, name in ((Kind.STOCK, "stock"), (Kind.FLOW, "flow")):
            for parent in (part, *part.all(name)):
                if (flag := parent.find("non_negative")) is not None:
                    found[kind] = _is_on(flag)
    return found


def _is_on(flag: Tag) -> bool:
    return flag.value.lower() not in ("false", "0")


@dataclass(slots=True, kw_only=True)
class ReadingState:
    """The state of the file while its variables are read."""

    equations: Equations  # reader of the file's equations
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)  # dimensions of arrays, by name
    non_negative: Mapping[Kind, bool] = field(default_factory=dict)  # default of `non_negative` for each kind
    euler: bool = True  # whether the integration method is Euler's
    step: float = 1.0  # integration step of the run
    driven: frozenset[str] = frozenset()  # flows of the current model that a conveyor, queue or oven determines

    @property
    def warnings(self) -> list[Diagnostic]:
        return self.equations.warnings

    @property
    def problems(self) -> list[Diagnostic]:
        return self.equations.problems


def variable_tags(model: Tag) -> Iterator[Tag]:
    """List the tags that declare variables and modules, also those inside a tag that was never closed."""
    stack = [c for parent in (model, *model.all("variables")) for c in parent.children][::-1]
    while stack:
        tag = stack.pop()
        if tag.name in _DECLARING and (tag.attributes.get("name") or tag.name != "gf"):
            yield tag
            if tag.children:
                stack.extend(reversed([c for c in tag.children if c.name in KINDS and c.attributes.get("name")]))
        elif tag.name in ("group", "sector"):
            stack.extend(reversed(tag.children))


def read_variable(tag: Tag, reading: ReadingState) -> Variable | None:
    """Read the variable that ``tag`` declares, with local references; None if it has no name."""
    label = tag.attributes.get("name", "").strip()
    name = canonical(label)
    if not name:
        reading.problems.append(tag.problem(f"a <{tag.name}> without a name"))
        return None
    kind = KINDS[tag.name]
    eqn = tag.find("eqn")
    if kind is Kind.STOCK and eqn is not None and without_left_side(eqn.text, name) is not None:
        kind = Kind.AUXILIARY  # the text is the whole equation, not a stock's initial value
    dimensions = _dimensions(tag, reading)
    equations = tuple(_equations(tag, kind, name, dimensions, reading))
    if tag.attributes.get("wherenow:kind") == "series":
        kind, equations = Kind.SERIES, tuple(_over_time(e) for e in equations)
    if kind is Kind.AUXILIARY:
        kind = _auxiliary_kind(name, equations)
    own = tag.find("non_negative")
    limited = reading.non_negative.get(kind, False) if own is None else _is_on(own)
    return Variable(
        name=name,
        kind=kind,
        equations=equations,
        dimensions=dimensions,
        unit=tag.inner("units").replace("\n", " "),
        inflows=_names(tag, "inflow") if kind is Kind.STOCK else (),
        outflows=_names(tag, "outflow") if kind is Kind.STOCK else (),
        non_negative=kind in (Kind.STOCK, Kind.FLOW) and limited,
        label=label,
        about=tag.inner("doc"),
        evidence=tuple(_LISTED.findall(tag.attributes.get("wherenow:evidence", ""))),
        assumption=tag.attributes.get("wherenow:assumption", ""),
        range=_range(tag),
        text=_heading(tag),
    )


def _heading(tag: Tag) -> Text:
    where = tag.source.locate(tag.place)
    return Text(tag.source.line(tag.place), where.file, where.line, where.column)


def _auxiliary_kind(name: str, equations: tuple[Equation, ...]) -> Kind:
    values = [e.expression for e in equations]
    if values and all(isinstance(v, Table) for v in values):
        return Kind.LOOKUP
    numbers = all(isinstance(v, Number) and v.value == v.value for v in values)
    plain = all(e.initial is None for e in equations)
    return Kind.PARAMETER if values and numbers and plain and name not in CONTROL else Kind.AUXILIARY


def _over_time(equation: Equation) -> Equation:
    """Read a series from a file that we wrote: its table over time."""
    match equation.expression:
        case Call("lookup", (Table() as table, Call("time", ()))):
            return replace(equation, expression=table)
        case _:
            return equation


def _names(tag: Tag, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(qualified(c.value) for c in tag.all(name) if c.value))


def _range(tag: Tag) -> tuple[float, float] | None:
    child = tag.find("range")
    if child is None:
        return None
    try:
        low, high = (float(child.attributes[end]) for end in ("min", "max"))
    except (KeyError, ValueError):
        return None
    return (low, high) if low < high else None


def _dimensions(tag: Tag, reading: ReadingState) -> tuple[str, ...]:
    parent = tag.find("dimensions")
    if parent is None:
        return ()
    found = []
    for child in parent.all("dim"):
        name = canonical(child.attributes.get("name", ""))
        if name not in reading.dimensions:
            reading.problems.append(child.problem(f"unknown dimension '{name}'"))
        else:
            found.append(name)
    return tuple(found)


# -- equations


def _equations(
    tag: Tag, kind: Kind, name: str, dimensions: tuple[str, ...], reading: ReadingState
) -> Iterator[Equation]:
    whole = list(tag.all("eqn"))
    elements = list(tag.all("element"))
    parts = list(tag.all("wherenow:equation"))
    if parts and dimensions:
        elements = [e for e in elements if "wherenow:derived" not in e.attributes]
        yield from (_partial(tag, part, kind, name, reading) for part in parts)
    if kind is Kind.LOOKUP:
        yield Equation(
            expression=read_table(tag, reading.warnings, reading.problems), subscripts=dimensions, text=_heading(tag)
        )
        return
    listed = listed_numbers(whole[0].text) if dimensions and len(whole) == 1 and not (elements or parts) else None
    if listed is not None:
        yield from _by_number(tag, listed, dimensions, kind, name, reading)
        return
    if not dimensions or (len(whole) <= 1 and not elements and not parts):
        if len(whole) > 1:
            reading.problems.append(whole[1].problem(f"'{name}' has more than one equation but no dimension"))
        yield _equation(tag, tag, dimensions, kind, name, reading)
        return
    known = [reading.dimensions[d].elements for d in dimensions]
    if elements or parts:
        yield from _by_element(tag, elements, known, kind, name, reading)
    else:  # Vensim exports one equation per element, the last dimension running fastest
        places = list(product(*known))
        if len(whole) != len(places):
            message = f"'{name}' has {len(places)} elements but {len(whole)} equations"
            reading.problems.append(tag.problem(message))
        for subscripts, eqn in zip(places, whole, strict=False):
            yield _equation(tag, tag, subscripts, kind, f"{name}[{','.join(subscripts)}]", reading, eqn)


def _by_number(
    tag: Tag, numbers: list[Text], dimensions: tuple[str, ...], kind: Kind, name: str, reading: ReadingState
) -> Iterator[Equation]:
    """Read a list of numbers, the last dimension fastest."""
    places = list(product(*(reading.dimensions[d].elements for d in dimensions)))
    if len(numbers) != len(places):
        reading.problems.append(tag.problem(f"'{name}' has {len(places)} elements but {len(numbers)} numbers"))
    for subscripts, text in zip(places, numbers, strict=False):
        yield _made(reading.equations.read(text, f"'{name}'"), tag, subscripts, kind, text)


def _by_element(
    tag: Tag, elements: list[Tag], known: list[tuple[str, ...]], kind: Kind, name: str, reading: ReadingState
) -> Iterator[Equation]:
    made: dict[tuple[str, ...], Equation] = {}
    for element in elements:
        written = element.attributes.get("subscript", "")
        subscripts = _subscripts(written, known)
        if subscripts is None:
            what = f"'{name}' has no element [{written}]"
            reading.warnings.append(element.warning(what, "the equation is ignored"))
            continue
        equation = _equation(element, tag, subscripts, kind, f"{name}[{','.join(subscripts)}]", reading)
        if subscripts in made:
            empty = equation.expression is EMPTY if kind is not Kind.STOCK else equation.initial is EMPTY
            which = "first" if empty else "last"
            reading.warnings.append(element.warning(f"'{name}[{written}]' is defined twice", f"the {which} is taken"))
            if empty:
                continue
        made[subscripts] = equation
    complete = "wherenow:partial" in tag.attributes or tag.find("wherenow:equation") is not None
    missing = [s for s in product(*known) if s not in made] if not complete else []
    if missing and tag.find("eqn") is not None and made:
        for subscripts in missing:
            made[subscripts] = _equation(tag, tag, subscripts, kind, f"{name}[{','.join(subscripts)}]", reading)
    elif missing:
        shown = ", ".join(f"[{','.join(s)}]" for s in missing[:3]) + (" and more" if len(missing) > 3 else "")
        reading.warnings.append(tag.warning(f"'{name}' has no equation for {shown}", "those elements have no value"))
        for subscripts in missing:
            made[subscripts] = _made(EMPTY, tag, subscripts, kind, _heading(tag))
    yield from made.values()


def _partial(tag: Tag, part: Tag, kind: Kind, name: str, reading: ReadingState) -> Equation:
    """Read an equation from a file that we wrote, for the part of an array in ``for``, without ``except``."""
    subscripts = _listed(part.attributes.get("for", ""))
    equation = _equation(part, tag, subscripts, kind, f"{name}[{','.join(subscripts)}]", reading)
    excepted = part.attributes.get("except", "")
    return replace(equation, excepted=tuple(_listed(e) for e in excepted.split(";"))) if excepted else equation


def _listed(written: str) -> tuple[str, ...]:
    return tuple(canonical(w) for w in written.split(","))


def _subscripts(written: str, known: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """List the elements that ``"A, 2"`` names, each by name or by position."""
    split = re.split(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", written) if '"' in written else written.split(",")
    words = [canonical(w) for w in split]
    if len(words) != len(known):
        return None
    found = []
    for word, elements in zip(words, known, strict=True):
        bare = word.rpartition(".")[2]
        if word in elements or bare in elements:
            found.append(word if word in elements else bare)
        elif word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= len(elements):
            found.append(elements[int(word) - 1])
        else:
            return None
    return tuple(found)


def _equation(
    own: Tag,
    parent: Tag,
    subscripts: tuple[str, ...],
    kind: Kind,
    what: str,
    reading: ReadingState,
    eqn: Tag | None = None,
) -> Equation:
    """Read one equation from ``own`` (an element, or the variable itself), with missing parts taken from ``parent``."""
    eqn = eqn or own.find("eqn") or parent.find("eqn")
    graph = own.find("gf") or parent.find("gf")
    table = read_table(graph, reading.warnings, reading.problems) if graph is not None else None
    text: Text = eqn.text if eqn is not None else _heading(own)
    text = without_left_side(text, canonical(parent.attributes.get("name", ""))) or text
    expression: Expression
    if table is not None and (eqn is None or not eqn.value):
        expression = table
    elif eqn is None:
        expression = EMPTY
        if not _fed(parent, reading):
            message, hint = f"'{what}' has no equation", "it has no value, and neither do its dependents"
            reading.warnings.append(own.problem(message, hint, Severity.WARNING))
    elif not eqn.value and _fed(parent, reading):
        expression = EMPTY
    else:
        expression = reading.equations.read(text, f"'{what}'")
        if table is not None:
            expression = Call("lookup", (table, expression), expression.span)
    equation = _made(expression, parent, subscripts, kind, text)
    first = own.find("init_eqn") or parent.find("init_eqn")
    if first is None or not first.value or kind is Kind.STOCK:
        return equation
    initial = reading.equations.read(first.text, f"the initial equation of '{what}'")
    return replace(equation, initial=initial, initial_text=first.text)


def _fed(tag: Tag, reading: ReadingState) -> bool:
    """Check whether another module, or the stock that a flow leaves, determines a variable without an equation."""
    return "input" in tag.attributes.get("access", "") or canonical(tag.attributes.get("name", "")) in reading.driven


def _made(expression: Expression, tag: Tag, subscripts: tuple[str, ...], kind: Kind, text: Text) -> Equation:
    if kind is not Kind.STOCK:
        return Equation(expression=expression, subscripts=subscripts, text=text)
    return Equation(
        expression=net_rate(_names(tag, "inflow"), _names(tag, "outflow")),
        subscripts=subscripts,
        initial=expression,
        text=text,
        initial_text=text,
    )


def net_rate(inflows: tuple[str, ...], outflows: tuple[str, ...]) -> Expression:
    """Return inflows less outflows, in the order written."""
    if not inflows:
        return reduce(sub, map(Reference, outflows[1:]), -Reference(outflows[0])) if outflows else Number(0.0)
    return reduce(sub, map(Reference, outflows), reduce(add, map(Reference, inflows)))
