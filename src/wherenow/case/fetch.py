"""``fetch.yaml``: the public source of each series that can be fetched."""

from __future__ import annotations

import re

from wherenow.case.case_types import PublicSeries
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.folder import FETCH, entries
from wherenow.case.reading.schema import FetchForm
from wherenow.language.syntax import canonical

CODES = {
    "worldbank": (re.compile(r"[A-Za-z0-9]{2,3}/[A-Za-z0-9.]+"), "COUNTRY/INDICATOR, as FRA/SP.POP.TOTL"),
    "dbnomics": (
        re.compile(r"[\w-]+/[\w:-]+/[\w.:@~$%+-]+"),
        "PROVIDER/DATASET/SERIES, as AMECO/ZUTN/EA19.1.0.0.0.ZUTN",
    ),
    "owid": (re.compile(r"[a-z0-9-]+"), "the last part of a chart's address, as life-expectancy"),
}
"""By provider: the pattern of a code, and its description."""


def read_fetch(settings: Settings) -> dict[str, PublicSeries]:
    """Read the source of each series; invalid entries are reported and omitted."""
    sources, problems = {}, settings.problems
    for name, place, form in entries(settings.mapping(FETCH), FetchForm, problems):
        codes = {provider: code for provider in CODES if (code := getattr(form, provider)) is not None}
        if len(codes) != 1:
            message = f"'{name}' needs one source, not {len(codes) or 'none'}"
            problems.error(message, place, f"one of {', '.join(CODES)}")
            continue
        ((provider, code),) = codes.items()
        pattern, spelled = CODES[provider]
        if not pattern.fullmatch(code.content):
            problems.error(f"{code.content!r} is not a code of {provider}", code, f"write {spelled}")
        elif provider == "owid" and not form.entity:
            problems.error(f"'{name}' needs the entity of the chart", code, "entity: France")
        elif provider == "dbnomics" and not form.licence:
            problems.error(f"'{name}' needs the licence of its provider", code, "licence: CC BY 4.0")
        else:
            sources[canonical(name)] = form.as_a(PublicSeries, provider=provider, code=code.content, text=code)
    return sources
