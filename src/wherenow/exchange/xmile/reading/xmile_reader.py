"""Reading XMILE files: the OASIS standard 1.0, Stella's dialects (``.stmx``, ``.itmx``) and Vensim's exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from wherenow.errors import Diagnostic, InputError, Location, Text, in_order
from wherenow.exchange.encodings import encoding_warning
from wherenow.exchange.xmile.reading.modules import Assembly
from wherenow.exchange.xmile.reading.specifications import read_time
from wherenow.exchange.xmile.reading.unsupported import report_unsupported
from wherenow.exchange.xmile.reading.xmile_equations import EMPTY, Equations, named
from wherenow.exchange.xmile.reading.xmile_library import library_macros
from wherenow.exchange.xmile.reading.xmile_variables import ReadingState, behaviour, read_variable, variable_tags
from wherenow.exchange.xmile.reading.xml_reader import Tag, decode, read_beside, read_markup
from wherenow.gc_pause import gc_paused
from wherenow.language.syntax import Call, Expression, Number, Reference, canonical, walk
from wherenow.model.elaboration.macros import macro_name
from wherenow.model.model_types import Dimension, Equation, Kind, Macro, Method, ModelSpec, Variable
from wherenow.model.rewrite import rewrite

MOST_ELEMENTS = 100_000


def read_xmile(path: str | Path) -> ModelSpec:
    """Read the model in an XMILE file.

    Raises
    ------
    InputError
        with every error in the file, each with its location.
    """
    return import_xmile(path)[0]


def import_xmile(path: str | Path) -> tuple[ModelSpec, tuple[Diagnostic, ...]]:
    """Read the model in an XMILE file, and warnings about what was skipped, repaired or empty.

    Raises
    ------
    InputError
        as :func:`read_xmile`.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise InputError([Diagnostic(f"cannot be read: {wrong.strerror}", Location(str(path), 1, 1))]) from None
    decoded = decode(data, str(path))
    model, warnings = parse_xmile(decoded.text, str(path), path.parent)
    return model, (*encoding_warning(decoded, str(path)), *warnings)


@gc_paused()
def parse_xmile(content: str, file: str = "<text>", folder: Path = Path()) -> tuple[ModelSpec, tuple[Diagnostic, ...]]:
    """Parse an XMILE text, as :func:`import_xmile` does for a file. ``folder`` contains the files of modules."""
    warnings: list[Diagnostic] = []
    root = read_markup(content, file, warnings)
    if root.name != "xmile":
        raise InputError([root.problem(f"this is not an XMILE file: its first tag is <{root.name}>")])
    problems: list[Diagnostic] = []
    header = root.find("header")
    vendor = header.inner("vendor").lower() if header is not None else ""
    roots = [root, *_included(root, folder, warnings, problems)]
    names = frozenset(canonical(tag.attributes.get("name", "")) for r in roots for tag in _all_tags(r))
    equations = Equations(
        vensim="ventana" in vendor,
        quoting=vendor == "wherenow",
        names=names,
        apostrophes=named(names),
        warnings=warnings,
        problems=problems,
    )
    time = read_time(root, vendor, warnings, problems)
    dimensions = _dimensions(root, warnings, problems)
    equations.macros = {name: () for name, _ in _macro_tags(roots)}
    reading = ReadingState(
        equations=equations,
        dimensions=dimensions,
        non_negative=behaviour(root),
        euler=time.method is Method.EULER,
        step=time.step,
    )
    equations.macros = {name: _defaults(tag, equations) for name, tag in _macro_tags(roots)}
    models = {canonical(m.attributes.get("name", "")): m for r in roots for m in reversed(list(r.all("model")))}
    main = root.find("model")
    if main is None:
        raise InputError([*problems, root.problem("the file has no <model>")])
    assembly = Assembly(reading=reading, models=models, folder=folder)
    assembly.add_model(main, "", "")
    assembly.connect()
    macros = dict(_macro(name, tag, reading) for name, tag in _macro_tags(roots))
    macros = {**library_macros(assembly.variables.values(), macros), **macros}
    report_unsupported(roots, warnings)
    if problems:
        raise InputError(problems)
    name = (header.inner("name") if header is not None else "") or main.attributes.get("name", "") or Path(file).stem
    model = ModelSpec(
        name=name, time=time, variables=assembly.variables, dimensions=dimensions, macros=macros, units=_units(root)
    )
    return _saved(model), in_order(warnings)


