"""Case folders of every earlier schema can be read."""

from pathlib import Path

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.editing.case_writer import write_case
from wherenow.case.located_yaml.yaml_reader import Branch, YamlMapping
from wherenow.case.reader import read_case
from wherenow.case.reading import versions
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate

HERE = Path(__file__).parent
WATER = 90.678696  # hm3, of the lake at the end of its central run; figures of schema 1 when it was frozen


@pytest.mark.parametrize("schema", range(1, versions.present() + 1))
def test_a_folder_of_each_schema_is_read_without_messages_and_runs_as_before(schema):
    folder = HERE / f"schema_{schema}"
    assert check_case(folder) == ()
    runs = simulate(read_case(folder), central(), engine="reference")
    assert runs.at_centre("water")[-1] == pytest.approx(WATER, rel=1e-6)


def rename(tree: Branch, old: str, new: str) -> Branch:
    """The mapping with a key under another name."""
    assert isinstance(tree, YamlMapping)
    at = {old: new}
    entries = {at.get(key, key): below for key, below in tree.entries.items()}
    return YamlMapping(entries, {at.get(key, key): s for key, s in tree.keys.items()}, tree.location, tree.flow)


def second(file: str, tree: Branch) -> Branch:
    """An invented schema 2, which calls `polarity` what schema 1 called `sign`."""
    if file != "loops.yaml" or not isinstance(tree, YamlMapping):
        return tree
    entries = {key: rename(below, "sign", "polarity") for key, below in tree.entries.items()}
    return YamlMapping(entries, tree.keys, tree.location, tree.flow)


@pytest.fixture
def earlier(lake, monkeypatch) -> Path:
    """A case of schema 1, where the present one is 2."""
    path = lake / "loops.yaml"
    path.write_text(path.read_text().replace("polarity:", "sign:"))
    monkeypatch.setattr(versions, "UPGRADES", (second,))
    return lake


def test_a_case_of_an_earlier_schema_is_upgraded_as_it_is_read(earlier):
    assert check_case(earlier) == ()
    assert read_case(earlier).loops["B1"].polarity == "balancing"


def test_without_its_upgrade_it_would_be_refused(lake):
    path = lake / "loops.yaml"
    path.write_text(path.read_text().replace("polarity:", "sign:"))
    assert any("unknown key 'sign'" in d.message for d in check_case(lake))


def test_problems_of_an_earlier_schema_have_its_places(earlier):
    path = earlier / "loops.yaml"
    path.write_text(path.read_text().replace("sign: reinforcing", "sign: positive"))
    (problem,) = check_case(earlier)
    assert str(problem.location).endswith("loops.yaml:8:3")


def test_a_model_is_written_in_the_present_schema(earlier, tmp_path):
    folder = write_case(read_case(earlier).model, tmp_path / "copy")
    assert "schema: 2" in (folder / "case.yaml").read_text()


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "one", "'1'", "[1]", ""])
def test_an_invalid_schema_is_reported_first(lake, written):
    path = lake / "case.yaml"
    path.write_text(path.read_text().replace("schema: 1", f"schema: {written}\nnonsense: 1"))
    (problem,) = check_case(lake)
    assert problem.message == "the schema must be a whole number, 1 or greater"


def test_a_case_of_a_later_schema_is_refused(lake):
    path = lake / "case.yaml"
    path.write_text(path.read_text().replace("schema: 1", "schema: 99"))
    (problem,) = check_case(lake)
    assert problem.message == f"the case has schema 99; this version reads up to {versions.present()}"
    assert problem.hint == "a newer version of wherenow wrote it; upgrade wherenow to read it"


def test_a_case_without_a_schema_is_reported_with_the_one_to_write(lake):
    path = lake / "case.yaml"
    path.write_text(path.read_text().replace("schema: 1\n", ""))
    assert [d.hint for d in check_case(lake)] == ["write: schema: 1"]


def test_the_template_is_of_the_present_schema(lake):
    assert f"schema: {versions.present()}" in (lake / "case.yaml").read_text()
