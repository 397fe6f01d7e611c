"""Every public function is documented, most have sections or an example, and every example runs as it is written."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import FunctionType

import pytest

import wherenow
import wherenow.api

SECTION = re.compile(r"^ *(Parameters|Returns|Raises|Yields|Attributes|Examples)\n *-+$", re.MULTILINE)


def imports(module: str) -> dict[str, tuple[str, str]]:
    """Map names that a module imports from wherenow to their origin, for type checkers alone as well."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    found = {a.asname or a.name: (str(n.module), a.name) for n in froms for a in n.names}
    return {name: origin for name, origin in found.items() if origin[0].startswith("wherenow.")}


def returned(function: FunctionType) -> Iterator[type]:
    """List the classes of wherenow that a function's return annotation names."""
    known = imports(function.__module__)
    for name in re.findall(r"\w+", str(function.__annotations__.get("return", ""))):
        module, attribute = known.get(name, (function.__module__, name))
        found = getattr(importlib.import_module(module), attribute, None)
        if isinstance(found, type):
            yield found


def methods(cls: type) -> Iterator[FunctionType]:
    """List the public methods and properties of a class, with those that it inherits from wherenow."""
    for base in cls.__mro__:
        for name, value in vars(base).items():
            value = value.fget if isinstance(value, property) else getattr(value, "func", value)
            value = getattr(value, "__func__", value)
            if isinstance(value, FunctionType) and not name.startswith("_") and value.__module__.startswith("wherenow"):
                yield value


def public() -> dict[str, FunctionType]:
    """List what `wherenow` exports, and the public methods of the classes that it exports or that it returns."""
    queue: list[object] = [getattr(wherenow, name) for name in wherenow.__all__]
    found: dict[str, FunctionType] = {}
    seen: set[object] = set()
    while queue:
        value = queue.pop()
        if value in seen or not getattr(value, "__module__", "").startswith("wherenow."):
            continue
        seen.add(value)
        if isinstance(value, FunctionType):
            found[f"{value.__module__}.{value.__qualname__}"] = value
            queue.extend(returned(value))
        elif isinstance(value, type):
            queue.extend(methods(value))
    return found


PUBLIC = public()
MODULES = {function.__module__ for function in PUBLIC.values()}
API = {found.name for found in pkgutil.walk_packages(wherenow.api.__path__, "wherenow.api.")}


def test_the_public_interface_includes_methods_of_returned_classes() -> None:
    own = {
        "api.model.open_model",
        "api.simulation.running.Running.run",
        "api.simulation.stepping.Stepper.advance",
        "outlook.outlook_types.Fan.to_dict",
    }
    assert {f"wherenow.{name}" for name in own} <= set(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_function_is_documented(name: str) -> None:
    assert (PUBLIC[name].__doc__ or "").strip()


def test_six_in_ten_public_functions_have_sections_or_an_example() -> None:
    plain = [name for name, function in PUBLIC.items() if not SECTION.search(inspect.cleandoc(function.__doc__ or ""))]
    assert len(plain) <= 0.4 * len(PUBLIC), plain


@pytest.mark.parametrize("name", sorted(API | MODULES))
def test_examples_in_docstrings_give_what_they_say(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
