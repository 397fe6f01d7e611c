"""Reading a case folder into a :class:`Case`, with every problem collected on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wherenow.case.builtin import included, located
from wherenow.case.case_types import Case, DataSeries, OutlookSettings, Sector
from wherenow.case.fetch import read_fetch
from wherenow.case.inputs.exogenous import with_events
from wherenow.case.located_yaml.problems import UNCHANGED, Edited, Problems
from wherenow.case.located_yaml.validation import validate
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping
from wherenow.case.reading.case_file import Settings, read_settings
from wherenow.case.reading.data import read_data
from wherenow.case.reading.display import linked, read_display
from wherenow.case.reading.folder import case_files, case_hashes, check_names, copied, data_files, entries, model_files
from wherenow.case.reading.later import read_later
from wherenow.case.reading.lists import ListReader
from wherenow.case.reading.schema import KINDS, MacroForm, SectorForm, VariableForm
from wherenow.case.reading.variables import Sheet
from wherenow.errors import Text, did_you_mean
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Macro, ModelSpec


@dataclass(frozen=True, slots=True)
class CaseContents:
    """The content of a folder, as far as it could be read; ``case`` is None only if ``case.yaml`` is unusable.

    ``whole`` says whether every file of the model could be read, so that each variable's name is known. ``units`` are
    the locations of the case's own unit definitions.
    """

    case: Case | None
    problems: Problems
    whole: bool = False
    units: tuple[Text, ...] = ()


def read_case(folder: Path | str, edited: Edited = UNCHANGED) -> Case:
    """Read the case in ``folder``, or the bundled case of that name; ``edited`` takes the place of files.

    Raises
    ------
    InputError
        with every problem found in any file, in order of file and line, if at least one is an error. Equations'
        names and units are checked by :func:`wherenow.case.checking.check.check_case`.
    """
    reading = read_folder(located(folder), edited)
    reading.problems.raise_errors()
    assert reading.case is not None, "a folder without errors is a case"
    return reading.case


def read_folder(folder: Path, edited: Edited = UNCHANGED) -> CaseContents:
    """Read all files of a case, and continue after every problem; ``edited`` takes the place of files."""
    problems = Problems(edited)
    if not folder.is_dir():
        if folder.exists():
            hint = "wherenow convert FILE FOLDER makes one of a model file"
            problems.error("this is a file, and a case is a folder", folder, hint)
        else:
            problems.error("there is no such folder", folder, did_you_mean(folder.name, included()))
        return CaseContents(None, problems)
    check_names(folder, problems)
    settings = read_settings(folder, problems)
    if settings is None:
        return CaseContents(None, problems)
    case = _CaseReader(settings, folder, problems).case()
    unread = {Path(file) for file in problems.unread}
    whole = unread.isdisjoint((folder / "model", *model_files(folder)))
    return CaseContents(case, problems, whole, tuple(settings.form.units))


@dataclass(frozen=True, slots=True)
class _CaseReader:
    settings: Settings
    folder: Path
    problems: Problems

    def case(self) -> Case:
        settings, form = self.settings, self.settings.form
        data = read_data(data_files(self.folder), settings)
        sheet, sectors = self._model(data)
        lists = ListReader(settings=settings, variables=sheet.variables)
        events = lists.events()
        model = ModelSpec(
            name=form.name,
            time=settings.time,
            variables=sheet.variables,
            dimensions=settings.dimensions,
            macros=self._macros(data),
            units=settings.definitions,
        )
        scenarios = lists.scenarios()
        issues, actors = lists.actors()
        sentences = form.source.sentences if form.source else None
        files = case_files(self.folder, sentences.content if sentences else "sentences.csv")
        whole, of_fit = case_hashes(self.folder, files, self.problems.edited)
        levers = lists.levers()
        names = frozenset((*sheet.variables, *data))
        display = read_display(settings, names, frozenset(levers))
        return Case(
            name=form.name,
            title=form.title or form.name.replace("_", " "),
            question=form.question,
            about=form.about,
            folder=self.folder,
            model=with_events(model, sheet.inputs, events),
            cutoff=settings.cutoff,
            cutoff_date=settings.cutoff_date,
            source=linked(settings.source, display),
            sectors=sectors,
            priors=sheet.priors,
            data=data,
            later=read_later(self.folder, settings, data),
            inputs=sheet.inputs,
            events=events,
            levers=levers,
            scenarios=scenarios,
            claims=lists.claims(scenarios),
            loops=lists.loops(),
            issues=issues,
            actors=actors,
            observations=lists.observations(),
            outlook=OutlookSettings(
                tuple(canonical(t.content) for t in form.outlook.show),
                tuple(t.content for t in form.outlook.forecasts),
                (*form.outlook.show, *form.outlook.forecasts),
            ),
            hash=whole,
            fitted=(whole, of_fit),
            predictions=lists.predictions(),
            exogenous=sheet.exogenous,
            variants=sheet.variants,
            display=display,
            fetch=read_fetch(settings),
        )

    # -- the model

    def _model(self, data: dict[str, DataSeries]) -> tuple[Sheet, dict[str, Sector]]:
        sheet = Sheet(around=self.settings, data=data)
        sectors: dict[str, Sector] = {}
        files = model_files(self.folder)
        if not files:
            self.problems.unreadable("the case has no model", self.folder / "model", "model/*.yaml")
        contents: dict[bytes, Path] = {}
        for path in files:
            if first := copied(path, contents, self.problems.edited):
                self.problems.error(f"the file is a copy of {first.name}", path, "delete one of them")
                sectors[path.stem] = Sector(path.stem)
                continue
            tree = self.settings.mapping(path.relative_to(self.folder).as_posix())
            if tree is None:
                if str(path) not in self.problems.unread:
                    self.problems.unreadable("the file is empty", path, "delete it, or write a variable")
                continue
            sector = self._sector(tree, path.stem)
            sectors[sector.name] = sector
            for key, below in tree.entries.items():
                if key != "sector" or _is_variable(below):
                    sheet.add(key, tree.keys[key].text, validate(below, VariableForm, self.problems), sector.name)
        if all(str(path) not in self.problems.unread for path in files):
            sheet.check_flows()
        return sheet, sectors

    def _sector(self, tree: YamlMapping, stem: str) -> Sector:
        head = tree.entries.get("sector")
        form = validate(head, SectorForm, self.problems) if head is not None and not _is_variable(head) else None
        if form is None:
            return Sector(stem)
        return form.as_a(Sector, name=stem if form.name is None else form.name)

    def _macros(self, data: dict[str, DataSeries]) -> dict[str, Macro]:
        macros = {}
        tree = self.settings.mapping("macros.yaml")
        for key, text, form in entries(tree, MacroForm, self.problems):
            sheet = Sheet(around=self.settings, data=data)
            for name, variable in form.variables.items():
                sheet.add(name, text, variable, "")
            sheet.check_flows()
            name = canonical(key)
            parameters = tuple(canonical(t.content) for t in form.parameters)
            macros[name] = Macro(name, parameters, canonical(form.output.content), sheet.variables)
        return macros


def _is_variable(branch: Branch) -> bool:
    """Check whether an entry called ``sector`` is a variable of that name and not the head of the file."""
    return isinstance(branch, YamlMapping) and any(kind in branch.entries for kind in KINDS)
