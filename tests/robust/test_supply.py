"""The installation: few dependencies, each with a reason, exact versions, a light import, and a complete wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from wherenow.case.new import new_case
from wherenow.commands.console import EXTRAS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OFFERED = ("web", "inference", "distributed", "parquet", "draft")
"""The extras for people who use wherenow."""
HEAVY = {
    *("scipy", "pandas", "xarray", "networkx", "altair", "vl_convert", "jinja2", "pyarrow", "h5netcdf", "h5py"),
    *(
        "python_calamine",
        "spacy",
        "trafilatura",
        "pypdf",
        "docx",
        "arviz",
        "fastapi",
        "nicegui",
        "dask",
        "distributed",
        "ruamel",
        "llvmlite",
    ),
}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s\[<>=!~;]", r, maxsplit=1)[0].lower() for r in requirements}


def installed(name: str) -> bool:
    with suppress(PackageNotFoundError):
        return bool(version(name))
    return False


def loaded_by(code: str) -> set[str]:
    """Every module in memory after ``code``, and every package that one of them is in."""
    told = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return {name for line in done.stdout.split("\n") for name in (line, line.partition(".")[0])}


def loaded_by_command(*words: object) -> set[str]:
    called = [str(word) for word in words]
    return loaded_by(
        f"from contextlib import suppress\nfrom wherenow.cli import app\nwith suppress(SystemExit): app({called})"
    )


def test_importing_wherenow_loads_nothing_heavy() -> None:
    assert loaded_by("import wherenow").isdisjoint({*HEAVY, "numpy", "typer", "pydantic"})


def test_the_help_of_the_command_loads_nothing_heavy() -> None:
    assert loaded_by_command("--help").isdisjoint({*HEAVY, "numpy", "pydantic"})


def test_a_command_loads_no_module_of_another() -> None:
    commands = {name for name in loaded_by_command("new", "--help") if name.startswith("wherenow.commands.")}
    assert commands == {
        "wherenow.commands.console",
        "wherenow.commands.authoring",
        "wherenow.commands.authoring.new_command",
    }


SMALL = ROOT / "tests" / "data" / "test-models" / "Lotka_Volterra.mdl"
SLOW_TO_START = {"scipy.special", "pandas", "xarray", "networkx", "rich", "h5py", "ruamel", "arviz", "pyarrow"}


def test_running_a_model_file_loads_nothing_that_only_cases_need() -> None:
    loaded = loaded_by_command("run", SMALL)
    assert "wherenow.engine.native" in loaded
    assert loaded.isdisjoint({*SLOW_TO_START, "wherenow.case.reader", "wherenow.case.reading.schema"})


@pytest.mark.parametrize("checked", [SMALL, ROOT / "tests" / "cases" / "teacup"])
def test_checking_loads_neither_the_engine_nor_libraries_of_results(
    checked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    loaded = loaded_by_command("check", checked)
    assert "wherenow.model.checking.model_check" in loaded
    assert loaded.isdisjoint({*SLOW_TO_START, "llvmlite"})


def test_a_cached_result_of_an_unchanged_case_loads_no_array_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    folder = ROOT / "tests" / "cases" / "teacup"
    assert "numpy" in loaded_by_command("check", folder)
    assert loaded_by_command("check", folder).isdisjoint({*SLOW_TO_START, "numpy", "yaml"})


def test_each_dependency_is_on_its_page_with_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w.-]+)` \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    extras = PROJECT["optional-dependencies"]
    asked = named(
        [
            *PROJECT["dependencies"],
            *(r for e in OFFERED for r in extras[e]),
        ]
    )
    assert {name.lower() for name, _, _ in rows} == asked
    assert all(len(why.split()) > 3 and weight.strip() for _, why, weight in rows)


def test_every_constraint_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").split("\n")
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in lines if line and not line.startswith("#"))


def test_every_dependency_has_a_constraint_and_it_is_what_is_installed() -> None:
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").split() if "==" in line)
    known = {_plain(name): number for name, number in pinned.items()}
    extras = (r for e in OFFERED for r in PROJECT["optional-dependencies"][e])
    for name in named([*PROJECT["dependencies"], *extras]):
        assert version(name) == known[_plain(name)], name


def test_every_constraint_can_be_installed_under_the_oldest_python_we_support() -> None:
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    names = [line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").split() if "==" in line]
    needs = {name: metadata(name).get("Requires-Python", "") for name in names if installed(name)}
    assert [name for name, need in needs.items() if oldest not in SpecifierSet(need)] == []


def test_the_version_is_the_same_wherever_it_occurs() -> None:
    released = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {PROJECT['version']} - " in released


def test_what_is_installed_fits_together() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


WITHOUT = """
import sys
from importlib.machinery import PathFinder
found = PathFinder.find_spec
def installed(name, path=None, target=None):
    return None if name.partition(".")[0] in {missing} else found(name, path, target)
