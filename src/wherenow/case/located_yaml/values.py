"""Values of case files: readers of located scalars, each with its part of the editor schema.

Texts that a later reader parses (equations, dates, pointers, names) stay :class:`~wherenow.errors.Text`, with their
locations; prose becomes ``str`` and figures ``float``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from wherenow.case.located_yaml.yaml_reader import YamlScalar
from wherenow.errors import Text, did_you_mean

TYPOGRAPHIC = frozenset("“”„‘‚")
"""Quotes as word processors write them, without the apostrophe."""


def _text(value: Any) -> Text:
    if not isinstance(value, YamlScalar) or value.is_null:
        raise ValueError("a text is missing here" if isinstance(value, YamlScalar) else "must be one text")
    return value.text


def _words(value: Any) -> Text:
    text = _text(value)
    if curly := TYPOGRAPHIC & set(text.content):
        raise ValueError(f"{min(curly)} is a typographic quote, which is part of the text here: write straight quotes")
    return text


def _prose(value: Any) -> str:
    _text(value)
    return str(value.value).strip() if value.block else str(value.value)


def _bound(value: Any) -> float:
    infinite = {".inf": math.inf, "-.inf": -math.inf}
    return infinite[value.value] if isinstance(value, YamlScalar) and value.value in infinite else _figure(value)


def _figure(value: Any) -> float:
    number = value.number if isinstance(value, YamlScalar) else None
    if number is None:
        written = f"{value.value!r} is not" if isinstance(value, YamlScalar) else "must be"
        raise ValueError(f"{written} a number; write digits such as 0.5")
    if not math.isfinite(number):
        raise ValueError(f"{value.value!r} is too large a number")
    return number


def _count(value: Any) -> int:
    number = _figure(value)
    if number != int(number):
        raise ValueError(f"{value.value!r} is not a whole number")
    return int(number)


def _ratio(value: Any) -> float:
    try:
        return float(Fraction(value.value.replace(" ", "")))
    except (AttributeError, ValueError, ZeroDivisionError, OverflowError):
        raise ValueError("must be a number or a fraction such as 1/12") from None


def _truth(value: Any) -> bool:
    truth = value.boolean if isinstance(value, YamlScalar) else None
    if truth is None:
        raise ValueError("must be true or false")
    return truth


def _wanted(value: Any) -> bool:
    answer = _prose(value).lower()
    if answer not in ("yes", "no"):
        raise ValueError(f"{answer!r} is not yes or no; write yes if the outcome is desirable, else no")
    return answer == "yes"


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, YamlScalar) and not value.is_null else value


def word(*allowed: str) -> Any:
    """Return the annotation of a field that takes one of the words ``allowed``."""

    def check(value: Any) -> str:
        text = _prose(value)
        if text not in allowed:
            hint = did_you_mean(text, allowed)
            raise ValueError(f"{text!r} is not one of {', '.join(allowed)}" + (f"; {hint}" if hint else ""))
        return text

    return PlainValidator(check, json_schema_input_type=Literal[allowed])


# the editor schema of a value (wherenow.case.editing.editor) is beside its reader
_ANY = str | float | bool
Words = Annotated[Text, PlainValidator(_words, json_schema_input_type=_ANY)]
Prose = Annotated[str, PlainValidator(_prose, json_schema_input_type=_ANY)]
Figure = Annotated[float, PlainValidator(_figure, json_schema_input_type=float)]
Count = Annotated[int, PlainValidator(_count, json_schema_input_type=int)]
Ratio = Annotated[float, PlainValidator(_ratio, json_schema_input_type=str | float)]
Truth = Annotated[bool, PlainValidator(_truth, json_schema_input_type=bool)]
Wanted = Annotated[bool, PlainValidator(_wanted, json_schema_input_type=Literal["yes", "no"])]
Names = Annotated[list[Words], BeforeValidator(_one_or_many, json_schema_input_type=list[_ANY] | _ANY)]
Pair = Annotated[list[Figure], Field(min_length=2, max_length=2)]
_Bound = Annotated[float, PlainValidator(_bound, json_schema_input_type=str | float)]
Bounds = Annotated[list[_Bound], Field(min_length=2, max_length=2)]
Between = Annotated[Literal["linear", "previous", "next"], word("linear", "previous", "next")]
Outside = Annotated[Literal["clamp", "extrapolate"], word("clamp", "extrapolate")]
