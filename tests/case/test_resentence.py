"""`wherenow sentences --write CASE` updates a case to its changed article, and nothing else."""

import pytest
from typer.testing import CliRunner

from wherenow.case.checking.check import check_case
from wherenow.case.editing.resentence import rewrite_sentences
from wherenow.cli import app
from wherenow.errors import UsageError


def change(lake, old="gave the lake", new="gave that same lake"):
    path = lake / "article.txt"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_a_changed_article_is_one_error_and_one_command_puts_it_right(lake):
    change(lake)
    (told,) = check_case(lake)
    assert told.hint == f"where the change is meant: wherenow sentences --write {lake}"
    assert CliRunner().invoke(app, ["sentences", "--write", str(lake)]).exit_code == 0
    assert check_case(lake) == ()


def test_every_other_line_of_the_settings_stays(lake):
    before = (lake / "case.yaml").read_text("utf-8").splitlines()
    change(lake)
    rewrite_sentences(lake)
    after = (lake / "case.yaml").read_text("utf-8").splitlines()
    assert [a.split(":")[0].strip() for a, b in zip(after, before, strict=True) if a != b] == ["sha256", "length"]


def test_a_source_in_braces_without_a_hash_gains_one(lake):
    path = lake / "case.yaml"
    head, _, rest = path.read_text("utf-8").partition("source:\n")
    rest = rest[rest.index("units:") :]
    path.write_text(f"{head}source: {{ title: The lake, published: 2016-01-01 }}\n{rest}", "utf-8")
    change(lake)
    rewrite_sentences(lake)
    assert check_case(lake) == ()


def test_a_case_without_its_article_says_so(lake):
    (lake / "article.txt").unlink()
    with pytest.raises(UsageError, match=r"has no article\.txt"):
        rewrite_sentences(lake)


def test_sentences_of_another_article_are_one_error(lake):
    path = lake / "sentences.csv"
    path.write_text(path.read_text("utf-8").replace("81,168", "82,168").replace("169,251", "169,250"), "utf-8")
    (told,) = check_case(lake)
    assert told.first
    assert "from P1S2 on" in told.message
