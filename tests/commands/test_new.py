def test_a_new_case_is_sound(wherenow, tmp_path):
    assert wherenow("new", tmp_path / "lake").exit_code == 0
    result = wherenow("check", tmp_path / "lake")
    assert "0 errors, 0 warnings" in result.output


def test_a_new_case_does_not_overwrite(wherenow, tmp_path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "notes.txt").write_text("mine")
    assert wherenow("new", tmp_path / "lake").exit_code == 2
    assert (tmp_path / "lake" / "notes.txt").read_text() == "mine"


def test_a_case_can_start_as_a_copy_of_an_included_one(wherenow, tmp_path):
    result = wherenow("new", tmp_path / "cholera", "--from", "ebola-2014")
    assert result.exit_code == 0
    assert "0 errors, 0 warnings" in wherenow("check", tmp_path / "cholera").output
    assert (tmp_path / "cholera" / "later" / "weekly.csv").is_file()
    assert "\nname: cholera\n" in (tmp_path / "cholera" / "case.yaml").read_text()


def test_a_copy_has_none_of_the_results_of_what_it_was_copied_from(wherenow, tmp_path):
    wherenow("new", tmp_path / "mine", "--from", "iraq-us")
    assert not [path.name for path in (tmp_path / "mine").iterdir() if path.suffix in (".nc", ".json", ".sqlite")]


def test_a_copy_of_no_case_is_refused_and_nothing_made(wherenow, tmp_path):
    result = wherenow("new", tmp_path / "mine", "--from", "school-influenca")
    assert result.exit_code == 2
    assert "did you mean 'school-influenza'" in result.stderr
    assert not list(tmp_path.iterdir())
