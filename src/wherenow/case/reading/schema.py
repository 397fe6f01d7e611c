"""The form of each file of a case folder, as pydantic models over the located YAML tree.

Unknown keys are errors. :mod:`wherenow.case.located_yaml.values` defines single values.
"""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PlainValidator, Tag

from wherenow.case.located_yaml.values import (
    Between,
    Bounds,
    Count,
    Figure,
    Names,
    Outside,
    Pair,
    Prose,
    Ratio,
    Truth,
    Wanted,
    Words,
    word,
)
from wherenow.case.located_yaml.yaml_reader import YamlScalar
from wherenow.errors import Text

T = TypeVar("T")


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    def as_a(self, kind: type[T], **others: Any) -> T:
        """Make a ``kind``, a dataclass, of the fields that both have and of ``others``, which come first.

        For a field that is a ``str`` there, a located text becomes its content, and None an empty text.
        """
        types = {f.name: f.type for f in fields(cast(Any, kind)) if f.name not in others}
        for name in types.keys() & type(self).model_fields.keys():
            value = getattr(self, name)
            if types[name] == "str" and not isinstance(value, str):
                value = "" if value is None else value.content
            others[name] = value
        return kind(**others)


Each = Annotated[T, Tag("<one>")] | Annotated[dict[str, T], Tag("<elements>")]
# One equation for all elements, or a mapping from element (or "a, b", or "a, b except c, d; …") to equation.
Formula = Annotated[Each[Words], Discriminator(lambda value: "<elements>" if isinstance(value, dict) else "<one>")]


def _each_tag(form: type[Form]) -> Any:
    """Distinguish one specification from a mapping of elements to specifications; a misspelt key is not an element."""
    known = {info.alias or name for name, info in form.model_fields.items()}

    def tag(value: Any) -> str:
        if not isinstance(value, dict) or not value or known & set(value):
            return "<one>"
        if any(isinstance(below, dict) for below in value.values()):
            return "<elements>"
        return "<one>" if all(get_close_matches(key, known, 1, 0.75) for key in value) else "<elements>"

    return Discriminator(tag)


class StockForm(Form):
    initial: Formula
    inflows: Names = Field(default=[], alias="in")
    outflows: Names = Field(default=[], alias="out")
    rate: Formula | None = None
    non_negative: Truth = False


class ParameterForm(Form):
    value: Words | None = None
    prior: Words | None = None
    range: Pair | None = None


class TableForm(Form):
    points: list[Annotated[list[Figure], Field(min_length=2, max_length=2)]]
    between: Between = "linear"
    outside: Outside = "clamp"


class SeriesForm(Form):
    data: Words | None = None
    points: list[tuple[Words, Figure]] | None = None
    between: Between = "linear"
    outside: Outside = "clamp"
    after: Words | None = None
    scale: Figure = 1.0


class InputForm(Form):
    default: Figure = 0.0


def _short_for(key: str, kind: type, written: Any) -> BeforeValidator:
    """Let a value of a ``kind`` stand for a mapping with this key alone; ``written`` is for the editor's schema."""
    return BeforeValidator(lambda v: {key: v} if isinstance(v, kind) else v, json_schema_input_type=written)


OneParameter = Annotated[ParameterForm, _short_for("value", YamlScalar, ParameterForm | str | float)]
OneInput = Annotated[InputForm, _short_for("default", YamlScalar, InputForm | float)]
Parameters = Annotated[Each[OneParameter], _each_tag(ParameterForm)]
Tables = Annotated[Each[TableForm], _each_tag(TableForm)]
SeriesForms = Annotated[Each[SeriesForm], _each_tag(SeriesForm)]
Inputs = Annotated[Each[OneInput], _each_tag(InputForm)]

KINDS = ("stock", "flow", "auxiliary", "parameter", "lookup", "series", "input")


class VariantForm(Form):
    equation: Formula
    about: Prose = ""
    evidence: Names = []
    assumption: Prose = ""


class VariableForm(Form):
    stock: StockForm | None = None
    flow: Formula | None = None
    auxiliary: Formula | None = None
    parameter: Parameters | None = None
    lookup: Tables | None = None
    series: SeriesForms | None = None
    input: Inputs | None = None
    initial: Formula | None = None  # for a flow or auxiliary while initial values are computed (ACTIVE INITIAL)
    tables: dict[str, TableForm] = {}  # tables for this entry's equations only
    unit: Words | None = None
    about: Prose = ""
    evidence: Names = []
    assumption: Prose = ""
    label: Prose = ""
    dims: Names = []
    range: Bounds | None = None  # plausible values, for people; a parameter's own range lies inside and is enforced
    non_negative: Truth = False
    variants: dict[str, VariantForm] = {}  # for a flow or auxiliary: other defensible equations


class SectorForm(Form):
    title: Prose = ""
    about: Prose = ""
    name: Annotated[str, PlainValidator(lambda value: str(value.value), json_schema_input_type=str)] | None = None