PathFinder.find_spec = staticmethod(installed)
from wherenow.cli import main
sys.argv = ["wherenow", *{words}]
main()
"""
"""The command where some modules are not installed."""


@pytest.mark.parametrize(("words", "needs"), [
    (["outlook", "lake", "--draws", "8", "--out", "lake.html"], ""),
    (["run", "lake", "--draws", "3", "--out", "lake.nc"], ""),
    (["run", "lake", "--draws", "3", "--out", "lake.parquet"], "wherenow[parquet]"),
    (["calibrate", "lake"], "wherenow[inference]"),
    (["backtest", "lake"], "wherenow[inference]"),
    (["sensitivity", "lake"], "wherenow[inference]"),
    (["serve", "lake"], "wherenow[web]"),
    (["draft", "lake/article.txt"], "wherenow[draft]"),
    (["ensemble", "lake", "--draws", "9", "--cluster", "local"], "wherenow[distributed]"),
])  # fmt: skip
def test_the_core_alone_does_the_main_job_and_names_what_else_needs(
    words: list[str], needs: str, tmp_path: Path
) -> None:
    new_case(tmp_path / "lake")
    here = {"wherenow", *needs_of({_plain(name) for name in named(PROJECT["dependencies"])})}
    missing = {module for module, by in packages_distributions().items() if here.isdisjoint(map(_plain, by))}
    assert {"arviz", "fastapi", "dask", "pyarrow", "pytest"} <= missing
    code = WITHOUT.format(missing=missing, words=words)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert (done.returncode, needs in done.stderr) == (2 if needs else 0, True), done.stderr


def test_each_part_of_an_extra_is_known_to_the_command() -> None:
    brought = {name.lower() for names in EXTRAS.values() for name in names}
    extras = PROJECT["optional-dependencies"]
    asked = named([r for e in OFFERED for r in extras[e]])
    assert {n.replace("-python", "").replace("-", "_") for n in asked} - {
        "httptools",
        "uvloop",
        "python_docx",
    } <= brought


def needs_of(names: set[str]) -> set[str]:
    """These distributions and all that they need, without extras that nobody asks for."""
    found, waiting = set[str](), [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        found.add(name)
        for requirement in map(Requirement, requires(name) or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                asked = [(_plain(requirement.name), e) for e in ("", *requirement.extras)]
                waiting += [pair for pair in asked if pair[0] not in found or pair[1]]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the source distribution; skipped where the build's own needs cannot be had."""
    folder = tmp_path_factory.mktemp("dist")
    # setuptools assembles the source distribution inside the project: of two builds at once, one would fail
    project = tmp_path_factory.mktemp("project") / "wherenow"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__"))
    words = [sys.executable, "-m", "build", "--outdir", str(folder), str(project)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode and "No matching distribution found" in done.stdout + done.stderr:
        pytest.skip("setuptools cannot be fetched here")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_an_installed_wherenow_answers_by_the_name_of_a_case_anywhere(built: Path, kind: str, tmp_path: Path) -> None:
    (package,) = built.glob(kind)
    venv.create(tmp_path / "venv", with_pip=True)
    bin_ = tmp_path / "venv" / "bin"
    # its dependencies are those of this environment, which are the constraints'; that they can be had is pip's affair
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site / "here.pth").write_text(str(Path(pytest.__file__).parents[1]) + "\n")
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    words = [bin_ / "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", package]
    done = subprocess.run(words if kind == "*.whl" else [w for w in words if w != "--no-build-isolation"],
                          cwd=tmp_path, env=plain, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    for case in ("iraq-us", "school-influenza"):
        out = tmp_path / f"{case}.html"
        words = [bin_ / "wherenow", "outlook", case, "--draws", "20", "--out", out]
        done = subprocess.run(words, cwd=tmp_path, env=plain, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert out.stat().st_size > 100_000
    typed = (
        "import wherenow; m = wherenow.open('teacup.mdl'); print(len(m.sample({'room temperature': 'normal(70, 5)'})))"
    )
    done = subprocess.run([bin_ / "python", "-c", typed], cwd=tmp_path, env=plain, capture_output=True, text=True)
    assert done.stdout.strip() == "1000", done.stderr
