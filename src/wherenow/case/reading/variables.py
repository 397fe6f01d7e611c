"""Reading entries of ``model/*.yaml`` as variables of the model, with the priors of its parameters and its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from wherenow.case.case_types import DataSeries, InputPath
from wherenow.case.inputs.series import plain_table, series_table
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.evidence import check_pointers
from wherenow.case.reading.formulas import EntryScope, expression, parts, with_tables
from wherenow.case.reading.measures import series_factor
from wherenow.case.reading.schema import KINDS, InputForm, ParameterForm, SeriesForm, StockForm, TableForm, VariableForm
from wherenow.distributions.prior import Prior, parse_prior
from wherenow.errors import InputError, Text, did_you_mean
from wherenow.language.syntax import Binary, Deferred, Expression, Number, Reference, Unary, canonical, plain_number
from wherenow.model.elaboration.unfold import element_name
from wherenow.model.model_types import Equation, Kind, Variable

NEEDS_REASON = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY, Kind.LOOKUP)
"""Kinds that are mechanisms: each needs evidence or an assumption."""


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The variables read so far; priors and inputs are by element name (``x`` or ``x[a,b]``)."""

    around: Settings  # settings of the case
    data: Mapping[str, DataSeries]  # series, by name
    variables: dict[str, Variable] = field(default_factory=dict)  # variables read so far, by name
    priors: dict[str, Prior] = field(default_factory=dict)  # priors of uncertain parameters, by name
    inputs: dict[str, InputPath] = field(default_factory=dict)  # elements that events move, by name
    flows: list[tuple[str, Text]] = field(default_factory=list)  # each stock with the place that names its flow
    variants: dict[str, dict[str, Variable]] = field(default_factory=dict)  # replaced variables, by variant and name
    exogenous: dict[str, str] = field(default_factory=dict)  # data series that each exogenous variable reads

    def add(self, key: str, text: Text, form: VariableForm | None, sector: str) -> None:
        """Add an entry; ``form`` is None if it is invalid, so that its name is known anyway."""
        name = canonical(key)
        if name in self.variables:
            first = self.variables[name].text.locate(0)
            self.around.problems.error(f"the variable '{name}' is defined twice", text, f"first at {first}")
            return
        entry = None if form is None else _EntryReader(self, name, text, form, sector)
        variable = entry.variable() if entry else None
        if variable is None:
            self.around.problems.spoiled.add(name)
        if variable is not None and not variable.equations:  # a placeholder lets the checks continue
            nothing = Equation(expression=Number(0.0), subscripts=variable.dimensions, initial=Number(0.0), text=text)
            variable = replace(variable, equations=(nothing,))
        if entry and variable:
            for variant, other in entry.variants(variable):
                self.variants.setdefault(variant, {})[name] = other
        self.variables[name] = variable or Variable(
            name=name,
            kind=Kind.AUXILIARY,
            equations=(Equation(expression=Number(0.0), text=text),),
            unit="1",
            sector=sector,
            text=text,
        )

    def check_flows(self) -> None:
        """Check that stocks name flows, once every variable is read. Each unknown flow is reported once."""
        for stock, text in self.flows:
            name = canonical(text.content)
            flow = self.variables.get(name)
            if flow is None:
                known = [n for n, v in self.variables.items() if v.kind is Kind.FLOW]
                several = "write several in brackets: [one, other]" if " " in text.content.strip() else ""
                message = f"stock '{stock}' has an unknown flow '{name}'"
                self.around.problems.error(message, text, several or did_you_mean(name, known))
                self.around.problems.spoiled.add(name)
                nothing = Equation(expression=Number(0.0))
                self.variables[name] = Variable(name=name, kind=Kind.FLOW, equations=(nothing,), unit="1", text=text)
            elif flow.kind not in (Kind.FLOW, Kind.SERIES):
                self.around.problems.warning(f"'{name}', named as a flow of '{stock}', is of kind {flow.kind}", text)


