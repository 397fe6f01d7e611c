"""Files of another kind than their suffix says, or that cannot be read: what is done and said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.vensim.test_vensim_features import ENDS
from tests.exchange.xmile.files import run_file, xmile
from tests.exchange.xmile.test_xmile_features import aux

from wherenow.errors import UsageError

VENSIM, XMILE = "{UTF-8}\nx = 3 ~~|\n" + ENDS, '<?xml version="1.0"?>' + xmile(aux("x", "3"))


@pytest.mark.parametrize(("name", "content"), [("m.stmx", VENSIM), ("m.mdl", XMILE), ("m.xmile", f"\ufeff\n{VENSIM}")])
def test_the_content_of_a_file_decides_over_its_suffix(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert run_file(tmp_path / name)["x"].tolist() == [3] * 5


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.mdl", "# MATLAB\nModel {\n  Name", "m.mdl: this file is of Simulink, not of Vensim"),
        ("m.vpmx", "PK", "open it in Vensim and save it as text"),
        ("m.stm", "STELLA", "open it in Stella and save it as .stmx"),
        ("m.vdfx", "", "it holds results; the model is in a .mdl file"),
        ("m.json", "{}", "no model file"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        run_file(tmp_path / name)