def _all_tags(tag: Tag) -> Iterator[Tag]:
    stack = [tag]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(top.children)


def _saved(model: ModelSpec) -> ModelSpec:
    """Read the saving interval, which Vensim's exports write as a variable."""
    variable = model.variables.get("saveper")
    if variable is None or len(variable.equations) != 1 or model.time.save != model.time.step:
        return model
    value = variable.equations[0].expression
    if isinstance(value, Number) and model.time.step < value.value <= model.time.stop - model.time.start:
        return replace(model, time=replace(model.time, save=value.value))
    return model


# -- dimensions, units


def _dimensions(root: Tag, warnings: list[Diagnostic], problems: list[Diagnostic]) -> dict[str, Dimension]:
    found: dict[str, Dimension] = {}
    for parent in root.all("dimensions"):
        for tag in parent.all("dim"):
            name = canonical(tag.attributes.get("name", ""))
            label = tag.attributes.get("wherenow:label", tag.attributes.get("name", "")).strip()
            elements = tuple(dict.fromkeys(canonical(e.attributes.get("name", "")) for e in tag.all("elem")))
            if not elements:
                elements = _counted(tag, problems)
            if not name or "" in elements:
                problems.append(tag.problem("a dimension or element without a name"))
            elif name in found:
                warnings.append(tag.warning(f"dimension '{name}' is declared twice", "the first is used"))
            else:
                whole = canonical(tag.attributes.get("wherenow:parent", ""))
                found[name] = Dimension(name, elements, whole, _mappings(tag), label)
    return found


def _mappings(tag: Tag) -> dict[str, dict[str, str]]:
    """Read mappings between dimensions, in files that we wrote."""
    found: dict[str, dict[str, str]] = {}
    for pair in tag.all("wherenow:map"):
        dimension, theirs, ours = (canonical(pair.attributes.get(k, "")) for k in ("dimension", "element", "to"))
        found.setdefault(dimension, {})[theirs] = ours
    return found


def _counted(tag: Tag, problems: list[Diagnostic]) -> tuple[str, ...]:
    size = tag.attributes.get("size", "").strip()
    if not (size.isascii() and size.isdigit()) or not 0 < int(size[:9]) <= MOST_ELEMENTS:
        message = f"dimension '{tag.attributes.get('name', '')}' has neither elements nor a size"
        problems.append(tag.problem(message, f"its size is a whole number up to {MOST_ELEMENTS:,}"))
        return ("1",)
    return tuple(str(i + 1) for i in range(int(size)))


def _units(root: Tag) -> tuple[str, ...]:
    """Read unit definitions (:class:`wherenow.language.units.Units`): a name, its definition, and its aliases."""
    found = []
    for parent in root.all("model_units"):
        for tag in parent.all("unit"):
            name = canonical(tag.attributes.get("name", ""))
            aliases = [canonical(a.value) for a in tag.all("alias")]
            words = [w for w in dict.fromkeys([name, *aliases]) if w.isidentifier()]
            if name.isidentifier():
                equal = tag.inner("eqn") or f"[{name}]"
                found.append(" = ".join([name, equal, *(["_", *words[1:]] if words[1:] else [])]))
    return tuple(found)


# -- macros


def _macro_tags(roots: list[Tag]) -> Iterator[tuple[str, Tag]]:
    for root in roots:
        for tag in root.all("macro"):
            if tag.attributes.get("name") and "filter" not in tag.attributes:
                yield canonical(tag.attributes["name"]), tag


