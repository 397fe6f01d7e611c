"""How modules depend on each other, and how large packages are."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1] / "src"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_by(tree: ast.AST, modules: set[str]) -> set[str]:
    """The modules that code imports, at the top, inside a function, or for types alone."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            # `from package import name` of a name that the package takes from a module of its own
            found.update(names or {node.module})
    return found & modules


def dependencies() -> nx.DiGraph:
    trees = {name_of(path): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
    graph = nx.DiGraph()
    for name, tree in trees.items():
        graph.add_edges_from((name, other) for other in imported_by(tree, set(trees)) if other != name)
    return graph


def test_no_modules_import_each_other_in_a_circle_even_inside_functions() -> None:
    circles = [sorted(part) for part in nx.strongly_connected_components(dependencies()) if len(part) > 1]
    assert circles == []


def test_no_package_has_more_than_fifteen_modules_of_its_own() -> None:
    sizes = {str(p.relative_to(ROOT)): len(list(p.glob("*.py"))) for p in ROOT.rglob("*") if p.is_dir()}
    assert {name: size for name, size in sizes.items() if size > 15} == {}


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.stem for path in ROOT.rglob("*.py") if path.stem != "__init__")
    assert [name for name, times in names.items() if times > 1] == []


def test_no_two_classes_share_a_name() -> None:
    trees = (ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py"))
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, times in names.items() if times > 1] == []
