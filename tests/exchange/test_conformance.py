"""The community's test models against their canonical output, through the native engine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wherenow.case.model_files.opening import open_case
from wherenow.ensemble.draws import central
from wherenow.ensemble.save import save_runs
from wherenow.ensemble.simulate import simulate

SHARED = Path(__file__).parents[3] / "shared"
TOOL = SHARED / "tools" / "conformance.py"
CORPUS = SHARED / "test-models"
MISSES = {
    "Query_file.mdl": "random numbers of another generator",
    "model_to_generate_data.mdl": "the output beside it is of the other model",
    "test_get_time_value.mdl": "the output beside it is of the other model",
    "test_active_initial.xmile": "the initial equation is not in the file",
    "test_active_initial.stmx": "the initial equation is not in the file",
    "test_macro_multi_macros.xmile": "the macros are not in the file",
    "test_macro_multi_macros.stmx": "the macros are not in the file",
    "test_smooth_and_stock.xmile": "columns that the file does not declare",
    "test_smooth_and_stock.stmx": "columns that the file does not declare",
    "test_subscript_constant_call.xmile": "the equation is empty",
    "test_subscript_constant_call.stmx": "the equation is empty",
    "test_subscript_mixed_assembly.xmile": "equations are empty",
    "test_subscript_mixed_assembly.stmx": "equations are empty",
}
"""Each is argued in docs/conformance.md."""
SUFFIXES = (".mdl", ".xmile", ".stmx")


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance"] = module
    spec.loader.exec_module(module)
    return module


def cases() -> list[object]:
    found = []
    for model in sorted(f for f in CORPUS.glob("*/*/*") if f.suffix.lower() in SUFFIXES):
        outputs = [f for f in model.parent.glob("*") if f.name.lower() in ("output.csv", "output.tab")]
        if outputs:
            marks = [pytest.mark.xfail(reason=MISSES[model.name], strict=True)] if model.name in MISSES else []
            found.append(pytest.param(model, outputs[0], id=model.name, marks=marks))
    return found


@pytest.mark.skipif(not TOOL.exists(), reason="the corpus is not here")
@pytest.mark.parametrize(("model", "canonical"), cases())
def test_a_model_of_the_corpus_gives_its_canonical_output(model: Path, canonical: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    save_runs(simulate(open_case(model), central(), threads=1, engine="native"), out)
    assert tool().difference(canonical, out) == ""
