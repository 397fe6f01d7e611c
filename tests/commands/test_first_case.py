"""`docs/your-first-case.md`: the files on it make a case, and its commands run in order."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "your-first-case.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
QUICKER = {"calibrate": ("--particles", "256")}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What each command of the page printed, by its words, after the files above it were written."""
    from typer.testing import CliRunner

    from wherenow.cli import app

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("first"))
        for kind, body in BLOCKS:
            if kind == "sh":
                for line in body.splitlines():
                    program, *words = line.split()
                    if program == "mkdir":
                        Path(words[0]).mkdir()
                    else:
                        ran = CliRunner().invoke(app, [*words, *QUICKER.get(words[0], ())])
                        assert ran.exit_code == 0, (line, ran.output)
                        found[line] = ran.output
            else:
                head, _, content = body.partition("\n")
                file = Path(head.removeprefix("# "))
                file.parent.mkdir(exist_ok=True)
                file.write_text(content, "utf-8")
    return found


def test_every_command_of_the_page_runs(said):
    assert (
        len(said)
        == sum(line.startswith("wherenow") for kind, body in BLOCKS if kind == "sh" for line in body.splitlines())
        - 2  # check and calibrate come twice
    )


def test_the_case_has_nothing_to_report(said):
    assert "0 errors, 0 warnings" in said["wherenow check hive"]


def test_the_sentences_give_the_hash_and_length_that_the_page_shows(said):
    printed = said["wherenow sentences hive/article.txt --out hive/sentences.csv"]
    for key in ("sha256", "length"):
        assert re.search(rf"{key}: (\S+)", printed).group(1) == re.search(rf"{key}: (\S+)", PAGE).group(1)


def test_the_probability_before_and_after_the_fit_is_the_one_that_the_page_gives(said):
    before, after = (said[f"wherenow outlook hive --out {page}.html"] for page in ("prior", "outlook"))
    for answer in (before, after):
        assert answer.splitlines()[0] in " ".join(PAGE.split())


def test_the_outlook_says_how_much_of_each_probability_comes_from_the_model_and_from_history(said):
    printed = said["wherenow outlook hive --out outlook.html"].splitlines()
    lines = [line for line in printed if re.match(r"\d+%  ", line)]
    assert lines
    assert all(re.search(r"model alone \d+% \(\d+% of the pool\), history alone \d+%", line) for line in lines)


def test_the_claim_depends_on_the_link_that_it_names(said):
    assert "1 for the reason given" in said["wherenow why hive --draws 64"]


def test_the_unit_error_is_the_one_that_the_page_tells(tmp_path):
    from wherenow.case.checking.check import check_case
    from wherenow.case.editing.sentences import as_csv, read_article

    for kind, body in BLOCKS:
        head, _, content = body.partition("\n")
        if kind != "sh" and head.startswith("# hive/"):
            file = tmp_path / head.removeprefix("# ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content.replace("unit: kg/year/hive", "unit: kg/year"), "utf-8")
    sentences = read_article((tmp_path / "hive" / "article.txt").read_text("utf-8")).sentences
    (tmp_path / "hive" / "sentences.csv").write_text(as_csv(sentences), "utf-8")
    (told,) = check_case(tmp_path / "hive")
    assert told.message == "the unit of 'appetite' is kg/year, and its equations need kilogram/hive/year"
    assert "the equation gives hive·kilogram/year" in told.hint
