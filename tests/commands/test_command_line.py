"""Properties of the command line that all commands share."""

import json
import os
import subprocess
import sys

import pytest

import wherenow as package
from wherenow import cli


def ran(*words, **environment):
    told = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "wherenow", *map(str, words)], capture_output=True, env=told, timeout=120
    )


def test_it_runs_as_a_module_and_says_its_version():
    assert ran("--version").stdout.decode().split() == ["wherenow", package.__version__]


def test_h_is_help(wherenow):
    assert wherenow("outlook", "-h").stdout == wherenow("outlook", "--help").stdout


def test_brackets_in_help_are_shown(wherenow):
    assert "x[a]" in wherenow("explain", "--help").stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_where_output_lacks_a_character_results_are_printed_all_the_same(town, encoding):
    done = ran("claims", town, "--draws", 8, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert b"verdict" in done.stdout


def test_a_minus_stays_a_minus_where_output_has_no_better_one(teacup):
    done = ran("explain", teacup, "Teacup Temperature", "--draws", 2, PYTHONIOENCODING="cp1252")
    assert b"a change of -0.569" in done.stdout
    assert b"<- heat_loss" in done.stdout


def test_json_loses_no_character_where_output_lacks_it(town):
    done = ran("claims", town, "--draws", 8, "--json", PYTHONIOENCODING="ascii")
    as_asked = ran("claims", town, "--draws", 8, "--json", PYTHONIOENCODING="utf-8")
    assert json.loads(done.stdout.decode("ascii")) == json.loads(as_asked.stdout.decode())


@pytest.mark.parametrize("command", ["outlook", "claims", "calibrate"])
def test_a_model_file_in_place_of_a_case_is_reported_for_what_it_is(wherenow, teacup, command):
    result = wherenow(command, teacup)
    assert result.exit_code == 2
    assert "this is a file, and a case is a folder (wherenow convert" in result.stderr


def test_a_case_that_came_with_it_is_suggested_for_a_name_that_is_not_there(wherenow):
    assert "did you mean 'iraq-us'?" in wherenow("outlook", "iraq-uss").stderr


def test_a_missing_article_is_reported(wherenow, tmp_path):
    assert "the file cannot be read: it does not exist" in wherenow("sentences", tmp_path / "none.txt").stderr


def test_an_article_without_a_sentence_is_reported_and_no_file_is_written(wherenow, tmp_path):
    (tmp_path / "article.txt").write_text("")
    result = wherenow("sentences", tmp_path / "article.txt", "--out", tmp_path / "sentences.csv")
    assert result.exit_code == 2
    assert not (tmp_path / "sentences.csv").exists()


def test_the_help_says_of_each_command_what_its_own_help_says():
    assert all(cli._outline(name).help == cli._command(name).help for name in cli.COMMANDS)
