"""Models within models: modules are flattened under qualified names (XMILE 1.0, 4.7).

Variable ``x`` of module ``m`` becomes ``m.x``; a module's input becomes a variable equal to its source, so that it has
its own column among the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import is_
from pathlib import Path

from wherenow.errors import Severity
from wherenow.exchange.xmile.reading.containers import with_arrays
from wherenow.exchange.xmile.reading.conveyors import apply_belts, driven_flows
from wherenow.exchange.xmile.reading.xmile_equations import EMPTY, qualified
from wherenow.exchange.xmile.reading.xmile_variables import ReadingState, behaviour, read_variable, variable_tags
from wherenow.exchange.xmile.reading.xml_reader import Tag, read_beside
from wherenow.language.syntax import Call, Expression, Reference, canonical
from wherenow.model.model_types import Dimension, Equation, Kind, Variable
from wherenow.model.rewrite import rewrite

DEEPEST = 20  # maximum nesting of modules


@dataclass(slots=True, kw_only=True)
class Assembly:
    """The flat model that is being built. ``models`` are the file's models by name, '' the root's."""

    reading: ReadingState  # reading state of the file
    models: Mapping[str, Tag]
    folder: Path  # folder of data files
    variables: dict[str, Variable] = field(default_factory=dict)  # variables by qualified name
    tags: dict[str, Tag] = field(default_factory=dict)  # tags of variables, by qualified name
    connections: list[tuple[str, str, str, Tag]] = field(default_factory=list)  # (module's path, target, source, tag)

    def add_model(self, model: Tag, path: str, label: str, depth: int = 0) -> None:
        """Add one model, under ``path`` ('' or ending in a dot), with the models inside it."""
        if depth > DEEPEST:
            self.reading.problems.append(model.problem(f"modules are nested more than {DEEPEST} deep"))
            return
        sectors = _sectors(model)
        local: dict[str, Variable] = {}
        tags: dict[str, Tag] = {}
        modules: dict[str, Tag] = {}
        declared = list(variable_tags(model))
        self.reading.driven = driven_flows(declared)
        of_file = self.reading.non_negative
        self.reading.non_negative = {**of_file, **behaviour(model)}
        for tag in declared:
            if tag.name == "module":
                modules[canonical(tag.attributes.get("name", ""))] = tag
                continue
            variable = read_variable(tag, self.reading)
            if variable is None:
                continue
            if variable.name in local:
                self.reading.problems.append(tag.problem(f"'{variable.name}' is defined twice"))
                continue
            sector = sectors.get(variable.name, label.rstrip("."))
            local[variable.name] = replace(variable, sector=sector) if sector != variable.sector else variable
            tags[variable.name] = tag
        self.reading.non_negative = of_file
        local = with_arrays(local, apply_belts(local, tags, self.reading), self.reading)
        elements = frozenset(e for d in self.reading.dimensions.values() for e in d.elements)
        clock = frozenset() if self.reading.equations.quoting else frozenset(local)
        scope = _Scope(path, local, frozenset(modules), self.reading.dimensions, elements, clock)
        for variable in local.values():
            qualified = scope.qualified(variable, label)
            self.variables[qualified.name] = qualified
            self.tags[qualified.name] = tags.get(variable.name, model)
        for name, tag in modules.items():
            self._add_module(name, tag, path, label, depth)

    def _add_module(self, name: str, tag: Tag, path: str, label: str, depth: int) -> None:
        inner = self._model_of(name, tag)
        if inner is not None:
            written = tag.attributes.get("name", "").strip()
            self.add_model(inner, f"{path}{name}.", f"{label}{written}.", depth + 1)
        for connect in tag.children:
            if connect.name == "connect" and connect.attributes.get("to") and connect.attributes.get("from"):
                to, source = (qualified(connect.attributes[end]) for end in ("to", "from"))
                self.connections.append((f"{path}{name}.", to, source, connect))

    def _model_of(self, name: str, tag: Tag) -> Tag | None:
        chosen = next((v for k, v in tag.attributes.items() if k.rpartition(":")[2] == "model_name"), name)
        if (found := self.models.get(canonical(chosen))) is not None:
            return found
        resource = tag.attributes.get("resource", "").strip()
        if resource:
            return self._included(resource, tag)
        if any(c.name in ("variables", "stock", "flow", "aux") for c in tag.children):
            return tag
        self.reading.problems.append(tag.problem(f"module '{name}' has no model in this file"))
        return None

    def _included(self, resource: str, tag: Tag) -> Tag | None:
        """Read the root model of another file, which must be in this file's folder or below."""
        path = (self.folder / resource.removeprefix("file://")).resolve()
        message = f"module '{tag.attributes.get('name')}' is in '{resource}', which is not beside this file"
        root = read_beside(path, self.folder, self.reading.warnings, self.reading.problems, tag.problem(message))
        return root.find("model") if root is not None else None

    def connect(self) -> None:
        """Connect the modules' inputs to their sources."""
        connected = set()
        for where, to, source, tag in self.connections:
            outside = where[:-1].rpartition(".")[0]
            outside = f"{outside}." if outside else ""
            target = self._find(to, (where, outside))
            giver = self._find(source, (outside, where))
            if target is None or giver is None:
                missing = tag.attributes["to"] if target is None else tag.attributes["from"]
                self.reading.warnings.append(tag.warning(f"a connection with '{missing}', which does not exist"))
                continue
            connected.add(target)
            if target != giver:
                self._feed(target, giver)
        for name, tag in self.tags.items():
            variable = self.variables[name]
            if "input" in tag.attributes.get("access", "") and name not in connected and _is_empty(variable):
                hint = "it has no value, and neither do its dependents"
                message = f"input '{name}' is not connected and has no equation"
                self.reading.warnings.append(tag.problem(message, hint, Severity.WARNING))

    def _find(self, name: str, places: tuple[str, ...]) -> str | None:
        if name.startswith("."):
            return name[1:] if name[1:] in self.variables else None
        candidates = [*(p + name for p in places), name]
        own = places[0][:-1].rpartition(".")[2]
        if own and name.startswith(f"{own}."):
            candidates.insert(0, places[0] + name.removeprefix(f"{own}."))
        return next((c for c in candidates if c in self.variables), None)

    def _feed(self, target: str, giver: str) -> None:
        variable, source = self.variables[target], self.variables[giver]
        kind = Kind.LOOKUP if source.kind is Kind.LOOKUP else Kind.AUXILIARY
        if kind is Kind.LOOKUP:
            self.variables[target] = replace(
                variable, kind=kind, equations=source.equations, dimensions=source.dimensions
            )
            return
        text = variable.equations[0].text if variable.equations else variable.text
        dimensions = variable.dimensions or source.dimensions
        equation = Equation(expression=Reference(giver), subscripts=dimensions, text=text)
        self.variables[target] = replace(
            variable, kind=kind, equations=(equation,), dimensions=dimensions, inflows=(), outflows=()
        )


