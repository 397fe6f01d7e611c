"""The texts of pages in every language."""

from __future__ import annotations

import pytest
from tests.web.html_pages import page

from wherenow.report.wording.texts import FOLDER, languages, texts


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_with_the_same_places_for_values(language):
    english, own = texts("en"), texts(language)
    assert set(own) == set(english)
    for key, text in own.items():
        assert sorted(_places(text)) == sorted(_places(english[key])), key


def _places(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_arabic_is_whole_and_runs_from_right_to_left(client):
    from ruamel.yaml import YAML

    assert set(YAML(typ="safe").load(FOLDER / "ar.yaml")) == set(texts("en"))
    assert page(client, "/?lang=ar").get("dir") == "rtl"


def test_every_text_is_used_somewhere():
    sources = [p.read_text("utf-8") for p in (FOLDER.parents[1]).rglob("*") if p.suffix in (".html", ".py", ".js")]
    everything = "\n".join(sources)
    begun = ("app.name.", "view.", "verdict.", "chance.", "claim.", "how.kind.", "argument.why.", "trust.audit.",
             "rule.", "loop.", "large.", "noun.", "per.", "take.", "card.average.")  # fmt: skip
    assert [k for k in texts("en") if not k.startswith(begun) and f'"{k}"' not in everything] == []
