def test_a_new_case_is_sound(wherenow, tmp_path):
    assert wherenow("new", tmp_path / "lake").exit_code == 0
    result = wherenow("check", tmp_path / "lake")
    assert "0 errors, 0 warnings" in result.output


def test_a_new_case_does_not_overwrite(wherenow, tmp_path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "notes.txt").write_text("mine")
    assert wherenow("new", tmp_path / "lake").exit_code == 2
    assert (tmp_path / "lake" / "notes.txt").read_text() == "mine"