def _is_empty(variable: Variable) -> bool:
    return all(e.expression is EMPTY for e in variable.equations)


def _sectors(model: Tag) -> dict[str, str]:
    """Return the group of each variable."""
    found = {}
    for parent in (model, *model.all("variables")):
        for group in [*parent.all("group"), *parent.all("sector")]:
            for member in group.children:
                name = member.attributes.get("name") or (member.value if member.name in ("var", "entity") else "")
                if name:
                    found[canonical(name)] = group.attributes.get("name", "").strip()
    return found


@dataclass(frozen=True, slots=True)
class _Scope:
    """The meaning of names inside one model."""

    path: str  # prefix of qualified names; '' for the root
    local: Mapping[str, Variable]  # variables by name
    modules: frozenset[str]  # names of modules inside
    dimensions: Mapping[str, Dimension]  # dimensions of the file, by name
    elements: frozenset[str]  # elements of all dimensions
    clock: frozenset[str]  # variables whose names are those of clock functions in Vensim, such as `initial time`

    def qualified(self, variable: Variable, label: str) -> Variable:
        def named(equation: Equation) -> Equation:
            return equation.changed(lambda part, text: self._expression(part, text.content, equation, variable))

        equations = tuple(map(named, variable.equations))
        inflows, outflows = (tuple([self.name(n) for n in names]) for names in (variable.inflows, variable.outflows))
        tied = (inflows, outflows) == (variable.inflows, variable.outflows)
        if not self.path and not label and tied and all(map(is_, equations, variable.equations)):
            return variable  # names in the root model are already complete, as in most files
        return replace(
            variable,
            name=self.path + variable.name,
            equations=equations,
            inflows=inflows,
            outflows=outflows,
            label=label + variable.label,
        )

    def name(self, name: str) -> str:
        if name in self.local or name.partition(".")[0] in self.modules:
            return self.path + name
        return name.removeprefix(".")

    def _expression(self, node: Expression, content: str, equation: Equation, variable: Variable) -> Expression:
        if node is EMPTY:
            return node

        def change(part: Expression) -> Expression:
            if isinstance(part, Reference):
                if part.name == "self" and "self" not in self.local:
                    own = tuple(Reference(s) for s in equation.subscripts)
                    return replace(part, name=self.path + variable.name, subscripts=part.subscripts or own)
                element = self._element(part)
                if element is not None:
                    return element
                name = self.name(part.name)
                return part if name == part.name else replace(part, name=name)
            if isinstance(part, Call):
                word = canonical(content[slice(*part.span)]) if not part.arguments else ""
                if word in self.clock:
                    return Reference(self.path + word, (), part.span)
                if part.function in self.local:
                    return replace(part, function=self.path + part.function)
            return part

        def subscript(part: Expression) -> Expression:
            if not isinstance(part, Reference):
                return part
            if part.name in self.dimensions or part.name in self.elements:
                return part
            return change(part)

        return rewrite(node, change, subscript)

    def _element(self, node: Reference) -> Reference | None:
        """Read ``dimension.element`` as the element (XMILE 1.0, 3.7.1.1)."""
        head, dot, tail = node.name.rpartition(".")
        dimension = self.dimensions.get(head) if dot and node.name not in self.local else None
        return replace(node, name=tail) if dimension is not None and tail in dimension.elements else None