def _defaults(tag: Tag, equations: Equations) -> tuple[Expression | None, ...]:
    """Read optional arguments: a parameter's ``default``, or the equation of the variable that declares it again."""
    declared = {canonical(child.attributes.get("name", "")): child.find("eqn") for child in variable_tags(tag)}
    found: list[Expression | None] = []
    for parameter in tag.all("parm"):
        written = parameter.attributes.get("default", "").strip()
        place: Text = replace(parameter.text, content=written)
        again = declared.get(canonical(parameter.value))
        if not written and again is not None and again.value:
            place = again.text
        found.append(equations.read(place, "the default of a macro's parameter") if place.content else None)
    return tuple(found)


def _macro(name: str, tag: Tag, reading: ReadingState) -> tuple[str, Macro]:
    """Read a macro: its own variables, and one more for its value. Its parameters are the call's, declared or not."""
    reading.equations.inside = name
    variables: dict[str, Variable] = {}
    parameters = tuple(canonical(p.value) for p in tag.all("parm"))
    for child in variable_tags(tag):
        variable = read_variable(child, reading) if child.name != "module" else None
        if variable is not None and variable.name not in parameters:
            variables[variable.name] = variable
    output = name
    eqn = tag.find("eqn")
    if eqn is not None:
        while output in variables:
            output += "_"
        expression = reading.equations.read(eqn.text, f"macro '{name}'")
        made = Equation(expression=_own(expression, variables), subscripts=(), text=eqn.text)
        variables[output] = Variable(name=output, kind=Kind.AUXILIARY, equations=(made,), label=output, text=eqn.text)
    elif output not in variables:
        reading.problems.append(tag.problem(f"macro '{name}' has no equation", "it gives the macro's value"))
    variables = {n: _self(v) for n, v in variables.items()}
    nodes = (node for v in variables.values() for e in v.equations for node in walk(e.expression))
    if any(isinstance(node, Call) and node.function == macro_name(name) for node in nodes):
        reading.problems.append(tag.problem(f"macro '{name}' calls itself", "recursive macros are not supported"))
    reading.equations.inside = ""
    return macro_name(name), Macro(macro_name(name), parameters, output, variables)


def _own(expression: Expression, variables: Mapping[str, Variable]) -> Expression:
    """List the macro's tables that are called as functions."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Call) and node.function in variables and len(node.arguments) == 1:
            return Call("lookup", (Reference(node.function), node.arguments[0]), node.span)
        return node

    return rewrite(expression, change) if expression is not EMPTY else expression


def _self(variable: Variable) -> Variable:
    def change(node: Expression) -> Expression:
        return replace(node, name=variable.name) if isinstance(node, Reference) and node.name == "self" else node

    def own(equation: Equation) -> Equation:
        return (
            equation
            if equation.expression is EMPTY
            else replace(equation, expression=rewrite(equation.expression, change))
        )

    return replace(variable, equations=tuple(own(e) for e in variable.equations))


# -- other files


def _included(root: Tag, folder: Path, warnings: list[Diagnostic], problems: list[Diagnostic]) -> list[Tag]:
    """Read the roots of the files that ``<include>`` names; they must be in the folder or below (XMILE 1.0, 2.5)."""
    found: list[Tag] = []
    seen: set[Path] = set()
    waiting = [root]
    while waiting:
        for tag in _includes(waiting.pop()):
            resource = tag.attributes.get("resource", "").strip().removeprefix("file://")
            resource = (
                Path(resource).name if resource.startswith("/") else resource
            )  # beside the model (XMILE 1.0, 2.11)
            for path in sorted(folder.glob(resource)) if "*" in resource else [folder / resource]:
                path = path.resolve()
                if path in seen:
                    continue
                seen.add(path)
                refused = tag.problem(f"'{resource}' is not beside this file", "only files there are read")
                other = read_beside(path, folder, warnings, problems, refused)
                if other is not None:
                    found.append(other)
                    waiting.append(other)
    return found


def _includes(root: Tag) -> Iterator[Tag]:
    """List included files: under the root, and in the header's list (XMILE 1.0, 2.2 and 2.5)."""
    header = root.find("header")
    for parent in (root, *root.all("includes"), *(header.all("includes") if header is not None else ())):
        yield from parent.all("include")
