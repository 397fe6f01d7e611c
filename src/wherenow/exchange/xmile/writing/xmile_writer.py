"""Writing models as XMILE 1.0 files that other tools open and :func:`~wherenow.exchange.xmile.read_xmile` reads back.

Features that XMILE lacks (ranges of a dimension and their mappings, equations for part of an array, exogenous series,
tables that step to the next value, evidence) are written as tags and attributes of our own name space beside the
standard ones: other tools ignore them (XMILE 1.0, 2.1), and our reader restores them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from wherenow.exchange.xmile.writing.net_flows import with_net_flows
from wherenow.exchange.xmile.writing.xmile_spelling import XmileSpelling, shown
from wherenow.exchange.xmile.writing.xml_writer import XmlElement, document
from wherenow.files import write_text
from wherenow.language.printer import number, spelled
from wherenow.language.syntax import Call, Expression, Number, Reference, Table, canonical
from wherenow.model.elaboration.macros import generated
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.model_types import Dimension, Equation, Kind, Macro, Method, ModelSpec, TimeSpec, Variable

SUFFIXES = (".xmile", ".stmx", ".xml")
_TAGS = {Kind.STOCK: "stock", Kind.FLOW: "flow"}
_METHODS = {Method.EULER: "Euler", Method.RK4: "RK4", Method.RK45: "RK45"}


def write_xmile(model: ModelSpec, path: str | os.PathLike[str]) -> Path:
    """Write ``model`` to ``path`` atomically.

    Raises
    ------
    UsageError
        if the file cannot be written.
    """
    return write_text(path, to_xmile_file(model))


def to_xmile_file(model: ModelSpec) -> str:
    """Return the text of an XMILE file of ``model``."""
    model = with_net_flows(model)
    root = XmlElement("xmile", {"version": "1.0"})
    header = root.add("header")
    header.add("options", {"namespace": "std"})
    header.add("name", text=model.name or "model")
    header.add("vendor", text="wherenow")
    header.add("product", {"version": "1.0", "lang": "en"}, "wherenow")
    root.children.append(_time(model.time))
    if model.units:
        root.children.append(_units(model.units))
    if model.dimensions:
        parent = root.add("dimensions")
        parent.children.extend(_dimension(d) for d in model.dimensions.values())
    root.children.extend(_macro(m, model) for m in model.macros.values())
    inner = root.add("model")
    spelling = XmileSpelling(model.variables, model.dimensions)
    parent = inner.add("variables")
    parent.children.extend(_XmileScope(model, spelling, model.variables).variables())
    inner.children.extend(_groups(model.variables))
    return document(root)


# -- other entries


def _time(time: TimeSpec) -> XmlElement:
    named: dict[str, str] = {"method": _METHODS[time.method]}
    if time.unit:
        named["time_units"] = time.unit
    if time.save != time.step:
        named["isee:save_interval"] = number(time.save)
    specs = XmlElement("sim_specs", named)
    for name, value in (("start", time.start), ("stop", time.stop), ("dt", time.step)):
        specs.add(name, text=number(value))
    return specs


def _units(definitions: tuple[str, ...]) -> XmlElement:
    """Split definitions, ``name = value = symbol = alias``, into a name, its definition and its aliases."""
    parent = XmlElement("model_units")
    for definition in definitions:
        name, *rest = (part.strip() for part in definition.split("="))
        unit = parent.add("unit", {"name": name})
        if rest and rest[0] != f"[{name}]":
            unit.add("eqn", text=rest[0])
        for alias in rest[1:]:
            if alias not in ("_", ""):
                unit.add("alias", text=alias)
    return parent


def _dimension(dimension: Dimension) -> XmlElement:
    # PySD requires one spelling of a dimension everywhere, so its label is stored separately
    named = {"name": shown(dimension.name), "size": str(len(dimension.elements))}
    if dimension.label and dimension.label != dimension.name:
        named["wherenow:label"] = dimension.label
    if dimension.parent:
        named["wherenow:parent"] = dimension.parent
    tag = XmlElement("dim", named)
    for element in dimension.elements:
        tag.add("elem", {"name": shown(element)})
    for other, pairs in dimension.mappings.items():
        for theirs, ours in pairs.items():
            tag.add("wherenow:map", {"dimension": other, "element": theirs, "to": ours})
    return tag


def _groups(variables: Mapping[str, Variable]) -> Iterator[XmlElement]:
    for sector in dict.fromkeys(v.sector for v in variables.values() if v.sector):
        group = XmlElement("group", {"name": sector})
        for variable in variables.values():
            if variable.sector == sector:
                group.add("var", text=variable.name)
        yield group


def _macro(macro: Macro, model: ModelSpec) -> XmlElement:
    tag = XmlElement("macro", {"name": macro.name})
    for parameter in macro.parameters:
        tag.add("parm", text=parameter)
    local = dict(macro.variables)
    spelling = XmileSpelling(local, model.dimensions, macro.parameters)
    result = local.get(macro.output)
    value: Expression = Reference(macro.output)
    if result is not None and _is_formula(result) and macro.output == macro.name and not _mentions(local, macro.name):
        # a macro's value has its own <eqn>, so no variable may carry the macro's name as well
        value = local.pop(macro.output).equations[0].expression
    tag.add("eqn", text=spelling.text(value))
    parent, writing = tag.add("variables"), _XmileScope(model, spelling, local)
    parent.children.extend((*writing.tables(), *writing.variables()))
    return tag


def _is_formula(variable: Variable) -> bool:
    only = variable.equations[0]
    return (
        variable.kind is Kind.AUXILIARY
        and len(variable.equations) == 1
        and only.initial is None
        and not (variable.dimensions or isinstance(only.expression, Table))
    )


def _mentions(variables: Mapping[str, Variable], name: str) -> bool:
    nodes = (node for variable in variables.values() for node in variable.nodes())
    return any(isinstance(node, Reference) and node.name == name for node in nodes)


# -- variables


class _XmileScope:
    """The tags of one model's or macro's variables, and of the tables inside their equations."""

    def __init__(self, model: ModelSpec, spelling: XmileSpelling, variables: Mapping[str, Variable]) -> None:
        self.spelling, self.written = spelling, variables
        self.dimensions = Dimensions(model.dimensions)

    def variables(self) -> Iterator[XmlElement]:
        """Return the variables in order; each table inside an equation follows it as its own graphical function."""
        for variable in self.written.values():
            yield self._variable(variable)
            yield from self.tables()

    def tables(self) -> Iterator[XmlElement]:
        """Return the tables inside the equations that were written last, as graphical functions of their own."""
        for name, table in self.spelling.taken_out():
            graph = _graph(table)
            graph.attributes = {"name": name, **graph.attributes}
            yield graph

    def _variable(self, variable: Variable) -> XmlElement:
        if variable.kind is Kind.LOOKUP and not variable.dimensions:
            return self._lookup(variable)
        tag = XmlElement(_TAGS.get(variable.kind, "aux"), {"name": _label(variable)})
        if variable.kind is Kind.SERIES:
            tag.attributes["wherenow:kind"] = "series"
        tag.attributes.update(_grounds(variable))
        if variable.about:
            tag.add("doc", text=variable.about)
        if variable.dimensions:
            parent = tag.add("dimensions")
            for dimension in variable.dimensions:
                parent.add("dim", {"name": shown(dimension)})
        self._equations(variable, tag)
        for side, names in (("inflow", variable.inflows), ("outflow", variable.outflows)):
            for name in names:
                tag.add(side, text=spelled(name))
        if variable.non_negative:
            tag.add("non_negative")
        if variable.unit:
            tag.add("units", text=variable.unit)
        if variable.range:
            low, high = variable.range
            tag.add("range", {"min": number(low), "max": number(high)})
        return tag

    def _lookup(self, variable: Variable) -> XmlElement:
        """Write a table that is called by its name (XMILE 1.0, 3.1.4)."""
        (equation,) = variable.equations
        assert isinstance(equation.expression, Table)  # a lookup has no other expression
        tag = _graph(equation.expression)
        tag.attributes = {"name": _label(variable), **_grounds(variable), **tag.attributes}
        if variable.about:
            tag.add("doc", text=variable.about)
        if variable.unit:
            tag.add("units", text=variable.unit)
        return tag

    def _equations(self, variable: Variable, tag: XmlElement) -> None:
        twice = len(set(variable.dimensions)) < len(variable.dimensions)  # the name alone would be ambiguous
        if len(variable.equations) == 1 and _is_whole(variable, variable.equations[0]) and not twice:
            self._equation(variable, variable.equations[0], tag)
            return
        for equation in variable.equations if not twice else ():
            named = {"for": ", ".join(equation.subscripts)}
            if equation.excepted:
                named["except"] = "; ".join(", ".join(e) for e in equation.excepted)
            if any(s in self.dimensions for s in equation.subscripts) or equation.excepted:
                self._equation(variable, equation, tag.add("wherenow:equation", named))
        self._elements(variable, tag)

    def _elements(self, variable: Variable, tag: XmlElement) -> None:
        """Write one equation for each element, as the standard requires for arrays whose equations differ."""
        defined = {
            elements: equation
            for equation in self.dimensions.broad_first(variable.equations)
            for elements in self.dimensions.covered(equation)
        }
        if len(defined) < math.prod(len(self.dimensions.elements(d)) for d in variable.dimensions):
            tag.attributes["wherenow:partial"] = "true"
        for elements, equation in defined.items():
            own = tag.add("element", {"subscript": ",".join(map(shown, elements))})
            alone = equation.subscripts == elements and not equation.excepted
            if not alone:
                own.attributes["wherenow:derived"] = "true"
            binding = self.dimensions.bind(equation, elements)
            for dimension, element in zip(variable.dimensions, elements, strict=True):
                binding.setdefault(dimension, element)
            self._equation(variable, equation, own, None if alone else binding)

    def _equation(
        self, variable: Variable, equation: Equation, tag: XmlElement, binding: Mapping[str, str] | None = None
    ) -> None:
        expression = equation.expression if variable.kind is not Kind.STOCK else equation.initial or Number(0.0)
        initial = equation.initial if variable.kind is not Kind.STOCK else None
        if binding is not None:
            expression = self.spelling.element(expression, binding)
            initial = self.spelling.element(initial, binding) if initial is not None else None
        match expression:
            case Table():
                if variable.kind is Kind.SERIES:
                    tag.add("eqn", text="time")
                tag.children.append(_graph(expression))
            case Call("lookup", (Table() as table, argument)):
                tag.add("eqn", text=self.spelling.text(argument))
                tag.children.append(_graph(table))
            case _:
                tag.add("eqn", text=self.spelling.text(expression))
        if initial is not None:
            tag.add("init_eqn", text=self.spelling.text(initial))


def _grounds(variable: Variable) -> dict[str, str]:
    """Write the evidence that a case gives for a variable."""
    found = {"wherenow:evidence": ", ".join(variable.evidence), "wherenow:assumption": variable.assumption}
    return {name: text for name, text in found.items() if text}


def _label(variable: Variable) -> str:
    label = variable.label.replace("\n", "\\n")
    return label if canonical(label) == variable.name and not generated(variable.name) else variable.name


def _is_whole(variable: Variable, equation: Equation) -> bool:
    return equation.subscripts == variable.dimensions and not equation.excepted


def _graph(table: Table) -> XmlElement:
    kind = {"previous": "discrete"}.get(table.between, "continuous")
    named = {"type": "extrapolate" if kind == "continuous" and table.outside == "extrapolate" else kind}
    if table.between == "next":
        named["wherenow:between"] = "next"
    if table.outside == "extrapolate" and table.between != "linear":
        named["wherenow:outside"] = "extrapolate"
    tag = XmlElement("gf", named)
    finite = [y for y in table.ys if y == y] or [0.0]
    tag.add("yscale", {"min": number(min(finite)), "max": number(max(finite))})
    tag.add("xpts", text=",".join(map(number, table.xs)))
    tag.add("ypts", text=",".join(map(number, table.ys)))
    return tag