@dataclass(frozen=True, slots=True)
class _EntryReader:
    """One entry that is being read into ``sheet``."""

    sheet: Sheet
    name: str
    text: Text
    form: VariableForm
    sector: str

    @property
    def problems(self) -> Problems:
        return self.sheet.around.problems

    def variable(self) -> Variable | None:
        kinds = [kind for kind in KINDS if getattr(self.form, kind) is not None]
        if len(kinds) != 1:
            named = " and ".join(f"'{kind}'" for kind in kinds) or "none"
            message = f"'{self.name}' needs exactly one kind, and has {named}"
            self.problems.error(message, self.text, f"one of {', '.join(KINDS)}")
            return None
        dims = self._dims()
        if dims is None:
            return None
        kind = Kind.SERIES if kinds[0] == "input" else Kind(kinds[0])
        evidence = check_pointers(self.form.evidence, self.sheet.around.source, self.problems)
        self._check_words(kind)
        stock = self.form.stock
        return Variable(
            name=self.name,
            kind=kind,
            equations=tuple(self._equations(kinds[0], dims)),
            dimensions=dims,
            unit=self.form.unit.content.strip() if self.form.unit else "",
            inflows=tuple(canonical(t.content) for t in stock.inflows) if stock else (),
            outflows=tuple(canonical(t.content) for t in stock.outflows) if stock else (),
            non_negative=stock.non_negative if stock else self.form.non_negative,
            label=self.form.label,
            about=self.form.about,
            sector=self.sector,
            evidence=evidence,
            assumption=self.form.assumption,
            range=self._range(),
            text=self.text,
        )

    def variants(self, variable: Variable) -> Iterator[tuple[str, Variable]]:
        """Return the variable under each of its other equations, by the variant's name."""
        if self.form.variants and variable.kind not in (Kind.FLOW, Kind.AUXILIARY):
            message = f"'{self.name}' is of kind {variable.kind}, and variants are equations of a flow or an auxiliary"
            self.problems.error(message, self.text, "give the variant to a flow or auxiliary that it depends on")
            return
        for variant, form in self.form.variants.items():
            if not form.evidence and not form.assumption:
                message = f"the variant '{variant}' of '{self.name}' has neither evidence nor an assumption"
                self.problems.warning(message, self.text)
            evidence = check_pointers(form.evidence, self.sheet.around.source, self.problems)
            equations = tuple(self._formulas(form.equation, None, variable.dimensions))
            other = replace(variable, equations=equations, evidence=evidence)
            yield variant, replace(other, about=form.about, assumption=form.assumption)

    def _dims(self) -> tuple[str, ...] | None:
        known = self.sheet.around.dimensions
        names = []
        for text in self.form.dims:
            name = canonical(text.content)
            if name not in known:
                message = f"unknown dimension '{name}'"
                hint = did_you_mean(name, known) or f"case.yaml has dimensions: {', '.join(known) or 'none'}"
                self.problems.error(message, text, hint)
                return None
            names.append(name)
        return tuple(names)

    def _check_words(self, kind: Kind) -> None:
        form = self.form
        if form.unit is None:
            self.problems.warning(f"'{self.name}' has no unit", self.text, "write 1 if it is dimensionless")
        if kind in NEEDS_REASON and not form.evidence and not form.assumption:
            message = f"'{self.name}' has neither evidence nor an assumption"
            self.problems.warning(message, self.text, "point at the article (P2S5), or say why it is assumed")
        if form.initial is not None and kind not in (Kind.FLOW, Kind.AUXILIARY):
            self.problems.error(f"'initial' beside {kind} has no meaning", self.text, "it belongs inside a stock")
        if form.non_negative and kind is not Kind.FLOW:
            self.problems.error(f"'non_negative' beside {kind} has no meaning", self.text, "it belongs inside a stock")

    def _range(self) -> tuple[float, float] | None:
        inside = self.form.parameter.range if isinstance(self.form.parameter, ParameterForm) else None
        pair = inside or self.form.range
        if pair is None:
            return None
        if not pair[0] <= pair[1] or (inside and pair[0] == pair[1]):
            message = f"the range [{pair[0]:g}, {pair[1]:g}] of '{self.name}' is empty"
            self.problems.error(message, self.text, "write the lower end first; the ends must differ")
        return pair[0], pair[1]

    # -- equations by kind

    def _equations(self, kind: str, dims: tuple[str, ...]) -> Iterator[Equation]:
        if kind == "stock":
            assert self.form.stock is not None
            yield from self._stock(self.form.stock, dims)
        elif kind in ("flow", "auxiliary"):
            yield from self._formulas(getattr(self.form, kind), self.form.initial, dims)
        else:
            whole = getattr(self.form, kind)
            if not isinstance(whole, dict):
                yield self._exogenous(whole, EntryScope(dims))
                return
            for key, part in parts(dict.fromkeys(whole, self.text), dims, self.sheet.around.dimensions, self.problems):
                yield self._exogenous(whole[key], part)

    def _formulas(
        self, formula: Text | dict[str, Text], initial: Text | dict[str, Text] | None, dims: tuple[str, ...]
    ) -> Iterator[Equation]:
        initials = self._split(initial, dims) if initial is not None else {}
        same = initial if isinstance(initial, Text) else None  # one initial value for all parts
        for part, text in self._split(formula, dims).items():
            first = initials.get(part, same)
            yield self._equation(self._expression(text), part, text, first)

    def _expression(self, text: Text) -> Expression:
        tables = {
            canonical(name): plain_table(form, self.text, self.problems) for name, form in self.form.tables.items()
        }
        value = with_tables(expression(text, self.problems), tables)
        match value:
            case Binary("=", Reference(name), right) if name == self.name:
                self.problems.error(f"the equation begins with '{name} ='", text, "write what follows the equals sign")
                return right
        return value

    def _equation(self, value: Expression, part: EntryScope, text: Text, first: Text | None) -> Equation:
        equation = Equation(expression=value, subscripts=part.subscripts, excepted=part.excepted, text=text)
        return equation if first is None else replace(equation, initial=self._expression(first), initial_text=first)

    def _split(self, formula: Text | dict[str, Text], dims: tuple[str, ...]) -> dict[EntryScope, Text]:
        """Return each equation text with its scope."""
        if isinstance(formula, Text):
            return {EntryScope(dims): formula}
        scopes = parts(formula, dims, self.sheet.around.dimensions, self.problems)
        return {part: formula[key] for key, part in scopes}

    def _stock(self, form: StockForm, dims: tuple[str, ...]) -> Iterator[Equation]:
        ins = [canonical(t.content) for t in form.inflows]
        outs = [canonical(t.content) for t in form.outflows]
        self.sheet.flows.extend((self.name, text) for text in (*form.inflows, *form.outflows))
        initials = self._split(form.initial, dims)
        if form.rate is None:
            rate = net_rate(ins, outs)
            first = (*form.inflows, *form.outflows, self.text)[0]
            balance = Text(" + ".join(ins) + "".join(f" - {o}" for o in outs), first.file, first.line, first.column)
            for part, start in initials.items():
                yield self._equation(rate, part, balance, start)
            return
        rates = self._split(form.rate, dims)
        same_rate, same_start = (f if isinstance(f, Text) else None for f in (form.rate, form.initial))
        for part in initials if same_rate is not None else rates:
            text, start_text = rates.get(part, same_rate), initials.get(part, same_start)
            if text is None or start_text is None:
                what = "rate" if text is None else "initial value"
                self.problems.error(f"no {what} for {', '.join(part.subscripts)} of '{self.name}'", self.text)
            else:
                yield self._equation(self._expression(text), part, text, start_text)

    def _exogenous(self, form: ParameterForm | TableForm | SeriesForm | InputForm, part: EntryScope) -> Equation:
        around = self.sheet.around
        value: Expression
        match form:
            case ParameterForm():
                value, text = self._parameter(form, part)
            case TableForm():
                value, text = plain_table(form, self.text, self.problems), self.text
            case SeriesForm():
                value, text = series_table(form, self._data(form), around.time, self.text, self.problems), self.text
            case InputForm():
                for name in self._elements(part):
                    self.sheet.inputs[name] = InputPath(self.name, form.default)
                value, text = Number(form.default), self.text
        return self._equation(value, part, text, None)

    def _data(self, form: SeriesForm) -> Mapping[str, DataSeries]:
        """Return the case's data that this entry reads, in its own unit."""
        around, name = self.sheet.around, canonical(form.data.content) if form.data else ""
        if form.data is None or name not in self.sheet.data:
            return self.sheet.data
        self.sheet.exogenous[self.name] = name
        if self.form.unit is None:
            return self.sheet.data
        series = self.sheet.data[name]
        unit = self.form.unit.content.strip()
        factor = series_factor(series, unit, form.scale, form.data, around)
        return {**self.sheet.data, name: replace(series, values=series.values * factor, unit=unit)}

    def _parameter(self, form: ParameterForm, part: EntryScope) -> tuple[Expression, Text]:
        low, high = form.range if form.range and form.range[0] < form.range[1] else (-math.inf, math.inf)
        prior = None
        if form.prior is not None:
            try:
                prior = parse_prior(form.prior, low, high)
            except InputError as error:
                self.problems.extend(error.diagnostics)
        text: Text = form.value or form.prior or self.text
        if form.value is None:
            if form.prior is None:
                bounded = math.isfinite(low + high)
                hint = f"write prior: uniform({low:g}, {high:g})" if bounded else "write value: or prior:"
                self.problems.error(f"the parameter '{self.name}' has neither a value nor a prior", self.text, hint)
            value: Expression = Deferred.of(prior.median) if prior else Number(0.0)
        else:
            value = self._expression(form.value)
            number = plain_number(value)
            if number is not None and not low <= number <= high:
                message = f"the value {number:g} of '{self.name}' lies outside its range [{low:g}, {high:g}]"
                self.problems.error(message, text, "widen the range, or write a value within it")
        if prior is not None:
            for name in self._elements(part):
                self.sheet.priors[name] = prior
        return value, text

    def _elements(self, part: EntryScope) -> Iterator[str]:
        """List the element names that a part covers."""
        dimensions = self.sheet.around.dimensions
        choices = [dimensions[s].elements if s in dimensions else (s,) for s in part.subscripts]
        for combination in product(*choices):
            yield element_name(self.name, combination)


def net_rate(inflows: list[str], outflows: list[str]) -> Expression:
    """Return a stock's rate of change: its inflows less its outflows, in order; 0 if it has none."""
    rate: Expression | None = None
    for name in inflows:
        rate = Reference(name) if rate is None else Binary("+", rate, Reference(name))
    for name in outflows:
        rate = Unary("-", Reference(name)) if rate is None else Binary("-", rate, Reference(name))
    return Number(0.0) if rate is None else rate
