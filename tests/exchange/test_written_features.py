"""Each feature of both languages gives the same bits after it is written in the other formats."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.exchange.vensim.test_vensim_features import VENSIM, vensim_file
from tests.exchange.xmile.files import xmile
from tests.exchange.xmile.test_xmile_features import DIMENSIONS, OWN, XMILE

import wherenow
from wherenow.errors import WherenowError

WITHOUT_VENSIM_FORM = frozenset({
    "a mapping to a range that names an element twice", "graphical functions as containers",
    "ranges that end at a variable", "arrays over one dimension twice", "probabilities", "elements by number",
})  # fmt: skip
"""What is refused when it is written as .mdl, with the reason."""

FILES = {
    **{name: ("model.mdl", vensim_file(equations)) for name, (equations, _) in VENSIM.items()},
    **{name: ("model.xmile", xmile(variables, DIMENSIONS + OWN)) for name, (variables, _) in XMILE.items()},
}


def values_of(model: wherenow.Model) -> dict[str, np.ndarray]:
    return {str(name): array.values for name, array in model.run().data_vars.items()}


@pytest.mark.parametrize("feature", FILES)
def test_a_feature_has_the_same_bits_in_every_form(feature: str, tmp_path: Path) -> None:
    name, content = FILES[feature]
    (tmp_path / name).write_text(content, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = wherenow.open(tmp_path / name)
        expected = values_of(model)
        written = [model.to_xmile(tmp_path / "written.xmile"), model.to_case(tmp_path / "case")]
        if feature in WITHOUT_VENSIM_FORM:
            with pytest.raises(WherenowError, match=r"Vensim has no "):
                model.to_mdl(tmp_path / "written.mdl")
        else:
            written.append(model.to_mdl(tmp_path / "written.mdl"))
        for path in written:
            found = values_of(wherenow.open(path))
            for variable, values in expected.items():
                np.testing.assert_array_equal(found[variable], values, err_msg=f"{variable} in {path.name}")
