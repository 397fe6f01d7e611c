"""Macros: reusable pieces of model, expanded at each call (XMILE 1.0, 4.8; Vensim reference manual, "Macros").

A call becomes new variables: one for each variable of the macro, and one for each argument that is more than a name or
a number. In an array's equation they have the same dimensions. Their names contain blanks, which no written name can,
so that they never collide: ``caller macro 1 variable``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wherenow.errors import Diagnostic, InputError, Text
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Call, Expression, Number, Reference
from wherenow.model.model_types import Equation, Kind, Macro, ModelSpec, Variable
from wherenow.model.rewrite import rewrite

DEEPEST = 32  # maximum nesting of macro calls


def generated(name: str) -> bool:
    """Return whether a variable's or element's name was generated rather than written by a person."""
    return " " in name.partition("[")[0]


def macro_name(written: str) -> str:
    """Return the name under which a model stores a macro: prefixed if a function of the table has the same name.

    Inside the macro, the plain name means the function.
    """
    return f"macro_{written}" if written in FUNCTIONS else written


def expand_macros(model: ModelSpec) -> ModelSpec:
    """Return ``model`` with each call of a macro replaced by new variables.

    Raises
    ------
    InputError
        For a call with the wrong number of arguments, and for macros that call themselves.
    """
    if not model.macros:
        return model
    expansion = _Expansion(model)
    for variable in model.variables.values():
        expansion.add(variable, depth=0)
    if expansion.problems:
        raise InputError(expansion.problems)
    return replace(model, variables=expansion.variables, macros={})


@dataclass(slots=True)
class _Expansion:
    model: ModelSpec
    variables: dict[str, Variable] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, variable: Variable, depth: int) -> None:
        """Add ``variable`` with its calls expanded, after the variables that they become."""

        def expanded(equation: Equation) -> Equation:
            def changed(expression: Expression, text: Text) -> Expression:
                def change(node: Expression) -> Expression:
                    if isinstance(node, Call) and node.function in self.model.macros:
                        return self._call(node, equation, text, variable, depth)
                    return node

                return rewrite(expression, change)

            return equation.changed(changed)

        equations = tuple(map(expanded, variable.equations))
        self.variables[variable.name] = (
            variable if equations == variable.equations else replace(variable, equations=equations)
        )

    def _call(self, node: Call, equation: Equation, text: Text, variable: Variable, depth: int) -> Expression:
        macro = self.model.macros[node.function]
        wrong = ""
        if len(node.arguments) != len(macro.parameters):
            names = ", ".join(macro.parameters)
            wrong = f"macro '{macro.name}' takes {len(macro.parameters)} arguments ({names}), not {len(node.arguments)}"
        elif depth >= DEEPEST:
            wrong = f"macro '{macro.name}' calls itself, directly or through another"
        if wrong:
            self.problems.append(text.problem(wrong, at=node.span.start))
            return Number(0.0, node.span)
        return self._instance(macro, node, equation, text, variable, depth)

    def _instance(
        self, macro: Macro, node: Call, equation: Equation, text: Text, variable: Variable, depth: int
    ) -> Expression:
        root = f"{variable.name} {macro.name}"
        number = self.calls[root] = self.calls.get(root, 0) + 1
        over = _CallScope(equation, self.model)
        names: dict[str, Expression] = {}
        for parameter, argument in zip(macro.parameters, node.arguments, strict=True):
            if isinstance(argument, Number | Reference):
                names[parameter] = argument
                continue
            name = f"{root} {number} {parameter}"
            names[parameter] = over.reference(name, ())
            definition = Equation(expression=argument, subscripts=over.dimensions, excepted=over.excepted, text=text)
            self.variables[name] = Variable(
                name=name,
                kind=Kind.AUXILIARY,
                equations=(definition,),
                dimensions=over.dimensions,
                sector=variable.sector,
            )
        for local, inner in macro.variables.items():
            table = inner.kind in (Kind.LOOKUP, Kind.SERIES)
            name = f"{root} {number} {local}"
            names[local] = Reference(name) if table else over.reference(name, inner.dimensions)
        for local, inner in macro.variables.items():
            self.add(_placed(inner, f"{root} {number} {local}", names, over, variable.sector), depth + 1)
        return replace(names[macro.output], span=node.span)


class _CallScope:
    """The dimensions of the variables of one call, and their exceptions."""

    def __init__(self, equation: Equation, model: ModelSpec) -> None:
        # A subscript that names a single element is not a dimension of the call: its variables need no such axis.
        places = [i for i, s in enumerate(equation.subscripts) if s in model.dimensions]
        self.dimensions = tuple(equation.subscripts[i] for i in places)
        self.excepted = tuple(
            tuple(e[i] for i in places)
            for e in equation.excepted
            if all(e[i] == s for i, s in enumerate(equation.subscripts) if i not in places)
        )

    def reference(self, name: str, own: tuple[str, ...]) -> Reference:
        """Return a reference to the same element of a variable of this call, open over the macro's ``own``
        dimensions.
        """
        return Reference(name, tuple(Reference(d) for d in (*self.dimensions, *own)))


def _placed(inner: Variable, name: str, names: Mapping[str, Expression], over: _CallScope, sector: str) -> Variable:
    """Return a macro's variable as a variable of the model."""
    table = inner.kind in (Kind.LOOKUP, Kind.SERIES)  # all elements of a call share one table

    def change(node: Expression) -> Expression:
        if isinstance(node, Reference) and node.name in names:
            return _renamed(node, names[node.name], over)
        if isinstance(node, Call) and node.function not in FUNCTIONS:
            called = names.get(node.function)
            if isinstance(called, Reference):
                return Call("lookup", (replace(called, span=node.span), *node.arguments), node.span)
        return node

    def placed(equation: Equation) -> Equation:
        changed = equation.changed(lambda part, _: rewrite(part, change))
        if table:
            return changed
        excepted = [(*over.dimensions, *e) for e in equation.excepted]
        excepted += [(*e, *equation.subscripts) for e in over.excepted]
        return replace(changed, subscripts=(*over.dimensions, *equation.subscripts), excepted=tuple(excepted))

    inflows, outflows = (
        tuple(r.name for n in flows if isinstance(r := names.get(n, Reference(n)), Reference))
        for flows in (inner.inflows, inner.outflows)
    )
    # a macro's constant is not an input of the model, because it has no public name
    kind = Kind.AUXILIARY if inner.kind is Kind.PARAMETER else inner.kind
    return replace(
        inner,
        name=name,
        kind=kind,
        equations=tuple(map(placed, inner.equations)),
        dimensions=inner.dimensions if table else (*over.dimensions, *inner.dimensions),
        inflows=inflows,
        outflows=outflows,
        label="",
        sector=sector,
    )


def _renamed(node: Reference, new: Expression, over: _CallScope) -> Expression:
    if not isinstance(new, Reference) or not node.subscripts:
        return replace(new, span=node.span)
    leading = new.subscripts[: len(over.dimensions)] if generated(new.name) else new.subscripts
    return Reference(new.name, (*leading, *node.subscripts), node.span)
