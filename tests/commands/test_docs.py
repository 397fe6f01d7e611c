import typer
from typer.testing import CliRunner

from wherenow.commands.serving import docs_command as command


def docs(*words: object):
    app = typer.Typer()
    app.command()(command.docs)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_it_says_where_to_begin(town, tmp_path):
    result = docs(town, "--out", tmp_path / "site")
    assert result.exit_code == 0
    assert f"open {tmp_path / 'site' / 'index.html'}" in result.output
    assert (tmp_path / "site" / "index.html").is_file()


def test_a_folder_of_something_else_is_misuse(town):
    result = docs(town, "--out", town)
    assert result.exit_code == 2
    assert "exists already" in result.output