class TimeForm(Form):
    start: Words
    stop: Words
    step: Ratio
    save: Ratio | None = None
    unit: Words = Text("year")
    method: Annotated[Literal["euler", "rk4", "rk45"], word("euler", "rk4", "rk45")] = "euler"


class SourceForm(Form):
    title: Prose
    author: Prose = ""
    publisher: Prose = ""
    published: Words | None = None
    url: Prose = ""
    licence: Prose = ""
    sha256: Words | None = None
    length: Count | None = None
    sentences: Words | None = None


class DimensionForm(Form):
    elements: list[Words]
    parent: Words | None = None
    mappings: dict[str, dict[str, Words]] = {}
    label: Prose = ""


class OutlookForm(Form):
    show: Names = []
    forecasts: Names = []


class CaseForm(Form):
    version: Count = Field(alias="schema")  # read first, by versions.schema_of
    name: Prose
    title: Prose = ""
    question: Prose = ""
    about: Prose = ""
    time: TimeForm
    cutoff: Words | None = None
    source: SourceForm | None = None
    dimensions: dict[str, Annotated[DimensionForm, _short_for("elements", list, DimensionForm | list[str])]] = {}
    units: list[Words] = []
    outlook: OutlookForm = OutlookForm()


class EffectForm(Form):
    input: Words
    add: Figure | None = None
    set: Figure | None = None
    unit: Words | None = None
    lasting: Words | None = Field(default=None, alias="for")


class EventForm(Form):
    id: Words
    date: Words
    until: Words | None = None
    actors: Prose = ""
    goldstein: Figure | None = None
    sector: Prose = ""
    event: Prose
    quality: Annotated[Literal["", "checked", "read", "recalled"], word("checked", "read", "recalled")] = ""
    source: Prose = ""
    evidence: Names = []
    effects: list[EffectForm] = []
    note: Prose = ""


class LeverForm(Form):
    input: Words
    label: Prose = ""
    about: Prose = ""
    unit: Words | None = None
    range: Pair
    default: Figure
    holder: Prose = ""  # who can move the lever
    cost: Prose = ""  # what moving the lever takes, in words
    act: Annotated[Literal["set", "add", "scale"], word("set", "add", "scale")] = "set"
    start: Words | None = Field(default=None, alias="from")


class HandleForm(Form):
    group: Prose = ""
    about: Prose = ""
    times: Figure = 1.0
    unit: Prose = ""
    marks: dict[str, Prose] = {}


class DisplayForm(Form):
    article: Prose = ""
    labels: dict[str, Prose] = {}
    actors: dict[str, Prose] = {}
    levers: dict[str, HandleForm] = {}


class ScenarioForm(Form):
    title: Prose = ""
    about: Prose = ""
    do: dict[str, Words] = {}
    without: Names = []


class AgainstForm(Form):
    scenario: Words | None = None
    do: dict[str, Words] = {}
    without: Names = []
    expect: Words


CLAIM_KINDS = ("event", "state", "cause", "stance", "forecast")


class ClaimForm(Form):
    kind: Annotated[Literal["event", "state", "cause", "stance", "forecast"], word(*CLAIM_KINDS)]
    says: Prose
    evidence: Names = []
    data: Words | None = None
    model: Words | None = None
    against: AgainstForm | None = None
    mechanism: Names = []
    threshold: Annotated[Literal["", "ours", "article"], word("ours", "article")] = ""
    note: Prose = ""
    event: Words | None = None
    actor: Words | None = None
    resolve: Words | None = None
    wanted: Wanted | None = None


class PredictionForm(Form):
    says: Prose
    model: Words | None = None
    resolve: Words
    by: Words
    evidence: Names = []
    note: Prose = ""
    wanted: Wanted | None = None
    observed: Prose = ""


class LoopForm(Form):
    title: Prose
    about: Prose = ""
    polarity: Annotated[Literal["reinforcing", "balancing"], word("reinforcing", "balancing")]
    through: Annotated[list[Words], Field(min_length=1)]
    cut: Words | None = None


class IssueForm(Form):
    question: Prose
    low: Prose = ""
    high: Prose = ""


class PositionForm(Form):
    position: Figure
    capability: Figure
    salience: Figure
    evidence: Names = []
    assumption: Prose = ""


class ActorForm(Form):
    title: Prose = ""
    about: Prose = ""
    positions: dict[str, PositionForm] = {}


class ActorsForm(Form):
    issues: dict[str, IssueForm] = {}
    actors: dict[str, ActorForm] = {}


class ObservationForm(Form):
    of: Words
    error: Words
    over: Words | None = None
    recalled: Figure | None = None
    breaks: Names = []
    discrepancy: Words | None = None
    range: Pair | None = None
    note: Prose = ""


class FetchForm(Form):
    worldbank: Words | None = None
    dbnomics: Words | None = None
    owid: Words | None = None
    entity: Prose = ""
    column: Prose = ""
    unit: Words
    licence: Prose = ""
    dated: Annotated[Literal["start", "middle", "end"], word("start", "middle", "end")] = "middle"


class MacroForm(Form):
    parameters: list[Words]
    output: Words
    variables: dict[str, VariableForm]
