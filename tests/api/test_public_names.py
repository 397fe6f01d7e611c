"""The list of public names: each exists, is visible, and is loaded only when used."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import wherenow


def test_the_list_and_the_places_agree():
    assert sorted(wherenow.__all__) == wherenow.__all__ == sorted(wherenow._WHERE)
    assert set(dir(wherenow)) == {*wherenow.__all__, "__version__"}


@pytest.mark.parametrize("name", wherenow.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(wherenow, name)
    assert callable(found)
    assert not isinstance(found, ModuleType)
    assert (found.__doc__ or "").strip()


@pytest.mark.parametrize("name", ["explain", "report", "audit"])
def test_a_package_of_the_same_name_does_not_hide_a_function(name):
    module = {"explain": "loops", "report": "charts.bars", "audit": "audit"}[name]
    code = f"import wherenow.{name}.{module}"
    found = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport wherenow\nprint(callable(wherenow.{name}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "True"


COMMAND = "from contextlib import suppress; from wherenow.cli import app\nwith suppress(SystemExit): app({})"
ANSWER = "import wherenow.web.server, wherenow.web.serving.listener, wherenow.web.computation.case_analysis"
TABLES = ("pandas", "xarray", "scipy.special", "scipy.stats", "statsforecast")


@pytest.mark.parametrize(
    ("code", "spared"),
    [
        ("import wherenow", ("numpy", "scipy", "llvmlite", "pydantic", "yaml")),
        (COMMAND.format(["--help"]), ("numpy", "scipy", "llvmlite", "pydantic", "yaml", "wherenow.case.types")),
        (COMMAND.format(["run", "teacup.mdl"]), (*TABLES, "pydantic", "yaml", "ruamel", "fastapi")),
        (ANSWER, (*TABLES, "ruamel", "matplotlib")),
    ],
)
def test_a_start_imports_no_library_that_it_does_not_use(code, spared):
    code += f"\nimport sys\nprint([m for m in {spared} if m in sys.modules], file=sys.stderr)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("enabled", [True, False])
def test_imports_without_collections_leave_the_collector_as_it_was(tmp_path, enabled):
    (tmp_path / "large.py").write_text("import gc\nwas = gc.isenabled()\n")
    code = f"""
import gc
from wherenow.gc_pause import imported
gc.{"enable" if enabled else "disable"}()
was = imported("large").was
print(was, gc.isenabled(), gc.get_freeze_count())
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.split() == ["False", str(enabled), "0"]


def test_a_first_run_imports_no_array_library_but_numpy(tmp_path):
    (tmp_path / "tea.mdl").write_text(
        "{UTF-8}\nTea= INTEG (-Tea/10, 100)~~|\nFINAL TIME=1~~|\nINITIAL TIME=0~~|\nSAVEPER=1~~|\nTIME STEP=1~~|\n"
    )
    code = "import sys, wherenow; wherenow.open('tea.mdl').run(); print('dask' in sys.modules, 'xarray' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.split() == ["False", "True"]


def test_a_missing_name_is_reported():
    with pytest.raises(AttributeError, match="load"):
        _ = wherenow.load
