import json

from wherenow.case.builtin import included
from wherenow.commands.serving import serve_command


def test_the_gallery_lists_every_included_case_with_its_question(wherenow):
    result = wherenow("gallery", "--json")
    assert result.exit_code == 0
    listed = json.loads(result.stdout)
    assert [row["case"] for row in listed] == list(included())
    assert {"ebola-2014", "iraq-us", "school-influenza"} <= {row["case"] for row in listed}
    assert all(row["question"].endswith("?") for row in listed)


def test_the_gallery_prints_a_line_for_each_case(wherenow):
    lines = wherenow("gallery").stdout.splitlines()
    assert len(lines) == 1 + len(included())


def test_a_named_case_is_opened_in_the_app(wherenow, monkeypatch):
    opened = []
    monkeypatch.setattr(serve_command, "serve", lambda case, **options: opened.append((case.name, options["browser"])))
    assert wherenow("gallery", "school-influenza").exit_code == 0
    assert opened == [("school-influenza", True)]


def test_a_misspelt_case_is_named_rightly(wherenow):
    result = wherenow("gallery", "ebola-2041")
    assert result.exit_code == 2
    assert "did you mean 'ebola-2014'" in result.stderr
