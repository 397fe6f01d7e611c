"""Validation of a located YAML tree against a form of :mod:`wherenow.case.reading.schema`."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.values import TYPOGRAPHIC
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping, YamlSequence, place
from wherenow.errors import Text, did_you_mean

T = TypeVar("T")


def plain(tree: Branch) -> Any:
    """Convert the tree to dictionaries and lists over scalars."""
    if isinstance(tree, YamlMapping):
        return {key: plain(below) for key, below in tree.entries.items()}
    if isinstance(tree, YamlSequence):
        return [plain(below) for below in tree.items]
    return tree


def validate(tree: Branch, form: type[T], problems: Problems) -> T | None:
    """Parse the tree as ``form``, or report every problem and return None."""
    try:
        return _adapter(form).validate_python(plain(tree))  # type: ignore[no-any-return]
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _tell(tree, form, detail, problems)
        return None


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def _tell(tree: Branch, form: Any, detail: ErrorDetails, problems: Problems) -> None:
    path = tuple(step for step in detail["loc"] if not (isinstance(step, str) and step.startswith("<")))
    where, torn = place(tree, path)
    excerpt = Text(str(path[-1]), where.file, where.line, where.column) if path else where
    last = str(path[-1]) if path else ""
    match detail["type"]:
        case "extra_forbidden":
            known = list(_keys_at(form, detail["loc"][:-1]))
            hint = did_you_mean(last, known)
            if not hint and torn:
                straight = ", and straight ones" if set(last) & TYPOGRAPHIC else ""
                hint = f"a text with a comma inside braces needs quotes{straight}"
            problems.error(f"unknown key '{last}'", excerpt, hint or f"known here: {', '.join(known)}")
        case "missing":
            problems.error(f"'{last}' is missing", place(tree, path[:-1])[0], f"add {last}: …")
        case "model_type" | "model_attributes_type" | "dict_type" | "dataclass_type":
            problems.error(f"{_named(last)} must be a mapping (key: value)", excerpt)
        case "list_type" | "tuple_type":
            problems.error(f"{_named(last)} must be a list", excerpt, "in brackets: [one, other]")
        case "too_short" | "too_long":
            context = detail.get("ctx", {})
            size = context.get("min_length", context.get("max_length"))
            message = f"{_named(last)} must have {size} values, not {context.get('actual_length')}"
            problems.error(message, excerpt, f"write {size} values in brackets")
        case _:
            message = detail["msg"].removeprefix("Value error, ")
            problems.error(f"{_named(last)}: {message}" if last else message, excerpt)


def _named(last: str) -> str:
    return f"'{last}'" if last else "this"


def _keys_at(form: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    """List the keys of the form at ``path``."""
    for step in path:
        form = next(iter(_below(form, step)), None)
    for model in _models(form):
        yield from (info.alias or name for name, info in model.model_fields.items())


def _below(form: Any, step: str | int) -> Iterator[Any]:
    """Return the annotations one level below ``form``."""
    if isinstance(step, str) and step.startswith("<"):  # the tag of a union is not part of the path in the file
        yield from (part for part in _parts(form) if step in str(part))
        return
    for part in _parts(form):
        inner = _bare(part)
        origin = get_origin(inner)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for name, info in inner.model_fields.items():
                if step == (info.alias or name):
                    yield info.rebuild_annotation()
        elif origin is dict:
            yield get_args(inner)[1]
        elif origin in (list, tuple):
            yield get_args(inner)[0]


def _bare(form: Any) -> Any:
    while hasattr(form, "__metadata__"):
        form = form.__origin__
    return form


def _parts(form: Any) -> Iterator[Any]:
    """Remove Annotated from ``form``, and split a union into its members."""
    inner = _bare(form)
    if get_origin(inner) in (Union, types.UnionType):
        for part in get_args(inner):
            yield from [part] if hasattr(part, "__metadata__") and "Tag" in str(part) else _parts(part)
    else:
        yield inner


def _models(form: Any) -> Iterator[type[BaseModel]]:
    for part in _parts(form):
        inner = _bare(part)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield inner
