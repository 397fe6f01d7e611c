"""Commands answer from the cache if nothing changed, and recompute if something did."""

import shutil

import pytest

from wherenow.case import reader

pytestmark = pytest.mark.cached


@pytest.fixture
def own(town, tmp_path, monkeypatch):
    """A case, and a place of its own for what is kept."""
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path / "cache"))
    return shutil.copytree(town, tmp_path / "town")


COMMANDS = [
    ("check",), ("check", "--json"), ("claims", "--draws", 8), ("claims", "--draws", 8, "--json"),
    ("outlook", "--draws", 8, "--json"), ("outlook", "--draws", 8),
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_an_unchanged_case_is_not_read_again_and_says_the_same(wherenow, own, words, monkeypatch, tmp_path):
    out = ["--out", tmp_path / "outlook.html"] if words[0] == "outlook" else []
    first = wherenow(words[0], own, *words[1:], *out)
    pages = [path.read_text("utf-8") for path in tmp_path.glob("*.html")]
    monkeypatch.setattr(reader, "read_folder", None)
    again = wherenow(words[0], own, *words[1:], *out)
    assert (again.exit_code, again.stdout) == (first.exit_code, first.stdout)
    assert first.stdout or words == ("check",)
    assert [path.read_text("utf-8") for path in tmp_path.glob("*.html")] == pages


def test_a_problem_that_was_corrected_is_not_reported_again(wherenow, own):
    claims = (own / "claims.yaml").read_text("utf-8")
    (own / "claims.yaml").write_text(claims.replace("kind: ", "kid: ", 1), "utf-8")
    assert [wherenow("check", own).exit_code for _ in range(2)] == [1, 1]
    (own / "claims.yaml").write_text(claims, "utf-8")
    assert wherenow("check", own).exit_code == 0


@pytest.mark.parametrize("command", ["outlook", "claims"])
def test_a_profile_tells_each_stage_and_then_that_nothing_was_to_be_done(wherenow, own, command, tmp_path):
    words = [command, own, "--draws", 8, "--profile", *(["--out", tmp_path / "o.html"] if command == "outlook" else [])]
    stages = [line.split("  ")[-1] for line in wherenow(*words).stderr.splitlines() if " s " in line and "%" in line]
    assert stages[:3] == ["import", "read the case", "draw"]
    assert stages[-1] == "in all"
    assert "read the cached result, since nothing changed" in wherenow(*words).stderr
